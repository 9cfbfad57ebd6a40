import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { ConfigError } from '../base/errors.js'
import { writeOutput } from './outputs.js'

/** What a ready file holds: `127.0.0.1:9092,127.0.0.1:9093`. */
const SERVERS = /^(?<host>\S+):(?<port>\d{1,5})(,\S+)*\n$/
/** A server of this machine answers sooner. */
const CONNECT_MS_MAX = 1_000

/**
 * The file that holds the bootstrap servers while clients can connect. It belongs to one server at a time: one that is
 * there is not robbed of it, and what another one has written is not removed.
 */
export class ReadyFile {
  readonly #path: string
  #text: string | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Removes what an earlier run has left. Throws a ConfigError if its server is still there. */
  async clear(): Promise<void> {
    const text = this.#held()
    const { host, port } = SERVERS.exec(text ?? '')?.groups ?? {}
    if (host !== undefined && (await isListening(host.replace(/^\[(.*)\]$/, '$1'), Number(port)))) {
      const says = `Cannot write ${this.#path} for --ready-file: it is the file of the server at ${text?.trim()}`
      throw new ConfigError('ready-file', says)
    }
    rmSync(this.#path, { force: true })
  }

  write(bootstrapServers: string): void {
    // Whoever waits for the file finds all of it.
    const whole = `${this.#path}.${process.pid}`
    this.#text = `${bootstrapServers}\n`
    writeOutput('ready-file', whole, this.#text)
    renameSync(whole, this.#path)
  }

  remove(): void {
    if (this.#text !== null && this.#held() === this.#text) rmSync(this.#path, { force: true })
  }

  /** What it holds; null: there is no such file. */
  #held(): string | null {
    try {
      return statSync(this.#path).isFile() ? readFileSync(this.#path, 'utf8') : null
    } catch {
      return null
    }
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (port > 65_535) return resolve(false)
    const socket = connect({ host, port, timeout: CONNECT_MS_MAX })
    const end = (isThere: boolean) => (): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false))
  })
}
