import { expect, test } from 'vitest'
import { KeptRecords } from '../../../../src/client/consumer/kept-records.js'
import type { KeptRecord } from '../../../../src/record/lent-record.js'
import { givenSlice } from './fetching/given-slices.js'

function readAll(kept: KeptRecords): KeptRecord[] {
  const records: KeptRecord[] = []
  for (let record = kept.next(); record !== null; record = kept.next()) records.push(record)
  return records
}

test('the records of all batches come in order, then null for ever', () => {
  const kept = new KeptRecords(givenSlice([['a', 'b'], ['c']]))
  expect(readAll(kept).map(({ offset, value }) => `${offset}${value}`)).toEqual(['100a', '101b', '102c'])
  expect(kept.next()).toBeNull()
})

test('records before the offset that was asked for are left out, whole batches too', () => {
  expect(readAll(new KeptRecords(givenSlice([['a', 'b'], ['c']], { fetchOffset: 101 })))).toHaveLength(2)
  expect(readAll(new KeptRecords(givenSlice([['a', 'b'], ['c']], { fetchOffset: 102 })))).toHaveLength(1)
  expect(readAll(new KeptRecords(givenSlice([['a']], { fetchOffset: 105 })))).toEqual([])
})

test('a record may be kept when the slice is overwritten', () => {
  const slice = givenSlice([['a', 'b'], ['c']])
  const records = readAll(new KeptRecords(slice))
  slice.memory.bytes.fill(0)
  expect(records.map(({ key, value }) => `${key}${value}`)).toEqual(['kaa', 'kbb', 'kcc'])
})
