import { type Offset, offset, timestamp } from '../../../src/base/ids.js'
import { align8, type Memory } from '../../../src/base/memory.js'
import type { LogReader } from '../../../src/log/log-reader.js'
import type { SharedLog } from '../../../src/log/shared-log.js'
import type { CompactionOptions, LogOptions, LogPoint } from '../../../src/log/types.js'
import { type BatchOptions, buildBatch } from '../../../src/record/batch-builder.js'
import { BatchReader } from '../../../src/record/batch-reader.js'
import { decompressedBatch } from '../../../src/record/compressed-batch.js'
import { attributes, baseOffset, batchBytes, isCrcValid, lastOffset } from '../../../src/record/record-batch.js'
import { appendVisibly, type GivenLog, givenLog } from './given-log.js'

/** A record by its key and its value; null: a tombstone. */
export type Keyed = readonly [key: string | null, value: string | null]

/** Everything that is committed and sealed is due at once; tombstones stay for a second. */
export const COMPACTION: CompactionOptions = {
  minDirtyRatio: 0,
  lagMsMin: 0,
  lagMsMax: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 1_000,
}

export function compacted(compaction: Partial<CompactionOptions> = {}, options: Partial<LogOptions> = {}) {
  return { ...options, compaction: { ...COMPACTION, ...compaction } }
}

export function givenCompactedLog(
  compaction: Partial<CompactionOptions> = {},
  options: Partial<LogOptions> = {},
  point: LogPoint = () => {},
): GivenLog {
  return givenLog(compacted(compaction, options), undefined, point)
}

export function keyed(records: readonly Keyed[], options: BatchOptions & { timestamps?: number[] } = {}): Memory {
  const { timestamps, ...rest } = options
  return buildBatch(
    records.map(([key, value], index) => {
      const timestamp = timestamps?.[index]
      return timestamp === undefined ? { key, value } : { key, value, timestamp }
    }),
    rest,
  )
}

/** Appends what fills the active segment, so that the next append opens another one, and returns that one's offset. */
export function sealActive(log: SharedLog): Offset {
  const filler = keyed([['filler', 'x'.repeat(700)]])
  return appendVisibly(log, filler, filler).at(-1) as Offset
}

/** Compacts to the end of a round, in steps of so many bytes. */
export function compact(log: SharedLog, now = 0, bytesMax = 1): void {
  do {
    log.compaction?.step(bytesMax, timestamp(now))
    log.checkInvariants()
    log.checkBatches()
  } while (log.compaction?.isUnderWay === true)
}

export interface SeenBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly attributes: number
  /** As `offset key=value`; `-` stands for null. */
  readonly records: readonly string[]
}

/** Every batch that can be read from an offset on, one fetch after the other, as a follower reads them. */
export function batchesFrom(log: LogReader, from = log.logStartOffset, bytesMax = 300): SeenBatch[] {
  const batches: SeenBatch[] = []
  for (let next = from; ; ) {
    const slice = log.read(next, { bytesMax, isolation: 'LOG_END' })
    if (slice === null) return batches
    if (slice === 'OFFSET_OUT_OF_RANGE') throw new Error(`Offset ${next} is out of range`)
    const memory = log.memoryOf(slice.segment)
    const end = slice.position + slice.bytes
    for (let at: number = slice.position; at < end; at += align8(batchBytes(memory, at))) {
      if (!isCrcValid(memory, at)) throw new Error(`The batch at ${baseOffset(memory, at)} does not match its CRC`)
      batches.push(seen(memory, at))
      next = offset(lastOffset(memory, at) + 1)
    }
  }
}

function seen(memory: Memory, at: number): SeenBatch {
  const readable = decompressedBatch(memory, at) as { memory: Memory; at: number }
  const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
  const text = (position: number, bytes: number): string =>
    bytes < 0 ? '-' : readable.memory.bytes.toString('latin1', position, position + bytes)
  const records: string[] = []
  while (reader.next()) {
    const value = text(reader.valuePosition, reader.valueBytes)
    const key = text(reader.keyPosition, reader.keyBytes)
    records.push(`${reader.offset} ${key}=${value}`)
  }
  const offsets = { baseOffset: baseOffset(memory, at), lastOffset: lastOffset(memory, at) }
  return { ...offsets, attributes: attributes(memory, at), records }
}

/** The records, without those that only fill segments. */
export function rows(log: LogReader, from = log.logStartOffset): string[] {
  return batchesFrom(log, from)
    .flatMap(({ records }) => records)
    .filter((record) => !record.includes(' filler='))
}

/** What somebody who reads everything knows at the end: the latest value of each key that has one. */
export function latestOf(log: LogReader): Map<string, string> {
  const latest = new Map<string, string>()
  for (const record of batchesFrom(log, log.logStartOffset, 4_096).flatMap(({ records }) => records)) {
    const [, key, value] = /^\d+ ([^=]*)=(.*)$/s.exec(record) as unknown as [string, string, string]
    if (value === '-') latest.delete(key)
    else latest.set(key, value)
  }
  return latest
}
