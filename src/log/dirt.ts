/**
 * Decides how much of a log is due to be compacted, by Kafka's rules. (`LogCleanerManager.cleanableOffsets`,
 * `LogToClean`)
 *
 *   compacted before        dirty                not to be compacted yet
 *   ├ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┼ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─┼ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┤
 *                        firstDirty             end: the active segment, or one that is too young or not committed
 *
 * What was compacted is always the oldest part, and each segment says so itself: no checkpoint can be wrong about it.
 */
import { isOn } from '../base/guards.js'
import type { Timestamp } from '../base/ids.js'
import { maxTimestamp } from '../record/record-batch.js'
import type { LogState } from './log-state.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'
import type { CompactionOptions } from './types.js'

/** What a compaction would look at. */
export interface Dirt {
  /** Index of the first segment that was not compacted yet. */
  readonly firstDirty: number
  /** Index of the first segment that must not be compacted yet. */
  readonly end: number
  /** The dirty share of all bytes before `end`. */
  readonly ratio: number
}

/** Null: nothing is due. */
export function dirtOf(state: LogState, options: CompactionOptions, now: Timestamp): Dirt | null {
  const { segments } = state
  const active = Math.max(0, segments.length - 1)
  const at = (index: number): Segment => segments.at(index) as Segment
  let [firstDirty, cleanBytes] = [0, 0]
  for (; firstDirty < active && at(firstDirty).compactions > 0; firstDirty++) cleanBytes += at(firstDirty).bytes
  let [end, dirtyBytes, isOverdue] = [firstDirty, 0, false]
  for (; end < active && mayBeCompacted(at(end), state, options, now); end++) {
    dirtyBytes += at(end).bytes
    isOverdue ||= isOlderThan(at(end), options.lagMsMax, now)
  }
  const ratio = dirtyBytes / Math.max(1, cleanBytes + dirtyBytes)
  return dirtyBytes > 0 && (ratio > options.minDirtyRatio || isOverdue) ? { firstDirty, end, ratio } : null
}

/** Whether a segment's first record is older than this. Kafka goes by the first batch's largest timestamp, too. */
export function isOlderThan({ isEmpty, memory }: Segment, ageMsMax: number, now: number): boolean {
  const first = isEmpty ? -1 : maxTimestamp(memory, SEGMENT_HEADER_BYTES)
  return first > 0 && now - first > ageMsMax
}

function mayBeCompacted(
  segment: Segment,
  { lastStableOffset }: LogState,
  { lagMsMin }: CompactionOptions,
  now: Timestamp,
): boolean {
  if (segment.nextOffset > lastStableOffset && isOn('compacts-committed')) return false
  return lagMsMin === 0 || segment.largestTimestamp <= now - lagMsMin
}
