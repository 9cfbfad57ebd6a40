import { nextNumber, OWN } from '../actor/client-name.js'
import type { Connection } from '../actor/types.js'
import { KafkaError } from '../base/errors.js'
import { type Response, refusalTo } from '../protocol/api.js'
import type { Question } from './open-exchange.js'

/**
 * What one conversation asks of its broker, over a connection of its own: questions are answered in their order, and
 * wait here while the ring is full.
 *
 * Owned by the gateway's thread.
 */
export class BrokerLine {
  #connection: Connection | null = null
  /** In the ring, by their correlation ids. */
  readonly #asked = new Map<number, Question>()
  #unasked: Question[] = []
  #number = 0
  #isHurried = false

  /** Null: it was not asked for in vain, but is not there yet. */
  get connection(): Connection | null {
    return this.#connection
  }

  /** Whether questions wait for room in the ring. */
  get isFull(): boolean {
    return this.#unasked.length > 0
  }

  /** Whether the broker may still read what it was lent, or lend what it is asked for. */
  get isLending(): boolean {
    for (const { exchange } of this.#asked.values()) if (exchange?.passage.lends === true) return true
    return false
  }

  join(connection: Connection): void {
    this.#connection = connection
  }

  ask(question: Question): void {
    this.#unasked.push(question)
    this.askAll()
  }

  /** Asks what waits, as far as there is room. */
  askAll(): void {
    const connection = this.#connection
    if (connection === null || connection.isClosed) return
    for (let [question] = this.#unasked; question !== undefined; [question] = this.#unasked) {
      const outcome = this.#put(question, connection)
      if (outcome === 'full') return
      this.#unasked.shift()
      // Whoever hears of it may ask something else at once.
      if (outcome !== 'sent') question.answered(outcome)
    }
  }

  /**
   * The question that the broker has answered; undefined: nobody waits for it any more. Answers come in the order of
   * the questions, but one may be lost on the way.
   */
  takeAnswered(correlationId: number): Question | undefined {
    const question = this.#asked.get(correlationId)
    this.#asked.delete(correlationId)
    return question
  }

  /** Nobody wants to wait any more: a fetch that waits is answered at once when a request has come behind it. */
  hurry(): void {
    const connection = this.#connection
    if (this.#isHurried || connection === null || !this.isLending) return
    this.#isHurried = true
    this.#put(
      { request: { api: 'ReadNoMore', partitions: [] }, exchange: null, mark: OWN, answered: () => {} },
      connection,
    )
  }

  /** Nothing is asked any more. What is in the ring will be answered. */
  end(): void {
    this.#unasked = []
    this.hurry()
  }

  /** The broker is gone, and so are its answers. */
  lost(): void {
    this.#asked.clear()
    this.#unasked = []
  }

  /** What the ring has said to it, or the answer to a question that cannot be written. */
  #put(question: Question, connection: Connection): 'sent' | 'full' | Response {
    const { request, mark } = question
    try {
      const correlationId = this.#number | mark
      if (connection.send(correlationId, request) !== 'sent') return 'full'
      this.#number = nextNumber(this.#number)
      this.#asked.set(correlationId, question)
      return 'sent'
    } catch (error) {
      const refusal = error instanceof KafkaError ? refusalTo(request, 'INVALID_REQUEST', error.message) : null
      if (refusal === null) throw error
      return refusal
    }
  }
}
