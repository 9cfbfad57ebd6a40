import { expect, test } from 'vitest'
import { tortureAccumulator } from '../../bench/torture/torture-accumulator.js'

const RECORDS = 300_000

test.each([
  ['many records', { batchBytes: 2048, bufferBytes: 65_536, valueBytesMax: 64 }],
  ['a few records', { batchBytes: 1024, bufferBytes: 8_192, valueBytesMax: 300 }],
])(
  'of %s a batch that one thread appends while another closes, none is lost, duplicated or torn',
  async (_how, sizes) => {
    const figures = await tortureAccumulator({ records: RECORDS, seed: '1', ...sizes })
    expect(figures).toMatchObject({ fault: null, records: RECORDS, reported: RECORDS })
    // Or else the two would never have met.
    expect(figures.closedOpen).toBeGreaterThan(100)
  },
)
