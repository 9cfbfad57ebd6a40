import type { Connection } from '../../../actor/types.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { type Timestamp, timestamp } from '../../../base/ids.js'
import type { PartitionName } from '../../../protocol/partition.js'
import { partitionLeaderEpoch } from '../../../record/record-batch.js'
import { EpochTrail } from './epoch-trail.js'
import { epochBefore, type FetchedSlice, isMove, NO_BYTES, type SliceEnd } from './fetched-slice.js'

export const BY_DURATION = 'by_duration:'
/** Where a partition without a position begins. A duration, counted back from when it is looked up, is Java's. */
export type Reset = 'earliest' | 'latest' | `${typeof BY_DURATION}${string}` | { readonly timestamp: number }

/** A slice that nobody has taken yet. */
interface Buffered {
  readonly slice: FetchedSlice
  /** The connection that lent it; null: it lies in our own memory, or was handed out and put back. */
  readonly lender: Connection | null
  /** Leader epoch of the last record before it. */
  readonly lastEpoch: number
  /** What it brings that was not counted as taken yet; null: nothing. */
  readonly brings: SliceEnd | null
}

/** What the newest fetch under way asks for of a partition. */
export interface Asked {
  readonly state: FetchedPartition
  /** The broker that is asked. */
  readonly leader: number
  readonly epoch: number
  readonly fetchOffset: number
}

/**
 * Where a consumer is in one partition (`SubscriptionState.TopicPartitionState` in Kafka):
 *
 *     looking up    position is null: it is asked for, as `reset` says, unless what the group has committed comes first
 *     to validate   there is a new leader, whose log may end before the position, or hold other records there (KIP-320)
 *     fetching      unless it is paused, or something is buffered
 *     failed        the user is told with the next slice; a seek starts it again
 *
 * What is buffered lies in a row: a slice that was put back, then one that was fetched ahead of it, or that tells an
 * error or a move. The position is behind all of it.
 */
export class FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly topicId: number
  /** The index that names it in slices, and is its lease slot. */
  readonly index: number
  /** Grows with each seek: what was fetched before it is dropped. */
  epoch = 0
  position: number | null = null
  /** Where it began in this epoch, however much was fetched and taken since; null while that is looked up. */
  beganAt: number | null = null
  /** Leader epoch of the last record before the position; -1: not known, so nothing can be validated. */
  lastEpoch = -1
  /** Epoch of the leader that the position was last thought to fit. */
  leaderEpoch: number
  reset: Reset
  /** Whether the application has said where it begins, whatever auto.offset.reset says. */
  isResetSaid = false
  isToValidate = false
  /** Whether the leader has no such offset and has said that the position fits: it is out of range for good. */
  isRangeValidated = false
  /** Number of the look-up or validation under way; 0: there is none, or what it asks is of no interest any more. */
  question = 0
  /** The newest fetch under way that asks for it; null: there is none. */
  asked: Asked | null = null
  /** The broker that was sent the last fetch that asks for it; -1: none that would remember it. */
  fetchedFrom = -1
  /** Whether its position is what the group has committed, which nobody has said yet. */
  awaitsCommitted = false
  isPausedByUser = false
  /** Whether a rebalance takes it away, or has not given it yet: the application is to be handed nothing of it. */
  isHeld = false
  isFailed = false
  retryAt: Timestamp = timestamp(0)
  /** Whether the reader believes to be elsewhere than at the position that is looked up. */
  #isMoving = false
  #buffered: readonly Buffered[] = []
  readonly #epochs = new EpochTrail()

  constructor(name: PartitionName, from: { topicId: number; index: number; leaderEpoch: number; reset: Reset }) {
    this.topic = name.topic
    this.partition = name.partition
    this.topicId = from.topicId
    this.index = from.index
    this.leaderEpoch = from.leaderEpoch
    this.reset = from.reset
  }

  get isPaused(): boolean {
    return this.isPausedByUser || this.isHeld
  }

  get hasBuffered(): boolean {
    return this.#buffered.length > 0
  }

  /** Whether something is buffered that is more than a move: nothing is fetched until it is taken. */
  get isFull(): boolean {
    return this.#buffered.some(({ slice }) => !isMove(slice))
  }

  /** The offset of the next record, marker or error that is taken; null while it is looked up. */
  get nextTaken(): number | null {
    return this.#buffered[0]?.slice.fetchOffset ?? this.position
  }

  /** Whether a fetch under way asks this broker for what comes next. */
  isAskedOf(leader: number): boolean {
    const { asked } = this
    return asked?.leader === leader && asked.epoch === this.epoch && asked.fetchOffset === this.position
  }

  /** Buffers what was fetched: the position is behind that. */
  buffer(slice: FetchedSlice, lender: Connection | null, end: SliceEnd): void {
    this.#buffered = [...this.#buffered, { slice, lender, lastEpoch: this.lastEpoch, brings: end }]
    this.position = end.offset
    this.lastEpoch = end.leaderEpoch
    this.#epochs.note(end.offset, partitionLeaderEpoch(slice.memory, slice.position), end.leaderEpoch)
    this.isToValidate = false
    this.isRangeValidated = false
  }

  /** Leader epoch of the record before this offset, where the reader may be; -1: not known. */
  epochAt(offset: number): number {
    return this.#epochs.before(offset)
  }

  /** The next slice, and what it brings; null: there is none. */
  take(): Pick<Buffered, 'slice' | 'brings'> | null {
    const [first, ...rest] = this.#buffered
    if (first === undefined) return null
    this.#buffered = rest
    return first
  }

  /**
   * Takes back a slice whose records before `fetchOffset` were handed out. The rest comes before all that is buffered.
   */
  putBack(slice: FetchedSlice): void {
    const lastEpoch = epochBefore(slice, slice.fetchOffset)
    this.#buffered = [{ slice, lender: null, lastEpoch, brings: null }, ...this.#buffered]
  }

  /** Reads on from there. What was asked for or fetched elsewhere is given back, now or when it comes. */
  moveTo(position: number | null, lastEpoch: number): void {
    this.#drop(0)
    this.position = position
    this.beganAt = position
    this.lastEpoch = lastEpoch
    this.awaitsCommitted = false
    this.#epochs.restart(position ?? 0, lastEpoch)
    this.isToValidate = false
    this.isRangeValidated = false
  }

  /**
   * Has what nobody has taken fetched and validated again: the new leader's log does not hold all that was read. Only
   * then is it known whether the records before it are there. False: there was nothing of that kind.
   */
  rewind(): boolean {
    const first = this.#buffered.findIndex(({ slice }) => !isMove(slice))
    if (first < 0 || this.isFailed) return false
    this.#goBackTo(first)
    this.isToValidate = this.lastEpoch >= 0
    return true
  }

  /** Reads on from another offset than the reader believes: it is told so behind all that was fetched. */
  jumpTo(position: number, lastEpoch: number): void {
    // The later of two moves in a row counts.
    this.#buffered = this.#buffered.filter(({ slice }) => !isMove(slice))
    this.#append({ error: 'NONE', fetchOffset: position, highWatermark: -1 })
    this.#epochs.restart(position, lastEpoch)
    this.position = position
    this.lastEpoch = lastEpoch
    this.isToValidate = false
    this.isRangeValidated = false
  }

  /** Looks for a position, as `reset` says, in place of the one that the reader is at. */
  lookAgain(reset: Reset): void {
    this.reset = reset
    this.position = null
    this.isToValidate = false
    this.isRangeValidated = false
    this.#isMoving = true
  }

  /** Begins where the group has committed; whether that still fits the leader's log is asked first (KIP-320). */
  beginAt(committed: number, lastEpoch: number): void {
    this.moveTo(committed, lastEpoch)
    this.isToValidate = lastEpoch >= 0
  }

  /** Notes the position that was looked up. */
  found(position: number): void {
    if (this.#isMoving) this.jumpTo(position, -1)
    else this.moveTo(position, -1)
    this.#isMoving = false
  }

  /** Starts anew, as a seek does: what was taken before is not current any more. */
  restartAt(position: number | null, epoch = this.epoch + 1): void {
    this.epoch = epoch
    this.question = 0
    this.isFailed = false
    this.#isMoving = false
    this.moveTo(position, -1)
  }

  /**
   * Fails the partition: the user is told when it is taken next, and a seek starts it again. `detail` is the
   * `highWatermark` of the slice that says so.
   */
  failWith(error: ErrorCode, detail: number): void {
    this.isFailed = true
    this.#append({ error, fetchOffset: this.position ?? -1, highWatermark: detail })
  }

  /**
   * Drops what a lost connection lent and nobody has taken. It is fetched again; whether that fits the leader's log is
   * as open as before.
   */
  lost(lender: Connection): void {
    const first = this.#buffered.findIndex((buffered) => buffered.lender === lender)
    if (first < 0) return
    this.#goBackTo(first)
    this.isToValidate &&= this.lastEpoch >= 0
  }

  /** Notes the leader; a new one is asked without a wait. Kafka: `maybeValidatePositionForCurrentLeader`. */
  noteLeader(leaderEpoch: number): void {
    if (leaderEpoch <= this.leaderEpoch) return
    const isFirst = this.leaderEpoch < 0
    this.leaderEpoch = leaderEpoch
    this.question = 0
    this.retryAt = timestamp(0)
    this.isRangeValidated = false
    if (!isFirst && this.position !== null && this.lastEpoch >= 0) this.isToValidate = true
  }

  /** Drops what is buffered from this one on: it is fetched again. */
  #goBackTo(first: number): void {
    const { slice, lastEpoch } = this.#buffered[first] as Buffered
    this.#drop(first)
    this.position = slice.fetchOffset
    this.lastEpoch = lastEpoch
    this.#epochs.restart(slice.fetchOffset, lastEpoch)
    this.isRangeValidated = false
  }

  /** Buffers a slice without bytes. */
  #append(said: Pick<FetchedSlice, 'error' | 'fetchOffset' | 'highWatermark'>): void {
    const { topic, partition, index, epoch, lastEpoch } = this
    const slice = { topic, partition, index, epoch, position: 0, bytes: 0, ...NO_BYTES, ...said }
    this.#buffered = [...this.#buffered, { slice, lender: null, lastEpoch, brings: null }]
  }

  #drop(from: number): void {
    const dropped = this.#buffered.slice(from)
    this.#buffered = this.#buffered.slice(0, from)
    for (const { slice } of dropped) slice.giveBack()
  }
}
