import { errorName, errorNumber } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import type { BatchReport, BatchSends, Delivery } from './delivery.js'

/**
 * What became of the parts of a batch that was split. The sender writes it over the batch's own records, which nobody reads any more,
 * before it reports the batch; the application reads it then. In the order of the records, in host order:
 *
 *     parts * (recordCount, error: i32, baseOffset, logAppendTimeMs: f64, sends, bytes, uncompressedBytes: i32)
 */
export type PartResult = Pick<BatchReport, 'error' | 'baseOffset' | 'logAppendTimeMs' | 'recordCount'> & BatchSends

export const PART_RESULT_BYTES = 36

export function writePartResults({ view }: Memory, at: number, results: readonly PartResult[]): void {
  for (const [index, result] of results.entries()) {
    const part = at + index * PART_RESULT_BYTES
    view.setInt32(part, result.recordCount, true)
    view.setInt32(part + 4, errorNumber(result.error), true)
    view.setFloat64(part + 8, result.baseOffset, true)
    view.setFloat64(part + 16, result.logAppendTimeMs, true)
    view.setInt32(part + 24, result.sends, true)
    view.setInt32(part + 28, result.bytes, true)
    view.setInt32(part + 32, result.uncompressedBytes, true)
  }
}

export function readPartResults({ view }: Memory, at: number, count: number): PartResult[] {
  return Array.from({ length: count }, (_, index): PartResult => {
    const part = at + index * PART_RESULT_BYTES
    return {
      recordCount: view.getInt32(part, true),
      error: errorName(view.getInt32(part + 4, true)),
      baseOffset: view.getFloat64(part + 8, true),
      logAppendTimeMs: view.getFloat64(part + 16, true),
      sends: view.getInt32(part + 24, true),
      bytes: view.getInt32(part + 28, true),
      uncompressedBytes: view.getInt32(part + 32, true),
    }
  })
}

/** Tells a delivery of its records, from `index` of the batch up to `end`: once for each part that has some of them. */
export function tellParts(
  delivery: Delivery,
  parts: readonly BatchReport[],
  { index, end }: { readonly index: number; readonly end: number },
): void {
  const tellings: (() => void)[] = []
  let first = 0
  for (const part of parts) {
    const [from, to] = [Math.max(index, first), Math.min(end, first + part.recordCount)]
    const indexInPart = from - first
    if (from < to) tellings.push(() => delivery.settled(part, indexInPart, to - from))
    first += part.recordCount
  }
  // It waits for all of them before the first is told.
  for (let more = 1; more < tellings.length; more++) delivery.noteBatch()
  for (const tell of tellings) tell()
}
