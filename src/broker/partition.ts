import type { Connection } from '../actor/types.js'
import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { type LeaderEpoch, leaderEpoch, type Offset, offset, type Timestamp, type TopicId } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import type { PartitionMetadata } from '../protocol/messages.js'
import { checkHeader } from '../record/record-batch.js'

/** `full`: the log has no room for now; nothing was appended. */
export type AppendResult = Offset | 'full' | ErrorCode

/** A partition of which this broker holds a replica: its log, and who reads it. Lives in the broker's thread. */
export class Partition {
  readonly log: SharedLog
  readonly #options: TopicOptions
  /** The offset that each connected consumer asked for last: what it still needs. */
  readonly #readers = new Map<Connection, Offset>()
  #leaderEpoch: LeaderEpoch
  #isLeader: boolean

  constructor(
    readonly topicId: TopicId,
    readonly partition: number,
    parts: {
      pool: SegmentPool
      options: TopicOptions
      metadata: PartitionMetadata
      brokerId: number
      point: (name: string) => void
    },
  ) {
    const { options } = parts
    this.#options = options
    this.#leaderEpoch = leaderEpoch(parts.metadata.leaderEpoch)
    this.#isLeader = parts.metadata.leader === parts.brokerId
    const logOptions = {
      segmentBytes: options['segment.bytes'],
      retentionBytes: options['retention.bytes'],
      retentionMs: options['retention.ms'],
      indexIntervalBytes: options['index.interval.bytes'],
      whenFull: options['odradek.log.full'],
    }
    this.log = new SharedLog(parts.pool, logOptions, { oldestNeeded: () => this.#oldestNeeded() }, parts.point)
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  update(metadata: PartitionMetadata, brokerId: number): void {
    this.#isLeader = metadata.leader === brokerId
    this.#leaderEpoch = leaderEpoch(metadata.leaderEpoch)
  }

  /**
   * Appends one batch as the leader. The header is checked, the CRC is not: the bytes have not left the process, and
   * whoever reads them checks it.
   */
  append(memory: Memory, at: number, bytes: number, now: Timestamp): AppendResult {
    const header = checkHeader(memory, at, bytes)
    if (header !== 'NONE') return header
    if (bytes > this.#options['max.message.bytes']) return 'MESSAGE_TOO_LARGE'
    const appendTime = this.#options['message.timestamp.type'] === 'LogAppendTime' ? now : null
    const appended = this.log.append(memory, at, bytes, this.#leaderEpoch, appendTime)
    if (appended === 'fenced') return 'NOT_LEADER_OR_FOLLOWER'
    // With one replica, what the leader has everybody has.
    if (typeof appended === 'number') this.log.advanceHighWatermark(this.log.logEndOffset)
    return appended
  }

  get stampsAppendTime(): boolean {
    return this.#options['message.timestamp.type'] === 'LogAppendTime'
  }

  noteReader(connection: Connection, fetchOffset: Offset): void {
    this.#readers.set(connection, fetchOffset)
  }

  forgetReader(connection: Connection): void {
    this.#readers.delete(connection)
  }

  #oldestNeeded(): Offset {
    let oldest = Number.POSITIVE_INFINITY
    for (const needed of this.#readers.values()) oldest = Math.min(oldest, needed)
    return offset(oldest)
  }
}
