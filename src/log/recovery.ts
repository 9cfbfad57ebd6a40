/**
 * What a log is after its thread died, read off the segments' memory alone. Every change of a log is one published
 * word, so recovery finds the log before or after the step at which the thread was cut. Four steps leave more than the
 * log behind, and the newer segment tells:
 *
 *   truncated: the rest of an old segment still there    batches at or above the newer base offset do not count
 *   truncated: segments wholly above still linked        they begin at or above the newer base offset: left over
 *   started anew elsewhere: old segments still linked    the log start offset deletes them
 *   compacted: what was compacted still linked           the segment that was filled from others has the sequence of
 *                                                        the last of them, counts as newer, and begins where they do
 */
import { isOn } from '../base/guards.js'
import { offset } from '../base/ids.js'
import { baseOffset } from '../record/record-batch.js'
import type { Segment } from './segment.js'
import type { AdoptedSegment } from './segment-pool.js'

export interface RecoveredSegments {
  /** The segments, oldest first; all but the last are sealed. */
  readonly kept: readonly Segment[]
  readonly leftover: readonly Segment[]
}

export function recoverSegments(
  adopted: readonly AdoptedSegment[],
  limits: { readonly bytesMax: number; readonly indexIntervalBytes: number },
): RecoveredSegments {
  const newestFirst = adopted
    .map(({ segment }) => segment)
    .sort((a, b) => b.sequence - a.sequence || b.compactions - a.compactions)
  const kept: Segment[] = []
  const leftover: Segment[] = []
  let mustEndAt = Number.POSITIVE_INFINITY
  let nextOffset = offset(0)
  for (const segment of newestFirst) {
    if (segment.baseOffset >= mustEndAt) {
      leftover.push(segment)
      continue
    }
    countBatches(segment, mustEndAt, limits)
    if (kept.length > 0) segment.seal(nextOffset)
    kept.unshift(segment)
    nextOffset = segment.baseOffset
    if (isOn('recovery-keeps-truncations')) mustEndAt = segment.baseOffset
  }
  return { kept, leftover }
}

function countBatches(
  segment: Segment,
  mustEndAt: number,
  limits: { readonly bytesMax: number; readonly indexIntervalBytes: number },
): void {
  segment.rewind(limits)
  const published = segment.published
  while (segment.end < published && baseOffset(segment.memory, segment.end) < mustEndAt) {
    segment.take(segment.end, segment.batchEnd(segment.end))
  }
}
