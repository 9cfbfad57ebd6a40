/**
 * The records of a batch under gzip (`GzipCompression` in Kafka): what lies behind the header is one gzip stream, and
 * the header stays readable, so that brokers need not open it.
 */
import { gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import { DECOMPRESSED_BYTES_MAX } from '../base/config/internal-limits.js'
import { KafkaError } from '../base/errors.js'
import { Memory } from '../base/memory.js'
import { ATTRIBUTES_AT, BATCH_LENGTH_AT, BATCH_OVERHEAD, COMPRESSION_MASK, LOG_OVERHEAD } from './layout.js'
import { attributes, batchBytes } from './record-batch.js'

/** The bytes that `gzipSync` writes before the compressed ones. The first two mark a gzip stream. */
const GZIP_HEADER_BYTES = 10
const GZIP_FIRST_BYTE = 0x1f

/**
 * Compresses the records of a batch of `bytes` where they lie; its header is to be written afterwards. Returns the
 * batch's bytes from then on: the same number if nothing is gained, and then nothing has changed.
 */
export function gzipRecords(memory: Memory, at: number, bytes: number, level: number): number {
  const records = memory.bytes.subarray(at + BATCH_OVERHEAD, at + bytes)
  const compressed = gzipSync(records, { level, ...memoryFor(records.length) })
  if (compressed.length >= records.length) return bytes
  memory.copyIn(at + BATCH_OVERHEAD, compressed)
  return BATCH_OVERHEAD + compressed.length
}

/**
 * A window no larger than what there is to look back on, and tables in proportion: zlib clears both for every stream,
 * which takes half of the time for a small batch.
 */
function memoryFor(bytes: number): { readonly windowBits: number; readonly memLevel: number } {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes))))
  return { windowBits, memLevel: windowBits - 7 }
}

/**
 * A private copy of a batch's records, decompressed; null if they are not a gzip stream, or become more than
 * `bytesMax`.
 */
export function gunzipRecords(memory: Memory, at: number, bytesMax: number): Buffer | null {
  const compressed = memory.bytes.subarray(at + BATCH_OVERHEAD, at + batchBytes(memory, at))
  try {
    return gunzipSync(compressed, { maxOutputLength: bytesMax })
  } catch {
    return null
  }
}

/**
 * The records that `gzipRecords` may have compressed: where they lie, or a private copy. Nothing else needs to be known
 * of them. A record begins with its length, whose first byte is even; the compressed bytes tell their end themselves.
 */
export function decompressedInPlace(records: Buffer): Buffer {
  if (records[0] !== GZIP_FIRST_BYTE) return records
  const decompressed = inflateRawSync(records.subarray(GZIP_HEADER_BYTES), { maxOutputLength: records.length })
  if (decompressed.length === records.length) return decompressed
  throw new KafkaError('CORRUPT_MESSAGE', `${records.length} bytes of records have become ${decompressed.length}`)
}

/**
 * Writes a compressed batch with its decompressed `records`. Its header differs only in length and codec, so its CRC is
 * wrong.
 */
export function writeDecompressed(from: Memory, fromAt: number, records: Buffer, memory: Memory, at: number): void {
  memory.bytes.set(from.bytes.subarray(fromAt, fromAt + BATCH_OVERHEAD), at)
  memory.bytes.set(records, at + BATCH_OVERHEAD)
  memory.view.setInt32(at + BATCH_LENGTH_AT, BATCH_OVERHEAD + records.length - LOG_OVERHEAD)
  memory.view.setInt16(at + ATTRIBUTES_AT, attributes(memory, at) & ~COMPRESSION_MASK)
}

/**
 * A batch with readable records: the batch itself, or a decompressed copy; null if its records cannot be decompressed,
 * or become too many.
 */
export function decompressedBatch(memory: Memory, at: number): { readonly memory: Memory; readonly at: number } | null {
  if ((attributes(memory, at) & COMPRESSION_MASK) === 0) return { memory, at }
  const records = gunzipRecords(memory, at, DECOMPRESSED_BYTES_MAX)
  if (records === null) return null
  const whole = Memory.allocate(BATCH_OVERHEAD + records.length)
  writeDecompressed(memory, at, records, whole, 0)
  return { memory: whole, at: 0 }
}
