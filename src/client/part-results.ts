import { type ErrorCode, errorName, errorNumber } from '../base/error-code.js'
import type { Memory } from '../base/memory.js'
import type { BatchReport, Delivery } from './delivery.js'

/**
 * What became of the parts of a batch that was split. The sender writes it over the batch's own records, which nobody reads any more,
 * before it reports the batch; the application reads it then. In the order of the records, in host order:
 *
 *     parts * (recordCount, error: i32, baseOffset, logAppendTimeMs: f64)
 */
export type PartResult = Pick<BatchReport, 'error' | 'baseOffset' | 'logAppendTimeMs' | 'recordCount'>

export const PART_RESULT_BYTES = 24

export function writePartResults({ view }: Memory, at: number, results: readonly PartResult[]): void {
  for (const [index, { recordCount, error, baseOffset, logAppendTimeMs }] of results.entries()) {
    const part = at + index * PART_RESULT_BYTES
    view.setInt32(part, recordCount, true)
    view.setInt32(part + 4, errorNumber(error), true)
    view.setFloat64(part + 8, baseOffset, true)
    view.setFloat64(part + 16, logAppendTimeMs, true)
  }
}

export function readPartResults({ view }: Memory, at: number, count: number): PartResult[] {
  return Array.from({ length: count }, (_, index): PartResult => {
    const part = at + index * PART_RESULT_BYTES
    const error: ErrorCode = errorName(view.getInt32(part + 4, true))
    const [baseOffset, logAppendTimeMs] = [view.getFloat64(part + 8, true), view.getFloat64(part + 16, true)]
    return { recordCount: view.getInt32(part, true), error, baseOffset, logAppendTimeMs }
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
