import type { ProducerOptions } from '../../base/config/producer-options.js'
import { chosenCodec, levelOf } from '../../record/codecs/chosen-codec.js'
import type { Codec } from '../../record/codecs/codec.js'
import { compressRecords } from '../../record/compressed-batch.js'
import { sealBatch } from '../../record/record-batch.js'
import type { SealedBatch } from './sealed-batch.js'
import type { SenderMemories } from './sender-memories.js'

/** Makes batches what brokers read, where they lie. Nobody reads them meanwhile. Runs on the sender's thread. */
export class BatchSealer {
  readonly #memories: SenderMemories
  /** Null: batches are not compressed. */
  readonly #codec: Codec | null
  readonly #level: number

  constructor(memories: SenderMemories, options: ProducerOptions) {
    this.#memories = memories
    this.#codec = chosenCodec(options)
    this.#level = this.#codec === null ? 0 : levelOf(this.#codec.name, options)
  }

  /** Compresses the records, unless that makes them larger, and writes the header and the CRC. */
  seal(batch: SealedBatch): void {
    if (this.#codec !== null) this.#compress(batch, this.#codec)
    this.reseal(batch)
  }

  /** Writes the header and the CRC again: the producer counts the batch anew. */
  reseal(batch: SealedBatch): void {
    sealBatch(this.#memories.of(batch.memoryId), batch.position, batch)
  }

  #compress(batch: SealedBatch, codec: Codec): void {
    const { memoryId, position, uncompressedBytes } = batch
    batch.bytes = compressRecords(this.#memories.of(memoryId), position, uncompressedBytes, codec, this.#level)
    if (batch.bytes < uncompressedBytes) batch.attributes = codec.bits
  }
}
