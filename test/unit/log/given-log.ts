import { type LeaderEpoch, leaderEpoch, type Offset, offset, type Timestamp } from '../../../src/base/ids.js'
import { align8, type Memory } from '../../../src/base/memory.js'
import type { LogReader } from '../../../src/log/log-reader.js'
import { SegmentPool, type SegmentPoolOptions } from '../../../src/log/segment-pool.js'
import { SharedLog } from '../../../src/log/shared-log.js'
import type { AppendRefusal, LogNeeds, LogOptions, LogPoint, LogSlice, SegmentHandle } from '../../../src/log/types.js'
import { type BatchOptions, buildBatch } from '../../../src/record/batch-builder.js'
import { BatchReader } from '../../../src/record/batch-reader.js'
import { batchBytes, partitionLeaderEpoch } from '../../../src/record/record-batch.js'

/** Small enough that a handful of appends rolls it. */
export const SEGMENT_BYTES = 1024

export interface GivenLog {
  readonly pool: SegmentPool
  readonly log: SharedLog
  /** All memory that the pool ever made, as whoever outlives the broker's thread keeps it. */
  readonly handles: SegmentHandle[]
}

export function givenPool(options: Partial<SegmentPoolOptions> = {}, handles: SegmentHandle[] = []): SegmentPool {
  return new SegmentPool({
    segmentBytes: SEGMENT_BYTES,
    isPoisoning: true,
    onAllocated: (handle) => handles.push(handle),
    ...options,
  })
}

/** A log that keeps everything, unless told otherwise. */
export function givenLog(
  options: Partial<LogOptions> = {},
  needs: LogNeeds = { oldestNeeded: () => offset(Number.POSITIVE_INFINITY) },
  point: LogPoint = () => {},
): GivenLog {
  const handles: SegmentHandle[] = []
  const pool = givenPool({}, handles)
  return { pool, handles, log: new SharedLog(pool, logOptions(options), needs, point) }
}

export function logOptions(options: Partial<LogOptions> = {}): LogOptions {
  return { retentionBytes: -1, retentionMs: -1, indexIntervalBytes: 100, whenFull: 'delete', ...options }
}

/** A sealed batch of records with these values, as a producer would lend it. */
export function batchOf(values: readonly string[], options: BatchOptions & { timestamps?: number[] } = {}): Memory {
  const records = values.map((value, index) => {
    const timestamp = options.timestamps?.[index]
    return timestamp === undefined ? { value } : { value, timestamp }
  })
  return buildBatch(records, options)
}

/** A batch of one record that takes exactly this many bytes, a multiple of 8 of at least 80. */
export function batchOfBytes(bytes: number, name = 'x'): Memory {
  for (let length = bytes - 80; length <= bytes; length++) {
    const memory = batchOf([name.padEnd(length, '.')])
    if (batchBytes(memory, 0) === bytes) return memory
  }
  throw new Error(`No batch of one record takes ${bytes} bytes`)
}

export function append(
  log: SharedLog,
  source: Memory,
  epoch: LeaderEpoch = leaderEpoch(0),
  logAppendTime: Timestamp | null = null,
): Offset | AppendRefusal {
  return log.append(source, 0, batchBytes(source, 0), epoch, logAppendTime)
}

/** Appends and makes it visible, as the only replica does. */
export function appendVisibly(log: SharedLog, ...sources: Memory[]): (Offset | AppendRefusal)[] {
  return sources.map((source) => {
    const appended = append(log, source)
    log.advanceHighWatermark(log.logEndOffset)
    return appended
  })
}

export interface ReadRecord {
  readonly offset: number
  readonly value: string
}

/** The records of a slice, walked as any reader walks them. */
export function recordsOf(memory: Memory, slice: LogSlice): ReadRecord[] {
  const records: ReadRecord[] = []
  const end = slice.position + slice.bytes
  for (let at: number = slice.position; at < end; at += align8(batchBytes(memory, at))) {
    const reader = new BatchReader(memory).reset(memory, at)
    while (reader.next()) {
      const value = memory.bytes.toString('latin1', reader.valuePosition, reader.valuePosition + reader.valueBytes)
      records.push({ offset: reader.offset, value })
    }
  }
  return records
}

/** Everything from the log start offset to the log end offset, one read after the other. */
export function allRecords(log: LogReader): ReadRecord[] {
  const records: ReadRecord[] = []
  for (let from = log.logStartOffset; from < log.logEndOffset; ) {
    const slice = log.read(from, { bytesMax: 300, isolation: 'LOG_END' })
    if (slice === null || typeof slice === 'string') throw new Error(`Offset ${from} cannot be read: ${slice}`)
    const read = recordsOf(log.memoryOf(slice.segment), slice)
    records.push(...read.filter((record) => record.offset >= from))
    from = offset(records.at(-1)!.offset + 1)
  }
  return records
}

/** The values from the log start offset on. */
export function allValues(log: LogReader): string[] {
  return allRecords(log).map((record) => record.value)
}

/** A slice that must be there. */
export function sliceAt(log: LogReader, from: number, bytesMax = 1): LogSlice {
  const slice = log.read(offset(from), { bytesMax, isolation: 'LOG_END' })
  if (slice === null || typeof slice === 'string') throw new Error(`Offset ${from} cannot be read: ${slice}`)
  return slice
}

/** Epoch of the batch that holds an offset which must be there. */
export function leaderEpochAt(log: LogReader, at: number): number {
  const { segment, position } = sliceAt(log, at)
  return partitionLeaderEpoch(log.memoryOf(segment), position)
}

/** What a thread's death looks like from inside: nothing after this point happens. */
export class Killed extends Error {}

/** The log of the broker's next incarnation, from nothing but the memory that the last one left. */
export function recovered(
  handles: SegmentHandle[],
  options: Partial<LogOptions> = {},
  point: LogPoint = () => {},
): GivenLog {
  const allHandles = [...handles]
  const pool = givenPool({}, allHandles)
  const needs = { oldestNeeded: () => offset(Number.POSITIVE_INFINITY) }
  const log = new SharedLog(pool, logOptions(options), needs, point)
  log.recover(pool.adopt(handles).get(options.log ?? 0) ?? [])
  return { pool, log, handles: allHandles }
}
