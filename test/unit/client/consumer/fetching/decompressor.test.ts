import { expect, test } from 'vitest'
import { align8 } from '../../../../../src/base/memory.js'
import { Decompressor, type DecompressorOptions } from '../../../../../src/client/consumer/fetching/decompressor.js'
import type { FetchedSlice } from '../../../../../src/client/consumer/fetching/fetched-slice.js'
import { SliceCursor } from '../../../../../src/client/consumer/fetching/slice-cursor.js'
import { BATCH_OVERHEAD, GZIP, LEADER_EPOCH_AT, RECORD_COUNT_AT } from '../../../../../src/record/layout.js'
import { batchBytes } from '../../../../../src/record/record-batch.js'
import { memoryOf, writtenBy } from '../../../record/fixtures.js'
import { type GivenSlice, givenSlice } from './given-slices.js'

const ORDERS = Array.from({ length: 40 }, (_, index) => `order ${index}`)
const LATER = Array.from({ length: 40 }, (_, index) => `later ${index}`)
/** Bits that are no codec's. */
const NO_CODEC = 5

const decompressor = (options: Partial<DecompressorOptions> = {}): Decompressor =>
  new Decompressor({
    'check.crcs': true,
    'odradek.decompressed.bytes.max': 1e6,
    'max.partition.fetch.bytes': 1e6,
    ...options,
  })

/** Two batches, both compressed unless it is said otherwise. */
const givenTwo = (...attributes: readonly number[]): GivenSlice =>
  givenSlice([ORDERS, LATER], { attributes: attributes.length > 0 ? attributes : [GZIP, GZIP], writtenIn: 4 })

const secondBatch = ({ memory, position }: FetchedSlice): number => align8(position + batchBytes(memory, position))

function valuesOf(slice: FetchedSlice | string): string[] {
  if (typeof slice === 'string') return [slice]
  const cursor = new SliceCursor(slice)
  const values: string[] = []
  while (cursor.next()) {
    const { memory, valuePosition, valueBytes } = cursor.reader
    values.push(memory.bytes.toString('utf8', valuePosition, valuePosition + valueBytes))
  }
  return values
}

test.each([
  ['compressed', [GZIP, GZIP]],
  ['partly compressed', [0, GZIP]],
])('a slice that is %s becomes one that is not, and is given back', (_how, attributes) => {
  const slice = givenTwo(...attributes)
  const expanded = decompressor().expand(slice) as FetchedSlice
  expect([valuesOf(expanded), slice.returns]).toEqual([[...ORDERS, ...LATER], 1])
  expect(expanded).toMatchObject({ topic: 'orders', partition: 3, fetchOffset: 100, highWatermark: 180 })
  expect(expanded.memory.view.getInt32(expanded.position + LEADER_EPOCH_AT)).toBe(4)
})

test("a batch that kafkajs has compressed is read, as is one of the sender's own", () => {
  const memory = memoryOf(writtenBy('kafkajs-2.2.4-gzip').get('gzip') as string)
  const slice = { ...givenSlice([['a']]), memory, position: 0, bytes: batchBytes(memory, 0), fetchOffset: 0 }
  expect(valuesOf(decompressor().expand(slice))).toEqual(Array.from({ length: 50 }, (_, index) => `order ${index}`))
})

test.each<[string, string, Partial<DecompressorOptions>, (slice: GivenSlice, at: number) => void]>([
  [
    'is not a gzip stream',
    'CORRUPT_MESSAGE',
    { 'check.crcs': false },
    ({ memory }, at) => memory.bytes.fill(7, at + BATCH_OVERHEAD, at + 90),
  ],
  [
    'contradicts its CRC',
    'CORRUPT_MESSAGE',
    {},
    ({ memory }, at) => memory.bytes.fill(7, at + BATCH_OVERHEAD, at + 90),
  ],
  [
    'has fewer records than it says',
    'CORRUPT_MESSAGE',
    { 'check.crcs': false },
    ({ memory }, at) => memory.view.setInt32(at + RECORD_COUNT_AT, 41),
  ],
  [
    'has more records than it says',
    'CORRUPT_MESSAGE',
    { 'check.crcs': false },
    ({ memory }, at) => memory.view.setInt32(at + RECORD_COUNT_AT, 39),
  ],
])('a batch that %s is told of when what is before it was read', (_how, error, options, damage) => {
  const first = givenTwo()
  damage(first, first.position)
  expect(decompressor(options).expand(first)).toBe(error)
  const second = givenTwo()
  damage(second, secondBatch(second))
  expect(valuesOf(decompressor(options).expand(second))).toEqual(ORDERS)
  expect([first.returns, second.returns]).toEqual([1, 1])
})

test('a codec that is not there is told of', () => {
  expect(decompressor().expand(givenTwo(NO_CODEC, 0))).toBe('UNSUPPORTED_COMPRESSION_TYPE')
})

test('a batch that would take more than is allowed is corrupt, and no more is decompressed', () => {
  expect(decompressor({ 'odradek.decompressed.bytes.max': 400 }).expand(givenTwo())).toBe('CORRUPT_MESSAGE')
})

test('batches that do not go into one slice are left for the next fetch', () => {
  expect(valuesOf(decompressor({ 'max.partition.fetch.bytes': 100 }).expand(givenTwo()))).toEqual(ORDERS)
})

test('the memory of a slice is used again once it was given back, and not before', () => {
  const given = decompressor()
  const [first, second] = [given.expand(givenTwo()), given.expand(givenTwo())] as [FetchedSlice, FetchedSlice]
  expect(second.memory).not.toBe(first.memory)
  first.giveBack()
  expect((given.expand(givenTwo()) as FetchedSlice).memory).toBe(first.memory)
})
