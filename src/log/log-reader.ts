import { type LeaderEpoch, type Offset, position, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { NO_TIMESTAMP } from '../record/layout.js'
import { baseOffset } from '../record/record-batch.js'
import type { EpochEnd } from './leader-epochs.js'
import type { LogState } from './log-state.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'
import type { SegmentPool } from './segment-pool.js'
import { findByTimestamp, largestTimestamp } from './timestamp-search.js'
import type { Isolation, LogSlice, OffsetSpec, ReadLimits, TimestampedOffset } from './types.js'

/**
 * The reading side of a log: where it begins and ends, and slices of it to lend. It changes nothing but the count of
 * leases. It lives in the thread that owns the log; other threads get the lent slices, nothing else.
 */
export class LogReader {
  readonly #state: LogState
  readonly #pool: SegmentPool

  constructor(state: LogState, pool: SegmentPool) {
    this.#state = state
    this.#pool = pool
  }

  get logStartOffset(): Offset {
    return this.#state.logStartOffset
  }

  get lastStableOffset(): Offset {
    return this.#state.lastStableOffset
  }

  get highWatermark(): Offset {
    return this.#state.highWatermark
  }

  get logEndOffset(): Offset {
    return this.#state.logEndOffset
  }

  /** Bytes of its segments, headers included. (`UnifiedLog.size`) */
  get bytes(): number {
    return this.#state.segments.toArray().reduce((bytes, segment) => bytes + segment.end, 0)
  }

  /** The leader epoch of the last batch; null if there is none. */
  get latestEpoch(): LeaderEpoch | null {
    return this.#state.epochs.latest
  }

  /** The epoch of the record at an offset: see `LeaderEpochs.at`. */
  epochAt(offset: Offset): LeaderEpoch | null {
    return this.#state.epochs.at(offset)
  }

  /** The end of an epoch in this log: see `LeaderEpochs.endOf`. */
  endOfEpoch(epoch: LeaderEpoch): EpochEnd | null {
    return this.#state.epochs.endOf(epoch, this.#state.logEndOffset)
  }

  /**
   * Whole batches of one segment, starting with the one that contains `from`, or the first one behind it if that was
   * compacted. Null if this reader may not see any of that yet.
   */
  read(from: Offset, limits: ReadLimits): LogSlice | null | 'OFFSET_OUT_OF_RANGE' {
    if (from < this.#state.logStartOffset || from > this.#state.logEndOffset) return 'OFFSET_OUT_OF_RANGE'
    const upperOffset = this.#state.upperOffset(limits.isolation)
    if (from >= upperOffset) return null
    const { segment, start } = this.#placeOf(from)
    let end = visibleEnd(segment, upperOffset)
    if (end <= start) return null
    if (end - start > limits.bytesMax) {
      end = segment.boundaryBefore(start + limits.bytesMax)
      if (end <= start) end = segment.batchEnd(start)
    }
    const first = baseOffset(segment.memory, start)
    return { baseOffset: first, segment: segment.id, position: position(start), bytes: end - start }
  }

  /**
   * Bytes of whole batches between an offset and the end that the isolation shows; 0 if there are none, or if the
   * offset is out of range. No more than `bytesMax` are counted.
   */
  bytesFrom(from: Offset, isolation: Isolation = 'HIGH_WATERMARK', bytesMax = Number.POSITIVE_INFINITY): number {
    const upperOffset = this.#state.upperOffset(isolation)
    if (from < this.#state.logStartOffset || from >= upperOffset) return 0
    let index = this.#state.segments.indexOf(from)
    let bytes = SEGMENT_HEADER_BYTES - this.#state.segments.at(index)!.positionOf(from)
    for (
      let segment = this.#state.segments.at(index);
      segment !== undefined;
      segment = this.#state.segments.at(++index)
    ) {
      if (segment.baseOffset >= upperOffset || bytes >= bytesMax) break
      bytes += visibleEnd(segment, upperOffset) - SEGMENT_HEADER_BYTES
    }
    return Math.min(Math.max(bytes, 0), bytesMax)
  }

  /** The offset for a time; null if no visible record is that young. */
  offsetForTimestamp(spec: OffsetSpec, isolation: Isolation = 'HIGH_WATERMARK'): TimestampedOffset | null {
    const upperOffset = this.#state.upperOffset(isolation)
    if (spec === 'earliest') return { offset: this.#state.logStartOffset, timestamp: timestamp(NO_TIMESTAMP) }
    if (spec === 'latest') return { offset: upperOffset, timestamp: timestamp(NO_TIMESTAMP) }
    const target = spec === 'max-timestamp' ? largestTimestamp(this.#state.segments, this.#state.logStartOffset) : spec
    const found = target === null ? null : findByTimestamp(this.#state.segments, this.#state.logStartOffset, target)
    return found === null || found.offset >= upperOffset ? null : found
  }

  /** The place of the first batch that ends at or behind an offset; it may be the end of the log. */
  #placeOf(from: Offset): { readonly segment: Segment; readonly start: number } {
    const { segments } = this.#state
    for (let index = segments.indexOf(from); ; index++) {
      const segment = segments.at(index)!
      const start = segment.positionOf(from)
      if (start < segment.end || index + 1 === segments.length) return { segment, start }
    }
  }

  /** The memory behind an id, as long as its segment is in use or lent. */
  memoryOf(segmentId: number): Memory {
    return this.#pool.segmentOf(segmentId).memory
  }

  /** Keeps the slice's bytes as they are until the matching `release` or `abandon`. */
  lease(slice: LogSlice): void {
    this.#pool.lease(slice.segment)
  }

  release(segmentId: number): void {
    this.#pool.release(segmentId)
  }

  /** The lease's holder is lost and may still be reading: this memory is never written again. */
  abandon(segmentId: number): void {
    this.#pool.abandon(segmentId)
  }
}

/** The end of the batches that a reader may see; it leaves out a batch that reaches up to `upperOffset` or beyond. */
function visibleEnd(segment: Segment, upperOffset: Offset): number {
  return upperOffset >= segment.nextOffset ? segment.end : segment.positionOf(upperOffset)
}
