import type { BatchHandler } from '../../src/index.js'

export interface CountOptions {
  readonly shared: SharedArrayBuffer
  readonly records: number
}

/** The only word: microseconds from the first record to the last; 0: not all were seen. */
const MICROS = 0

/** A handler that says how long so many records have taken. */
export default function makeHandler({ shared, records }: CountOptions): BatchHandler {
  const words = new Int32Array(shared)
  let [left, began] = [records, 0]
  return {
    eachBatch: ({ batch }) => {
      if (left === records) began = performance.now()
      batch.forEach(() => {
        left -= 1
      })
      if (left > 0) return
      Atomics.store(words, MICROS, Math.ceil((performance.now() - began) * 1_000))
      Atomics.notify(words, MICROS)
    },
  }
}

/** What the handler is given, and the milliseconds that come back. */
export function sharedCount(records: number): { readonly options: CountOptions; ms(): Promise<number> } {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const words = new Int32Array(shared)
  return {
    options: { shared, records },
    async ms() {
      await Atomics.waitAsync(words, MICROS, 0).value
      return Atomics.load(words, MICROS) / 1_000
    },
  }
}
