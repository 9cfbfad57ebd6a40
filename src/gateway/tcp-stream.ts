import type { Socket } from 'node:net'
import type { ByteStream, StreamListener } from './byte-stream.js'

/** What stands before an IPv4 address where IPv6 is listened at. */
const MAPPED = /^::ffff:/

/**
 * A socket as the gateway sees it, which still writes when the other end says no more. Parts of one write leave in one
 * call of the system (writev).
 */
export class TcpStream implements ByteStream {
  readonly peer: string
  readonly host: string
  readonly #socket: Socket
  /** The socket below, where TLS is spoken. */
  readonly #carrier: Socket
  #isPaused = true

  /** The socket is paused, and stays so until somebody wants to read. */
  constructor(socket: Socket, carrier = socket) {
    this.#socket = socket
    this.#carrier = carrier
    this.host = carrier.remoteAddress?.replace(MAPPED, '') ?? 'unknown'
    this.peer = `${this.host}:${carrier.remotePort ?? 0}`
    socket.pause()
  }

  listen(listener: StreamListener): void {
    this.#socket
      .on('data', (chunk: Buffer) => listener.data(chunk))
      .on('drain', () => listener.drained())
      .on('end', () => listener.ended())
      .on('close', () => listener.closed())
      // A socket that has failed is closed next.
      .on('error', () => {})
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  write(parts: readonly Uint8Array[], written: () => void): void {
    const last = parts.length - 1
    this.#socket.cork()
    for (let index = 0; index < last; index++) this.#socket.write(parts[index] as Uint8Array)
    this.#socket.write(parts[last] as Uint8Array, written)
    this.#socket.uncork()
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroySoon()
    // What comes now is of no interest, and a socket that is not read does not see its end.
    this.resume()
  }

  reset(): void {
    this.#carrier.resetAndDestroy()
  }
}
