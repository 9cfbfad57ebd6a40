import { COMPACTED_BYTES_PER_TURN } from '../base/config/internal-limits.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import type { Partition } from './partition.js'

/** Milliseconds between two steps, in which the broker serves others. */
const REST_MS = 1

/**
 * Compacts the logs of one broker, one log at a time and the one with the largest dirty share first: in small
 * steps, so that nobody waits for it. Each replica is compacted by its own broker. (`LogCleaner` in Kafka, with
 * `log.cleaner.threads` 1.)
 */
export class LogCleaner {
  readonly #partitions: Iterable<Partition>
  readonly #backoffMs: number
  /** The partition whose log is being compacted; null: none is. */
  #current: Partition | null = null
  #dueAt = timestamp(0)

  constructor(partitions: Iterable<Partition>, backoffMs: number) {
    this.#partitions = partitions
    this.#backoffMs = backoffMs
  }

  /** Returns when it wants to be called again. */
  tick(now: Timestamp): Timestamp {
    if (now < this.#dueAt) return this.#dueAt
    this.#current ??= this.#dirtiest(now)
    const restMs = this.#current === null ? Math.max(REST_MS, this.#backoffMs) : REST_MS
    this.#dueAt = timestamp(now + restMs)
    if (this.#current?.compact(COMPACTED_BYTES_PER_TURN, now) !== true) this.#current = null
    return this.#dueAt
  }

  #dirtiest(now: Timestamp): Partition | null {
    let [dirtiest, most]: [Partition | null, number] = [null, 0]
    for (const partition of this.#partitions) {
      const ratio = partition.dirtyRatio(now)
      if (ratio > most) [dirtiest, most] = [partition, ratio]
    }
    return dirtiest
  }
}
