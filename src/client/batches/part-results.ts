import { errorName, errorNumber } from '../../base/error-code.js'
import type { BatchReport, BatchSends } from './batch-report.js'
import type { Delivery } from './delivery.js'

/** What became of a part of a batch that was split. */
export type PartResult = Pick<BatchReport, 'error' | 'baseOffset' | 'logAppendTimeMs' | 'recordCount'> & BatchSends

/** How many results a ring has room for: those of a batch with more parts come one ringful after the other. */
export const PART_RESULTS_MAX = 1024
const RESULT_BYTES = 40
const WRITTEN = 0
const READ = 16
const RESULTS_AT = 128
/** The size of the ring. */
export const PART_RESULTS_BYTES = RESULTS_AT + PART_RESULTS_MAX * RESULT_BYTES

/**
 * What became of the parts of split batches, in shared memory. The sender writes the results when it reports a batch,
 * as far as there is room, and the rest as the application takes them. The application reads no other report before it
 * has all of them. So they are taken in the order in which they are written, and it is a ring.
 *
 *     word 0     results ever written, by the sender
 *     word 16    results ever taken, by the application
 *     byte 128   results: i32 recordCount, error, f64 baseOffset, logAppendTimeMs, i32 sends, bytes, uncompressedBytes
 */
export class PartResults {
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #at: number

  constructor(shared: SharedArrayBuffer, at: number) {
    this.#words = new Int32Array(shared, 0, shared.byteLength / 4)
    this.#floats = new Float64Array(shared, 0, shared.byteLength / 8)
    this.#at = at
  }

  /** Makes it an empty ring, whatever it was. */
  clear(): void {
    this.#words.fill(0, this.#at >> 2, (this.#at + RESULTS_AT) >> 2)
  }

  /** Sender: how many more can be written. */
  get room(): number {
    const head = this.#at >> 2
    const taken = Atomics.load(this.#words, head + READ)
    return PART_RESULTS_MAX - (((this.#words[head + WRITTEN] as number) - taken) | 0)
  }

  /** Sender: writes results. There must be room, and the report that tells of them comes after. */
  write(results: readonly PartResult[]): void {
    const head = this.#at >> 2
    const written = this.#words[head + WRITTEN] as number
    for (const [index, result] of results.entries()) {
      const at = this.#resultAt(written + index)
      this.#words[at >> 2] = result.recordCount
      this.#words[(at >> 2) + 1] = errorNumber(result.error)
      this.#floats[(at >> 3) + 1] = result.baseOffset
      this.#floats[(at >> 3) + 2] = result.logAppendTimeMs
      this.#words[(at >> 2) + 6] = result.sends
      this.#words[(at >> 2) + 7] = result.bytes
      this.#words[(at >> 2) + 8] = result.uncompressedBytes
    }
    Atomics.store(this.#words, head + WRITTEN, (written + results.length) | 0)
  }

  /** Application: takes results of the report that it reads, as far as they are there. */
  take(countMax: number): PartResult[] {
    const head = this.#at >> 2
    const taken = this.#words[head + READ] as number
    const count = Math.min(countMax, (Atomics.load(this.#words, head + WRITTEN) - taken) | 0)
    const results = Array.from({ length: count }, (_, index): PartResult => {
      const at = this.#resultAt(taken + index)
      return {
        recordCount: this.#words[at >> 2] as number,
        error: errorName(this.#words[(at >> 2) + 1] as number),
        baseOffset: this.#floats[(at >> 3) + 1] as number,
        logAppendTimeMs: this.#floats[(at >> 3) + 2] as number,
        sends: this.#words[(at >> 2) + 6] as number,
        bytes: this.#words[(at >> 2) + 7] as number,
        uncompressedBytes: this.#words[(at >> 2) + 8] as number,
      }
    })
    Atomics.store(this.#words, head + READ, (taken + count) | 0)
    return results
  }

  #resultAt(number: number): number {
    return this.#at + RESULTS_AT + (number & (PART_RESULTS_MAX - 1)) * RESULT_BYTES
  }
}

/** A part of a batch, and the index in the batch of its first record. */
export interface PartCursor {
  part: number
  first: number
}

/**
 * Tells a delivery of its records, from `index` of the batch up to `end`: once for each part that has some of them.
 * Deliveries of one batch share a cursor and are told in the order of their records, or each would look for its part
 * from the start.
 */
export function tellParts(
  delivery: Delivery,
  parts: readonly BatchReport[],
  { index, end }: { readonly index: number; readonly end: number },
  cursor: PartCursor = { part: 0, first: 0 },
): void {
  const endOf = (): number => cursor.first + (parts[cursor.part] as BatchReport).recordCount
  const goOn = (): void => {
    cursor.first = endOf()
    cursor.part += 1
  }
  while (endOf() <= index) goOn()
  const tellings: (() => void)[] = []
  for (;;) {
    const part = parts[cursor.part] as BatchReport
    const from = Math.max(index, cursor.first)
    const [indexInPart, count] = [from - cursor.first, Math.min(end, endOf()) - from]
    tellings.push(() => delivery.settled(part, indexInPart, count))
    // The part in which it ends may have the next delivery's records as well.
    if (endOf() >= end) break
    goOn()
  }
  // It waits for all of them before the first is told.
  for (let more = 1; more < tellings.length; more++) delivery.noteBatch()
  for (const tell of tellings) tell()
}
