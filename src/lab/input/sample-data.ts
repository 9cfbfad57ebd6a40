import { createReadStream, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../cluster/package-folder.js'
import { InputError } from './input-error.js'
import type { InputRecord } from './input-record.js'
import { readChunks } from './read-input.js'

/** The sample's description, for a line on the screen. */
export const SAMPLE_DATA = {
  file: 'flights-20k.json',
  key: 'origin',
  says: '20,000 flights within the USA, January to March 2001 (US Bureau of Transportation Statistics), keyed by airport of origin',
} as const

/**
 * Yields flights in order of departure, each a JSON object of about 90 bytes:
 * `{"date","delay","distance","origin","destination"}`.
 */
export async function* sampleData(): AsyncGenerator<InputRecord> {
  // The build puts the file there.
  const path = fileURLToPath(new URL(`dist/data/${SAMPLE_DATA.file}.gz`, packageFolder()))
  if (!existsSync(path)) {
    const remedy = 'build this checkout (npm run build), or name a file of your own with --input FILE'
    throw new InputError({ file: path, line: null }, `there is no such file; ${remedy}`)
  }
  yield* readChunks(createReadStream(path), { name: SAMPLE_DATA.file, format: 'json', key: SAMPLE_DATA.key })
}
