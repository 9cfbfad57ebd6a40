import { earliest, type Timestamp } from '../../base/ids.js'
import type { BroughtSlices } from './brought-slices.js'
import type { FetchedSlice, SliceSource } from './fetching/fetched-slice.js'
import type { HandlerFailures } from './handler-failures.js'
import { Handling, type HandlingParts } from './handling.js'
import type { RestingPartitions } from './resting-partitions.js'

export interface LanesParts extends Omit<HandlingParts, 'source' | 'failures' | 'mayHandOver' | 'onUnresolved'> {
  readonly source: BroughtSlices
  /** How many calls of the handler there are at once. */
  readonly count: number
  readonly newFailures: () => HandlerFailures
  /** Partitions of which nothing is handed out for now. */
  readonly resting: RestingPartitions
  /** Asked between two calls of the handler whether it may be called again. */
  readonly mayHandOver: () => boolean
}

interface Lane {
  readonly handling: Handling
  readonly failures: HandlerFailures
}

/**
 * The calls of a handler that go on at once, each for another partition: so many partitions are consumed concurrently,
 * and the records of each one after the other. KafkaJS's `partitionsConsumedConcurrently`.
 *
 *     slices brought ─▶ lane ─▶ handler          a partition is in one lane from its slice's first record to the last,
 *                    ─▶ lane ─▶ handler          and while its lane waits to hand out again what the handler failed at
 *
 * So where a partition is, and what may be committed of it, grows without gaps, as with one lane.
 */
export class Lanes {
  readonly #source: BroughtSlices
  readonly #resting: RestingPartitions
  readonly #lanes: readonly Lane[]

  constructor(parts: LanesParts) {
    const { source, count, resting } = parts
    this.#source = source
    this.#resting = resting
    this.#lanes = Array.from({ length: count }, (_, number) => this.#newLane(number, parts))
    // What lies there of partitions that are at work is nothing to hand out: others may be fetched meanwhile.
    if (count > 1) source.mayTake = (index) => this.#isFreeFor(null, index)
    else source.mayTake = (index) => !resting.has(index)
  }

  /** Whether a call of the handler is at work, or was when the last step was taken. */
  get areWaiting(): boolean {
    return this.#lanes.some(({ handling }) => handling.isWaiting)
  }

  /** Whether a call is at work that does not wait itself until the handler rests. */
  get areAwaited(): boolean {
    return this.#lanes.some(({ handling }) => handling.isAwaited)
  }

  /** See `Handling.noteWaiting`. */
  noteWaiting(): void {
    for (const { handling } of this.#lanes) handling.noteWaiting()
  }

  /** Indexes of the partitions of which the handler has a slice at work. */
  get held(): readonly number[] {
    return this.#lanes.map(({ handling }) => handling.held).filter((index) => index >= 0)
  }

  /** When what a handler has failed at, or has not resolved, is handed out again; NEVER: nothing waits. */
  get due(): Timestamp {
    return this.#lanes.reduce<Timestamp>((due, { failures }) => earliest(due, failures.due), this.#resting.due)
  }

  /** Hands over the next records. False: there is nothing to do now. */
  step(): boolean {
    let hasHandedOver = false
    for (const { handling } of this.#lanes) if (handling.step()) hasHandedOver = true
    return hasHandedOver
  }

  /** Ends all of them; what is at work is given back when it has kept its promise. */
  stop(): void {
    for (const { handling } of this.#lanes) handling.stop()
  }

  /** Ends all of them, and leaves what was not handled to whoever reads next: see `Handling.leave`. */
  leave(): void {
    for (const { handling } of this.#lanes) handling.leave()
  }

  /** Lets go of what was kept for these lanes. */
  letGo(): void {
    this.#source.mayTake = () => true
  }

  #newLane(number: number, { newFailures, mayHandOver, resting, ...parts }: LanesParts): Lane {
    const failures = newFailures()
    const source = new LaneSource(parts.source, failures, (index) => this.#isFreeFor(number, index))
    // What a rebalance asks for is done while a lane waits to hand out again, too: no call of the handler is at work.
    const mayGoOn = (): boolean => mayHandOver() && !failures.isWaiting
    const onUnresolved = (slice: FetchedSlice): void => resting.rest(slice)
    const handling = new Handling({ ...parts, source, failures, mayHandOver: mayGoOn, onUnresolved })
    return { handling, failures }
  }

  /** Whether a lane may take a slice of this partition; null: any lane. */
  #isFreeFor(number: number | null, index: number): boolean {
    if (this.#resting.has(index)) return false
    return this.#lanes.every(({ handling, failures }, other) => {
      return other === number || (handling.openIndex !== index && failures.expected !== index)
    })
  }
}

/** What a lane may take: nothing of partitions that others are at. What its handler has failed at comes first. */
class LaneSource implements SliceSource {
  readonly #source: BroughtSlices
  readonly #failures: HandlerFailures
  readonly #isFree: (index: number) => boolean

  constructor(source: BroughtSlices, failures: HandlerFailures, isFree: (index: number) => boolean) {
    this.#source = source
    this.#failures = failures
    this.#isFree = isFree
  }

  take(): FetchedSlice | null {
    const { expected } = this.#failures
    const slice =
      (expected < 0 ? null : this.#source.take((index) => index === expected)) ?? this.#source.take(this.#isFree)
    if (slice !== null) this.#failures.noteTaken()
    return slice
  }

  at(index: number): ReturnType<BroughtSlices['at']> {
    return this.#source.at(index)
  }

  putBack(slice: FetchedSlice): void {
    this.#source.putBack(slice)
  }

  handled(slice: FetchedSlice, nextOffset: number): void {
    this.#source.handled(slice, nextOffset)
  }
}
