/**
 * The records of a batch under a codec: what lies behind the header is one stream, and the header stays readable, so
 * that brokers need not open it. (`DefaultRecordBatch`)
 */
import {
  DECOMPRESSED_BYTES_FREE,
  DECOMPRESSED_BYTES_MAX,
  DECOMPRESSION_RATIO_MAX,
} from '../base/config/internal-limits.js'
import type { ErrorCode } from '../base/error-code.js'
import { KafkaError } from '../base/errors.js'
import { Memory } from '../base/memory.js'
import type { CannotOpen, Codec } from './codecs/codec.js'
import { codecOf } from './codecs/codecs.js'
import { ATTRIBUTES_AT, BATCH_LENGTH_AT, BATCH_OVERHEAD, COMPRESSION_MASK, LOG_OVERHEAD } from './layout.js'
import { attributes, batchBytes } from './record-batch.js'

/** The level at which a codec compresses if nobody says another one. (`compression.*.level`) */
const DEFAULT_LEVELS = { gzip: -1, snappy: 0, lz4: 9, zstd: 3 } as const

/**
 * Compresses the records of a batch of `bytes` where they lie; its header is to be written afterwards. Returns the
 * batch's bytes from then on: the same number if nothing is gained, and then nothing has changed.
 */
export function compressRecords(
  memory: Memory,
  at: number,
  bytes: number,
  codec: Codec,
  level: number = DEFAULT_LEVELS[codec.name],
): number {
  const records = memory.bytes.subarray(at + BATCH_OVERHEAD, at + bytes)
  const compressed = codec.compress(records, level)
  // What is out of proportion is read by nobody.
  if (compressed.length >= records.length || records.length > bytesInProportion(compressed.length)) return bytes
  memory.copyIn(at + BATCH_OVERHEAD, compressed)
  return BATCH_OVERHEAD + compressed.length
}

/**
 * A private copy of a compressed batch's records, or why there is none. They become at most `bytesMax`, and no more
 * than is in proportion to the batch.
 */
export function decompressedRecords(memory: Memory, at: number, bytesMax: number): Uint8Array | CannotOpen {
  const codec = codecOf(attributes(memory, at))
  if (codec === undefined) return 'absent'
  const stream = memory.bytes.subarray(at + BATCH_OVERHEAD, at + batchBytes(memory, at))
  return codec.decompress(stream, Math.min(bytesMax, bytesInProportion(stream.length)))
}

/** What so many compressed bytes may become at most. */
function bytesInProportion(bytes: number): number {
  return Math.max(DECOMPRESSED_BYTES_FREE, bytes * DECOMPRESSION_RATIO_MAX)
}

/** The error of a batch that cannot be opened. */
export function errorOfUnopened(why: CannotOpen): ErrorCode {
  return why === 'absent' ? 'UNSUPPORTED_COMPRESSION_TYPE' : 'CORRUPT_MESSAGE'
}

/**
 * The records that `compressRecords` may have compressed with this codec: where they lie, or a private copy. Nothing
 * else needs to be known of them, since a stream says where it ends.
 *
 * Records and streams cannot be mistaken for one another. A record begins with its length, which is at least 6, in a
 * form that makes it even, and goes on with its attributes, which are 0. The mark of a stream contradicts one of these.
 */
export function decompressedInPlace(records: Buffer, codec: Codec | null): Uint8Array {
  const decompressed = codec?.decompressFront(records) ?? null
  if (decompressed === null) return records
  if (typeof decompressed !== 'string' && decompressed.length === records.length) return decompressed
  throw new KafkaError('CORRUPT_MESSAGE', `${records.length} bytes of records cannot be decompressed again`)
}

/**
 * Writes a compressed batch with its decompressed `records`. Its header differs only in length and codec, so its CRC is
 * wrong.
 */
export function writeDecompressed(from: Memory, fromAt: number, records: Uint8Array, memory: Memory, at: number): void {
  memory.bytes.set(from.bytes.subarray(fromAt, fromAt + BATCH_OVERHEAD), at)
  memory.bytes.set(records, at + BATCH_OVERHEAD)
  memory.view.setInt32(at + BATCH_LENGTH_AT, BATCH_OVERHEAD + records.length - LOG_OVERHEAD)
  memory.view.setInt16(at + ATTRIBUTES_AT, attributes(memory, at) & ~COMPRESSION_MASK)
}

/** A batch with readable records: the batch itself, or a decompressed copy; or why there is none. */
export function decompressedBatch(
  memory: Memory,
  at: number,
): { readonly memory: Memory; readonly at: number } | CannotOpen {
  if ((attributes(memory, at) & COMPRESSION_MASK) === 0) return { memory, at }
  const records = decompressedRecords(memory, at, DECOMPRESSED_BYTES_MAX)
  if (typeof records === 'string') return records
  const whole = Memory.allocate(BATCH_OVERHEAD + records.length)
  writeDecompressed(memory, at, records, whole, 0)
  return { memory: whole, at: 0 }
}
