import type { Clock } from '../../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { asError } from '../../base/thrown.js'
import type { KeptRecord } from '../../record/lent-record.js'
import { attachTo, causeOf } from '../dead-letters/dead-letter-cause.js'
import type { DeadLetter, DeadLetterSink } from '../dead-letters/dead-letters.js'

export interface HandlerFailuresParts {
  /** How often the records are handed out once more, and how long after each failure. */
  readonly retries: number
  readonly backoffMs: number
  /** Where records go at which the handler has failed for good; null: nowhere, and the run ends. */
  readonly deadLetters: DeadLetterSink | null
  readonly clock: Clock
}

/** What becomes of records at which a handler has failed. No record is skipped in silence. */
export class HandlerFailures {
  readonly #parts: HandlerFailuresParts
  /** The place at which the handler has failed last, and how often in a row. */
  #failing: { readonly index: number; readonly offset: number; attempts: number } | null = null
  #retryAt: Timestamp = NEVER
  /** Index of the partition whose records are to be handed out again; -1: there is none. */
  expected = -1

  constructor(parts: HandlerFailuresParts) {
    this.#parts = parts
  }

  /** When the records are handed out again; NEVER: nothing waits. */
  get due(): Timestamp {
    return this.isWaiting ? this.#retryAt : NEVER
  }

  /** Whether nothing is handed out for now, because the records at which the handler has failed come first. */
  get isWaiting(): boolean {
    if (this.#retryAt === NEVER) return false
    if (this.#parts.clock.now() < this.#retryAt) return true
    this.#retryAt = NEVER
    return false
  }

  /** What is to be done about a failure behind this offset of the partition with this index. */
  judge(index: number, offset: number): 'again' | 'keep' | 'stop' {
    const { retries, backoffMs, deadLetters, clock } = this.#parts
    const before = this.#failing
    const attempts = before?.index === index && before.offset === offset ? before.attempts + 1 : 1
    this.#failing = { index, offset, attempts }
    if (attempts > retries) return deadLetters === null ? 'stop' : 'keep'
    this.#retryAt = timestamp(clock.now() + backoffMs)
    this.expected = index
    return 'again'
  }

  /**
   * Keeps the records as dead letters. Rejects with what the handler has thrown when they are not kept, and with what
   * the sink says where that cannot carry it.
   */
  async keep(records: readonly KeptRecord[], cause: unknown): Promise<void> {
    const failedAt = Math.floor(this.#parts.clock.now())
    const what = { error: causeOf(cause), attempts: this.#failing?.attempts ?? 1, createdAt: failedAt, failedAt }
    const letters = records.map(({ topic, partition, key, value, headers, timestamp: at }): DeadLetter => {
      const record = { topic, partition, key, value, headers, timestamp: at }
      return { ...record, ...what, isPartitionNamed: true, isSerialized: true }
    })
    try {
      await (this.#parts.deadLetters as DeadLetterSink).write(letters)
    } catch (thrown) {
      throw attachTo(cause, asError(thrown)) ? cause : thrown
    }
  }
}
