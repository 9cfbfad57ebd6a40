import type { ErrorCode } from '../base/error-code.js'
import { Memory } from '../base/memory.js'
import { BatchOpener } from '../record/batch-opener.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { errorOfUnopened } from '../record/compressed-batch.js'

/** Checks that every record has a key, which a compacted topic asks for. (`LogValidator.validateKey`) */
export class KeyCheck {
  readonly #opener = new BatchOpener()
  readonly #reader = new BatchReader(Memory.allocate(8))

  refusalOf(memory: Memory, at: number): 'NONE' | ErrorCode {
    const readable = this.#opener.open(memory, at)
    if (typeof readable === 'string') return errorOfUnopened(readable)
    const reader = this.#reader.reset(readable.memory, readable.at)
    try {
      while (reader.next()) if (reader.keyBytes < 0) return 'INVALID_RECORD'
      return 'NONE'
    } catch (error) {
      if (error instanceof CorruptRecordError) return 'CORRUPT_MESSAGE'
      throw error
    }
  }
}
