import { NetworkClient } from '../actor/network-client.js'
import { type Connection, type Context, LEASE_SLOTS, type Message } from '../actor/types.js'
import { assert } from '../base/assert.js'
import { CONSUMER_OPTIONS } from '../base/config/consumer-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { FetchPartition, PartitionFetchResult } from '../protocol/fetch.js'
import type { AssignedPartition as AssignedAs, PartitionName, Response } from '../protocol/messages.js'
import { AssignedPartition, type Reset } from './assigned-partition.js'
import { Decompressor, isCompressed } from './decompressor.js'
import { endOf, epochBefore, type FetchedSlice, NO_BYTES, type SliceSource } from './fetched-slice.js'
import { ReturnsBook } from './lease-returns.js'
import { brokerAddress, isStaleMetadata, type Metadata } from './metadata.js'
import { type EpochEnd, PositionLookups } from './position-lookups.js'

/**
 * Fetches what is assigned and keeps it until it is taken. (`Fetcher` and `SubscriptionState` in Kafka.)
 *
 * One fetch is under way for each broker at most; it asks for the partitions that have nothing buffered. Kafka asks for
 * a partition again when the last of its records is handed out; here it is asked for as soon as its slice is taken, so
 * that one slice is handled while the next one comes.
 *
 * A partition whose leader is not there, or not the leader any more, waits and goes on where it was, once metadata say who leads
 * it and the new leader's log is known to hold what was read.
 */
export interface FetcherOptions {
  readonly bytesMin: number
  readonly waitMsMax: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
  readonly offsetReset: 'earliest' | 'latest' | 'none'
  readonly checkCrcs: boolean
  /** Absent: as the consumer's options have it. */
  readonly decompressedBytesMax?: number
  readonly readCommitted: boolean
  readonly retryBackoffMs: number
  /** Absent: as in Kafka, 30 s. */
  readonly requestTimeoutMs?: number
  readonly reconnectBackoffMs?: number
  readonly reconnectBackoffMaxMs?: number
}

const REQUEST_TIMEOUT_MS = 30_000

/** What was asked for of one partition. */
interface Asked {
  readonly state: AssignedPartition
  readonly epoch: number
  readonly fetchOffset: number
}

const nameOf = ({ topic, partition }: PartitionName): string => `${partition} of ${topic}`

export class Fetcher implements SliceSource {
  readonly #options: FetcherOptions
  readonly #metadata: Metadata
  readonly #onStaleMetadata: () => void
  readonly #network: NetworkClient
  /** Positions are looked up on connections of their own, which no waiting fetch holds up. */
  readonly #lookupNetwork: NetworkClient
  readonly #lookups: PositionLookups
  #assigned: AssignedPartition[] = []
  /** The same by their indexes. */
  #states: ReadonlyMap<number, AssignedPartition> = new Map()
  readonly #returns = new ReturnsBook()
  readonly #decompressor: Decompressor
  #metadataSeen = -1
  #nextIndex = 0
  /** Behind all epochs that the last partition of an index had: what was taken of it is not current for the next one. */
  readonly #epochs = new Map<number, number>()
  #takeStart = 0

  constructor(options: FetcherOptions, metadata: Metadata, onStaleMetadata: () => void) {
    this.#options = options
    this.#metadata = metadata
    this.#onStaleMetadata = onStaleMetadata
    this.#decompressor = new Decompressor({
      checkCrcs: options.checkCrcs,
      batchBytesMax: options.decompressedBytesMax ?? CONSUMER_OPTIONS['odradek.decompressed.bytes.max'].default,
      sliceBytesMax: options.partitionBytesMax,
    })
    const networkOptions = { requestTimeoutMs: REQUEST_TIMEOUT_MS, ...options }
    this.#network = new NetworkClient(() => {}, networkOptions)
    this.#lookupNetwork = new NetworkClient(() => {}, networkOptions)
    this.#lookups = new PositionLookups({
      network: this.#lookupNetwork,
      metadata,
      retryLater: (state, context) => this.#retryLater(state, context),
      truncated: (state, to) => this.#truncated(state, to),
    })
  }

  /** Whether every assigned partition has a position, or has failed to get one. */
  get knowsPositions(): boolean {
    return this.withoutPosition === undefined
  }

  /** The first of those whose position is still being looked up. */
  get withoutPosition(): PartitionName | undefined {
    return this.#assigned.find((state) => state.position === null && !state.isFailed)
  }

  get assigned(): readonly AssignedAs[] {
    return this.#assigned.map(({ topic, partition, index, epoch, position }) => {
      return { topic, partition, index, epoch, position: position ?? -1 }
    })
  }

  /** Null while it is being looked up; -1: the partition is not assigned, or failed to get one. */
  positionOf(index: number): number | null {
    const state = this.#stateOf(index)
    return state === undefined || (state.isFailed && state.position === null) ? -1 : state.position
  }

  /**
   * Partitions that stay keep their positions and what was fetched ahead; those of a topic that was created again begin anew.
   * Returns whether any came or went.
   */
  assign(wanted: readonly PartitionName[], reset: Reset | null): boolean {
    const before = new Map(this.#assigned.map((state) => [nameOf(state), state]))
    const names = new Map(wanted.map((name) => [nameOf(name), name]))
    const isKept = (state: AssignedPartition): boolean =>
      names.has(nameOf(state)) && state.topicId === this.#topicIdOf(state)
    const taken = new Set<number>()
    for (const state of this.#assigned) {
      if (isKept(state)) taken.add(state.index)
      else state.restartAt(null)
      this.#epochs.set(state.index, state.epoch)
    }
    const keptCount = taken.size
    this.#assigned = [...names].map(([key, name]) => {
      const known = before.get(key)
      if (known !== undefined && isKept(known)) return known
      const state = this.#newState(name, this.#freeIndex(taken), reset)
      state.isPaused = known?.isPaused === true
      return state
    })
    this.#states = new Map(this.#assigned.map((state) => [state.index, state]))
    return keptCount < before.size || keptCount < names.size
  }

  seek(index: number, to: number | Reset): number {
    const state = this.#stateOf(index)
    if (state === undefined) return -1
    state.restartAt(typeof to === 'number' ? to : null)
    if (typeof to === 'string') state.reset = to
    return state.epoch
  }

  /** Paused partitions are not fetched, and what was fetched ahead of them is dropped, to be fetched again. */
  pause(indexes: readonly number[]): void {
    for (const state of this.#assigned) {
      const { buffered } = state
      state.isPaused = indexes.includes(state.index)
      if (!state.isPaused || buffered === null || state.isFailed) continue
      // The epoch stays: what was taken before is still what comes before.
      state.rewindTo(buffered.fetchOffset, state.lastEpochOfBuffered)
    }
  }

  isPaused(slice: FetchedSlice): boolean {
    return this.#stateOf(slice.index)?.isPaused === true
  }

  putBack(slice: FetchedSlice): void {
    const lastEpoch = epochBefore(slice, slice.fetchOffset)
    slice.giveBack()
    const state = this.#stateOf(slice.index)
    if (state?.epoch !== slice.epoch) return
    // What follows was asked for meanwhile, and would come first.
    state.epoch += 1
    state.rewindTo(slice.fetchOffset, lastEpoch)
  }

  take(): FetchedSlice | null {
    const count = this.#assigned.length
    for (let step = 0; step < count; step++) {
      const state = this.#assigned[(this.#takeStart + step) % count] as AssignedPartition
      const slice = state.buffered
      if (slice === null || state.isPaused) continue
      this.#takeStart = (this.#takeStart + step + 1) % count
      state.buffered = null
      return slice
    }
    return null
  }

  isCurrent(slice: FetchedSlice): boolean {
    return this.#stateOf(slice.index)?.epoch === slice.epoch
  }

  receive(message: Message, context: Context): boolean {
    const isOwn = this.#network.receive(message, context) || this.#lookupNetwork.receive(message, context)
    if (isOwn && message.type === 'disconnected') this.#lost(message.connection)
    return isOwn
  }

  /** Looks up and validates positions, and sends a fetch to every broker that has none under way. */
  tick(context: Context): Timestamp {
    this.#noteLeaders()
    let next = NEVER
    let fetches: Map<number, AssignedPartition[]> | null = null
    const busy = this.#leadersOfBuffered()
    for (const state of this.#assigned) {
      if (state.isFailed) continue
      if (state.retryAt > context.now) next = earliest(next, state.retryAt)
      else if (state.position === null) this.#lookups.lookUp(state, context)
      else if (state.isToValidate) this.#lookups.validate(state, context)
      else if (!state.isPaused && state.buffered === null) {
        const leader = this.#metadata.leaderOf(state.topicId, state.partition)
        if (leader < 0 || this.#network.isGone(brokerAddress(leader), context)) this.#retryLater(state, context)
        if (state.retryAt > context.now) next = earliest(next, state.retryAt)
        else if (busy?.has(leader) !== true && this.#network.inFlight(brokerAddress(leader)) === 0) {
          fetches ??= new Map()
          const states = fetches.get(leader)
          if (states === undefined) fetches.set(leader, [state])
          else states.push(state)
        }
      }
    }
    if (fetches !== null) for (const [leader, states] of fetches) this.#fetch(leader, states, context)
    return earliest(next, earliest(this.#network.tick(context), this.#lookupNetwork.tick(context)))
  }

  /** What was lent on it is nobody's any more: what nobody has taken yet is fetched again, from whoever leads now. */
  #lost(connection: Connection): void {
    this.#returns.forget(connection)
    for (const state of this.#assigned) {
      const { buffered, lender, lastEpochOfBuffered } = state
      if (buffered === null || lender !== connection || state.isFailed) continue
      state.rewindTo(buffered.fetchOffset, lastEpochOfBuffered)
    }
  }

  /** Kafka: `OffsetFetcher.validatePositionsOnMetadataChange`. */
  #noteLeaders(): void {
    if (this.#metadataSeen === this.#metadata.version) return
    this.#metadataSeen = this.#metadata.version
    for (const state of this.#assigned) state.noteLeader(this.#metadata.leaderEpochOf(state.topicId, state.partition))
  }

  /**
   * Brokers of which something is buffered. They are not asked (as in Kafka's `FetchRequestManager`): a fetch without the
   * buffered partition could wait at the broker for fetch.max.wait.ms, and hold that partition up once it is taken.
   */
  #leadersOfBuffered(): Set<number> | null {
    let leaders: Set<number> | null = null
    for (const { buffered, isFailed, topicId, partition } of this.#assigned) {
      if (buffered === null || isFailed) continue
      leaders ??= new Set()
      leaders.add(this.#metadata.leaderOf(topicId, partition))
    }
    return leaders
  }

  #stateOf(index: number): AssignedPartition | undefined {
    return this.#states.get(index)
  }

  #topicIdOf({ topic }: PartitionName): number {
    return this.#metadata.topic(topic)?.topicId ?? -1
  }

  #newState(name: PartitionName, index: number, said: Reset | null): AssignedPartition {
    const topicId = this.#topicIdOf(name)
    const whereTo = said ?? this.#options.offsetReset
    const leaderEpoch = this.#metadata.leaderEpochOf(topicId, name.partition)
    const reset = whereTo === 'none' ? 'latest' : whereTo
    const state = new AssignedPartition(name, { topicId, index, leaderEpoch, reset })
    state.epoch = this.#epochs.get(index) ?? 0
    if (whereTo === 'none') this.#failWith(state, 'OFFSET_OUT_OF_RANGE')
    return state
  }

  /** An index is a lease slot: no two assigned partitions share one. */
  #freeIndex(taken: Set<number>): number {
    assert(taken.size < LEASE_SLOTS, 'No more partitions are assigned than there are lease slots')
    let index = this.#nextIndex++ % LEASE_SLOTS
    while (taken.has(index)) index = this.#nextIndex++ % LEASE_SLOTS
    taken.add(index)
    return index
  }

  #retryLater(state: AssignedPartition, context: Context): void {
    state.retryAt = timestamp(context.now + this.#options.retryBackoffMs)
    this.#onStaleMetadata()
  }

  #fetch(leader: number, states: readonly AssignedPartition[], context: Context): void {
    const { waitMsMax, bytesMin, bytesMax, readCommitted } = this.#options
    const address = brokerAddress(leader)
    const connection = this.#network.connectionTo(address, context)
    if (connection === null) return
    const asked = states.map((state) => ({ state, epoch: state.epoch, fetchOffset: state.position as number }))
    const partitions = asked.map((one) => this.#wanted(one))
    const what = { api: 'Fetch' as const, waitMsMax, bytesMin, bytesMax, readCommitted }
    const request = { ...what, replicaId: -1, replicaEpoch: -1, partitions }
    this.#network.send(address, request, context, (response, later) => {
      if (response === null) for (const { state } of asked) this.#retryLater(state, later)
      else this.#accept(response, asked, connection, later)
    })
  }

  /** Kafka's consumers do not say `lastFetchedEpoch`: they validate their position when the leader changes. */
  #wanted({ state, fetchOffset }: Asked): FetchPartition {
    const { topicId, partition, index: leaseSlot, leaderEpoch: currentLeaderEpoch } = state
    const bytesMax = this.#options.partitionBytesMax
    return { topicId, partition, fetchOffset, bytesMax, leaseSlot, currentLeaderEpoch, lastFetchedEpoch: -1 }
  }

  #accept(response: Response, asked: readonly Asked[], connection: Connection, context: Context): void {
    if (response.api !== 'Fetch') return
    response.partitions.forEach((result, number) => {
      const one = asked[number] as Asked
      const { state } = one
      const slice = result.slice === null ? null : this.#lent(one, result, connection)
      // Another leader may have been asked meanwhile, and have answered first.
      const isCurrent = state.epoch === one.epoch && state.position === one.fetchOffset
      if (!isCurrent || state.isPaused || state.isToValidate || state.isFailed) slice?.giveBack()
      else if (slice !== null) this.#buffer(state, slice, connection)
      else if (result.divergingEpoch !== null) {
        const { epoch, endOffset } = result.divergingEpoch
        this.#truncated(state, { leaderEpoch: epoch, endOffset })
      } else if (result.error !== 'NONE') this.#handleError(state, result, context)
    })
  }

  #lent({ state, epoch, fetchOffset }: Asked, result: PartitionFetchResult, connection: Connection): FetchedSlice {
    const { segment, position, bytes, lease } = result.slice as NonNullable<PartitionFetchResult['slice']>
    const { topic, partition, index } = state
    const returns = this.#returns.of(connection, index)
    returns.granted(lease)
    const memory = connection.memory(segment)
    const giveBack = (): void => returns.finished(lease)
    const { highWatermark } = result
    const what = { topic, partition, index, epoch, error: 'NONE' as const, memory, position, bytes }
    return { ...what, fetchOffset, highWatermark, giveBack }
  }

  #buffer(state: AssignedPartition, lent: FetchedSlice, lender: Connection): void {
    const slice = isCompressed(lent) ? this.#decompressor.expand(lent) : lent
    if (typeof slice === 'string') return this.#failWith(state, slice)
    const isLent = slice === lent
    const end = endOf(slice, isLent && this.#options.checkCrcs)
    if (end === null) {
      slice.giveBack()
      this.#failWith(state, 'CORRUPT_MESSAGE')
      return
    }
    state.lastEpochOfBuffered = state.lastEpoch
    state.moveTo(end.offset, end.leaderEpoch)
    state.buffered = slice
    state.lender = isLent ? lender : null
  }

  #handleError(state: AssignedPartition, result: PartitionFetchResult, context: Context): void {
    const { error, currentLeader } = result
    if (error === 'OFFSET_OUT_OF_RANGE') return this.#outOfRange(state, result)
    if (!isStaleMetadata(error)) return this.#failWith(state, error)
    // KIP-951: a broker that knows the new leader says so.
    const isTold = currentLeader !== null && this.#metadata.updateLeader(state.topicId, state.partition, currentLeader)
    if (!isTold) this.#retryLater(state, context)
  }

  /** Behind the end of a new leader's log, it is truncation; before its start, or if nothing can be validated, it is a reset. */
  #outOfRange(state: AssignedPartition, { logStartOffset }: PartitionFetchResult): void {
    const isBeforeStart = (state.position as number) < logStartOffset
    if (isBeforeStart || state.lastEpoch < 0 || state.isRangeValidated) return this.#reset(state, -1)
    state.isToValidate = true
    state.isRangeValidated = true
  }

  /** Kafka: `SubscriptionState.maybeCompleteValidation`. */
  #truncated(state: AssignedPartition, to: EpochEnd | null): void {
    if (to === null || this.#options.offsetReset === 'none') this.#reset(state, to?.endOffset ?? -1)
    else state.moveTo(to.endOffset, to.leaderEpoch)
  }

  #reset(state: AssignedPartition, truncatedTo: number): void {
    const { offsetReset } = this.#options
    if (offsetReset === 'none') return this.#failWith(state, 'OFFSET_OUT_OF_RANGE', truncatedTo)
    state.reset = offsetReset
    state.moveTo(null, -1)
  }

  /** The user is told when the partition is taken next; a seek starts it again. */
  #failWith(state: AssignedPartition, error: ErrorCode, truncatedTo = -1): void {
    const { topic, partition, index, epoch } = state
    state.buffered?.giveBack()
    state.isFailed = true
    const what = { topic, partition, index, epoch, error, position: 0, bytes: 0, fetchOffset: state.position ?? -1 }
    state.buffered = { ...what, ...NO_BYTES, highWatermark: truncatedTo }
  }
}
