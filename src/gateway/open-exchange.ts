import { OWN, UNHEARD } from '../actor/client-name.js'
import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { ApiName, Request, RequestOf, Response, ResponseOf } from '../protocol/api.js'
import type { Caller } from '../protocol/definition.js'
import type { Exchange, LentFrame, SeenCluster } from './exchange.js'
import type { FetchSessionCache } from './fetch-sessions/fetch-session-cache.js'
import type { VersionedPassage } from './passage.js'
import type { ReceiveBlock } from './receive-memory.js'
import type { Authenticator } from './sasl/authenticator.js'

/** A question to the broker that is on its way, or will be. */
export interface Question {
  readonly request: Request
  /** The client's request for which it is asked; null: it is the gateway's own. */
  readonly exchange: OpenExchange | null
  /** See `OWN` and `UNHEARD`; 0: the client has asked, and hears the answer. */
  readonly mark: number
  readonly answered: (response: Response) => void
}

/** An answer that can be written: frames with their lengths, in parts. */
export interface Answer {
  readonly parts: readonly Uint8Array[]
  readonly written: () => void
}

/** Behind an answer that has it the stream is closed. `why`: a sentence for the log says why; null: nothing is said. */
export interface LastWord {
  readonly why: string | null
}

/** What an exchange asks of its conversation. */
export interface ExchangeHost {
  readonly cluster: SeenCluster
  /** The address from which the client has come, as Kafka shows it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly authenticator: Authenticator | null
  readonly fetchSessions: FetchSessionCache
  /** The time of this turn. */
  readonly now: Timestamp
  /** Runs it in a later turn, when clients that have failed are answered. */
  later(run: () => void): void
  ask(question: Question): void
  /** Requests behind this one may be begun. */
  settle(exchange: OpenExchange): void
  /** The exchange has its answer. */
  finish(exchange: OpenExchange): void
  giveBack(lease: number): void
  memory(memoryId: number): Memory
}

const LENGTH_BYTES = 4
const nothing = (): void => {}

/** Puts the length of a frame in front of it. The first part is short, and is copied. */
export function framed(parts: readonly Uint8Array[], written: () => void = nothing): Answer {
  const [first = new Uint8Array(0), ...others] = parts
  const head = Buffer.allocUnsafe(LENGTH_BYTES + first.length)
  head.writeInt32BE(parts.reduce((sum, { length }) => sum + length, 0))
  head.set(first, LENGTH_BYTES)
  return { parts: [head, ...others], written }
}

/** One request of a client between its frame and its answer. Owned by the gateway's thread. */
export class OpenExchange implements Exchange {
  readonly version: number
  readonly caller: Caller
  readonly cluster: SeenCluster
  /** Bytes of its frame. */
  readonly bytes: number
  readonly passage: VersionedPassage['passage']
  /** Where the request lies if it may be lent. */
  readonly block: ReceiveBlock | null
  /** Null: there is none yet. `none`: nobody waits for one. */
  outcome: Answer | 'none' | null = null
  lastWord: LastWord | null = null
  readonly #host: ExchangeHost
  readonly #codec: VersionedPassage['codec']
  readonly #correlationId: number

  constructor(
    host: ExchangeHost,
    { passage, codec }: VersionedPassage,
    request: {
      version: number
      correlationId: number
      clientId: string | null
      bytes: number
      block: ReceiveBlock | null
    },
  ) {
    this.#host = host
    this.#codec = codec
    this.#correlationId = request.correlationId
    this.passage = passage
    this.version = request.version
    const { clientId, version: apiVersion } = request
    this.caller = { ...(clientId !== null && { clientId }), clientHost: host.clientHost, apiVersion }
    this.cluster = host.cluster
    this.bytes = request.bytes
    this.block = request.block
  }

  get frame(): LentFrame | null {
    return this.block === null ? null : { memory: this.block.memory, memoryId: this.block.id }
  }

  get now(): Timestamp {
    return this.#host.now
  }

  get fetchSessions(): FetchSessionCache {
    return this.#host.fetchSessions
  }

  get authenticator(): Authenticator | null {
    return this.#host.authenticator
  }

  askFirst<A extends ApiName>(request: RequestOf<A>, answered: (response: ResponseOf<A>) => void): void {
    this.#host.ask({ request, exchange: this, mark: OWN, answered: answered as Question['answered'] })
  }

  ask<A extends ApiName>(
    request: RequestOf<A>,
    answered: (response: ResponseOf<A>) => void,
    { isHeard = true } = {},
  ): void {
    const mark = isHeard ? 0 : UNHEARD
    this.#host.ask({ request, exchange: this, mark, answered: answered as Question['answered'] })
    this.#host.settle(this)
  }

  answer(message: object, written: () => void = nothing): void {
    this.#finish(this.#framed(message, written))
  }

  answerLast(message: object | null, why: string | null): void {
    const last = message === null ? 'none' : this.#framed(message, nothing)
    // It is never settled, so that nothing of what the client has sent behind it is begun.
    this.#host.later(() => {
      this.lastWord = { why }
      this.outcome = last
      this.#host.finish(this)
    })
  }

  answerNothing(): void {
    this.#finish('none')
  }

  hangUp(why: string | null): void {
    this.lastWord ??= { why }
    if (this.outcome === null) this.answerNothing()
  }

  giveBack(lease: number): void {
    this.#host.giveBack(lease)
  }

  memory(memoryId: number): Memory {
    return this.#host.memory(memoryId)
  }

  #framed(message: object, written: () => void): Answer {
    return framed(this.#codec.encodeResponseParts({ correlationId: this.#correlationId, message }), written)
  }

  #finish(outcome: Answer | 'none'): void {
    this.outcome = outcome
    this.#host.settle(this)
    this.#host.finish(this)
  }
}
