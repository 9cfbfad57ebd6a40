import { expect, test } from 'vitest'
import {
  PART_RESULTS_BYTES,
  PART_RESULTS_MAX,
  type PartResult,
  PartResults,
  tellParts,
} from '../../../../src/client/batches/part-results.js'
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
const REPORTS = RESULTS.map((result) => ({ ...result, topic: 'orders', partition: 0, attempts: 1 }))

/** The two ends, each with its own view of the same memory. */
function givenEnds(): { sender: PartResults; application: PartResults } {
  const shared = new SharedArrayBuffer(64 + PART_RESULTS_BYTES)
  return { sender: new PartResults(shared, 64), application: new PartResults(shared, 64) }
}

test('the outcomes of parts are read as they were written, in their order', () => {
  const { sender, application } = givenEnds()
  sender.write(RESULTS)
  sender.write(RESULTS.slice(1))
  expect([application.take(3), application.take(2)]).toEqual([RESULTS, RESULTS.slice(1)])
})

test('outcomes that are read make room, over and over', () => {
  const { sender, application } = givenEnds()
  const results = Array.from({ length: PART_RESULTS_MAX - 3 }, (_, index) => ({ ...RESULTS[0]!, recordCount: index }))
  for (let round = 0; round < 3; round++) {
    sender.write(results)
    expect(sender.room).toBe(3)
    expect(application.take(results.length)).toEqual(results)
    expect(sender.room).toBe(PART_RESULTS_MAX)
  }
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
