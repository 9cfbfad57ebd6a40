import { DECOMPRESSED_BYTES_MAX } from '../base/config/internal-limits.js'
import type { Memory } from '../base/memory.js'
import { ScratchMemory } from '../base/scratch-memory.js'
import type { CannotOpen } from './codecs/codec.js'
import { decompressedRecords, writeDecompressed } from './compressed-batch.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK } from './layout.js'
import { attributes } from './record-batch.js'

/** A batch where it lies. */
export interface BatchPlace {
  readonly memory: Memory
  readonly at: number
}

/** Opens batches one after the other: those that are compressed become readable in one memory of its own. */
export class BatchOpener {
  readonly #scratch = new ScratchMemory()

  /** The batch with readable records, until the next call; or why there is none. */
  open(memory: Memory, at: number): BatchPlace | CannotOpen {
    if ((attributes(memory, at) & COMPRESSION_MASK) === 0) return { memory, at }
    const records = decompressedRecords(memory, at, DECOMPRESSED_BYTES_MAX)
    if (typeof records === 'string') return records
    const readable = this.#scratch.atLeast(BATCH_OVERHEAD + records.length)
    writeDecompressed(memory, at, records, readable, 0)
    return { memory: readable, at: 0 }
  }

  /** Gives its memory up, until the next call. */
  release(): void {
    this.#scratch.release()
  }
}
