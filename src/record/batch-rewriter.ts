import type { Memory } from '../base/memory.js'
import { ScratchMemory } from '../base/scratch-memory.js'
import type { BatchPlace } from './batch-opener.js'
import { codecOf } from './codecs/codecs.js'
import { compressRecords } from './compressed-batch.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK, DELETE_HORIZON, LOG_APPEND_TIME, NO_TIMESTAMP } from './layout.js'
import { attributes, baseTimestamp, maxTimestamp, resealBatch } from './record-batch.js'
import { readVarint, skipVarint, VARINT_BYTES_MAX, varintBytes, writeVarint } from './varint.js'

/** A record that stays, by its bytes in the readable batch. */
export interface StayingRecord {
  readonly start: number
  /** The exclusive end. */
  readonly end: number
  readonly timestamp: number
}

/** The length and the time of a record may take more bytes than before. */
const GROWTH_BYTES_MAX = 2 * VARINT_BYTES_MAX

/**
 * Writes batches anew with some of their records: offsets, leader epoch and the producer's numbers stay, the rest of
 * the header says what is left. (`MemoryRecords.filterTo`) What it returns lies in one memory, until the next call.
 */
export class BatchRewriter {
  readonly #scratch = new ScratchMemory()

  /**
   * Writes the records that stay of a batch; there is at least one. With a horizon in milliseconds, the batch tells it
   * in place of its base timestamp (KIP-534), and its records' times are written anew.
   */
  rewrite(batch: BatchPlace, readable: BatchPlace, records: readonly StayingRecord[], horizon: number | null): Memory {
    const base = baseTimestamp(batch.memory, batch.at)
    const shiftMs = horizon === null ? 0 : base - horizon
    const bytesMax = records.reduce((sum, { start, end }) => sum + end - start + GROWTH_BYTES_MAX, BATCH_OVERHEAD)
    const to = this.#scratch.atLeast(bytesMax)
    copyHeader(batch, to)
    let end = BATCH_OVERHEAD
    for (const record of records) end = writeRecord(readable.memory, record, shiftMs, to, end)
    const before = attributes(batch.memory, batch.at) | (horizon === null ? 0 : DELETE_HORIZON)
    const codec = codecOf(before)
    const bytes = codec === undefined ? end : compressRecords(to, 0, end, codec)
    const isGivenTime = (before & LOG_APPEND_TIME) !== 0
    resealBatch(to, 0, {
      bytes,
      recordCount: records.length,
      baseTimestamp: horizon ?? base,
      maxTimestamp: isGivenTime
        ? maxTimestamp(batch.memory, batch.at)
        : records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), NO_TIMESTAMP),
      attributes: bytes === end ? before & ~COMPRESSION_MASK : before,
    })
    return to
  }

  /** Writes the batch without any record. (`DefaultRecordBatch.writeEmptyHeader`) */
  empty(batch: BatchPlace): Memory {
    const to = this.#scratch.atLeast(BATCH_OVERHEAD)
    copyHeader(batch, to)
    resealBatch(to, 0, {
      bytes: BATCH_OVERHEAD,
      recordCount: 0,
      baseTimestamp: NO_TIMESTAMP,
      maxTimestamp: maxTimestamp(batch.memory, batch.at),
      attributes: attributes(batch.memory, batch.at) & ~(COMPRESSION_MASK | DELETE_HORIZON),
    })
    return to
  }

  /** Gives its memory up, until the next call. */
  release(): void {
    this.#scratch.release()
  }
}

function copyHeader({ memory, at }: BatchPlace, to: Memory): void {
  to.bytes.set(memory.bytes.subarray(at, at + BATCH_OVERHEAD), 0)
}

/** Returns the position behind the record. */
function writeRecord(from: Memory, { start, end }: StayingRecord, shiftMs: number, to: Memory, at: number): number {
  if (shiftMs === 0) {
    to.bytes.set(from.bytes.subarray(start, end), at)
    return at + end - start
  }
  const body = skipVarint(from.bytes, start)
  const rest = skipVarint(from.bytes, body + 1)
  const timestampDelta = readVarint(from.bytes, body + 1) + shiftMs
  let next = writeVarint(to.bytes, at, 1 + varintBytes(timestampDelta) + end - rest)
  to.bytes[next++] = from.bytes[body] as number
  next = writeVarint(to.bytes, next, timestampDelta)
  to.bytes.set(from.bytes.subarray(rest, end), next)
  return next + end - rest
}
