import { InputError } from './input-error.js'
import type { InputRecord } from './input-record.js'

/** Bytes of input that a run may keep: it goes through them many times, so they stay in memory. */
const INPUT_BYTES_MAX = 512 * 1024 * 1024

/**
 * Reads records into memory, `recordsMax` at most. Throws InputError when there are none, or too many.
 */
export async function loadInput(
  records: AsyncIterable<InputRecord>,
  from: { readonly name: string; readonly recordsMax: number },
): Promise<InputRecord[]> {
  const loaded: InputRecord[] = []
  let bytes = 0
  for await (const record of records) {
    bytes += record.value.length
    if (bytes > INPUT_BYTES_MAX) {
      const remedy = 'give a smaller file, or fewer --records'
      throw new InputError(
        { file: from.name, line: record.line },
        `the values up to here are larger than ${INPUT_BYTES_MAX} bytes, the most that is kept in memory; ${remedy}`,
      )
    }
    loaded.push(record)
    if (loaded.length >= from.recordsMax) break
  }
  if (loaded.length > 0) return loaded
  throw new InputError({ file: from.name, line: null }, 'there is no record in it; give a file with at least one')
}
