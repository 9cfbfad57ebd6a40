import type { OptionValue } from '../../base/config/definition.js'
import { PRODUCER_OPTIONS } from '../../base/config/producer-options.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { recordBytes } from '../../record/record-encoder.js'
import type { Workload } from '../measure/workload.js'

/** The most that any record is behind the first of its batch, in records and in milliseconds. */
const DELTA_MAX = 2 ** 20

/**
 * Returns how many records of the workload batch.size has room for: the later a record comes in its batch, the more
 * bytes its place and its time take. There is always room for one: a record larger than batch.size gets a batch of its
 * own.
 */
export function roomOfBatch(workload: Workload): { readonly fewest: number; readonly most: number } {
  const value = Buffer.alloc(workload.recordBytes)
  const room = Number(optionOf(workload, 'batch.size')) - BATCH_OVERHEAD
  const records = (delta: number): number =>
    Math.max(1, Math.floor(room / recordBytes(delta, delta, null, value, null)))
  return { fewest: records(DELTA_MAX), most: records(0) }
}

/** Returns the bytes of a batch that holds one record of the workload: more for each than in any other batch. */
export function bytesAlone({ recordBytes: valueBytes }: Workload): number {
  return BATCH_OVERHEAD + recordBytes(0, 0, null, Buffer.alloc(valueBytes), null)
}

/** Returns the value of an option that a producer of the workload has. */
export function optionOf({ options }: Workload, name: keyof typeof PRODUCER_OPTIONS): OptionValue | null {
  return options[name] ?? PRODUCER_OPTIONS[name].default
}
