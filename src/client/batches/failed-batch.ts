import { KafkaError } from '../../base/errors.js'
import type { Memory } from '../../base/memory.js'
import { parseHeaders, type ReadHeader } from '../../record/batch-reader.js'
import type { Codec } from '../../record/codecs/codec.js'
import { decompressedInPlace } from '../../record/compressed-batch.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { readVarint, skipVarint } from '../../record/varint.js'
import type { DeadLetter, DeadLetterCause } from '../dead-letters/dead-letters.js'
import type { BatchReport } from './batch-report.js'
import type { Delivery } from './delivery.js'

/**
 * A batch that was given up, or a part of one. Its records lie where they were encoded, and nothing is written over
 * them before it is settled.
 */
export interface FailedBatch {
  readonly report: BatchReport
  /**
   * Its records without a header, which may never have been written. The sender may have compressed them where they
   * lie.
   */
  readonly records: Buffer
  /** Index in the batch, as all indexes here, of the first record that has failed; the report says how many have. */
  readonly firstRecord: number
  readonly baseTimestamp: number
  readonly createdAt: number
  /** Indexes of the records that named their partition: first, end (exclusive), first, end, … */
  readonly named: readonly number[]
  /** Indexes of the records that come from a dead letter, which is still there. */
  readonly replayed: ReadonlySet<number>
}

/** Keeps the batch's records somewhere, and calls `settle` when they are there, or cannot be. */
export type KeepFailed = (batch: FailedBatch, settle: () => void) => void

/** What is known of a batch before anybody knows how it ends. */
interface OpenedBatch {
  readonly memory: Memory
  readonly position: number
  /** The size with the header. */
  readonly bytes: number
  readonly baseTimestamp: number
  readonly named: readonly number[]
  readonly namedEnd: number
  readonly deliveries: readonly Delivery[]
  readonly deliveryIndexes: readonly number[]
}

export function failedBatch(
  { memory, position, bytes, baseTimestamp, deliveries, deliveryIndexes, ...opened }: OpenedBatch,
  { report, createdAt, firstRecord }: Pick<FailedBatch, 'report' | 'createdAt' | 'firstRecord'>,
): FailedBatch {
  const records = memory.bytes.subarray(position + BATCH_OVERHEAD, position + bytes)
  const named = [...opened.named, opened.namedEnd]
  const replayed = new Set(deliveryIndexes.filter((_, number) => deliveries[number]?.isReplay === true))
  return { report, records, firstRecord, baseTimestamp, createdAt: Math.floor(createdAt), named, replayed }
}

const NO_HEADERS: readonly ReadHeader[] = []

/**
 * The records that have failed as letters, except those that have one. They share one private copy. `codec` is what
 * their producer compresses with.
 */
export function* lettersOfBatch(
  batch: FailedBatch,
  error: DeadLetterCause,
  failedAt: number,
  codec: Codec | null,
): Generator<DeadLetter> {
  const { report, firstRecord, baseTimestamp, createdAt, named, replayed } = batch
  const { topic, partition, recordCount, attempts } = report
  // A copy first: a sender that was left behind may compress them at this moment.
  const { buffer, byteOffset, length } = decompressedInPlace(Buffer.from(batch.records), codec)
  const bytes = Buffer.from(buffer, byteOffset, length)
  const starts = startsOf(bytes)
  if (starts.length <= firstRecord + recordCount) throw new KafkaError('CORRUPT_MESSAGE')
  const view = (at: number, length: number): Buffer | null => (length < 0 ? null : bytes.subarray(at, at + length))
  // Both go up: the pairs that end before the record are behind it for good.
  let pair = 0
  for (let index = firstRecord; index < firstRecord + recordCount; index++) {
    while (index >= (named[pair + 1] as number)) pair += 2
    const start = skipVarint(bytes, starts[index] as number)
    const end = starts[index + 1] as number
    // The timestamp lies behind the record's attributes.
    const timestampAt = start + 1
    const keyAt = skipVarint(bytes, skipVarint(bytes, timestampAt))
    const keyBytes = readVarint(bytes, keyAt)
    const keyStart = skipVarint(bytes, keyAt)
    const valueAt = keyStart + Math.max(keyBytes, 0)
    const valueBytes = readVarint(bytes, valueAt)
    const valueStart = skipVarint(bytes, valueAt)
    const headersAt = valueStart + Math.max(valueBytes, 0)
    const headerCount = readVarint(bytes, headersAt)
    if (replayed.has(index)) continue
    yield {
      topic,
      partition,
      isPartitionNamed: index >= (named[pair] as number) && index < (named[pair + 1] as number),
      key: view(keyStart, keyBytes),
      value: view(valueStart, valueBytes),
      headers: headerCount === 0 ? NO_HEADERS : parseHeaders(bytes, skipVarint(bytes, headersAt), end, headerCount),
      timestamp: baseTimestamp + readVarint(bytes, timestampAt),
      isSerialized: true,
      error,
      attempts,
      createdAt,
      failedAt,
    }
  }
}

/** Where each record begins, and where the last one ends. Throws where the bytes are not records. */
function startsOf(bytes: Buffer): readonly number[] {
  const starts = [0]
  for (let at = 0; at < bytes.length; starts.push(at)) {
    const end = skipVarint(bytes, at) + readVarint(bytes, at)
    if (!(end > at && end <= bytes.length)) throw new KafkaError('CORRUPT_MESSAGE')
    at = end
  }
  return starts
}
