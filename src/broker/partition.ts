import type { BrokerPoint } from '../actor/points.js'
import type { Connection } from '../actor/types.js'
import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import { type LeaderEpoch, leaderEpoch, type Offset, offset, type Timestamp, type TopicId } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { LogReader } from '../log/log-reader.js'
import type { ActiveProducer, RememberedBatch } from '../log/producer-states.js'
import type { AdoptedSegment, SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import type { IsrMember } from '../protocol/apis/alter-partition.js'
import { TO_HIGH_WATERMARK } from '../protocol/apis/delete-records.js'
import type { DivergingEpoch, PartitionFetchResult } from '../protocol/apis/fetch.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import { type CurrentLeader, currentLeaderOf } from '../protocol/partition.js'
import { batchBytes } from '../record/record-batch.js'
import { BatchCheck } from './batch-check.js'
import { KeptBatch } from './kept-batch.js'
import { isCompacted, isOnlyCompacted, logNumber, logOptionsOf } from './log-options.js'
import { ReaderOffsets } from './reader-offsets.js'
import { recordErrorsOf } from './record-errors.js'
import type { Isr } from './replication/isr.js'
import { type Brokers, type FollowerFetch, Leadership } from './replication/leadership.js'

/**
 * `full`: the log has no room for now; nothing was appended. A batch that is remembered: this one is there already,
 * from an earlier attempt of an idempotent producer.
 */
export type AppendResult = Offset | 'full' | ErrorCode | RememberedBatch

export interface PartitionParts {
  readonly pool: SegmentPool
  readonly options: TopicOptions
  readonly brokerId: number
  /** Whether only brokers write to its topic. */
  readonly isInternal: boolean
  readonly lagMsMax: number
  readonly point: (name: BrokerPoint) => void
}

/** What is known of a partition before the first image: any image is newer. */
const UNKNOWN = { leader: -1, leaderEpoch: -1, partitionEpoch: -1, replicas: [], isr: [], elr: [], lastKnownLeader: -1 }

/**
 * A partition of which this broker holds a replica: its log, whether it leads or follows, and as a leader how far the
 * followers are and which of them are in sync. Lives in the broker's thread. (`Partition` in Kafka.)
 */
export class Partition {
  readonly #log: SharedLog
  readonly #parts: Omit<PartitionParts, 'options'>
  readonly #readers = new ReaderOffsets()
  readonly #leadership: Leadership
  #options: TopicOptions
  #check: BatchCheck
  /** Null: batches are kept as they come. */
  #kept: KeptBatch | null
  #metadata: PartitionMetadata
  /** Connection of the batch that is being appended: its producer may be gone, and its memory used again. */
  #source: Connection | null = null

  constructor(
    readonly topicId: TopicId,
    readonly partition: number,
    parts: PartitionParts,
  ) {
    this.#parts = parts
    this.#options = parts.options
    this.#metadata = { partition, ...UNKNOWN }
    const logOptions = logOptionsOf(parts.options, logNumber(topicId, partition))
    const needs = { oldestNeeded: () => this.#readers.oldest, isFenced: () => this.#isFenced }
    this.#log = new SharedLog(parts.pool, logOptions, needs, parts.point)
    this.#check = new BatchCheck(parts.options, this.#log.producers)
    this.#kept = KeptBatch.for(parts.options)
    this.#leadership = new Leadership(parts.brokerId, parts.lagMsMax, this.#log)
  }

  /** The log, for readers: only the partition itself changes it. */
  get log(): LogReader {
    return this.#log
  }

  get isLeader(): boolean {
    return this.#metadata.leader === this.#parts.brokerId
  }

  /** Whether only brokers write to its topic. */
  get isInternal(): boolean {
    return this.#parts.isInternal
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
    return currentLeaderOf(this.#metadata)
  }

  get isr(): Isr {
    return this.#leadership.isr
  }

  get replicas(): readonly number[] {
    return this.#metadata.replicas
  }

  /** What the effective minimum is: never more than there are replicas (since Kafka 3.7). */
  get minIsr(): number {
    return Math.min(this.#options['min.insync.replicas'], this.#metadata.replicas.length)
  }

  get isUnderMinIsr(): boolean {
    return this.isr.committed.length < this.minIsr
  }

  /** Whether all that its predecessors have committed is known to be committed (KIP-207). */
  get knowsCommitted(): boolean {
    return this.#leadership.knowsCommitted
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
      this.#leadership.end()
      this.#readers.clear()
    } else {
      // An image that was skipped may have had another leader, whom the followers have followed.
      const leadsOn = before.leader === metadata.leader && !isOn('leads-anew')
      if (metadata.leaderEpoch > before.leaderEpoch && !leadsOn) this.#leadership.begin(metadata, now)
      this.isr.commit(metadata.isr)
    }
    return true
  }

  /** Goes on with other options of its topic. */
  reconfigure(options: TopicOptions): void {
    this.#options = options
    this.#check = new BatchCheck(options, this.#log.producers)
    this.#kept = KeptBatch.for(options)
    this.#log.reconfigure(logOptionsOf(options, logNumber(this.topicId, this.partition)))
  }

  /** What the controller has answered to the isr that was asked for. */
  committed(isr: readonly number[], partitionEpoch: number): void {
    if (partitionEpoch <= this.#metadata.partitionEpoch) return
    this.#metadata = { ...this.#metadata, isr, partitionEpoch }
    this.isr.commit(isr)
  }

  /**
   * Appends one batch as the leader, if it passes its checks. `source` is the connection whose peer has lent the
   * memory.
   */
  append(memory: Memory, at: number, bytes: number, now: Timestamp, source: Connection | null = null): AppendResult {
    const refusal = this.#check.check(memory, at, bytes, now)
    if (refusal !== 'NONE') return refusal
    const kept = this.#kept === null ? null : this.#kept.of(memory, at)
    if (typeof kept === 'string') return kept
    const appendTime = this.stampsAppendTime ? now : null
    this.#source = source
    const appended =
      kept === null
        ? this.#log.append(memory, at, bytes, this.leaderEpoch, appendTime)
        : this.#log.append(kept.memory, kept.at, batchBytes(kept.memory, kept.at), this.leaderEpoch, appendTime)
    this.#source = null
    return appended === 'fenced' ? 'NOT_LEADER_OR_FOLLOWER' : appended
  }

  /** The records for which a batch was refused, by where they stand in it. */
  recordErrorsOf(error: ErrorCode, memory: Memory, at: number, now: Timestamp): readonly number[] {
    return recordErrorsOf(error, { memory, at, now }, this.#options)
  }

  /** Whether only the latest record of each key is kept. */
  get isCompacted(): boolean {
    return isCompacted(this.#options)
  }

  get stampsAppendTime(): boolean {
    return this.#options['message.timestamp.type'] === 'LogAppendTime'
  }

  /**
   * Where the log of a reader that holds records up to `fetchOffset`, the last of them of `lastFetchedEpoch`, leaves
   * this one; null: it does not. (`Partition.fetchRecords`, KIP-595.)
   */
  divergenceOf(fetchOffset: number, lastFetchedEpoch: number): DivergingEpoch | null {
    if (lastFetchedEpoch < 0 || !isOn('truncate-by-epoch')) return null
    const end = this.#log.endOfEpoch(leaderEpoch(lastFetchedEpoch))
    if (end === null || (end.leaderEpoch === lastFetchedEpoch && end.endOffset >= fetchOffset)) return null
    return { epoch: end.leaderEpoch, endOffset: end.endOffset }
  }

  /**
   * Appends one batch of the leader's log as it is; a refusal: it does not fit into this log. It must begin where this
   * log ends, or behind it, where the leader has compacted what lay between.
   */
  appendAsFollower(memory: Memory, at: number): Offset | 'RECORD_LIST_TOO_LARGE' | 'fenced' {
    return this.#log.appendAsFollower(memory, at, batchBytes(memory, at))
  }

  /** What the leader says of the records that this log holds: how many are committed, and which are deleted. */
  learn({ highWatermark, logStartOffset }: Pick<PartitionFetchResult, 'highWatermark' | 'logStartOffset'>): void {
    const log = this.#log
    const known = isOn('watermark-within-log') ? Math.min(highWatermark, log.logEndOffset) : highWatermark
    if (known > log.highWatermark) log.advanceHighWatermark(offset(known))
    if (logStartOffset > log.logStartOffset) log.deleteRecordsBefore(offset(logStartOffset))
  }

  /**
   * Gives up what the leader has not: down to where both logs agree, or to where they may.
   * (`AbstractFetcherThread.getOffsetTruncationState`)
   */
  truncate({ epoch, endOffset }: DivergingEpoch): void {
    const own = this.#log.endOfEpoch(leaderEpoch(epoch))
    if (own === null) return
    this.#log.truncate(offset(own.leaderEpoch === epoch ? Math.min(endOffset, own.endOffset) : own.endOffset))
  }

  /** What the leader still has begins behind this log, or ends before it: this one begins anew there. */
  startAt(logStartOffset: Offset): void {
    this.#log.truncateFullyAndStartAt(logStartOffset)
  }

  /** A follower has fetched, so it holds all before its offset. False: it is not a replica. */
  followerFetched(fetch: FollowerFetch, now: Timestamp): boolean {
    return this.#leadership.followerFetched(fetch, now)
  }

  /** Moves the high watermark to where the isr has got. Returns whether it moved. (`maybeIncrementLeaderHW`) */
  advanceHighWatermark(brokers: Brokers, now: Timestamp): boolean {
    if (!this.isLeader) return false
    if (this.isUnderMinIsr && isOn('min-isr-watermark')) return false
    const to = this.#leadership.heldByAll(brokers, now)
    if (to <= this.#log.highWatermark) return false
    this.#log.advanceHighWatermark(to)
    this.#parts.point('committed')
    return true
  }

  /** See `Leadership.isrWith`. */
  isrWith(brokerId: number, brokers: Brokers): readonly IsrMember[] | null {
    return this.isLeader ? this.#leadership.isrWith(brokerId, brokers) : null
  }

  /** See `Leadership.isrWithoutLaggards`. */
  isrWithoutLaggards(brokers: Brokers, now: Timestamp): readonly IsrMember[] | null {
    return this.isLeader ? this.#leadership.isrWithoutLaggards(brokers, now) : null
  }

  /** What consumers have asked for, and so still need of a log that this broker leads. */
  get readers(): Omit<ReaderOffsets, 'clear'> {
    return this.#readers
  }

  /**
   * Deletes all records before an offset, which -1 says is the high watermark: where the log begins then, or an error.
   * (`Partition.deleteRecordsOnLeader`)
   */
  deleteRecords(before: number): Offset | 'OFFSET_OUT_OF_RANGE' | 'POLICY_VIOLATION' {
    if (isOnlyCompacted(this.#options)) return 'POLICY_VIOLATION'
    const wanted = before === TO_HIGH_WATERMARK ? this.#log.highWatermark : before
    return wanted < 0 ? 'OFFSET_OUT_OF_RANGE' : this.#log.deleteRecordsBefore(offset(wanted))
  }

  /** See `Leadership.lowWatermark`. */
  lowWatermark(brokers: Brokers): Offset {
    return this.#leadership.lowWatermark(brokers)
  }

  /** The idempotent producers that its log remembers. */
  get activeProducers(): readonly ActiveProducer[] {
    return this.#log.producers.active
  }

  /** Takes over what another incarnation of the broker has left of the log. */
  recover(inherited: readonly AdoptedSegment[]): void {
    this.#log.recover(inherited)
  }

  /**
   * Deletes what is older than retention.ms, and forgets producers of which nothing was appended for so many
   * milliseconds.
   */
  deleteExpired(now: Timestamp, producerIdExpirationMs: number): void {
    this.#log.deleteExpired(now)
    this.#log.producers.expire(now, producerIdExpirationMs)
  }

  /** The share of the log that is due to be compacted; 0: nothing is. */
  dirtyRatio(now: Timestamp): number {
    return this.#log.compaction?.dirtyRatio(now) ?? 0
  }

  /** Compacts the log by so many bytes. False: a round is over. */
  compact(bytesMax: number, now: Timestamp): boolean {
    this.#log.compaction?.step(bytesMax, now)
    return this.#log.compaction?.isUnderWay === true
  }

  /** The partition is gone. */
  close(): void {
    this.#log.close()
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    this.#log.checkInvariants()
  }

  get #isFenced(): boolean {
    return this.#source?.isClosed === true && isOn('fenced-append')
  }
}
