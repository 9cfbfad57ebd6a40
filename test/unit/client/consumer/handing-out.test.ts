import { expect, test } from 'vitest'
import { HandingOut } from '../../../../src/client/consumer/handing-out.js'
import { LAST_OFFSET_DELTA_AT } from '../../../../src/record/layout.js'
import { type GivenSlice, GivenSource, givenSlice } from './fetching/given-slices.js'

/** A slice of the records 100 to 102, opened by whoever hands them out two at a time. */
function givenOpen(): { handingOut: HandingOut; source: GivenSource; slice: GivenSlice } {
  const slice = givenSlice([['a', 'b', 'c']])
  const source = new GivenSource()
  const handingOut = new HandingOut(source, { 'max.poll.records': 2, 'odradek.lend': 'shared' })
  handingOut.open(slice)
  return { handingOut, source, slice }
}

test('an open slice is closed when the record behind its last one is asked for', () => {
  const { handingOut, slice } = givenOpen()
  const values = ['', '', '', ''].map(() => handingOut.nextRecord()?.value?.toString())
  expect([values, handingOut.slice, slice.returns]).toEqual([['a', 'b', 'c', undefined], null, 1])
})

test('the rest of an open slice is put back when its partition is paused, without what was handed out', () => {
  const { handingOut, source, slice } = givenOpen()
  handingOut.nextRecord()
  handingOut.handled(101)
  source.arePaused = true
  expect([handingOut.stillOpen(), source.slices, slice.returns]).toEqual([false, [{ ...slice, fetchOffset: 101 }], 0])
})

test('the rest of a slice is given back when its partition is sought elsewhere', () => {
  const { handingOut, source, slice } = givenOpen()
  source.epoch = 1
  expect([handingOut.stillOpen(), source.slices, slice.returns]).toEqual([false, [], 1])
})

test('all records of a batch whose loan has ended were handed out, looked at or not', () => {
  const { handingOut, source } = givenOpen()
  handingOut.nextBatch()
  handingOut.leave()
  expect([handingOut.lent, source.handledTo, source.slices[0]?.fetchOffset]).toEqual([null, [102], 102])
})

test('a slice that was closed hands out the records of the next one from their beginning', () => {
  const { handingOut, source } = givenOpen()
  handingOut.nextRecord()
  handingOut.handled(101)
  handingOut.close()
  handingOut.open(givenSlice([['x']], { baseOffset: 7 }))
  expect(handingOut.nextRecord()?.value?.toString()).toBe('x')
  source.arePaused = true
  handingOut.stillOpen()
  expect(source.slices[0]?.fetchOffset).toBe(7)
})

test('a slice whose last offsets were compacted is handled to its end, by batches and by records', () => {
  for (const way of ['nextBatch', 'nextRecord'] as const) {
    const { handingOut, source, slice } = givenOpen()
    slice.memory.view.setInt32(slice.position + LAST_OFFSET_DELTA_AT, 9)
    for (let next = handingOut[way](); next !== null; next = handingOut[way]()) handingOut.endBatch()
    expect([source.handledTo.at(-1), handingOut.slice]).toEqual([110, null])
  }
})
