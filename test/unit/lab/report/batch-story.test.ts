import { expect, test } from 'vitest'
import { batchStoryOf } from '../../../../src/lab/report/batch-story.js'
import { answered, closed, logOf, SWAPPED, sent, TWICE } from './made-up-timeline.js'

const orderOf = (timeline: typeof SWAPPED) => batchStoryOf(timeline)?.orders[0]

test('a timeline without batches has no story', () => {
  expect(batchStoryOf([{ atMs: 0, actor: 'producer', event: 'send', says: 'sends' }])).toBeNull()
})

test('times count from the first entry, or from the moment that the run counts them from', () => {
  expect(batchStoryOf(SWAPPED)?.moments).toEqual([0, 1, 2, 3, 20, 21])
  expect(batchStoryOf([closed(-2, 1, [0]), sent(3, 1, [0])])?.moments).toEqual([-2, 3])
})

test('a request flies from when it was sent until it was answered, once for each attempt', () => {
  const flights = batchStoryOf(SWAPPED)?.flights.map(({ name, from, until, attempt, error }) => ({
    name,
    from,
    until,
    attempt,
    error,
  }))
  expect(flights).toEqual([
    { name: '0–1', from: 0, until: 2, attempt: 1, error: 'NOT_ENOUGH_REPLICAS' },
    { name: '2', from: 1, until: 3, attempt: 1, error: 'NONE' },
    { name: '0–1', from: 4, until: 5, attempt: 2, error: 'NONE' },
  ])
})

test('a history that was cut short still has its flights, open where they were cut', () => {
  const flights = batchStoryOf([answered(1, 1, [0], 0), sent(2, 2, [1])])?.flights
  expect(flights?.map(({ from, until }) => [from, until])).toEqual([
    [null, 0],
    [1, null],
  ])
})

test('records that have changed places are known, on both sides', () => {
  expect(orderOf(SWAPPED)?.log.map(({ name, sentIndex, hasMoved }) => [name, sentIndex, hasMoved])).toEqual([
    ['2', 2, true],
    ['0', 0, true],
    ['1', 1, true],
  ])
  const apart = [closed(0, 1, [0, 1, 2, 3]), ...logOf(0, 2, 1, 3)]
  expect(orderOf(apart)?.log.map(({ hasMoved }) => hasMoved)).toEqual([false, true, true, false])
})

test('a record that is there twice is known the second time, and has not changed places for that', () => {
  expect(orderOf(TWICE)?.log.map(({ offset, isAgain, hasMoved }) => [offset, isAgain, hasMoved])).toEqual([
    [0, false, false],
    [1, true, false],
  ])
})

test('a record that its producer never heard of is in the log from the end of its first request', () => {
  const { moments = [], orders = [] } = batchStoryOf(TWICE) ?? {}
  expect(orders[0]?.log.map(({ at }) => moments[at])).toEqual([5, 10])
})

test('a record that is not in the log is known among the sent', () => {
  const lost = [closed(0, 1, [0, 1]), ...logOf(1)]
  expect(orderOf(lost)?.sent.map(({ name, isInLog }) => [name, isInLog])).toEqual([
    ['0', false],
    ['1', true],
  ])
})
