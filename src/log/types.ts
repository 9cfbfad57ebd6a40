import type { Offset, Position, Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'

/**
 * How far a reader may see: a follower to the log's end, `read_uncommitted` to the high watermark, `read_committed` to
 * the last stable offset. Source: Kafka's FetchIsolation.
 */
export type Isolation = 'LOG_END' | 'HIGH_WATERMARK' | 'TXN_COMMITTED'

/**
 * Bytes that stay where they are: whole batches inside one segment. The first batch starts at `position` (a multiple of
 * 8), each next one at the following multiple of 8. `bytes` counts that padding, so the next read starts at
 * `position + bytes`. The content of the padding is undefined.
 */
export interface LogSlice {
  /** The offset of the first batch; it may lie below the offset that was asked for, or above it, behind a gap. */
  readonly baseOffset: Offset
  /** The id of the segment, unique per broker incarnation; it never names other memory. */
  readonly segment: number
  readonly position: Position
  readonly bytes: number
}

export interface ReadLimits {
  /** A soft limit: the first batch is always included. */
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
 * `full`: the oldest segment may not go yet, try again. `fenced`: the copy may have changed meanwhile, and was not
 * published. `RECORD_LIST_TOO_LARGE`: larger than any segment.
 */
export type AppendRefusal = 'full' | 'fenced' | 'RECORD_LIST_TOO_LARGE'

export interface LogOptions {
  /** The log's number at its broker, by which a new incarnation tells the segments apart. 0 if absent. */
  readonly log?: number
  /** `segment.bytes`, with the header of 64 bytes; the pool's size if absent or larger. */
  readonly segmentBytes?: number
  /** `segment.ms`: how much younger than a segment's first batch another one may be; absent: any. */
  readonly rollMs?: number
  /** `retention.bytes`: a segment goes when this much stays without it; -1: never. */
  readonly retentionBytes: number
  /** `retention.ms`; -1: never. */
  readonly retentionMs: number
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number
  /** `odradek.log.full`: the oldest segment goes, or the append is refused while somebody needs or holds it. */
  readonly whenFull: 'delete' | 'block'
  /** How it is compacted; absent: it is not. */
  readonly compaction?: CompactionOptions
}

/** When a log is compacted, and what stays. */
export interface CompactionOptions {
  /** `min.cleanable.dirty.ratio`: the share that must not have been compacted yet. */
  readonly minDirtyRatio: number
  /** `min.compaction.lag.ms` */
  readonly lagMsMin: number
  /** `max.compaction.lag.ms` */
  readonly lagMsMax: number
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number
}

/** A segment as another incarnation of its thread left it. */
export interface SegmentHandle {
  readonly id: number
  readonly memory: Memory
}

/** A place where the segments of a thread outlive it, as a page cache outlives a process. */
export interface SegmentKeeper {
  /** The memory that earlier incarnations have left. Empty on the first start, and when the memory was lost. */
  readonly inherited: readonly SegmentHandle[]
  /** Called with new memory before it is used. */
  keep(handle: SegmentHandle): void
  /** Called with the id of memory that is not used any more. */
  forget(id: number): void
}

/** What the log asks its partition. */
export interface LogNeeds {
  /** The first offset that a connected consumer still needs; Infinity if none. Only a log that blocks asks. */
  oldestNeeded(): Offset
  /** Asked after the copy and before the publication: the lender of the batch may have used its memory again. */
  isFenced?(): boolean
}

/** The places between the steps that a kill can tear apart. */
export const LOG_POINTS = [
  'append-begun',
  'append-copied',
  'append-stamped',
  'append-published',
  'segment-opened',
  'segment-filled',
  'segment-swapped',
  'segment-unlinked',
] as const

/** Called at each of these. Does nothing on threads; in the simulation it is a place to die. */
export type LogPoint = (name: (typeof LOG_POINTS)[number]) => void
