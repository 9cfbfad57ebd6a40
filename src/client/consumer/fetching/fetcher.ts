import { brokerAddress } from '../../../actor/address.js'
import { NetworkClient } from '../../../actor/network-client.js'
import type { Part } from '../../../actor/part.js'
import type { Connection, Context, Message } from '../../../actor/types.js'
import type { ConsumerOptions } from '../../../base/config/consumer-options.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { Response } from '../../../protocol/api.js'
import type { FetchPartition, PartitionFetchResult } from '../../../protocol/apis/fetch.js'
import { isStaleMetadata, type Metadata } from '../../metadata.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import { codecBitsOf, Decompressor, isCompressed } from './decompressor.js'
import type { Asked, FetchedPartition } from './fetched-partition.js'
import type { FetchedPartitions } from './fetched-partitions.js'
import { behindEnd, endOf, type FetchedSlice } from './fetched-slice.js'
import { ReturnsBook } from './lease-returns.js'
import { type EpochEnd, PositionLookups } from './position-lookups.js'

/**
 * Fetches what is assigned into the table of fetched partitions, which keeps it until it is taken. (`Fetcher` in
 * Kafka.)
 *
 * One fetch is under way for each broker; it asks for the partitions that have nothing buffered. Kafka asks for a
 * partition again when the last of its records is handed out; here it is asked for as soon as its slice is taken, so
 * that one slice is handled while the next one comes. A second fetch goes out behind the first one when that does not
 * ask for a partition that can be fetched since, such as one that was sought or resumed: the broker holds the first one
 * back no longer.
 *
 * What was fetched of a partition is kept while it is paused (KAFKA-7548): one slice, and one that was put back.
 *
 * A partition whose leader is not there, or not the leader any more, waits and goes on where it was, once metadata say
 * who leads it and the new leader's log is known to hold what was read.
 */
export interface FetcherParts {
  readonly options: ConsumerOptions
  readonly metadata: Metadata
  /** The table of what is assigned. */
  readonly partitions: FetchedPartitions
  readonly counters: ConsumerCounters
  /** Called when a partition waits for other metadata. */
  readonly onStaleMetadata: () => void
}

/** What an answer to a fetch has brought. */
interface Brought {
  readonly records: number
  readonly bytes: number
}

/** The second one hurries the first. */
const FETCHES_UNDER_WAY_MAX = 2
/** Where a broker is not to wait for records, it is asked again after this time, so that nobody is busy with asking. */
const REST_MS = 1

export class Fetcher implements Part {
  readonly #options: ConsumerOptions
  readonly #metadata: Metadata
  readonly #partitions: FetchedPartitions
  readonly #counters: ConsumerCounters
  readonly #onStaleMetadata: () => void
  readonly #network: NetworkClient
  /** Positions are looked up on connections of their own, which no waiting fetch holds up. */
  readonly #lookupNetwork: NetworkClient
  readonly #lookups: PositionLookups
  readonly #returns = new ReturnsBook()
  readonly #decompressor: Decompressor
  #metadataSeen = -1

  constructor({ options, metadata, partitions, counters, onStaleMetadata }: FetcherParts) {
    this.#options = options
    this.#metadata = metadata
    this.#partitions = partitions
    this.#counters = counters
    this.#onStaleMetadata = onStaleMetadata
    this.#decompressor = new Decompressor(options)
    this.#network = new NetworkClient(() => {}, options)
    this.#lookupNetwork = new NetworkClient(() => {}, options)
    this.#lookups = new PositionLookups({
      network: this.#lookupNetwork,
      metadata,
      found: (state, position) => this.#found(state, position),
      retryLater: (state, context) => this.#retryLater(state, context),
      truncated: (state, to) => this.#truncated(state, to),
    })
  }

  receive(message: Message, context: Context): boolean {
    const isOwn = this.#network.receive(message, context) || this.#lookupNetwork.receive(message, context)
    if (isOwn && message.type === 'disconnected') this.#lost(message.connection)
    return isOwn
  }

  /**
   * Looks up and validates positions, and sends a fetch to every broker that is not asked for all that can be fetched
   * of it.
   */
  tick(context: Context): Timestamp {
    this.#noteLeaders()
    this.#partitions.left.tell(this.#network, context)
    let next = NEVER
    let isAsking = false
    const busy = this.#partitions.leadersOfBuffered
    for (const state of this.#partitions.all) {
      if (state.isFailed) continue
      if (state.retryAt > context.now) next = earliest(next, state.retryAt)
      else if (state.position === null) {
        if (!state.awaitsCommitted) this.#lookups.lookUp(state, context)
      } else if (state.isToValidate) this.#lookups.validate(state, context)
      else if (!state.isPaused && !state.isFull) {
        const leader = this.#metadata.leaderOf(state.topicId, state.partition)
        if (leader < 0 || this.#network.isGone(brokerAddress(leader), context)) this.#retryLater(state, context)
        if (state.retryAt > context.now) next = earliest(next, state.retryAt)
        else if (busy?.has(leader) !== true && !this.#isAsked(leader, state)) isAsking = true
      }
    }
    // Most turns find that all is asked for, and make nothing.
    if (isAsking) for (const [leader, states] of this.#toFetch(busy, context)) this.#fetch(leader, states, context)
    return earliest(next, earliest(this.#network.tick(context), this.#lookupNetwork.tick(context)))
  }

  /** The partitions that can be fetched, by their leaders. */
  #toFetch(busy: ReadonlySet<number> | null, { now }: Context): Map<number, FetchedPartition[]> {
    const byLeader = new Map<number, FetchedPartition[]>()
    for (const state of this.#partitions.all) {
      const { isFailed, retryAt, position, isToValidate, isPaused, isFull } = state
      if (isFailed || retryAt > now || position === null || isToValidate || isPaused || isFull) continue
      const leader = this.#metadata.leaderOf(state.topicId, state.partition)
      if (busy?.has(leader) === true) continue
      const others = byLeader.get(leader)
      if (others === undefined) byLeader.set(leader, [state])
      else others.push(state)
    }
    return byLeader
  }

  /** Whether a fetch under way asks for it, or another one may not go out. */
  #isAsked(leader: number, state: FetchedPartition): boolean {
    const underWay = this.#network.inFlight(brokerAddress(leader))
    return underWay > 0 && (underWay >= FETCHES_UNDER_WAY_MAX || state.isAskedOf(leader))
  }

  /** Drops what was lent on a connection. What nobody has taken yet is fetched again, from whoever leads now. */
  #lost(connection: Connection): void {
    this.#returns.forget(connection)
    this.#partitions.left.lost(connection.peer)
    for (const state of this.#partitions.all) {
      state.lost(connection)
      if (connection.peer === brokerAddress(state.fetchedFrom)) state.fetchedFrom = -1
    }
  }

  /** Has positions validated where the leader is new. Kafka: `OffsetFetcher.validatePositionsOnMetadataChange`. */
  #noteLeaders(): void {
    if (this.#metadataSeen === this.#metadata.version) return
    this.#metadataSeen = this.#metadata.version
    for (const state of this.#partitions.all)
      state.noteLeader(this.#metadata.leaderEpochOf(state.topicId, state.partition))
  }

  #found(state: FetchedPartition, position: number): void {
    state.found(position)
    // Where something is buffered, the position is told when that is handed out.
    if (!state.hasBuffered) this.#partitions.noteNext(state.index, position)
  }

  #retryLater(state: FetchedPartition, context: Context): void {
    state.retryAt = timestamp(context.now + this.#options['retry.backoff.ms'])
    this.#onStaleMetadata()
  }

  #fetch(leader: number, states: readonly FetchedPartition[], context: Context): void {
    const options = this.#options
    const address = brokerAddress(leader)
    if (states.every((state) => this.#isAsked(leader, state))) return
    const connection = this.#network.connectionTo(address, context)
    if (connection === null) return
    const asked = states.map((state) => ({ state, leader, epoch: state.epoch, fetchOffset: state.position as number }))
    const partitions = asked.map((one) => this.#wanted(one))
    const request = {
      api: 'Fetch' as const,
      replicaId: -1,
      replicaEpoch: -1,
      waitMsMax: options['fetch.max.wait.ms'],
      bytesMin: options['fetch.min.bytes'],
      bytesMax: options['fetch.max.bytes'],
      readCommitted: options['isolation.level'] === 'read_committed',
      partitions,
    }
    const sentAt = context.now
    const sent = this.#network.send(address, request, context, (response, later) => {
      for (const one of asked) if (one.state.asked === one) one.state.asked = null
      if (response === null) for (const { state } of asked) this.#retryLater(state, later)
      else this.#counters.fetched(sentAt, this.#accept(response, asked, connection, later))
    })
    if (sent !== 'sent') return
    for (const one of asked) {
      one.state.asked = one
      one.state.fetchedFrom = leader
    }
  }

  get #isImpatient(): boolean {
    return this.#options['fetch.max.wait.ms'] === 0 || this.#options['fetch.min.bytes'] === 0
  }

  /** What is asked for. Kafka's consumers do not say `lastFetchedEpoch`: they validate positions with a new leader. */
  #wanted({ state, fetchOffset }: Asked): FetchPartition {
    const { topicId, partition, index: leaseSlot, leaderEpoch: currentLeaderEpoch } = state
    const bytesMax = this.#options['max.partition.fetch.bytes']
    return { topicId, partition, fetchOffset, bytesMax, leaseSlot, currentLeaderEpoch, lastFetchedEpoch: -1 }
  }

  /** Takes in an answer, and returns how much it has brought. */
  #accept(response: Response, asked: readonly Asked[], connection: Connection, context: Context): Brought {
    const brought = { records: 0, bytes: 0 }
    if (response.api !== 'Fetch') return brought
    response.partitions.forEach((result, number) => {
      const one = asked[number] as Asked
      const { state } = one
      const slice = result.slice === null ? null : this.#lent(one, result, connection)
      // Another leader may have been asked meanwhile, and have answered first.
      const isCurrent = state.epoch === one.epoch && state.position === one.fetchOffset
      if (isCurrent && result.error === 'NONE') this.#counters.heardOf(state.index, result)
      if (!isCurrent || state.isToValidate || state.isFailed) slice?.giveBack()
      else if (slice !== null) {
        brought.bytes += slice.bytes
        brought.records += this.#buffer(state, slice, connection)
      } else if (result.divergingEpoch !== null) {
        const { epoch, endOffset } = result.divergingEpoch
        this.#truncated(state, { leaderEpoch: epoch, endOffset })
      } else if (result.error !== 'NONE') this.#handleError(state, result, context)
      else if (this.#isImpatient) state.retryAt = timestamp(context.now + REST_MS)
    })
    return brought
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

  /** Returns the number of records. */
  #buffer(state: FetchedPartition, lent: FetchedSlice, lender: Connection): number {
    const codecBits = codecBitsOf(lent)
    const slice = isCompressed(lent) ? this.#decompressor.expand(lent) : lent
    if (typeof slice === 'string')
      return this.#unreadable(state, slice, slice === 'UNSUPPORTED_COMPRESSION_TYPE' ? codecBits : -1)
    const isLent = slice === lent
    const end = endOf(slice, isLent && this.#options['check.crcs'])
    if (end === null) {
      slice.giveBack()
      return this.#unreadable(state, 'CORRUPT_MESSAGE')
    }
    state.buffer(slice, isLent ? lender : null, end)
    return end.records
  }

  #unreadable(state: FetchedPartition, error: ErrorCode, detail = -1): 0 {
    state.failWith(error, detail)
    return 0
  }

  #handleError(state: FetchedPartition, result: PartitionFetchResult, context: Context): void {
    const { error, currentLeader } = result
    if (error === 'OFFSET_OUT_OF_RANGE') return this.#outOfRange(state, result)
    if (!isStaleMetadata(error)) return state.failWith(error, -1)
    // KIP-951: a broker that knows the new leader says so.
    const isNewer = currentLeader !== null && this.#metadata.updateLeader(state.topicId, state.partition, currentLeader)
    if (!isNewer) this.#retryLater(state, context)
  }

  /**
   * Settles an offset that is out of range. Behind the end of a new leader's log, it is truncation; before its start,
   * or if nothing can be validated, it is a reset.
   */
  #outOfRange(state: FetchedPartition, { logStartOffset, highWatermark }: PartitionFetchResult): void {
    const position = state.position as number
    if (position < logStartOffset) return this.#reset(state, logStartOffset)
    const isBehindEnd = highWatermark >= 0 && highWatermark <= position
    if (state.lastEpoch < 0 || state.isRangeValidated)
      return this.#reset(state, isBehindEnd ? behindEnd(highWatermark) : -1)
    state.isToValidate = true
    state.isRangeValidated = true
  }

  /** Takes in a truncation. Kafka: `SubscriptionState.maybeCompleteValidation`. */
  #truncated(state: FetchedPartition, to: EpochEnd | null): void {
    if (state.rewind()) return
    if (to === null || this.#options['auto.offset.reset'] === 'none') this.#reset(state, to?.endOffset ?? -1)
    else state.jumpTo(to.endOffset, to.leaderEpoch)
  }

  /** `bound`: what the log has instead of the position; see `FetchedSlice`. */
  #reset(state: FetchedPartition, bound: number): void {
    const offsetReset = this.#options['auto.offset.reset']
    if (offsetReset === 'none') state.failWith('OFFSET_OUT_OF_RANGE', bound)
    else state.lookAgain(offsetReset)
  }
}
