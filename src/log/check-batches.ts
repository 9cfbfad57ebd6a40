import { assert } from '../base/assert.js'
import { offset } from '../base/ids.js'
import { baseOffset, lastOffset, latestTimestamp } from '../record/record-batch.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'

/** Walks every batch of a segment: their offsets grow, and the segment's index and numbers agree with them. */
export function checkBatches(segment: Segment): void {
  const { memory, index } = segment
  let at = SEGMENT_HEADER_BYTES
  let next = segment.baseOffset
  let entry = 0
  let largest = Number.NEGATIVE_INFINITY
  for (; at < segment.end; at = segment.batchEnd(at)) {
    const base = baseOffset(memory, at)
    // Compaction leaves gaps.
    assert(base >= next, 'Batches follow one another')
    if (entry < index.count && index.positionAt(entry) === at) {
      assert(
        index.relativeOffsetAt(entry) === base - segment.baseOffset,
        'An index entry names its batch by its offset',
      )
      assert(index.earlierMaxTimestampAt(entry) === largest, 'An index entry knows the times before it')
      entry++
    }
    next = offset(lastOffset(memory, at) + 1)
    largest = Math.max(largest, latestTimestamp(memory, at))
  }
  assert(at === segment.end && next <= segment.nextOffset, 'The last batch ends where the segment ends')
  assert(entry === index.count, 'An index entry stands for a batch')
  assert(largest === segment.largestTimestamp, 'A segment knows its largest timestamp')
}
