import { connect, type Socket } from 'node:net'

/** Nothing that a script waits for takes longer. */
const ANSWER_MS_MAX = 15_000

/** A client's connection: whole frames go out and come in, and answers are in the order of the requests. */
export class OracleConnection {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  readonly #frames: Buffer[] = []
  #isOver = false
  #news: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readInt32BE()) {
        const end = 4 + this.#bytes.readInt32BE()
        this.#frames.push(this.#bytes.subarray(4, end))
        this.#bytes = this.#bytes.subarray(end)
      }
      this.#news()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isOver = true
      this.#news()
    })
  }

  static to(server: string): Promise<OracleConnection> {
    const [host, port] = server.split(':')
    const socket = connect({ host: host as string, port: Number(port), noDelay: true })
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(new OracleConnection(socket)))
      socket.once('error', reject)
    })
  }

  send(body: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    this.#socket.write(Buffer.concat([length, body]))
  }

  /** The next answer without its length; null: the connection is over. */
  async next(): Promise<Buffer | null> {
    const deadline = Date.now() + ANSWER_MS_MAX
    while (this.#frames.length === 0 && !this.#isOver) await this.#hear(deadline)
    return this.#frames.shift() ?? null
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`No answer came within ${ANSWER_MS_MAX / 1000} s`)),
        Math.max(0, deadline - Date.now()),
      )
      this.#news = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
