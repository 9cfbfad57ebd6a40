import type { Connection } from '../actor/types.js'
import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import { type LeaderEpoch, leaderEpoch, type Offset, offset, type Timestamp, type TopicId } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { RememberedBatch } from '../log/producer-states.js'
import type { SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import type { DivergingEpoch } from '../protocol/apis/fetch.js'
import type { CurrentLeader } from '../protocol/current-leader.js'
import type { BrokerImage, IsrMember, PartitionMetadata } from '../protocol/messages.js'
import { batchBytes, checkHeader } from '../record/record-batch.js'
import { FollowerState } from './replication/follower-state.js'
import { Isr } from './replication/isr.js'
import { timestampRefusal } from './timestamp-limits.js'

/**
 * `full`: the log has no room for now; nothing was appended. A batch that is remembered: this one is there already, from an earlier
 * attempt of an idempotent producer.
 */
export type AppendResult = Offset | 'full' | ErrorCode | RememberedBatch

export interface PartitionParts {
  readonly pool: SegmentPool
  readonly options: TopicOptions
  readonly brokerId: number
  readonly lagMsMax: number
  readonly point: (name: string) => void
}

/** What a follower says of itself with a fetch. */
export interface FollowerFetch {
  readonly replicaId: number
  readonly replicaEpoch: number
  readonly fetchOffset: Offset
}

/** The brokers as the last image has them, by id. */
export type Brokers = ReadonlyMap<number, BrokerImage>

/** Numbers of a broker's logs: a topic has fewer partitions than this. */
const PARTITIONS_PER_LOG_NUMBER = 2 ** 14

/** The number under which the broker's next incarnation finds the segments of a partition's log. */
export function logNumber(topicId: TopicId, partition: number): number {
  return topicId * PARTITIONS_PER_LOG_NUMBER + partition
}

/**
 * A partition of which this broker holds a replica: its log, whether it leads or follows, and as a leader how far the
 * followers are and which of them are in sync. Lives in the broker's thread. (`Partition` in Kafka.)
 */
export class Partition {
  readonly log: SharedLog
  readonly #parts: PartitionParts
  /**
   * Of a leader: the offset that each connected consumer asked for last. It is what that one still needs, however long it does not
   * ask again: it may be paused, or slow.
   */
  readonly #readers = new Map<Connection, Offset>()
  #metadata: PartitionMetadata
  #isr = new Isr([])
  #followers = new Map<number, FollowerState>()
  /** Where the log ended when this broker became the leader. */
  #leaderEpochStart = offset(0)
  /** Of the batch that is being appended: its producer may be gone, and its memory used again. */
  #source: Connection | null = null

  constructor(
    readonly topicId: TopicId,
    readonly partition: number,
    parts: PartitionParts,
  ) {
    const { options } = parts
    this.#parts = parts
    // Not known yet: any image is newer.
    this.#metadata = {
      partition,
      leader: -1,
      leaderEpoch: -1,
      partitionEpoch: -1,
      replicas: [],
      isr: [],
      elr: [],
      lastKnownLeader: -1,
    }
    const logOptions = {
      log: logNumber(topicId, partition),
      segmentBytes: options['segment.bytes'],
      retentionBytes: options['retention.bytes'],
      retentionMs: options['retention.ms'],
      indexIntervalBytes: options['index.interval.bytes'],
      whenFull: options['odradek.log.full'],
    }
    const needs = { oldestNeeded: () => this.#oldestNeeded(), isFenced: () => this.#isFenced }
    this.log = new SharedLog(parts.pool, logOptions, needs, parts.point)
  }

  get isLeader(): boolean {
    return this.#metadata.leader === this.#parts.brokerId
  }

  get leader(): number {
    return this.#metadata.leader
  }

  get leaderEpoch(): LeaderEpoch {
    return leaderEpoch(this.#metadata.leaderEpoch)
  }

  get partitionEpoch(): number {
    return this.#metadata.partitionEpoch
  }

  /** Null: nobody leads, as far as this broker knows. */
  get currentLeader(): CurrentLeader | null {
    const { leader, leaderEpoch } = this.#metadata
    return leader < 0 ? null : { leader, leaderEpoch }
  }

  get isr(): Isr {
    return this.#isr
  }

  get replicas(): readonly number[] {
    return this.#metadata.replicas
  }

  /** What the effective minimum is: never more than there are replicas (since Kafka 3.7). */
  get minIsr(): number {
    return Math.min(this.#parts.options['min.insync.replicas'], this.#metadata.replicas.length)
  }

  get isUnderMinIsr(): boolean {
    return this.#isr.committed.length < this.minIsr
  }

  /** Whether all that its predecessors have committed is known to be committed (KIP-207). */
  get knowsCommitted(): boolean {
    return this.log.highWatermark >= this.#leaderEpochStart
  }

  /**
   * Null: this broker leads it, in the leader epoch that the asking side knows; -1: it does not say which.
   * (`Partition.checkCurrentLeaderEpoch`)
   */
  refusalOf(currentLeaderEpoch: number): ErrorCode | null {
    if (currentLeaderEpoch >= 0 && isOn('leader-epoch-fence')) {
      if (currentLeaderEpoch < this.leaderEpoch) return 'FENCED_LEADER_EPOCH'
      if (currentLeaderEpoch > this.leaderEpoch) return 'UNKNOWN_LEADER_EPOCH'
    }
    return this.isLeader ? null : 'NOT_LEADER_OR_FOLLOWER'
  }

  /** Takes over what the controller says. False: it is old, or nothing new. */
  update(metadata: PartitionMetadata, now: Timestamp): boolean {
    const before = this.#metadata
    if (metadata.partitionEpoch <= before.partitionEpoch && isOn('newer-image')) return false
    this.#metadata = metadata
    if (!this.isLeader) {
      this.#followers.clear()
      this.#readers.clear()
    } else {
      // An image that was skipped may have had another leader, whom the followers have followed.
      const leadsOn = before.leader === metadata.leader && !isOn('leads-anew')
      if (metadata.leaderEpoch > before.leaderEpoch && !leadsOn) this.#lead(now)
      this.#isr.commit(metadata.isr)
    }
    return true
  }

  /** What the controller has answered to the isr that was asked for. */
  committed(isr: readonly number[], partitionEpoch: number): void {
    if (partitionEpoch <= this.#metadata.partitionEpoch) return
    this.#metadata = { ...this.#metadata, isr, partitionEpoch }
    this.#isr.commit(isr)
  }

  /**
   * Appends one batch as the leader. The header is checked, the CRC is not: the bytes have not left the process, and
   * whoever reads them checks it. `source` is the connection whose peer has lent the memory.
   */
  append(memory: Memory, at: number, bytes: number, now: Timestamp, source: Connection | null = null): AppendResult {
    // Whoever has lent it says where it is; there may be no such place.
    if (at < 0 || at + bytes > memory.size) return 'CORRUPT_MESSAGE'
    const header = checkHeader(memory, at, bytes)
    if (header !== 'NONE') return header
    if (batchBytes(memory, at) !== bytes) return 'CORRUPT_MESSAGE'
    if (bytes > this.#parts.options['max.message.bytes']) return 'MESSAGE_TOO_LARGE'
    const sequence = this.log.producers.check(memory, at)
    if (sequence !== 'NONE') return sequence
    const refusal = timestampRefusal(memory, at, now, this.#parts.options)
    if (refusal !== 'NONE') return refusal
    const appendTime = this.stampsAppendTime ? now : null
    this.#source = source
    const appended = this.log.append(memory, at, bytes, this.leaderEpoch, appendTime)
    this.#source = null
    return appended === 'fenced' ? 'NOT_LEADER_OR_FOLLOWER' : appended
  }

  get stampsAppendTime(): boolean {
    return this.#parts.options['message.timestamp.type'] === 'LogAppendTime'
  }

  /**
   * Where the log of a reader that holds records up to `fetchOffset`, the last of them of `lastFetchedEpoch`, leaves this
   * one; null: it does not. (`Partition.fetchRecords`, KIP-595.)
   */
  divergenceOf(fetchOffset: number, lastFetchedEpoch: number): DivergingEpoch | null {
    if (lastFetchedEpoch < 0 || !isOn('truncate-by-epoch')) return null
    const end = this.log.epochs.endOf(leaderEpoch(lastFetchedEpoch), this.log.logEndOffset)
    if (end === null || (end.leaderEpoch === lastFetchedEpoch && end.endOffset >= fetchOffset)) return null
    return { epoch: end.leaderEpoch, endOffset: end.endOffset }
  }

  /** A follower has fetched, so it holds all before its offset. False: it is no replica. */
  followerFetched({ replicaId, replicaEpoch, fetchOffset }: FollowerFetch, now: Timestamp): boolean {
    const follower = this.#followers.get(replicaId)
    if (follower === undefined) return false
    follower.fetched(fetchOffset, this.log.logEndOffset, replicaEpoch, now)
    return true
  }

  /** Moves the high watermark to where the isr has got. Returns whether it moved. (`maybeIncrementLeaderHW`) */
  advanceHighWatermark(brokers: Brokers, now: Timestamp): boolean {
    if (!this.isLeader) return false
    if (this.isUnderMinIsr && isOn('min-isr-watermark')) return false
    const { logEndOffset } = this.log
    let to = logEndOffset
    for (const follower of this.#followers.values()) {
      if (follower.logEndOffset >= to) continue
      if (this.#waitsFor(follower, brokers, now)) to = follower.logEndOffset
    }
    if (to <= this.log.highWatermark) return false
    this.log.advanceHighWatermark(to)
    this.#parts.point('committed')
    return true
  }

  /** The isr with a follower that has just fetched, if it belongs there now and did not before. (`maybeExpandIsr`) */
  isrWith(brokerId: number, brokers: Brokers): readonly IsrMember[] | null {
    const follower = this.#followers.get(brokerId)
    if (follower === undefined || !this.#mayAsk || this.#isr.committed.includes(brokerId)) return null
    if (!this.#hasCaughtUp(follower) || !this.#isEligible(follower, brokers)) return null
    return this.#members([...this.#isr.committed, brokerId], brokers)
  }

  /** The isr without those that have not caught up for too long, if there are any. (`maybeShrinkIsr`) */
  isrWithoutLaggards(brokers: Brokers, now: Timestamp): readonly IsrMember[] | null {
    if (!this.#mayAsk) return null
    const { committed } = this.#isr
    const { logEndOffset } = this.log
    const left = committed.filter((id) => {
      return this.#followers.get(id)?.isCaughtUp(logEndOffset, now, this.#parts.lagMsMax) !== false
    })
    return left.length === committed.length ? null : this.#members(left, brokers)
  }

  noteReader(connection: Connection, fetchOffset: Offset): void {
    this.#readers.set(connection, fetchOffset)
  }

  forgetReader(connection: Connection): void {
    this.#readers.delete(connection)
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    this.log.checkInvariants()
  }

  /** This broker leads from now on: of its followers it knows nothing yet. */
  #lead(now: Timestamp): void {
    const { replicas, isr } = this.#metadata
    this.#leaderEpochStart = this.log.logEndOffset
    this.#followers = new Map()
    for (const id of replicas) {
      if (id !== this.#parts.brokerId) this.#followers.set(id, new FollowerState(id, isr.includes(id), now))
    }
  }

  get #mayAsk(): boolean {
    return this.isLeader && this.#isr.pending === null
  }

  #waitsFor(follower: FollowerState, brokers: Brokers, now: Timestamp): boolean {
    if (this.#isr.committed.includes(follower.brokerId)) return true
    if (!isOn('maximal-isr')) return false
    if (this.#isr.includesMaximal(follower.brokerId)) return true
    // It would join with its next fetch, if the high watermark did not run away from it.
    return follower.isCaughtUp(this.log.logEndOffset, now, this.#parts.lagMsMax) && this.#isEligible(follower, brokers)
  }

  /** KIP-966 and KAFKA-2635: behind the high watermark, and behind where this leader began. */
  #hasCaughtUp({ logEndOffset }: FollowerState): boolean {
    if (logEndOffset < this.log.highWatermark && isOn('high-watermark-to-join')) return false
    return logEndOffset >= this.#leaderEpochStart || !isOn('leader-epoch-start')
  }

  /** KIP-841, KIP-903: alive, not on its way out, and the incarnation that has fetched. */
  #isEligible({ brokerId, brokerEpoch, logEndOffset }: FollowerState, brokers: Brokers): boolean {
    const broker = brokers.get(brokerId)
    if (broker === undefined || broker.isFenced || broker.isShuttingDown || logEndOffset < 0) return false
    return broker.brokerEpoch === brokerEpoch || !isOn('broker-epoch-to-join')
  }

  /** Each in the incarnation that has fetched; of one that has not yet, and of this broker, the controller knows better. */
  #members(ids: readonly number[], brokers: Brokers): IsrMember[] {
    return ids.map((brokerId) => {
      const fetched = this.#followers.get(brokerId)?.brokerEpoch ?? -1
      return { brokerId, brokerEpoch: fetched >= 0 ? fetched : (brokers.get(brokerId)?.brokerEpoch ?? -1) }
    })
  }

  get #isFenced(): boolean {
    return this.#source?.isClosed === true && isOn('fenced-append')
  }

  #oldestNeeded(): Offset {
    let oldest = Number.POSITIVE_INFINITY
    for (const needed of this.#readers.values()) oldest = Math.min(oldest, needed)
    return offset(oldest)
  }
}
