/** Decides which of a log's segments are due to go, by Kafka's rules. The log asks, and lets them go. */
import type { Timestamp } from '../base/ids.js'
import type { Segment } from './segment.js'
import type { SegmentList } from './segment-list.js'
import type { LogOptions } from './types.js'

/** The number of oldest segments that are too many or too old. */
export function segmentsExpired(
  segments: SegmentList,
  { retentionBytes, retentionMs }: Pick<LogOptions, 'retentionBytes' | 'retentionMs'>,
  now: Timestamp,
): number {
  return Math.max(segmentsOverSize(segments, retentionBytes), segmentsOverAge(segments, retentionMs, now))
}

/**
 * The number of oldest segments that can go before fewer than `bytesMin` would stay; -1 keeps all. Source:
 * UnifiedLog.deleteRetentionSizeBreachedSegments.
 */
export function segmentsOverSize(segments: SegmentList, bytesMin: number): number {
  if (bytesMin < 0) return 0
  let [bytes, count] = [segments.bytes, 0]
  for (let oldest = segments.at(0); oldest !== undefined; oldest = segments.at(count)) {
    bytes -= oldest.bytes
    if (bytes < bytesMin) break
    count++
  }
  return count
}

/**
 * The number of oldest segments that hold only records older than `ageMsMax`; -1 keeps all. A segment without
 * timestamps has no age: Kafka takes its file's last change, and memory has none. Source:
 * UnifiedLog.deleteRetentionMsBreachedSegments.
 */
function segmentsOverAge(segments: SegmentList, ageMsMax: number, now: Timestamp): number {
  if (ageMsMax < 0) return 0
  const isOld = ({ largestTimestamp }: Segment): boolean => largestTimestamp >= 0 && now - largestTimestamp > ageMsMax
  let count = 0
  for (let oldest = segments.at(0); oldest !== undefined && isOld(oldest); oldest = segments.at(count)) count++
  return count
}
