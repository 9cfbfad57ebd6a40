import { expect, test } from 'vitest'
import { EpochTrail } from '../../../../../src/client/consumer/fetching/epoch-trail.js'

test('an offset has the epoch of the record before it', () => {
  const trail = new EpochTrail()
  trail.restart(10, 3)
  trail.note(20, 3, 3)
  trail.note(30, 5, 5)
  expect([10, 15, 20, 21, 30].map((offset) => trail.before(offset))).toEqual([3, 3, 3, 5, 5])
})

test('of an offset before or behind all that was fetched no epoch is known', () => {
  const trail = new EpochTrail()
  trail.restart(10, 3)
  trail.note(20, 3, 3)
  expect([9, 21].map((offset) => trail.before(offset))).toEqual([-1, -1])
})

test('of a slice in which the epoch changes only the end is known', () => {
  const trail = new EpochTrail()
  trail.restart(10, 3)
  trail.note(20, 3, 4)
  expect([15, 20].map((offset) => trail.before(offset))).toEqual([-1, 4])
})

test('no more than the last elections are remembered', () => {
  const trail = new EpochTrail()
  trail.restart(0, 0)
  for (let epoch = 1; epoch <= 100; epoch++) trail.note(epoch * 10, epoch, epoch)
  expect([10, 920, 995, 1000].map((offset) => trail.before(offset))).toEqual([-1, -1, 100, 100])
})
