import { NetworkClient } from '../actor/network-client.js'
import { type Connection, type Context, LEASE_SLOTS, type Message } from '../actor/types.js'
import type { ErrorCode } from '../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { Memory } from '../base/memory.js'
import type { FetchPartition, PartitionFetchResult } from '../protocol/fetch.js'
import {
  type AssignedPartition,
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  type PartitionName,
  type Response,
} from '../protocol/messages.js'
import { endOffset, type FetchedSlice, type SliceSource } from './fetched-slice.js'
import { ReturnsBook } from './lease-returns.js'
import { brokerAddress, type Metadata } from './metadata.js'

/**
 * Fetches what is assigned and keeps it until it is taken. (`Fetcher` and `SubscriptionState` in Kafka.)
 *
 * One fetch is under way for each broker at most; it asks for the partitions that have nothing buffered. Kafka asks for
 * a partition again when the last of its records is handed out; here it is asked for as soon as its slice is taken, so
 * that one slice is handled while the next one comes.
 */
export interface FetcherOptions {
  readonly bytesMin: number
  readonly waitMsMax: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
  readonly offsetReset: 'earliest' | 'latest' | 'none'
  readonly checkCrcs: boolean
  readonly readCommitted: boolean
  readonly retryBackoffMs: number
}

type Reset = 'earliest' | 'latest'

interface AssignedState {
  readonly topic: string
  readonly partition: number
  readonly topicId: number
  readonly index: number
  epoch: number
  /** Null while it is being looked up, as `reset` says. */
  position: number | null
  reset: Reset
  isLookingUp: boolean
  isFetching: boolean
  isPaused: boolean
  isFailed: boolean
  buffered: FetchedSlice | null
  retryAt: Timestamp
}

const NOTHING = Memory.allocate(8)

export class Fetcher implements SliceSource {
  readonly #options: FetcherOptions
  readonly #metadata: Metadata
  readonly #onStaleMetadata: () => void
  readonly #network = new NetworkClient()
  /** Positions are looked up on connections of their own, which no waiting fetch holds up. */
  readonly #lookups = new NetworkClient()
  #assigned: AssignedState[] = []
  readonly #returns = new ReturnsBook()
  #nextIndex = 0
  #takeStart = 0

  constructor(options: FetcherOptions, metadata: Metadata, onStaleMetadata: () => void) {
    this.#options = options
    this.#metadata = metadata
    this.#onStaleMetadata = onStaleMetadata
  }

  /** Whether every assigned partition has a position, or has failed to get one. */
  get knowsPositions(): boolean {
    return this.#assigned.every((state) => state.position !== null || state.isFailed)
  }

  get assigned(): readonly AssignedPartition[] {
    return this.#assigned.map(({ topic, partition, index, epoch, position }) => {
      return { topic, partition, index, epoch, position: position ?? -1 }
    })
  }

  /** Null while it is being looked up; -1: the partition is not assigned, or failed. */
  positionOf(index: number): number | null {
    const state = this.#assigned.find((candidate) => candidate.index === index)
    return state === undefined || state.isFailed ? -1 : state.position
  }

  /** Partitions that stay keep their positions and what was fetched ahead. */
  assign(wanted: readonly PartitionName[], reset: Reset | null): void {
    const before = this.#assigned
    this.#assigned = wanted.map(({ topic, partition }) => {
      const topicId = this.#metadata.topic(topic)?.topicId ?? -1
      const same = (state: AssignedState): boolean => state.topicId === topicId && state.partition === partition
      return before.find(same) ?? this.#newState({ topic, partition, topicId }, reset)
    })
    for (const state of before) if (!this.#assigned.includes(state)) this.#drop(state)
  }

  seek(index: number, to: number | Reset): number {
    const state = this.#assigned.find((candidate) => candidate.index === index)
    if (state === undefined) return -1
    this.#drop(state)
    state.isFailed = false
    state.position = typeof to === 'number' ? to : null
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
      state.buffered = null
      state.position = buffered.fetchOffset
      buffered.giveBack()
    }
  }

  isPaused(slice: FetchedSlice): boolean {
    return this.#assigned.some((state) => state.index === slice.index && state.isPaused)
  }

  putBack(slice: FetchedSlice): void {
    slice.giveBack()
    const state = this.#assigned.find(({ index, epoch }) => index === slice.index && epoch === slice.epoch)
    if (state === undefined) return
    // What follows was asked for meanwhile, and would come first.
    this.#drop(state)
    state.position = slice.fetchOffset
  }

  take(): FetchedSlice | null {
    const count = this.#assigned.length
    for (let step = 0; step < count; step++) {
      const state = this.#assigned[(this.#takeStart + step) % count] as AssignedState
      const slice = state.buffered
      if (slice === null || state.isPaused) continue
      this.#takeStart = (this.#takeStart + step + 1) % count
      state.buffered = null
      return slice
    }
    return null
  }

  isCurrent(slice: FetchedSlice): boolean {
    return this.#assigned.some((state) => state.index === slice.index && state.epoch === slice.epoch)
  }

  receive(message: Message, context: Context): boolean {
    return this.#network.receive(message, context) || this.#lookups.receive(message, context)
  }

  /** Looks up positions, and sends a fetch to every broker that has none under way. */
  tick(context: Context): Timestamp {
    let next = NEVER
    let fetches: Map<number, AssignedState[]> | null = null
    const busy = this.#leadersOfBuffered()
    for (const state of this.#assigned) {
      if (state.retryAt > context.now) next = earliest(next, state.retryAt)
      else if (state.position === null) this.#lookUp(state, context)
      else if (!state.isPaused && !state.isFailed && !state.isFetching && state.buffered === null) {
        const leader = this.#leaderOf(state, context)
        if (leader < 0 || busy?.has(leader) === true || this.#network.inFlight(brokerAddress(leader)) > 0) continue
        fetches ??= new Map()
        const states = fetches.get(leader)
        if (states === undefined) fetches.set(leader, [state])
        else states.push(state)
      }
    }
    if (fetches !== null) for (const [leader, states] of fetches) this.#fetch(leader, states, context)
    return next
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

  #newState(name: PartitionName & { topicId: number }, reset: Reset | null): AssignedState {
    const whereTo = reset ?? this.#options.offsetReset
    const state: AssignedState = {
      ...name,
      index: this.#freeIndex(),
      epoch: 0,
      position: null,
      reset: whereTo === 'none' ? 'latest' : whereTo,
      isLookingUp: false,
      isFetching: false,
      isPaused: false,
      isFailed: false,
      buffered: null,
      retryAt: timestamp(0),
    }
    if (whereTo === 'none') this.#failWith(state, 'OFFSET_OUT_OF_RANGE')
    return state
  }

  /** An index is a lease slot: no two assigned partitions share one. */
  #freeIndex(): number {
    for (;;) {
      const index = this.#nextIndex++ % LEASE_SLOTS
      if (!this.#assigned.some((state) => state.index === index)) return index
    }
  }

  #drop(state: AssignedState): void {
    state.epoch += 1
    state.buffered?.giveBack()
    state.buffered = null
  }

  #leaderOf(state: AssignedState, context: Context): number {
    const leader = this.#metadata.leaderOf(state.topicId, state.partition)
    if (leader < 0 || this.#network.isGone(brokerAddress(leader))) {
      this.#retryLater(state, context)
      return -1
    }
    return leader
  }

  #retryLater(state: AssignedState, context: Context): void {
    state.retryAt = timestamp(context.now + this.#options.retryBackoffMs)
    this.#onStaleMetadata()
  }

  #lookUp(state: AssignedState, context: Context): void {
    if (state.isLookingUp || state.isFailed) return
    const leader = this.#leaderOf(state, context)
    if (leader < 0) return
    const { topicId, partition, epoch } = state
    const wanted = state.reset === 'earliest' ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP
    const request = { api: 'ListOffsets' as const, partitions: [{ topicId, partition, timestamp: wanted }] }
    const sent = this.#lookups.send(brokerAddress(leader), request, context, (response, later) => {
      state.isLookingUp = false
      if (state.epoch !== epoch) return
      const found = response?.api === 'ListOffsets' ? response.partitions[0] : undefined
      if (found?.error === 'NONE') state.position = found.offset
      else this.#retryLater(state, later)
    })
    state.isLookingUp = sent === 'sent'
    if (sent === 'gone') this.#retryLater(state, context)
  }

  #fetch(leader: number, states: readonly AssignedState[], context: Context): void {
    const options = this.#options
    const asked = states.map((state) => ({ state, epoch: state.epoch, fetchOffset: state.position as number }))
    const partitions = states.map(
      (state): FetchPartition => ({
        topicId: state.topicId,
        partition: state.partition,
        fetchOffset: state.position as number,
        bytesMax: options.partitionBytesMax,
        leaseSlot: state.index,
      }),
    )
    const request = {
      api: 'Fetch' as const,
      waitMsMax: options.waitMsMax,
      bytesMin: options.bytesMin,
      bytesMax: options.bytesMax,
      readCommitted: options.readCommitted,
      partitions,
    }
    const address = brokerAddress(leader)
    const sent = this.#network.send(address, request, context, (response, later) => {
      for (const { state } of asked) state.isFetching = false
      if (response === null) for (const { state } of asked) this.#retryLater(state, later)
      else this.#take(response, asked, this.#network.connectionTo(address, later) as Connection, later)
    })
    if (sent === 'sent') for (const state of states) state.isFetching = true
    else if (sent === 'gone') for (const state of states) this.#retryLater(state, context)
  }

  #take(
    response: Response,
    asked: readonly { state: AssignedState; epoch: number; fetchOffset: number }[],
    connection: Connection,
    context: Context,
  ): void {
    if (response.api !== 'Fetch') return
    response.partitions.forEach((result, number) => {
      const { state, epoch, fetchOffset } = asked[number] as (typeof asked)[number]
      const slice = result.slice === null ? null : this.#lent(state, epoch, fetchOffset, result, connection)
      if (state.epoch !== epoch || state.isPaused || !this.#assigned.includes(state)) slice?.giveBack()
      else if (slice !== null) this.#buffer(state, slice)
      else if (result.error !== 'NONE') this.#handleError(state, result.error, context)
    })
  }

  #lent(
    state: AssignedState,
    epoch: number,
    fetchOffset: number,
    result: PartitionFetchResult,
    connection: Connection,
  ): FetchedSlice {
    const { segment, position, bytes, lease } = result.slice as NonNullable<PartitionFetchResult['slice']>
    const returns = this.#returns.of(connection, state.index)
    returns.granted(lease)
    return {
      topic: state.topic,
      partition: state.partition,
      index: state.index,
      epoch,
      error: 'NONE',
      memory: connection.memory(segment),
      position,
      bytes,
      fetchOffset,
      highWatermark: result.highWatermark,
      giveBack: () => returns.finished(lease),
    }
  }

  #buffer(state: AssignedState, slice: FetchedSlice): void {
    const end = endOffset(slice, this.#options.checkCrcs)
    if (end === null) {
      slice.giveBack()
      this.#failWith(state, 'CORRUPT_MESSAGE')
      return
    }
    state.position = end
    state.buffered = slice
  }

  #handleError(state: AssignedState, error: ErrorCode, context: Context): void {
    if (error === 'OFFSET_OUT_OF_RANGE' && this.#options.offsetReset !== 'none') {
      state.reset = this.#options.offsetReset
      state.position = null
      return
    }
    const isStale = error === 'NOT_LEADER_OR_FOLLOWER' || error === 'UNKNOWN_TOPIC_OR_PARTITION'
    if (isStale) this.#retryLater(state, context)
    else this.#failWith(state, error)
  }

  /** The user is told when the partition is taken next; a seek starts it again. */
  #failWith(state: AssignedState, error: ErrorCode): void {
    state.isFailed = true
    state.buffered = {
      topic: state.topic,
      partition: state.partition,
      index: state.index,
      epoch: state.epoch,
      error,
      memory: NOTHING,
      position: 0,
      bytes: 0,
      fetchOffset: state.position ?? -1,
      highWatermark: -1,
      giveBack: () => {},
    }
  }
}
