import type { Memory } from '../base/memory.js'
import { ScratchMemory } from '../base/scratch-memory.js'
import { BatchOpener, type BatchPlace } from './batch-opener.js'
import type { CannotOpen, Codec } from './codecs/codec.js'
import { compressRecords } from './compressed-batch.js'
import { COMPRESSION_MASK } from './layout.js'
import { attributes, baseTimestamp, batchBytes, maxTimestamp, recordCount, resealBatch } from './record-batch.js'

/**
 * Gives batches a codec that they do not have, or takes it from them; their records and the rest of their headers stay.
 * (`LogValidator.buildRecordsAndAssignOffsets`)
 */
export class Recompressor {
  readonly #codec: Codec | null
  readonly #level: number
  readonly #opener = new BatchOpener()
  readonly #scratch = new ScratchMemory()

  /** Null: batches are not compressed. */
  constructor(codec: Codec | null, level: number) {
    this.#codec = codec
    this.#level = level
  }

  /**
   * The batch with the codec, if that makes it smaller: itself, or another one that is there until the next call; or
   * why there is none.
   */
  recompressed(memory: Memory, at: number): BatchPlace | CannotOpen {
    const given = attributes(memory, at) & COMPRESSION_MASK
    if (given === (this.#codec?.bits ?? 0)) return { memory, at }
    const open = this.#opener.open(memory, at)
    if (typeof open === 'string') return open
    const size = batchBytes(open.memory, open.at)
    const to = this.#scratch.atLeast(size)
    to.bytes.set(open.memory.bytes.subarray(open.at, open.at + size), 0)
    const bytes = this.#codec === null ? size : compressRecords(to, 0, size, this.#codec, this.#level)
    if (bytes === size && given === 0) return { memory, at }
    resealBatch(to, 0, {
      bytes,
      recordCount: recordCount(to, 0),
      baseTimestamp: baseTimestamp(to, 0),
      maxTimestamp: maxTimestamp(to, 0),
      attributes: attributes(to, 0) | (bytes < size ? (this.#codec?.bits ?? 0) : 0),
    })
    return { memory: to, at: 0 }
  }
}
