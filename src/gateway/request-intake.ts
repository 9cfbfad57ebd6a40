import type { Connection } from '../actor/types.js'
import { KafkaError } from '../base/errors.js'
import type { AnswerQueue } from './answer-queue.js'
import type { ClientLink } from './client-link.js'
import type { ExchangeHost, LastWord, OpenExchange } from './open-exchange.js'
import type { RequestReader } from './request-reader.js'

export interface RequestIntakeParts {
  readonly reader: RequestReader
  readonly answers: AnswerQueue
  readonly link: ClientLink
}

/**
 * Takes the requests of one stream in, one after the other. None is begun
 *
 *     behind one of which it is not known yet what the broker is to be asked: it would overtake it
 *     while its kind waits for an answer that the stream has not taken
 *     behind what is no request
 *
 * and one of a client that is cut off is begun, and served when the client is not cut off any more.
 *
 * Owned by the gateway's thread.
 */
export class RequestIntake {
  readonly #parts: RequestIntakeParts
  #noRequest: LastWord | null = null
  /** The request behind which none may be begun; null: there is none. */
  #unsettled: OpenExchange | null = null
  /** What was read while its client is cut off, to be served when it is not. */
  #cutOff: { readonly exchange: OpenExchange; readonly message: object } | null = null
  /** The next request waits until the stream has taken an answer. */
  #isHeldBack = false

  constructor(parts: RequestIntakeParts) {
    this.#parts = parts
  }

  /** What came is no request: the stream is closed when all before it is answered. Null: there is no such thing. */
  get noRequest(): LastWord | null {
    return this.#noRequest
  }

  /** Whether another request may be begun, as far as those before it go. */
  get isOpen(): boolean {
    return this.#noRequest === null && this.#unsettled === null && !this.#isHeldBack
  }

  /** Begins the next request. False: none can be begun of what has come. */
  begin(host: ExchangeHost, connection: Connection): boolean {
    const { reader, answers, link } = this.#parts
    const next = reader.next(host, connection, (passage) => answers.holdsBack(passage))
    this.#isHeldBack = next === 'held back'
    if (next === null || next === 'held back') return false
    if ('says' in next) {
      this.#noRequest = { why: next.says }
      return false
    }
    const { exchange } = next
    answers.add(exchange)
    link.note(exchange.caller.clientId, connection)
    if (exchange.outcome !== null) return true
    this.#unsettled = exchange
    this.#serve(next)
    return true
  }

  /** Serves the request of a client that was cut off, if it is not any more. */
  resume(): void {
    if (this.#cutOff !== null) this.#serve(this.#cutOff)
  }

  /** Requests behind this one may be begun. */
  settle(exchange: OpenExchange): void {
    if (this.#unsettled === exchange) this.#unsettled = null
  }

  /** The stream has taken an answer that others may wait for. */
  answerTaken(): void {
    this.#isHeldBack = false
  }

  #serve(begun: { readonly exchange: OpenExchange; readonly message: object }): void {
    const { exchange, message } = begun
    const isCut = this.#parts.link.isCut('requests')
    this.#cutOff = isCut ? begun : null
    if (!isCut) guarded(exchange, () => exchange.passage.serve(message, exchange))
  }
}

/** An answer that its version cannot carry is our mistake, and costs one client its connection. */
export function guarded(exchange: OpenExchange, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    exchange.hangUp(error.message)
  }
}
