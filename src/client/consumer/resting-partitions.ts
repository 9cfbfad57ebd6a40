import type { Clock } from '../../base/clock.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { type FetchedSlice, goesOn, isCurrent, type PartitionTable } from './fetching/fetched-slice.js'

export interface RestingPartitionsParts {
  /** How long each rests. */
  readonly restMs: number
  readonly partitions: PartitionTable
  readonly clock: Clock
}

/**
 * Partitions of which a call of a handler has resolved nothing. What it was given comes again after a rest, so that a
 * handler whose database is down is not called in a tight loop. Other partitions go on meanwhile, and the rest is over
 * when the partition is sought elsewhere or given up.
 */
export class RestingPartitions {
  readonly #parts: RestingPartitionsParts
  readonly #resting = new Map<number, { readonly slice: FetchedSlice; readonly until: Timestamp }>()

  constructor(parts: RestingPartitionsParts) {
    this.#parts = parts
  }

  /** Notes that nothing was resolved of this slice. One that the handler has paused comes again when it resumes it. */
  rest(slice: FetchedSlice): void {
    const { restMs, partitions, clock } = this.#parts
    if (goesOn(partitions, slice)) this.#resting.set(slice.index, { slice, until: timestamp(clock.now() + restMs) })
  }

  has(index: number): boolean {
    const resting = this.#resting.get(index)
    if (resting === undefined) return false
    const { partitions, clock } = this.#parts
    if (isCurrent(partitions, resting.slice) && clock.now() < resting.until) return true
    this.#resting.delete(index)
    return false
  }

  /** When the first of them has rested; NEVER: none rests. */
  get due(): Timestamp {
    let due: Timestamp = NEVER
    for (const [index, { until }] of this.#resting) if (this.has(index)) due = earliest(due, until)
    return due
  }
}
