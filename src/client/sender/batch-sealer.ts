import type { ProducerOptions } from '../../base/config/producer-options.js'
import { gzipRecords } from '../../record/gzip.js'
import { GZIP } from '../../record/layout.js'
import { sealBatch } from '../../record/record-batch.js'
import type { SealedBatch } from './sealed-batch.js'
import type { SenderMemories } from './sender-memories.js'

/** Makes batches what brokers read, where they lie. Nobody reads them meanwhile. Runs on the sender's thread. */
export class BatchSealer {
  readonly #memories: SenderMemories
  readonly #options: ProducerOptions

  constructor(memories: SenderMemories, options: ProducerOptions) {
    this.#memories = memories
    this.#options = options
  }

  /** Compresses the records, unless that makes them larger, and writes the header and the CRC. */
  seal(batch: SealedBatch): void {
    this.#compress(batch)
    this.reseal(batch)
  }

  /** Writes the header and the CRC again: the producer counts the batch anew. */
  reseal(batch: SealedBatch): void {
    sealBatch(this.#memories.of(batch.memoryId), batch.position, batch)
  }

  #compress(batch: SealedBatch): void {
    const { 'compression.type': type, 'compression.gzip.level': level } = this.#options
    if (type === 'none') return
    const { memoryId, position, uncompressedBytes } = batch
    batch.bytes = gzipRecords(this.#memories.of(memoryId), position, uncompressedBytes, level)
    if (batch.bytes < uncompressedBytes) batch.attributes = GZIP
  }
}
