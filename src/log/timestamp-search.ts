/**
 * Finds records by time: batches by the index, then the record inside its batch. Kafka:
 * LogSegment.findOffsetByTimestamp.
 */
import { type Offset, offset, type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { BatchReader } from '../record/batch-reader.js'
import { decompressedBatch } from '../record/compressed-batch.js'
import { DELETE_HORIZON } from '../record/layout.js'
import {
  attributes,
  baseOffset,
  baseTimestamp,
  lastOffset,
  latestTimestamp,
  maxTimestamp,
} from '../record/record-batch.js'
import type { Segment } from './segment.js'
import type { TimestampedOffset } from './types.js'

/** The first record at or above `from` of this time or later; null if there is none. */
export function findByTimestamp(
  segments: Iterable<Segment>,
  from: Offset,
  target: Timestamp,
): TimestampedOffset | null {
  for (const segment of segments) {
    if (segment.nextOffset <= from) continue
    for (let at = segment.positionByTimestamp(target); at < segment.end; at = segment.batchEnd(at)) {
      const found = latestTimestamp(segment.memory, at) < target ? null : findInBatch(segment, at, from, target)
      if (found !== null) return found
    }
  }
  return null
}

/** The latest time of any record at or above `from`; null if there is no record. */
export function largestTimestamp(segments: Iterable<Segment>, from: Offset): Timestamp | null {
  let largest = Number.NEGATIVE_INFINITY
  for (const segment of segments) {
    if (segment.isEmpty || segment.nextOffset <= from) continue
    largest = Math.max(largest, segment.baseOffset < from ? largestInPart(segment, from) : segment.largestTimestamp)
  }
  return largest === Number.NEGATIVE_INFINITY ? null : timestamp(largest)
}

/** Records below `from` were deleted, and their times with them. */
function largestInPart(segment: Segment, from: Offset): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let at = segment.positionOf(from); at < segment.end; at = segment.batchEnd(at)) {
    const isWhole = baseOffset(segment.memory, at) >= from
    const records = isWhole ? null : recordsFrom(segment, at, from)
    if (records === null) largest = Math.max(largest, latestTimestamp(segment.memory, at))
    else for (const record of records) largest = Math.max(largest, record.timestamp)
  }
  return largest
}

/**
 * A compressed batch is opened for this, as Kafka does. Where its codec is not installed its first record stands for
 * all of it: a consumer that seeks by time may then see somewhat older records, and never misses one.
 */
function findInBatch(segment: Segment, at: number, from: Offset, target: Timestamp): TimestampedOffset | null {
  const records = recordsFrom(segment, at, from)
  if (records === null) {
    if (lastOffset(segment.memory, at) < from) return null
    const first = Math.max(baseOffset(segment.memory, at), from)
    // Where compaction has put the horizon of tombstones, the first record's time is not to be had.
    const hasHorizon = (attributes(segment.memory, at) & DELETE_HORIZON) !== 0
    const time = hasHorizon ? maxTimestamp(segment.memory, at) : baseTimestamp(segment.memory, at)
    return { offset: offset(first), timestamp: timestamp(time) }
  }
  for (const record of records) if (record.timestamp >= target) return record
  return null
}

/** The records at or above `from`; null: the batch is compressed, and cannot be opened here. */
function recordsFrom(segment: Segment, at: number, from: Offset): Iterable<TimestampedOffset> | null {
  const readable = decompressedBatch(segment.memory, at)
  return typeof readable === 'string' ? null : timesOf(readable.memory, readable.at, from)
}

function* timesOf(memory: Memory, at: number, from: Offset): Generator<TimestampedOffset> {
  const reader = new BatchReader(memory).reset(memory, at)
  while (reader.next()) {
    if (reader.offset >= from) yield { offset: reader.offset, timestamp: timestamp(reader.timestamp) }
  }
}
