import { expect, test } from 'vitest'
import { tortureAccumulator } from '../../bench/torture/torture-accumulator.js'

const RECORDS = 150_000
/** How often the two threads must have met in one batch; how often they do in a round is the scheduler's affair. */
const MEETINGS = 100
const ROUNDS_MAX = 100

test.each([
  ['many records', { batchBytes: 2048, bufferBytes: 65_536, valueBytesMax: 64 }],
  ['a few records', { batchBytes: 1024, bufferBytes: 8_192, valueBytesMax: 300 }],
])('two threads that append and close batches of %s lose, duplicate and tear none', async (_how, sizes) => {
  let meetings = 0
  for (let round = 1; meetings < MEETINGS; round++) {
    expect(round).toBeLessThanOrEqual(ROUNDS_MAX)
    const figures = await tortureAccumulator({ records: RECORDS, seed: String(round), ...sizes })
    expect(figures).toMatchObject({ fault: null, records: RECORDS, reported: RECORDS })
    meetings += figures.closedOpen
  }
})
