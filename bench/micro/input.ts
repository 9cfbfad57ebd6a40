import { csvRecords } from '../../src/lab/input/csv-records.js'
import { failIn } from '../../src/lab/input/input-error.js'
import { readInput } from '../../src/lab/input/read-input.js'
import type { MicroSuite } from './micro-suite.js'

const RECORDS = 2_000

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += 64 * 1024) yield bytes.subarray(start, start + 64 * 1024)
}

async function drained(records: AsyncIterable<unknown>): Promise<void> {
  for await (const record of records) if (record === null) return
}

const line = (number: number): string =>
  `{"id":${number},"origin":"LAX","destination":"BNA","distance":1797,"delay":-19}\n`
const row = (number: number): string => `${number},LAX,BNA,1797,-19\n`
const lines = (make: (number: number) => string): string =>
  Array.from({ length: RECORDS }, (_, number) => make(number)).join('')

/** What a record of `--input` costs before it is produced. */
export const suite: MicroSuite = {
  name: 'input',
  unit: 'record',
  unitsPerRun: RECORDS,
  register(bench) {
    const ndjson = lines(line)
    const csv = `id,origin,destination,distance,delay\n${lines(row)}`
    bench.add('NDJSON with a key', () => drained(readInput('-', { key: 'origin', stdin: chunksOf(ndjson) })))
    bench.add('plain lines', () => drained(readInput('-', { stdin: chunksOf(csv) })))
    bench.add('CSV with a key', () =>
      drained(csvRecords(chunksOf(csv), { delimiter: ',', key: 'origin' }, failIn('micro'))),
    )
  },
}
