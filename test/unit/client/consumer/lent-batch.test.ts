import { expect, test } from 'vitest'
import { SliceCursor } from '../../../../src/client/consumer/fetching/slice-cursor.js'
import { LentBatch } from '../../../../src/client/consumer/lent-batch.js'
import { givenSlice } from './fetching/given-slices.js'

const BATCHES = [
  ['a', 'b'],
  ['c', 'd', 'e'],
]

function givenCursor(): SliceCursor {
  return new SliceCursor(givenSlice(BATCHES))
}

const valuesOf = (batch: LentBatch): string[] => {
  const values: string[] = []
  batch.forEach((record) => void values.push(String(record.value)))
  return values
}

test('a batch hands out at most so many records, and the next one the rest', () => {
  const cursor = givenCursor()
  const [first, second] = [new LentBatch(cursor, 3), new LentBatch(cursor, 3)]
  expect([valuesOf(first), valuesOf(second)]).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ])
  expect([first.nextOffset, second.nextOffset]).toEqual([103, 105])
})

test('a lent batch says where it comes from', () => {
  const batch = new LentBatch(givenCursor(), 3)
  expect([batch.topic, batch.partition, batch.highWatermark, batch.nextOffset]).toEqual(['orders', 3, 105, -1])
})

test('asking whether there are records loses none', () => {
  const cursor = givenCursor()
  const batch = new LentBatch(cursor, 10)
  expect([batch.hasRecords, batch.hasRecords, valuesOf(batch)]).toEqual([true, true, ['a', 'b', 'c', 'd', 'e']])
  expect(new LentBatch(cursor, 10).hasRecords).toBe(false)
})

test('forEach shows one object again and again, iterating an object for each record', () => {
  const shown = new Set<object>()
  new LentBatch(givenCursor(), 10).forEach((record) => void shown.add(record))
  expect(shown.size).toBe(1)
  const views = [...new LentBatch(givenCursor(), 10)]
  expect(views.map(({ key, value, offset, timestamp }) => `${key}${value}${offset}/${timestamp}`)).toEqual([
    'kaa100/5',
    'kbb101/5',
    'kcc102/5',
    'kdd103/5',
    'kee104/5',
  ])
})

test('values are views of the slice, not copies', () => {
  const slice = givenSlice(BATCHES)
  const [record] = new LentBatch(new SliceCursor(slice), 1)
  slice.memory.bytes.fill('z')
  expect(String(record?.value)).toBe('z')
})

test('records can be gone through once; stopping half-way leaves the rest to the same batch', () => {
  const batch = new LentBatch(givenCursor(), 10)
  for (const record of batch) if (String(record.value) === 'b') break
  expect([valuesOf(batch), valuesOf(batch)]).toEqual([['c', 'd', 'e'], []])
})

test('an ended batch shows nothing more, and what was not looked at counts as handled', () => {
  const cursor = givenCursor()
  const batch = new LentBatch(cursor, 3)
  batch.forEach(() => {})
  const other = new LentBatch(cursor, 2)
  other.end()
  expect([valuesOf(other), other.nextOffset]).toEqual([[], 105])
})

test('the end of a batch is known before it is read, and looking for it moves nothing', () => {
  const cursor = givenCursor()
  const batch = new LentBatch(cursor, 3)
  expect([new LentBatch(givenCursor(), 10).endOffset, batch.endOffset, valuesOf(batch)]).toEqual([
    105,
    103,
    ['a', 'b', 'c'],
  ])
  const next = new LentBatch(cursor, 3)
  const [first] = [...next].slice(0, 1)
  expect([String(first?.value), next.endOffset]).toEqual(['d', 105])
})

test('the end of a batch is the same in the middle of it', () => {
  const batch = new LentBatch(givenCursor(), 4)
  const ends: string[] = []
  batch.forEach(({ value }) => void ends.push(`${value}${batch.endOffset}`))
  expect(ends).toEqual(['a104', 'b104', 'c104', 'd104'])
})

const textsOf = (batch: LentBatch): string[] => batch.messages.map(({ value }) => String(value))

test('the messages of a batch are its records, however far it was read, and as often as they are asked for', () => {
  const cursor = givenCursor()
  const first = new LentBatch(cursor, 3)
  expect(textsOf(first)).toEqual(['a', 'b', 'c'])
  expect(valuesOf(first)).toEqual(['a', 'b', 'c'])
  const second = new LentBatch(cursor, 3)
  for (const _ of second) break
  expect([textsOf(second), textsOf(second)]).toEqual([
    ['d', 'e'],
    ['d', 'e'],
  ])
  expect(textsOf(first)).toEqual(['a', 'b', 'c'])
})

test('a batch whose loan has ended makes no messages any more', () => {
  const batch = new LentBatch(givenCursor(), 3)
  batch.end()
  expect(batch.messages).toEqual([])
})

// KafkaJS: Batch.firstOffset, lastOffset, offsetLag (behind the batch), offsetLagLow (behind its first record).
test('a batch knows its offsets and what lies behind it', () => {
  const cursor = givenCursor()
  const [first, second] = [new LentBatch(cursor, 2), new LentBatch(cursor, 10)]
  const told = (batch: LentBatch): unknown[] => [
    batch.isEmpty(),
    batch.firstOffset(),
    batch.lastOffset(),
    batch.offsetLag(),
    batch.offsetLagLow(),
  ]
  expect(told(first)).toEqual([false, 100, 101, 3, 4])
  first.end()
  expect(told(second)).toEqual([false, 102, 104, 0, 2])
  second.end()
  const none = new LentBatch(cursor, 10)
  expect([none.isEmpty(), none.firstOffset(), none.messages]).toEqual([true, null, []])
})
