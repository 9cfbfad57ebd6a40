import type { Offset, Position, Timestamp } from '../base/ids.js'
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
