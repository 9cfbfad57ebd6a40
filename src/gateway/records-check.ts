import type { ErrorCode } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import { BatchOpener } from '../record/batch-opener.js'
import { BatchReader, CorruptRecordError, skipHeaders } from '../record/batch-reader.js'
import type { CannotOpen } from '../record/codecs/codec.js'
import { COMPRESSION_MASK } from '../record/layout.js'
import { attributes } from '../record/record-batch.js'

/** Why the records of one partition are refused before a broker sees them. */
export interface RecordsFault {
  readonly error: ErrorCode
  readonly says: string
}

/** Bytes of the memory for decompressed records that is kept from one batch to the next. */
const KEPT_BYTES_MAX = 1_048_576

/**
 * Looks at every record of a batch that comes from outside of the process, as a broker of Kafka does: there are as many
 * as the header counts, their offsets go up by one, and all of their lengths stay inside. A compressed batch is opened
 * for that, within limits, where its codec is installed. (`LogValidator`, `DefaultRecord.readFrom`)
 *
 * Kafka looks less closely at two things, and keeps what no client can read then: offsets of records that are not
 * compressed, and lengths of records that are.
 */
export class RecordsCheck {
  readonly #opener = new BatchOpener()
  #reader: BatchReader | null = null

  /** Null: nothing is wrong with the batch, whose header and CRC have been looked at. */
  faultOf(memory: Memory, at: number): RecordsFault | null {
    const readable = this.#opener.open(memory, at)
    if (typeof readable === 'string') return faultOfStream(readable)
    this.#reader ??= new BatchReader(readable.memory)
    const reader = this.#reader.reset(readable.memory, readable.at)
    try {
      return faultOfRecords(reader, (attributes(memory, at) & COMPRESSION_MASK) !== 0)
    } catch (error) {
      if (error instanceof CorruptRecordError) return { error: 'INVALID_RECORD', says: error.message }
      throw error
    } finally {
      if (readable.memory !== memory && readable.memory.size > KEPT_BYTES_MAX) this.#opener.release()
    }
  }
}

function faultOfStream(why: CannotOpen): RecordsFault | null {
  switch (why) {
    case 'absent':
      return null
    case 'too-large':
      return {
        error: 'MESSAGE_TOO_LARGE',
        says: 'The records of the batch become too large when they are decompressed',
      }
    case 'corrupt':
      return { error: 'UNKNOWN_SERVER_ERROR', says: 'The records of the batch cannot be decompressed' }
  }
}

function faultOfRecords(reader: BatchReader, isCompressed: boolean): RecordsFault | null {
  const { bytes } = reader.memory
  let index = 0
  for (; reader.next(); index++) {
    if (reader.offset !== reader.baseOffset + index) {
      const says = `Record ${index} of the batch is not at offset ${index}`
      // Kafka stumbles over these. (`LogValidator.buildRecordsAndAssignOffsets`)
      return { error: isCompressed ? 'UNKNOWN_SERVER_ERROR' : 'INVALID_RECORD', says }
    }
    if (reader.headerCount > 0) skipHeaders(bytes, reader.headersPosition, reader.recordEnd, reader.headerCount)
  }
  return null
}
