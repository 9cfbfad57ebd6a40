import { LEASE_SLOTS } from '../../../actor/types.js'
import { assert } from '../../../base/assert.js'
import type { ConsumerOptions } from '../../../base/config/consumer-options.js'
import { isOn } from '../../../base/guards.js'
import type { PartitionAssignment, WantedPartition } from '../../../protocol/inner/consumer-words.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { Metadata } from '../../metadata.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import { FetchedPartition, type Reset } from './fetched-partition.js'
import { type FetchedSlice, isCurrent, type SliceSource } from './fetched-slice.js'
import { LeftPartitions } from './left-partitions.js'
import type { SharedPositions } from './shared-positions.js'

const anyOf = (): boolean => true

type FetchedPartitionsOptions = Pick<ConsumerOptions, 'auto.offset.reset'> &
  Partial<Pick<ConsumerOptions, 'max.poll.records'>>

export const nameOf = ({ topic, partition }: PartitionName): string => `${partition} of ${topic}`

/**
 * The partitions that are assigned, each under its index: a lease slot, which no two of them share. They take turns in
 * handing out what was fetched. (`SubscriptionState` in Kafka.)
 *
 * Owned by the consumer's thread.
 */
export class FetchedPartitions implements SliceSource {
  /** Called with the index of a partition that begins, before anybody is told of it. */
  onNew: (index: number) => void = () => {}
  /** Partitions that were fetched, and are given up. */
  readonly left = new LeftPartitions()
  readonly #metadata: Metadata
  readonly #options: FetchedPartitionsOptions
  /** Whether a group may have committed where a partition begins. */
  readonly #hasGroup: boolean
  /** Null: nobody counts. */
  readonly #counters: ConsumerCounters | null
  #states: readonly FetchedPartition[] = []
  #byIndex = new Map<number, FetchedPartition>()
  #nextIndex = 0
  /**
   * For each index, an epoch behind all that its last partition had: what was taken of it is not current for the next
   * one.
   */
  readonly #epochs = new Map<number, number>()
  #takeStart = 0
  /** Whether whoever waits for slices has room for one of a partition; null: nobody waits. */
  #hasRoom: ((index: number) => boolean) | null = null
  #positions: SharedPositions | null = null

  constructor(
    metadata: Metadata,
    options: FetchedPartitionsOptions,
    { hasGroup = false, counters = null }: { hasGroup?: boolean; counters?: ConsumerCounters | null } = {},
  ) {
    this.#metadata = metadata
    this.#options = options
    this.#hasGroup = hasGroup
    this.#counters = counters
  }

  get all(): readonly FetchedPartition[] {
    return this.#states
  }

  at(index: number): FetchedPartition | undefined {
    return this.#byIndex.get(index)
  }

  /** Whether every assigned partition has a position, or has failed to get one. */
  get knowsPositions(): boolean {
    return this.withoutPosition === undefined
  }

  /** The first partition whose position is still being looked up. */
  get withoutPosition(): PartitionName | undefined {
    return this.#states.find((state) => state.position === null && !state.isFailed)
  }

  /** The position; null while it is being looked up; -1: the partition is not assigned, or failed to get one. */
  positionOf(index: number): number | null {
    const state = this.at(index)
    return state === undefined || (state.isFailed && state.position === null) ? -1 : state.position
  }

  /**
   * The partitions, each with the offset at which it began; -1: it is looked up, or could not be. Whoever hears of it
   * counts on from there: what was taken for the application since is not handed out yet.
   */
  get described(): readonly PartitionAssignment[] {
    return this.#states.map((state) => {
      const { topic, partition, index, epoch } = state
      return { topic, partition, index, epoch, position: state.beganAt ?? -1 }
    })
  }

  /**
   * Assigns partitions. Those that stay keep their positions and what was fetched ahead; those of a topic that was
   * created again, or that are given an offset, begin anew. Returns whether any came or went.
   */
  assign(wanted: readonly WantedPartition[], reset: Reset | null): boolean {
    const before = new Map(this.#states.map((state) => [nameOf(state), state]))
    const names = new Map<string, WantedPartition>()
    for (const one of wanted) {
      const name = nameOf(one)
      names.set(name, one.offset === undefined ? (names.get(name) ?? one) : one)
    }
    const isKept = (state: FetchedPartition): boolean => {
      const one = names.get(nameOf(state))
      return one !== undefined && one.offset === undefined && !this.#isReplaced(state)
    }
    const taken = new Set<number>()
    for (const state of this.#states) {
      if (isKept(state)) taken.add(state.index)
      else state.restartAt(null)
      this.#epochs.set(state.index, state.epoch)
    }
    const keptCount = taken.size
    this.#states = [...names].map(([key, name]) => {
      const known = before.get(key)
      if (known !== undefined && isKept(known)) return known
      const state = this.#newState(name, this.#freeIndex(taken), reset)
      state.isPausedByUser = known?.isPausedByUser === true
      state.isHeld = known?.isHeld === true
      this.onNew(state.index)
      this.#counters?.began(state.index)
      this.#positions?.set(state.index, state.position)
      return state
    })
    this.#byIndex = new Map(this.#states.map((state) => [state.index, state]))
    this.left.leave([...before.values()].filter((state) => !names.has(nameOf(state))))
    this.left.comeBack(this.#states)
    return keptCount < before.size || keptCount < names.size
  }

  /** Reads on elsewhere: what is fetched from now on is of this epoch. False: the partition is not assigned. */
  seek(index: number, to: number | Reset, epoch?: number): boolean {
    const state = this.at(index)
    if (state === undefined) return false
    state.restartAt(typeof to === 'number' ? to : null, epoch)
    if (typeof to !== 'number') state.reset = to
    this.noteNext(index, state.position)
    return true
  }

  /** Pauses these partitions: they are not fetched, and what was fetched ahead of them waits. All others go on. */
  pause(indexes: readonly number[]): void {
    const paused = new Set(indexes)
    for (const state of this.#states) state.isPausedByUser = paused.has(state.index)
  }

  /**
   * Holds these partitions back, or lets go of them: nothing is fetched or handed out of one that is held. Those of
   * which something was fetched may be another member's next.
   */
  hold(held: readonly PartitionName[], isHeld: boolean): void {
    const names = new Set(held.map(nameOf))
    for (const state of this.#states) {
      if (!names.has(nameOf(state))) continue
      state.isHeld = isHeld
      if (isHeld) this.left.passOn(state, this.#counters?.committedOf(state.index) ?? state.beganAt ?? 0)
      else this.left.comeBack([state])
    }
  }

  /** Begins where the group has committed, if a position is still wanted. */
  beginAt(state: FetchedPartition, committed: number, leaderEpoch: number): void {
    if (!state.awaitsCommitted) return
    this.#metadata.noteEpoch(state.topicId, state.partition, leaderEpoch)
    state.beginAt(committed, leaderEpoch)
    this.#counters?.committedAt(state.index, committed)
    this.noteNext(state.index, committed)
  }

  /** Notes what was committed of those that are assigned. */
  noteCommitted(offsets: readonly (PartitionName & { readonly offset: number })[]): void {
    if (this.#counters === null) return
    const byName = new Map(this.#states.map((state) => [nameOf(state), state.index]))
    for (const one of offsets) {
      const index = byName.get(nameOf(one))
      if (index !== undefined) this.#counters.committedAt(index, one.offset)
    }
  }

  /** Begins where the reset says, if a position is still wanted: the group has committed nothing. */
  beginAnew(state: FetchedPartition): void {
    if (!state.awaitsCommitted) return
    state.awaitsCommitted = false
    if (this.#options['auto.offset.reset'] === 'none' && !state.isResetSaid) state.failWith('OFFSET_OUT_OF_RANGE', -1)
  }

  /**
   * Notes that somebody waits for slices, and says whether it has room for one of a partition; null: nobody does. What
   * is buffered of a partition without room keeps nobody from asking for the others: its records are at work, and those
   * of others may be at work beside them. Returns whether that is new, and there is such a partition.
   */
  waitForOthers(hasRoom: ((index: number) => boolean) | null): boolean {
    const isNew = hasRoom !== null && this.#hasRoom === null
    this.#hasRoom = hasRoom
    return isNew && this.#states.some((state) => state.isFull && this.#isInNoHurry(state))
  }

  /**
   * Brokers of which something is buffered. They are not asked (as in Kafka's `FetchRequestManager`): a fetch without
   * the buffered partition would only be hurried once that partition is taken. Nobody waits for what is paused.
   */
  get leadersOfBuffered(): ReadonlySet<number> | null {
    let leaders: Set<number> | null = null
    for (const state of this.#states) {
      if (!state.isFull || state.isFailed || state.isPaused || this.#isInNoHurry(state)) continue
      leaders ??= new Set()
      leaders.add(this.#metadata.leaderOf(state.topicId, state.partition))
    }
    return leaders
  }

  /** Whether what is buffered of it is not wanted now, and other partitions are: see `waitForOthers`. */
  #isInNoHurry({ index }: FetchedPartition): boolean {
    return this.#hasRoom?.(index) === false
  }

  /** The next slice in turn of a partition that is not paused. `mayTake` says whether more may be taken of one. */
  take(mayTake: (index: number) => boolean = anyOf): FetchedSlice | null {
    const count = this.#states.length
    for (let step = 0; step < count; step++) {
      const state = this.#states[(this.#takeStart + step) % count] as FetchedPartition
      if (!state.hasBuffered || state.isPaused || !mayTake(state.index)) continue
      this.#takeStart = (this.#takeStart + step + 1) % count
      return this.#taken(state)
    }
    return null
  }

  /** What comes of a partition from now on counts as taken once: what is put back was taken before. */
  #taken(state: FetchedPartition): FetchedSlice | null {
    const taken = state.take()
    if (taken === null) return null
    const { slice, brings } = taken
    if (brings === null || this.#counters === null) return slice
    const { index, bytes, fetchOffset } = slice
    const position = Math.min(brings.offset, fetchOffset + (this.#options['max.poll.records'] ?? brings.records))
    this.#counters.taken({ index, bytes, records: brings.records, position })
    return slice
  }

  putBack(slice: FetchedSlice): void {
    if (isCurrent(this, slice)) this.at(slice.index)?.putBack(slice)
    else slice.giveBack()
  }

  handled(slice: FetchedSlice, nextOffset: number): void {
    if (isCurrent(this, slice)) this.noteNext(slice.index, nextOffset)
  }

  /** Tells the application from now on what is handed out here. */
  share(positions: SharedPositions): void {
    this.#positions = positions
    for (const { index, nextTaken } of this.#states) positions.set(index, nextTaken)
  }

  /** Notes that the next record of the partition is the one with this offset; null: it is being looked up. */
  noteNext(index: number, offset: number | null): void {
    this.#positions?.set(index, offset)
  }

  /** Whether its topic was created again. One that is gone may come back. */
  #isReplaced(state: FetchedPartition): boolean {
    const topic = this.#metadata.topic(state.topic)
    const isAnother = topic?.partitions[state.partition] !== undefined && topic.topicId !== state.topicId
    return isAnother && isOn('begins-anew')
  }

  #topicIdOf({ topic }: PartitionName): number {
    return this.#metadata.topic(topic)?.topicId ?? -1
  }

  #newState(wanted: WantedPartition, index: number, said: Reset | null): FetchedPartition {
    const topicId = this.#topicIdOf(wanted)
    const whereTo = said ?? this.#options['auto.offset.reset']
    const leaderEpoch = this.#metadata.leaderEpochOf(topicId, wanted.partition)
    const reset = whereTo === 'none' ? 'latest' : whereTo
    const state = new FetchedPartition(wanted, { topicId, index, leaderEpoch, reset })
    state.isResetSaid = said !== null
    state.epoch = this.#epochs.get(index) ?? 0
    if (wanted.offset !== undefined) state.moveTo(wanted.offset, -1)
    else if (this.#hasGroup) state.awaitsCommitted = true
    else if (whereTo === 'none') state.failWith('OFFSET_OUT_OF_RANGE', -1)
    return state
  }

  /** An index that is free. It is a lease slot: no two assigned partitions share one. */
  #freeIndex(taken: Set<number>): number {
    assert(taken.size < LEASE_SLOTS, 'No more partitions are assigned than there are lease slots')
    let index = this.#nextIndex++ % LEASE_SLOTS
    while (taken.has(index)) index = this.#nextIndex++ % LEASE_SLOTS
    taken.add(index)
    return index
  }
}
