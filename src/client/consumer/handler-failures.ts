import type { Clock } from '../../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { asError } from '../../base/thrown.js'
import type { KeptRecord } from '../../record/lent-record.js'
import { attachTo, causeOf } from '../dead-letters/dead-letter-cause.js'
import type { DeadLetter, DeadLetterSink } from '../dead-letters/dead-letters.js'
import { type FetchedSlice, isCurrent, type PartitionTable } from './fetching/fetched-slice.js'

export interface HandlerFailuresParts {
  /** How often the records are handed out once more, and how long after each failure. */
  readonly retries: number
  readonly backoffMs: number
  /** Where records go at which the handler has failed for good; null: nowhere, and the run ends. */
  readonly deadLetters: DeadLetterSink | null
  /** The partitions that are assigned: what the handler has failed at may be somebody else's by the time it is due. */
  readonly partitions: PartitionTable
  readonly clock: Clock
}

/**
 * What becomes of records at which a handler has failed. No record is skipped in silence. Nothing is waited for once
 * their partition was sought elsewhere or given up: whoever has it is handed them.
 */
export class HandlerFailures {
  readonly #parts: HandlerFailuresParts
  /** The place at which the handler has failed last, and how often in a row. */
  #failing: { readonly index: number; readonly offset: number; attempts: number } | null = null
  #retryAt: Timestamp = NEVER
  /** A slice of the partition whose records are to be handed out again; null: there is none. */
  #expected: FetchedSlice | null = null

  constructor(parts: HandlerFailuresParts) {
    this.#parts = parts
  }

  /** Index of the partition whose records are to be handed out again; -1: there is none. */
  get expected(): number {
    const { partitions } = this.#parts
    if (this.#expected !== null && !isCurrent(partitions, this.#expected)) this.#expected = null
    return this.#expected?.index ?? -1
  }

  /** Notes that something was taken: what was expected, or something else where that is not to be had now. */
  noteTaken(): void {
    this.#expected = null
  }

  /** When the records are handed out again; NEVER: nothing waits. */
  get due(): Timestamp {
    return this.isWaiting ? this.#retryAt : NEVER
  }

  /** Whether nothing is handed out for now, because the records at which the handler has failed come first. */
  get isWaiting(): boolean {
    if (this.#retryAt === NEVER) return false
    if (this.expected >= 0 && this.#parts.clock.now() < this.#retryAt) return true
    this.#retryAt = NEVER
    return false
  }

  /** What is to be done about a failure at this slice, behind this offset. */
  judge(slice: FetchedSlice, offset: number): 'again' | 'keep' | 'stop' {
    const { index } = slice
    const { retries, backoffMs, deadLetters, clock } = this.#parts
    const before = this.#failing
    const attempts = before?.index === index && before.offset === offset ? before.attempts + 1 : 1
    this.#failing = { index, offset, attempts }
    if (attempts > retries) return deadLetters === null ? 'stop' : 'keep'
    this.#retryAt = timestamp(clock.now() + backoffMs)
    this.#expected = slice
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
