import type { Memory } from '../base/memory.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK, MAGIC, MAGIC_AT, TRANSACTIONAL, ZSTD } from '../record/layout.js'
import { attributes, batchBytes, checkHeader, isCrcValid } from '../record/record-batch.js'
import { RecordsCheck, type RecordsFault } from './records-check.js'

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
 * unchanged since it was summed, whose records are as many and as long as they say. (`ProduceRequest.validateRecords`,
 * `ByteBufferLogInputStream.nextBatchSize`, `DefaultRecordBatch.ensureValid`)
 *
 * `at` and `bytes` say where they lie. Null: nothing is wrong.
 */
export function recordsFault(memory: Memory, at: number, bytes: number, version: number): RecordsFault | null {
  const none = (says: string): RecordsFault => ({ error: 'INVALID_RECORD', says })
  const corrupt = (says: string): RecordsFault => ({ error: 'CORRUPT_MESSAGE', says })
  if (bytes < LOG_OVERHEAD) return none('A Produce request must have one batch of records for each partition')
  const size = batchBytes(memory, at)
  if (size < LOG_OVERHEAD + OVERHEAD_MIN) return corrupt(`The batch says that it has ${size} bytes`)
  if (bytes < HEADER_UP_TO_MAGIC || size > bytes)
    return none('A Produce request must have one whole batch of records for each partition')
  const magic = memory.view.getInt8(at + MAGIC_AT)
  if (magic < 0 || magic > MAGIC) return corrupt(`The batch has the format ${magic}`)
  if (magic !== MAGIC) return none(`A Produce request may only have batches of format ${MAGIC}, not ${magic}`)
  if (size < BATCH_OVERHEAD) return corrupt(`The batch has ${size} bytes, fewer than its header takes`)
  const bits = attributes(memory, at)
  if ((bits & COMPRESSION_MASK) === ZSTD && version < ZSTD_SINCE)
    return { error: 'UNSUPPORTED_COMPRESSION_TYPE', says: `Produce of version ${version} knows no zstd` }
  if (size !== bytes) return none('A Produce request may only have one batch of records for each partition')
  if (!isCrcValid(memory, at)) return corrupt('The batch does not match its checksum')
  if ((bits & COMPRESSION_MASK) > ZSTD) return corrupt(`There is no codec ${bits & COMPRESSION_MASK}`)
  if ((bits & TRANSACTIONAL) !== 0) return { error: 'INVALID_TXN_STATE', says: 'This cluster has no transactions' }
  const header = checkHeader(memory, at, bytes)
  if (header !== 'NONE') return { error: header, says: 'The header of the batch contradicts itself' }
  return records.faultOf(memory, at)
}
