import { expect, test } from 'vitest'
import { openSlice, SliceCursor } from '../../../../../src/client/consumer/fetching/slice-cursor.js'
import { givenSlice } from './given-slices.js'

function read(cursor: SliceCursor): string[] {
  const records: string[] = []
  while (cursor.next()) {
    const { memory, offset, valuePosition, valueBytes } = cursor.reader
    records.push(`${offset}${memory.bytes.toString('utf8', valuePosition, valuePosition + valueBytes)}`)
  }
  return records
}

test('the records of all batches come in order', () => {
  const cursor = new SliceCursor(givenSlice([['a', 'b'], ['c'], ['dd', 'e']]))
  expect(read(cursor)).toEqual(['100a', '101b', '102c', '103dd', '104e'])
  expect(cursor.next()).toBe(false)
})

test('records before the offset that was asked for are left out', () => {
  expect(read(new SliceCursor(givenSlice([['a', 'b', 'c']], { fetchOffset: 102 })))).toEqual(['102c'])
  expect(read(new SliceCursor(givenSlice([['a', 'b'], ['c']], { fetchOffset: 102 })))).toEqual(['102c'])
})

test('a slice that ends before the offset that was asked for has no records', () => {
  expect(read(new SliceCursor(givenSlice([['a']], { fetchOffset: 200 })))).toEqual([])
})

test('a shared slice is read where it lies, and given back with its close', () => {
  const slice = givenSlice([['a']])
  const open = openSlice(slice, 'shared')
  expect(open.cursor.next()).toBe(true)
  expect([open.cursor.reader.memory, slice.returns]).toEqual([slice.memory, 0])
  open.close()
  expect(slice.returns).toBe(1)
})

test('a poisoned copy shows the same records, and nothing once the loan is over', () => {
  const slice = givenSlice([['a', 'b']])
  const open = openSlice(slice, 'poisoned-copy')
  open.cursor.next()
  const { memory, valuePosition } = open.cursor.reader
  const kept = memory.bytes.subarray(valuePosition, valuePosition + 1)
  expect([kept.toString(), memory === slice.memory]).toEqual(['a', false])
  open.close()
  expect([[...kept], slice.returns]).toEqual([[0xdb], 1])
})
