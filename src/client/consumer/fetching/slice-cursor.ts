import { align8, Memory, POISON } from '../../../base/memory.js'
import { BatchReader } from '../../../record/batch-reader.js'
import { lastOffset } from '../../../record/record-batch.js'
import type { FetchedSlice } from './fetched-slice.js'

/** Walks the records of a fetched slice over all of its batches, leaving out those before the offset asked for. */
export class SliceCursor {
  readonly reader: BatchReader
  readonly slice: FetchedSlice
  readonly #memory: Memory
  readonly #start: number
  /** The position of the batch after the current one. */
  #nextBatch: number
  readonly #end: number

  constructor(slice: FetchedSlice, memory = slice.memory, start = slice.position) {
    this.slice = slice
    this.#memory = memory
    this.#start = start
    this.#nextBatch = start
    this.#end = start + slice.bytes
    this.reader = new BatchReader(memory)
  }

  /** The offset behind the batch of the current record, or behind the last batch: it may have lost its last records. */
  get endOffset(): number {
    const { batchPosition } = this.reader
    return this.#nextBatch > this.#start ? lastOffset(this.#memory, batchPosition) + 1 : this.slice.fetchOffset
  }

  /** Another cursor of the same slice, before its record with this offset. */
  rewoundTo(offset: number): SliceCursor {
    return new SliceCursor({ ...this.slice, fetchOffset: offset }, this.#memory, this.#start)
  }

  /** Moves `reader` to the next record; false behind the last. */
  next(): boolean {
    const { reader } = this
    for (;;) {
      while (reader.next()) if (reader.offset >= this.slice.fetchOffset) return true
      if (this.#nextBatch >= this.#end) return false
      reader.reset(this.#memory, this.#nextBatch)
      this.#nextBatch = align8(reader.batchEnd)
    }
  }
}

/** A slice while its records are handed out. */
export interface OpenSlice {
  readonly cursor: SliceCursor
  /** Ends the loan without giving the slice back: somebody goes on with it. */
  endLoan(): void
  /** Ends the loan and gives the slice back. */
  close(): void
}

/**
 * Opens a slice. `poisoned-copy` lends a private copy instead, which is overwritten when the loan ends, so that whoever
 * keeps a view too long is found out.
 */
export function openSlice(slice: FetchedSlice, lend: 'shared' | 'poisoned-copy'): OpenSlice {
  if (lend === 'shared') return { cursor: new SliceCursor(slice), endLoan: () => {}, close: () => slice.giveBack() }
  const copy = Memory.allocate(slice.bytes)
  copy.bytes.set(slice.memory.bytes.subarray(slice.position, slice.position + slice.bytes))
  const endLoan = (): void => void copy.bytes.fill(POISON)
  const close = (): void => {
    endLoan()
    slice.giveBack()
  }
  return { cursor: new SliceCursor(slice, copy, 0), endLoan, close }
}
