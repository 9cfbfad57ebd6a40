import { assert } from '../base/assert.js'
import { type Offset, offset } from '../base/ids.js'
import { LeaderEpochs } from './leader-epochs.js'
import type { Segment } from './segment.js'
import { SegmentList } from './segment-list.js'
import type { Isolation } from './types.js'

/** The present state of a log. Its `SharedLog` changes it, and each `LogReader` looks at it. */
export class LogState {
  readonly epochs = new LeaderEpochs()
  segments = new SegmentList()
  /**
   * All offsets but this one are exclusive ends: logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset.
   */
  logStartOffset = offset(0)
  highWatermark = offset(0)
  logEndOffset = offset(0)

  get lastStableOffset(): Offset {
    return this.highWatermark
  }

  /** The exclusive end of the records that a reader may see. */
  upperOffset(isolation: Isolation): Offset {
    if (isolation === 'LOG_END') return this.logEndOffset
    return isolation === 'HIGH_WATERMARK' ? this.highWatermark : this.lastStableOffset
  }

  /** Forgets everything; the next record gets this offset. */
  beginAt(start: Offset): void {
    this.segments = new SegmentList()
    this.epochs.clear()
    this.logStartOffset = start
    this.highWatermark = start
    this.logEndOffset = start
  }

  /** Nothing before this offset is to be read any more. */
  truncateFromStart(start: Offset): void {
    this.logStartOffset = start
    this.epochs.truncateFromStart(start)
  }

  /** Forgets what is known of this offset and of all after it; the segments and the log's end are the caller's. */
  truncateFromEnd(end: Offset): void {
    this.highWatermark = offset(Math.min(this.highWatermark, end))
    this.epochs.truncateFromEnd(end)
  }

  /** Takes over recovered segments, oldest first, with the newest one's offsets, which are brought into range. */
  recover(
    kept: readonly Segment[],
    remembered: { readonly highWatermark: Offset; readonly logStartOffset: Offset },
  ): void {
    const [oldest, newest] = [kept[0], kept.at(-1)]
    assert(oldest !== undefined && newest !== undefined, 'A log that is recovered has a segment')
    this.segments = new SegmentList(kept)
    this.logEndOffset = newest.nextOffset
    this.logStartOffset = clamp(remembered.logStartOffset, oldest.baseOffset, this.logEndOffset)
    this.highWatermark = clamp(remembered.highWatermark, this.logStartOffset, this.logEndOffset)
    this.epochs.rebuild(kept)
    this.epochs.truncateFromStart(this.logStartOffset)
  }

  /** Cheap: segments and offsets, no batches. */
  checkInvariants(): void {
    const segments = this.segments.toArray()
    this.segments.checkInvariants()
    assert(this.logStartOffset <= this.highWatermark, 'The log start offset never passes the high watermark')
    assert(this.highWatermark <= this.logEndOffset, 'The high watermark never passes the log end offset')
    this.epochs.checkInvariants(this.logEndOffset)
    segments.forEach((segment, index) => {
      const next = segments[index + 1]
      assert(segment.state === (next === undefined ? 'active' : 'sealed'), 'All segments but the newest are sealed')
      assert(segment.published >= segment.end, 'What can be read was published')
      assert(segment.nextOffset === (next?.baseOffset ?? this.logEndOffset), 'Segments follow without a gap')
      assert(next === undefined || next.sequence > segment.sequence, 'Segments are in the order of their opening')
      assert(next === undefined || segment.nextOffset > this.logStartOffset, 'A deleted segment is not kept')
      const isCommitted = segment.nextOffset <= this.highWatermark
      assert(segment.compactions === 0 || isCommitted, 'Only what is committed is compacted')
    })
    assert(
      segments.length === 0 || segments[0]!.baseOffset <= this.logStartOffset,
      'The start lies in the oldest segment',
    )
  }
}

function clamp(value: Offset, low: Offset, high: Offset): Offset {
  return offset(Math.min(Math.max(value, low), high))
}
