import { expect, test } from 'vitest'
import { Memory } from '../../../src/base/memory.js'
import { type PartResult, readPartResults, tellParts, writePartResults } from '../../../src/client/part-results.js'
import { NotingDelivery } from './given-accumulator.js'

const RESULTS: PartResult[] = [
  {
    recordCount: 3,
    error: 'NONE',
    baseOffset: 2 ** 40,
    logAppendTimeMs: 1.5,
    sends: 1,
    bytes: 90,
    uncompressedBytes: 120,
  },
  {
    recordCount: 1,
    error: 'MESSAGE_TOO_LARGE',
    baseOffset: -1,
    logAppendTimeMs: -1,
    sends: 2,
    bytes: 70,
    uncompressedBytes: 70,
  },
  { recordCount: 4, error: 'NONE', baseOffset: 10, logAppendTimeMs: -1, sends: 3, bytes: 99, uncompressedBytes: 140 },
]
const REPORTS = RESULTS.map((result) => ({ ...result, topic: 'orders', partition: 0 }))

test('what became of parts is read as it was written', () => {
  const memory = Memory.allocate(200)
  writePartResults(memory, 8, RESULTS)
  expect(readPartResults(memory, 8, 3)).toEqual(RESULTS)
})

test.each([
  ['one part', { index: 4, end: 8 }, [{ baseOffset: 10, index: 0, recordCount: 4 }]],
  ['the middle of a part', { index: 5, end: 7 }, [{ baseOffset: 10, index: 1, recordCount: 2 }]],
  [
    'several parts',
    { index: 2, end: 5 },
    [
      { baseOffset: 2 ** 40, index: 2, recordCount: 1 },
      { baseOffset: -1, index: 0, recordCount: 1 },
      { baseOffset: 10, index: 0, recordCount: 1 },
    ],
  ],
])('a delivery whose records lie in %s is told of each, and how many there are', (_where, range, settlements) => {
  const delivery = new NotingDelivery()
  delivery.noteBatch()
  tellParts(delivery, REPORTS, range)
  expect(delivery).toMatchObject({ batches: settlements.length, settlements })
})
