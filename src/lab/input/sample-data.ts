import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InputError } from './input-error.js'
import type { InputRecord } from './input-record.js'
import { readInput } from './read-input.js'

/** What the sample is: for a line on the screen. */
export const SAMPLE_DATA = {
  package: 'vega-datasets',
  file: 'flights-20k.json',
  key: 'origin',
  says: '20,000 flights within the USA, January to March 2001 (US Bureau of Transportation Statistics), keyed by airport of origin',
} as const

/** Where the sample lies. Throws InputError when the package is not installed. */
export function sampleDataPath(): string {
  try {
    // The package exports its code only, so its data is found beside it: build/index.js and data/.
    const entry = createRequire(import.meta.url).resolve(SAMPLE_DATA.package)
    return join(dirname(entry), '..', 'data', SAMPLE_DATA.file)
  } catch {
    const remedy = `install it (npm install ${SAMPLE_DATA.package}), or name a file of your own with --input FILE`
    throw new InputError(
      { file: SAMPLE_DATA.file, line: null },
      `the package ${SAMPLE_DATA.package} is not installed; ${remedy}`,
    )
  }
}

/** Flights in order of departure, each a JSON object of about 90 bytes: `{"date","delay","distance","origin","destination"}`. */
export function sampleData(): AsyncIterable<InputRecord> {
  return readInput(sampleDataPath(), { key: SAMPLE_DATA.key })
}
