import type { LeaderEpoch, Offset, Position, Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'

/**
 * How far a reader may see: a follower to the log's end, `read_uncommitted` to the high watermark, `read_committed` to
 * the last stable offset. Source: Kafka's FetchIsolation.
 */
export type Isolation = 'LOG_END' | 'HIGH_WATERMARK' | 'TXN_COMMITTED'

/**
 * Bytes that stay where they are: whole batches inside one segment. The first batch starts at `position` (a multiple of
 * 8), each next one at the following multiple of 8; `bytes` counts that padding, so `position + bytes` is where the
 * next read starts. What stands in the padding is undefined.
 */
export interface LogSlice {
  /** Of the first batch; may lie below the offset that was asked for. */
  readonly baseOffset: Offset
  /** Id of the segment; unique per broker incarnation, and it never names other memory. */
  readonly segment: number
  readonly position: Position
  readonly bytes: number
}

export interface ReadLimits {
  /** Soft: the first batch is always included. */
  readonly bytesMax: number
  readonly isolation: Isolation
}

/** A record's offset with its timestamp in milliseconds; timestamp -1 where Kafka answers none (earliest, latest). */
export interface TimestampedOffset {
  readonly offset: Offset
  readonly timestamp: Timestamp
}

/** What ListOffsets may ask for: the first record at or after a moment, or one of Kafka's special timestamps. */
export type OffsetSpec = Timestamp | 'earliest' | 'latest' | 'max-timestamp'

/**
 * `full`: the oldest segment may not go yet, try again. `fenced`: what was copied may have changed meanwhile, nothing was
 * published. `RECORD_LIST_TOO_LARGE`: larger than any segment.
 */
export type AppendRefusal = 'full' | 'fenced' | 'RECORD_LIST_TOO_LARGE'

/** What a broker may do with a partition it holds; other threads get lent slices in Fetch answers, nothing else. */
export interface LogReader {
  /** All four are exclusive: logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset. */
  readonly logStartOffset: Offset
  readonly lastStableOffset: Offset
  readonly highWatermark: Offset
  readonly logEndOffset: Offset
  /**
   * Whole batches of one segment, starting with the one that contains `from`. Null: `from` exists or is the next to
   * exist, but this reader may not see it yet.
   */
  read(from: Offset, limits: ReadLimits): LogSlice | null | 'OFFSET_OUT_OF_RANGE'
  /**
   * Bytes of whole batches between an offset and what the isolation shows; 0 when there is nothing or it is out of
   * range. No more than `bytesMax` are counted.
   */
  bytesFrom(from: Offset, isolation?: Isolation, bytesMax?: number): number
  /** Null when no visible record is that young. */
  offsetForTimestamp(spec: OffsetSpec, isolation?: Isolation): TimestampedOffset | null
  /** The memory behind an id, as long as its segment is in use or lent. */
  memoryOf(segmentId: number): Memory
  /** Keeps the slice's bytes as they are until the matching `release` or `abandon`. */
  lease(slice: LogSlice): void
  release(segmentId: number): void
  /** The lease's holder is lost and may still be reading: this memory is never written again. */
  abandon(segmentId: number): void
}

/** What only the owner thread may do. One writer per log: the type is the lock. */
export interface LogWriter extends LogReader {
  /**
   * Appends one batch as the leader: copies it, stamps its offset and epoch, publishes it. `at` must be a multiple of
   * 8. Returns the batch's base offset. With `logAppendTime` (milliseconds) the batch takes that time and a new
   * checksum.
   */
  append(
    source: Memory,
    at: number,
    bytes: number,
    leaderEpoch: LeaderEpoch,
    logAppendTime?: Timestamp | null,
  ): Offset | AppendRefusal
  /**
   * Appends one batch as a follower: the leader's offset and epoch stay; it must start at this log's end. The log grows beyond its
   * retention where nothing may go yet.
   */
  appendAsFollower(source: Memory, at: number, bytes: number): Offset | Exclude<AppendRefusal, 'full'>
  /** Removes the batch that contains this offset and all after it; returns the log's end, a batch boundary. */
  truncate(logEndOffset: Offset): Offset
  /** Drops everything; the next record gets this offset. Source: UnifiedLog.truncateFullyAndStartAt. */
  truncateFullyAndStartAt(logEndOffset: Offset): Offset
  advanceHighWatermark(to: Offset): void
  /** DeleteRecords: returns the new log start offset, which never moves down and never beyond the high watermark. */
  deleteRecordsBefore(offset: Offset): Offset | 'OFFSET_OUT_OF_RANGE'
  /** Retention by size and by time; returns how many segments went. */
  deleteExpired(now: Timestamp): number
  /** Gives all segments back. Lent ones follow with their last lease. */
  close(): void
  /** Cheap: segments and offsets, no batches. */
  checkInvariants(): void
}

export interface LogOptions {
  /** Which log of its broker this is: how a new incarnation tells the segments apart. 0 if absent. */
  readonly log?: number
  /** `segment.bytes`, with the header of 64 bytes; the pool's size if absent or larger. */
  readonly segmentBytes?: number
  /** `retention.bytes`: a segment goes when this much stays without it; -1: never. */
  readonly retentionBytes: number
  /** `retention.ms`; -1: never. */
  readonly retentionMs: number
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number
  /** `odradek.log.full`: the oldest segment goes, or the append is refused while somebody needs or holds it. */
  readonly whenFull: 'delete' | 'block'
}

/** A segment as another incarnation of its thread left it. */
export interface SegmentHandle {
  readonly id: number
  readonly memory: Memory
}

/** Where the segments of a thread outlive it, as a page cache outlives a process. */
export interface SegmentKeeper {
  /** What the incarnations before have left. Empty on the first start, and when the memory was lost. */
  readonly inherited: readonly SegmentHandle[]
  /** Called with new memory before it is used. */
  keep(handle: SegmentHandle): void
  /** Called with the id of memory that is not used any more. */
  forget(id: number): void
}

/** What the log asks its partition. */
export interface LogNeeds {
  /** First offset that a connected consumer or a group still needs; Infinity: none. Asked of a log that blocks only. */
  oldestNeeded(): Offset
  /** Asked after the copy and before the publication: whoever lent the batch may have used its memory again. */
  isFenced?(): boolean
}

/** Called between the steps that a kill can tear apart. Nothing on threads; in the simulation a place to die. */
export type LogPoint = (
  name:
    | 'append-begun'
    | 'append-copied'
    | 'append-stamped'
    | 'append-published'
    | 'segment-opened'
    | 'segment-unlinked',
) => void
