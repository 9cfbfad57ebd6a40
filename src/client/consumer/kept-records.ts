import { offset } from '../../base/ids.js'
import { align8 } from '../../base/memory.js'
import { type KeptRecord, keepableRecords } from '../../record/lent-record.js'
import { batchBytes, lastOffset } from '../../record/record-batch.js'
import type { FetchedSlice } from './fetching/fetched-slice.js'

/** Records of a slice that may be kept: one private copy for each batch, made when its first record is asked for. */
export class KeptRecords {
  readonly #slice: FetchedSlice
  readonly #end: number
  #nextBatch: number
  #records: KeptRecord[] = []
  #index = 0
  /** The offset behind the last batch that was looked at: it may have lost its last records. */
  endOffset: number

  constructor(slice: FetchedSlice) {
    this.#slice = slice
    this.#nextBatch = slice.position
    this.#end = slice.position + slice.bytes
    this.endOffset = slice.fetchOffset
  }

  /** The next record, or null behind the last. */
  next(): KeptRecord | null {
    while (this.#index === this.#records.length) {
      if (this.#nextBatch >= this.#end) return null
      const { memory, topic, partition, fetchOffset } = this.#slice
      this.#records = []
      this.#index = 0
      keepableRecords(memory, this.#nextBatch, topic, partition, this.#records, offset(fetchOffset))
      this.endOffset = lastOffset(memory, this.#nextBatch) + 1
      this.#nextBatch = align8(this.#nextBatch + batchBytes(memory, this.#nextBatch))
    }
    return this.#records[this.#index++] as KeptRecord
  }
}
