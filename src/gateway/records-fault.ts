import type { ErrorCode } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK, MAGIC, MAGIC_AT, TRANSACTIONAL, ZSTD } from '../record/layout.js'
import { attributes, baseOffset, batchBytes, checkHeader, isCrcValid } from '../record/record-batch.js'
import { RecordsCheck, type RecordsFault } from './records-check.js'

/** Why the records of one partition cannot be appended. */
export interface BatchFault extends RecordsFault {
  /** Whether Kafka sees it before it looks for the partition's leader. */
  readonly isSeenFirst: boolean
}

/** Where records that a client has sent lie. */
export interface SentPlace {
  readonly memory: Memory
  readonly position: number
  readonly bytes: number
}

/** What the shortest message of any format takes up. Kafka: `LegacyRecord.RECORD_OVERHEAD_V0`. */
const OVERHEAD_MIN = 14
const LOG_OVERHEAD = 12
const HEADER_UP_TO_MAGIC = 17
/** Of this thread: its memory is used again. */
const records = new RecordsCheck()
/** The first version of Produce that may carry zstd (KIP-110). */
const ZSTD_SINCE = 7

/**
 * Looks at the records that a client sends for one partition: exactly one batch of the current format, whole and
 * unchanged since it was summed, whose records are as many and as long as they say. Behind it may stand the beginning of
 * another one, which nobody reads. What its header says besides is for the broker to check.
 * (`ProduceRequest.validateRecords`, `ByteBufferLogInputStream.nextBatch`, `DefaultRecordBatch.ensureValid`,
 * `LogValidator`)
 *
 * Returns the bytes of the batch, or what is wrong.
 */
export function checkedRecords({ memory, position, bytes }: SentPlace, version: number): number | BatchFault {
  const size = nextBatch({ memory, position, bytes })
  if (typeof size !== 'number') return size
  if (size === 0) return first('INVALID_RECORD', 'A Produce request must have one batch for each partition')
  const magic = memory.view.getInt8(position + MAGIC_AT)
  if (magic !== MAGIC)
    return first('INVALID_RECORD', `A Produce request may only have batches of format ${MAGIC}, not ${magic}`)
  const codec = size < BATCH_OVERHEAD ? 0 : attributes(memory, position) & COMPRESSION_MASK
  if (codec === ZSTD && version < ZSTD_SINCE)
    return first('UNSUPPORTED_COMPRESSION_TYPE', `Produce of version ${version} knows no zstd`)
  const behind = nextBatch({ memory, position: position + size, bytes: bytes - size })
  if (typeof behind !== 'number') return behind
  if (behind > 0) return first('INVALID_RECORD', 'A Produce request may only have one batch for each partition')
  return batchFault(memory, position, size) ?? size
}

/** Whether a batch is one of a transaction; false: there is none. */
export function isTransactional({ memory, position, bytes }: SentPlace): boolean {
  // Older formats have a time where this one has its attributes.
  const isOfOurFormat = bytes >= BATCH_OVERHEAD && memory.view.getInt8(position + MAGIC_AT) === MAGIC
  return isOfOurFormat && (attributes(memory, position) & TRANSACTIONAL) !== 0
}

function first(error: ErrorCode, says: string): BatchFault {
  return { error, says, isSeenFirst: true }
}

function later(error: ErrorCode, says: string): BatchFault {
  return { error, says, isSeenFirst: false }
}

/** The bytes of the next batch; 0: there is none that is whole. */
function nextBatch({ memory, position, bytes }: SentPlace): number | BatchFault {
  if (bytes < LOG_OVERHEAD) return 0
  const size = batchBytes(memory, position)
  if (size < LOG_OVERHEAD + OVERHEAD_MIN) return first('CORRUPT_MESSAGE', `A batch says that it has ${size} bytes`)
  if (bytes < HEADER_UP_TO_MAGIC) return 0
  const magic = memory.view.getInt8(position + MAGIC_AT)
  if (magic < 0 || magic > MAGIC) return first('CORRUPT_MESSAGE', `A batch has the format ${magic}`)
  return size > bytes ? 0 : size
}

function batchFault(memory: Memory, at: number, size: number): BatchFault | null {
  if (size < BATCH_OVERHEAD) return later('CORRUPT_MESSAGE', `The batch has ${size} bytes, fewer than its header takes`)
  if (baseOffset(memory, at) !== 0)
    return later('INVALID_RECORD', `The batch begins at offset ${baseOffset(memory, at)}, and not at 0`)
  if (!isCrcValid(memory, at)) return later('CORRUPT_MESSAGE', 'The batch does not match its checksum')
  const bits = attributes(memory, at)
  const codec = bits & COMPRESSION_MASK
  // Kafka fails where it looks for the codec. (`CompressionType.forId`)
  if (codec > ZSTD) return later('UNKNOWN_SERVER_ERROR', `There is no codec ${codec}`)
  if ((bits & TRANSACTIONAL) !== 0) return later('INVALID_TXN_STATE', 'This cluster has no transactions')
  const header = checkHeader(memory, at, size)
  if (header !== 'NONE') return later(header, 'The header of the batch contradicts itself')
  const fault = records.faultOf(memory, at)
  return fault === null ? null : later(fault.error, fault.says)
}
