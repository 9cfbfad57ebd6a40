import type { ClientEnd, ClientListener } from '../../../cluster/simulated-connection.js'
import type { SimulatedNetwork } from '../../../cluster/simulated-network.js'
import { codecOf, type NamedApi, type Wire } from '../../../protocol/codec.js'
import { BrokenInvariant } from '../broken-invariant.js'

/** An API by its schema. */
export interface SpokenApi<Asked, Told> extends NamedApi {
  readonly wire: Wire<Asked, Told>
}

/** Nobody knows what has become of a request. */
class ConnectionOverError extends Error {
  override readonly name = 'ConnectionOverError'
}

interface Pending {
  readonly correlationId: number
  readonly askedAt: number
  readonly take: (frame: Buffer) => void
  readonly lose: (error: ConnectionOverError) => void
}

const LENGTH_BYTES = 4

/**
 * A client's connection to one broker, in Kafka's protocol. Requests may be asked one behind the other, and must be
 * answered in their order.
 */
export class WireConnection implements ClientListener {
  readonly #end: ClientEnd
  readonly #now: () => number
  #pending: Pending[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #lastId = 0
  #isConnected = false
  #isOver = false
  /** What is asked before it is connected. */
  #waiting: Buffer[] = []

  constructor(network: SimulatedNetwork, port: number, now: () => number) {
    this.#now = now
    this.#end = network.connect(port, this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** How many requests are not answered. */
  get unanswered(): number {
    return this.#pending.length
  }

  /** Since when the oldest of them waits; Infinity: there is none. */
  get oldestAt(): number {
    return this.#pending[0]?.askedAt ?? Number.POSITIVE_INFINITY
  }

  /** Resolves with the answer. Rejects with a ConnectionOverError when the connection is over before. */
  ask<Asked, Told>(api: SpokenApi<Asked, Told>, version: number, message: Asked): Promise<Told> {
    const codec = codecOf(api, version)
    if (codec === 'UNSUPPORTED_VERSION') throw new Error(`${api.name} has no version ${version}`)
    return new Promise<Told>((resolve, reject) => {
      if (this.#isOver) return reject(new ConnectionOverError('The connection was over before'))
      const correlationId = ++this.#lastId
      const body = codec.encodeRequest({ correlationId, clientId: 'wire', message })
      this.#pending.push({
        correlationId,
        askedAt: this.#now(),
        take: (frame) => resolve(codec.decodeResponse(frame).message),
        lose: reject,
      })
      const frame = Buffer.alloc(LENGTH_BYTES + body.length)
      frame.writeInt32BE(body.length)
      frame.set(body, LENGTH_BYTES)
      this.write(frame)
    })
  }

  /** Sends bytes as they are. */
  write(bytes: Buffer): void {
    if (this.#isConnected) this.#end.write(bytes)
    else this.#waiting.push(bytes)
  }

  close(): void {
    this.#end.close()
  }

  reset(): void {
    this.#end.reset()
  }

  hold(isHeld: boolean): void {
    this.#end.hold(isHeld)
  }

  connected(): void {
    this.#isConnected = true
    for (const bytes of this.#waiting.splice(0)) this.#end.write(bytes)
  }

  data(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#bytes.readInt32BE()
      if (this.#bytes.length < end) return
      const frame = this.#bytes.subarray(LENGTH_BYTES, end)
      this.#bytes = this.#bytes.subarray(end)
      this.#take(frame)
    }
  }

  closed(how: string): void {
    this.#isOver = true
    for (const { lose } of this.#pending.splice(0)) lose(new ConnectionOverError(`The connection was ${how}`))
  }

  #take(frame: Buffer): void {
    const answered = frame.readInt32BE()
    const oldest = this.#pending.shift()
    if (oldest?.correlationId !== answered)
      throw new BrokenInvariant(
        'I31',
        `request ${answered} was answered, and ${oldest?.correlationId ?? 'none'} was to be answered next`,
      )
    oldest.take(frame)
  }
}
