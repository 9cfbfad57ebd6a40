import { Memory } from '../../base/memory.js'
import { BatchReader, readHeaders } from '../../record/batch-reader.js'
import { decompressedRecords, writeDecompressed } from '../../record/compressed-batch.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { LentRecord } from '../../record/lent-record.js'
import type { RecordHeader } from '../../record/record.js'
import { encodeRecord, recordBytes } from '../../record/record-encoder.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import type { PartResult } from '../batches/part-results.js'
import { SealedBatch, SplitBatch } from './sealed-batch.js'
import type { SenderMemories } from './sender-memories.js'

/** A record as `encodeRecord` wants it, but for its place in the batch. */
interface RecordToCopy {
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[] | null
}

/**
 * Splits batches that a broker refuses as too large (`ProducerBatch.split`). Kafka makes parts of batch.size, and of
 * half the size if that does not help; here, where no batch of several records is larger than batch.size, it is halves
 * from the start.
 *
 * Parts are copies in memories of the sender's own, which buffer.memory does not count, as in Kafka; a memory is used
 * again when its part is settled. The batch itself stays as it was sent, and is reported when all of its parts are.
 */
export class BatchSplitter {
  readonly #shared: AccumulatorMemory
  readonly #memories: SenderMemories
  /** Batches with all parts settled, whose results have found no room yet. First come, first served. */
  readonly #unreported: SplitBatch[] = []

  constructor(shared: AccumulatorMemory, memories: SenderMemories) {
    this.#shared = shared
    this.#memories = memories
  }

  canSplit({ recordCount }: SealedBatch): boolean {
    return recordCount > 1
  }

  /** Returns two parts, which are to be sealed. */
  split(batch: SealedBatch): SealedBatch[] {
    const split = batch.split ?? new SplitBatch(batch)
    const records = this.#recordsOf(batch)
    const bytes = records.map(({ key, value, headers }) => recordBytes(0, 0, key, value, headers))
    const half = bytes.reduce((sum, size) => sum + size) / 2
    let count = 0
    for (let taken = 0; count < records.length - 1 && (count === 0 || taken + bytes[count]! <= half); count++) {
      taken += bytes[count]!
    }
    split.parts += 1
    const parts = [
      this.#part(batch, split, records.slice(0, count), batch.firstRecord),
      this.#part(batch, split, records.slice(count), batch.firstRecord + count),
    ]
    this.#giveBack(batch)
    return parts
  }

  /** Notes what became of a part. With the last one the batch is reported, by the next `report`. */
  settled(part: SealedBatch, said: Omit<PartResult, 'recordCount' | 'bytes' | 'uncompressedBytes'>): void {
    const { firstRecord, recordCount, bytes, uncompressedBytes } = part
    const split = part.split as SplitBatch
    const { parts, results } = split
    this.#giveBack(part)
    results.push({ ...said, recordCount, bytes, uncompressedBytes, firstRecord })
    if (results.length < parts) return
    results.sort((a, b) => a.firstRecord - b.firstRecord)
    this.#unreported.push(split)
  }

  /**
   * Reports batches whose parts are settled, as far as the application has made room. Returns whether it has told of
   * any part.
   */
  report(): boolean {
    const { partResults } = this.#shared
    let isAny = false
    for (;;) {
      const next = this.#unreported[0]
      const count = next === undefined ? 0 : Math.min(next.parts - next.told, partResults.room)
      if (next === undefined || count === 0) return isAny
      partResults.write(next.results.slice(next.told, next.told + count))
      if (next.told === 0) this.#shared.reports.write({ slot: next.slot, error: 'NONE', parts: next.parts })
      next.told += count
      isAny = true
      if (next.told === next.parts) this.#unreported.shift()
    }
  }

  #part(batch: SealedBatch, split: SplitBatch, records: readonly RecordToCopy[], firstRecord: number): SealedBatch {
    const baseTimestamp = records[0]!.timestamp
    const encoded = records.map(({ timestamp, key, value, headers }, index) => {
      return [index, timestamp - baseTimestamp, key, value, headers] as const
    })
    const bytes = encoded.reduce((sum, record) => sum + recordBytes(...record), BATCH_OVERHEAD)
    const memoryId = this.#memories.take(bytes)
    const memory = this.#memories.of(memoryId)
    let at = BATCH_OVERHEAD
    for (const record of encoded) at += encodeRecord(memory, at, bytes - at, ...record)
    const maxTimestamp = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), baseTimestamp)
    const { createdAt, queue, slot } = batch
    const content = {
      memoryId,
      position: 0,
      bytes,
      recordCount: records.length,
      baseTimestamp,
      maxTimestamp,
      createdAt,
    }
    return new SealedBatch(queue, slot, content, { split, firstRecord })
  }

  #recordsOf(batch: SealedBatch): RecordToCopy[] {
    const { memory, at } = this.#readable(batch)
    const reader = new BatchReader(memory).reset(memory, at)
    const record = new LentRecord(reader)
    const records: RecordToCopy[] = []
    while (reader.next()) {
      const { timestamp, key, value } = record
      records.push({ timestamp, key, value, headers: reader.headerCount === 0 ? null : readHeaders(reader) })
    }
    return records
  }

  #readable({ memoryId, position, attributes, slot, recordCount, split }: SealedBatch): { memory: Memory; at: number } {
    const memory = this.#memories.of(memoryId)
    if (attributes === 0) return { memory, at: position }
    const bytesMax = this.#shared.bytes(slot, split?.recordCount ?? recordCount)
    const records = decompressedRecords(memory, position, bytesMax) as Uint8Array
    const decompressed = Memory.allocate(BATCH_OVERHEAD + records.length)
    writeDecompressed(memory, position, records, decompressed, 0)
    return { memory: decompressed, at: 0 }
  }

  /** Gives back the memory of a part; that of the batch is the application's. */
  #giveBack({ split, memoryId }: SealedBatch): void {
    if (split !== null) this.#memories.giveBack(memoryId)
  }
}
