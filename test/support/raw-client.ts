import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import { type Deferred, deferred } from '../../src/base/deferred.js'
import { codecOf, type NamedApi, type Wire } from '../../src/protocol/codec.js'

/** An API by its schema. */
export type SpokenApi<Asked, Told> = NamedApi & { readonly wire?: Wire<Asked, Told> | undefined }

/**
 * A client that says exactly what a test wants it to say, frame by frame. Answers come in the order of the requests;
 * the next of them is waited for.
 */
export class RawClient {
  readonly socket: Socket
  /** Resolves with how the connection has ended. */
  readonly ended: Promise<'closed' | 'reset'>
  #bytes = Buffer.alloc(0)
  #waiting: Deferred<Buffer> | null = null
  #lastId = 0

  private constructor(socket: Socket) {
    this.socket = socket
    const ended = deferred<'closed' | 'reset'>()
    this.ended = ended.promise
    let isReset = false
    socket.on('error', () => {
      isReset = true
    })
    socket.on('close', () => {
      this.#waiting?.reject(new Error('The connection is over'))
      ended.resolve(isReset ? 'reset' : 'closed')
    })
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#deliver()
    })
  }

  /** Connects to one of the bootstrap servers, the first of them by default; with `tls` in TLS. */
  static async to(bootstrapServers: string, index = 0, tls?: ConnectionOptions): Promise<RawClient> {
    const [host, port] = (bootstrapServers.split(',')[index] as string).split(':')
    const to = { host: host as string, port: Number(port), noDelay: true }
    const socket = tls === undefined ? connect(to) : connectSecurely({ ...tls, ...to })
    const connected = deferred<void>()
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => connected.resolve())
    socket.once('error', (error) => connected.reject(error))
    await connected.promise
    // A port that nobody listens at may be given to whoever connects to it: it is then connected with itself.
    if (socket.localPort === socket.remotePort) {
      socket.destroy()
      throw new Error('The connection is one with itself')
    }
    return new RawClient(socket)
  }

  /** A request as bytes, with its length. */
  frame<Asked>(api: SpokenApi<Asked, object>, version: number, message: Asked): Buffer {
    const body = codecFor(api, version).encodeRequest({ correlationId: ++this.#lastId, clientId: 'raw', message })
    const frame = Buffer.alloc(4 + body.length)
    frame.writeInt32BE(body.length)
    frame.set(body, 4)
    return frame
  }

  async ask<Asked extends object, Told extends object>(
    api: SpokenApi<Asked, Told>,
    version: number,
    message: Asked,
  ): Promise<Told> {
    this.socket.write(this.frame(api, version, message))
    return this.answer(api, version)
  }

  /** The next answer, which must be to such a request. */
  async answer<Told extends object>(api: SpokenApi<object, Told>, version: number): Promise<Told> {
    const bytes = await this.nextFrame()
    return (codecFor(api, version).decodeResponse(bytes) as { readonly message: Told }).message
  }

  nextFrame(): Promise<Buffer> {
    this.#waiting = deferred<Buffer>()
    const { promise } = this.#waiting
    this.#deliver()
    return promise
  }

  close(): void {
    this.socket.destroy()
  }

  #deliver(): void {
    if (this.#waiting === null || this.#bytes.length < 4) return
    const end = 4 + this.#bytes.readInt32BE()
    if (this.#bytes.length < end) return
    const frame = this.#bytes.subarray(4, end)
    this.#bytes = this.#bytes.subarray(end)
    const waiting = this.#waiting
    this.#waiting = null
    waiting.resolve(frame)
  }
}

function codecFor<Asked, Told>(api: SpokenApi<Asked, Told>, version: number) {
  const { name, key, wire } = api
  if (wire === undefined) throw new Error(`${name} has no schema`)
  const codec = codecOf({ name, key, wire }, version)
  if (codec === 'UNSUPPORTED_VERSION') throw new Error(`${name} has no version ${version}`)
  return codec
}
