import type { PartResult } from '../batches/part-results.js'

/** A batch of the application's that was split, perhaps more than once. */
export class SplitBatch {
  readonly slot: number
  readonly recordCount: number
  /** How many parts there are, if no more are split. */
  parts = 1
  /** How many results the application was told of. */
  told = 0
  /** Of the parts that are settled, as they came. */
  readonly results: (PartResult & { readonly firstRecord: number })[] = []

  constructor({ slot, recordCount }: { readonly slot: number; readonly recordCount: number }) {
    this.slot = slot
    this.recordCount = recordCount
  }
}
