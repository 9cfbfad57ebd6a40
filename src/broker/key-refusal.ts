import type { ErrorCode } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { decompressedBatch } from '../record/gzip.js'

/** Whether every record of a batch has a key, which a compacted topic asks for. (`LogValidator.validateKey`) */
export function keyRefusal(memory: Memory, at: number): 'NONE' | ErrorCode {
  try {
    const readable = decompressedBatch(memory, at)
    if (readable === null) return 'CORRUPT_MESSAGE'
    const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
    while (reader.next()) if (reader.keyBytes < 0) return 'INVALID_RECORD'
    return 'NONE'
  } catch (error) {
    if (error instanceof CorruptRecordError) return 'CORRUPT_MESSAGE'
    throw error
  }
}
