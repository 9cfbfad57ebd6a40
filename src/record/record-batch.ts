/**
 * Reads, writes and checks the header of a record batch where it lies. `at` is the position of the batch's first byte
 * in its memory. Kafka's 64-bit fields are numbers here, made of two 32-bit accesses: exact up to 2^53 - 1, and five
 * times as fast as BigInt.
 */
import { crc32c } from '../base/crc32c.js'
import type { LeaderEpoch, Offset } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import * as layout from './layout.js'

/** What a producer knows of a batch when it closes it. */
export interface BatchSeal {
  /** The whole batch with its 61 bytes of header. */
  readonly bytes: number
  readonly recordCount: number
  /** Milliseconds since 1970, as are all times in a batch. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** The bits of `layout`: codec, transactional. */
  readonly attributes: number
  /** -1 in all three if the producer is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

export type HeaderCheck = 'NONE' | 'CORRUPT_MESSAGE' | 'UNSUPPORTED_FOR_MESSAGE_FORMAT' | 'INVALID_RECORD'

/** Size of the whole batch; in a file or on the wire, the next batch starts so many bytes later. */
export function batchBytes(memory: Memory, at: number): number {
  return layout.LOG_OVERHEAD + memory.view.getInt32(at + layout.BATCH_LENGTH_AT)
}

export function baseOffset(memory: Memory, at: number): Offset {
  return readInt64(memory.view, at + layout.BASE_OFFSET_AT) as Offset
}

/** Inclusive: the offset of the last record. The next batch starts one later. */
export function lastOffset(memory: Memory, at: number): Offset {
  return (baseOffset(memory, at) + memory.view.getInt32(at + layout.LAST_OFFSET_DELTA_AT)) as Offset
}

/** The number of records in the batch; after compaction, fewer than its offsets span. */
export function recordCount(memory: Memory, at: number): number {
  return memory.view.getInt32(at + layout.RECORD_COUNT_AT)
}

export function baseTimestamp(memory: Memory, at: number): number {
  return readInt64(memory.view, at + layout.BASE_TIMESTAMP_AT)
}

export function maxTimestamp(memory: Memory, at: number): number {
  return readInt64(memory.view, at + layout.MAX_TIMESTAMP_AT)
}

/** The latest time of the records that are left in the batch; -Infinity: compaction has left none. */
export function latestTimestamp(memory: Memory, at: number): number {
  return recordCount(memory, at) > 0 ? maxTimestamp(memory, at) : Number.NEGATIVE_INFINITY
}

/** The bits of `layout`. */
export function attributes(memory: Memory, at: number): number {
  return memory.view.getInt16(at + layout.ATTRIBUTES_AT)
}

export function producerId(memory: Memory, at: number): number {
  return readInt64(memory.view, at + layout.PRODUCER_ID_AT)
}

export function producerEpoch(memory: Memory, at: number): number {
  return memory.view.getInt16(at + layout.PRODUCER_EPOCH_AT)
}

/** The producer's number of the first record; the others count on from it. */
export function baseSequence(memory: Memory, at: number): number {
  return memory.view.getInt32(at + layout.BASE_SEQUENCE_AT)
}

export function partitionLeaderEpoch(memory: Memory, at: number): LeaderEpoch {
  return memory.view.getInt32(at + layout.LEADER_EPOCH_AT) as LeaderEpoch
}

/** Stamps a batch that a leader appends. Both fields lie outside the CRC, which stays valid. */
export function stampOffset(memory: Memory, at: number, baseOffset: Offset, leaderEpoch: LeaderEpoch): void {
  writeInt64(memory.view, at + layout.BASE_OFFSET_AT, baseOffset)
  memory.view.setInt32(at + layout.LEADER_EPOCH_AT, leaderEpoch)
}

/** Writes the header in front of records that are already in place, and the CRC last: it covers the other fields. */
export function sealBatch(memory: Memory, at: number, seal: BatchSeal): void {
  const view = memory.view
  writeInt64(view, at + layout.BASE_OFFSET_AT, 0)
  view.setInt32(at + layout.BATCH_LENGTH_AT, seal.bytes - layout.LOG_OVERHEAD)
  view.setInt32(at + layout.LEADER_EPOCH_AT, layout.NO_LEADER_EPOCH)
  view.setInt8(at + layout.MAGIC_AT, layout.MAGIC)
  view.setInt16(at + layout.ATTRIBUTES_AT, seal.attributes)
  view.setInt32(at + layout.LAST_OFFSET_DELTA_AT, seal.recordCount - 1)
  writeInt64(view, at + layout.BASE_TIMESTAMP_AT, seal.baseTimestamp)
  writeInt64(view, at + layout.MAX_TIMESTAMP_AT, seal.maxTimestamp)
  writeInt64(view, at + layout.PRODUCER_ID_AT, seal.producerId)
  view.setInt16(at + layout.PRODUCER_EPOCH_AT, seal.producerEpoch)
  view.setInt32(at + layout.BASE_SEQUENCE_AT, seal.baseSequence)
  view.setInt32(at + layout.RECORD_COUNT_AT, seal.recordCount)
  view.setUint32(at + layout.CRC_AT, crc32c(memory.bytes, at + layout.ATTRIBUTES_AT, at + seal.bytes))
}

/**
 * Seals what compaction has left of a batch, whose header lies in front of it: offsets, leader epoch and what the
 * producer counts stay as they are.
 */
export function resealBatch(
  memory: Memory,
  at: number,
  seal: Pick<BatchSeal, 'bytes' | 'recordCount' | 'baseTimestamp' | 'maxTimestamp' | 'attributes'>,
): void {
  const view = memory.view
  view.setInt32(at + layout.BATCH_LENGTH_AT, seal.bytes - layout.LOG_OVERHEAD)
  view.setInt16(at + layout.ATTRIBUTES_AT, seal.attributes)
  writeInt64(view, at + layout.BASE_TIMESTAMP_AT, seal.baseTimestamp)
  writeInt64(view, at + layout.MAX_TIMESTAMP_AT, seal.maxTimestamp)
  view.setInt32(at + layout.RECORD_COUNT_AT, seal.recordCount)
  view.setUint32(at + layout.CRC_AT, crc32c(memory.bytes, at + layout.ATTRIBUTES_AT, at + seal.bytes))
}

/**
 * Gives a batch the time of its append. The time lies inside the checksum, so the batch is sealed anew; its records
 * stay as they are.
 */
export function stampAppendTime(memory: Memory, at: number, logAppendTime: number): void {
  sealBatch(memory, at, {
    bytes: batchBytes(memory, at),
    recordCount: recordCount(memory, at),
    baseTimestamp: baseTimestamp(memory, at),
    maxTimestamp: Math.trunc(logAppendTime),
    attributes: attributes(memory, at) | layout.LOG_APPEND_TIME,
    producerId: producerId(memory, at),
    producerEpoch: producerEpoch(memory, at),
    baseSequence: baseSequence(memory, at),
  })
}

/**
 * Checks a batch from a client before anything else looks at it; costs the same for any size. `bytesAvailable` counts
 * from `at`; more than the batch needs is not an error. Does not compute the CRC. Rules:
 * `DefaultRecordBatch.ensureValid`, `ProduceRequest.validateRecords`, `LogValidator.validateBatch`.
 */
export function checkHeader(memory: Memory, at: number, bytesAvailable: number): HeaderCheck {
  if (bytesAvailable < layout.BATCH_OVERHEAD) return 'CORRUPT_MESSAGE'
  const magic = memory.view.getInt8(at + layout.MAGIC_AT)
  if (magic === 0 || magic === 1) return 'UNSUPPORTED_FOR_MESSAGE_FORMAT'
  if (magic !== layout.MAGIC) return 'CORRUPT_MESSAGE'
  const bytes = batchBytes(memory, at)
  if (bytes < layout.BATCH_OVERHEAD || bytes > bytesAvailable) return 'CORRUPT_MESSAGE'
  const count = recordCount(memory, at)
  if (count <= 0 || memory.view.getInt32(at + layout.LAST_OFFSET_DELTA_AT) !== count - 1) return 'INVALID_RECORD'
  if ((attributes(memory, at) & layout.CONTROL) !== 0) return 'INVALID_RECORD'
  if (producerId(memory, at) >= 0 && baseSequence(memory, at) < 0) return 'INVALID_RECORD'
  return 'NONE'
}

/** Call `checkHeader` first: the batch's own length says how much is summed. */
export function isCrcValid(memory: Memory, at: number): boolean {
  const expected = memory.view.getUint32(at + layout.CRC_AT)
  return crc32c(memory.bytes, at + layout.ATTRIBUTES_AT, at + batchBytes(memory, at)) === expected
}

function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}

function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 0x1_0000_0000))
  view.setInt32(at + 4, value | 0)
}
