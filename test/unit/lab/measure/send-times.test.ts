import { expect, test } from 'vitest'
import { SendTimes } from '../../../../src/lab/measure/send-times.js'

const RING = 2 ** 17
const SAMPLE = 64
const MANY = 1e6

test('flat out, one record in 64 has a time, and the reader gets what the sender has noted', () => {
  const sender = SendTimes.allocate()
  const reader = new SendTimes(sender.shared)
  sender.measureFrom(0, MANY)
  expect(reader.sampleMask).toBe(63)
  sender.note(128, 7.25)
  expect(reader.sentAt(128)).toBe(7.25)
  expect(reader.sentAt(64)).toBeNaN()
})

test('a record whose place was taken by a later one has no time, rather than a wrong one', () => {
  const times = SendTimes.allocate()
  times.measureFrom(0, MANY)
  times.note(64, 1)
  times.note(64 + RING * SAMPLE, 2)
  expect(times.sentAt(64)).toBeNaN()
  expect(times.sentAt(64 + RING * SAMPLE)).toBe(2)
})

test('records of the warm-up have no time', () => {
  const times = SendTimes.allocate()
  times.note(64, 1)
  expect(times.sentAt(64)).toBeNaN()
  times.measureFrom(65, MANY)
  expect(times.sentAt(64)).toBeNaN()
})

test('paced, every record has the time at which it was due, however late it was sent', () => {
  const times = SendTimes.allocate()
  times.beginPace(1_000, { start: 50, intervalMs: 0.1, group: 1 })
  times.measureFrom(1_010, MANY)
  expect(times.isPaced).toBe(true)
  expect(times.dueAt(1_000)).toBe(50)
  expect(times.sentAt(1_009)).toBeNaN()
  expect(times.sentAt(1_010)).toBe(51)
})

test('records of one call are due together', () => {
  const times = SendTimes.allocate()
  times.beginPace(10, { start: 0, intervalMs: 1, group: 5 })
  expect([10, 14, 15, 19, 20].map((count) => times.dueAt(count))).toEqual([0, 0, 5, 5, 10])
})

test('each of few records has a time', () => {
  const times = SendTimes.allocate()
  times.measureFrom(1, 10)
  expect(times.sampleMask).toBe(0)
  for (const count of [1, 2, 3]) times.note(count, count * 10)
  expect([1, 2, 3].map((count) => times.sentAt(count))).toEqual([10, 20, 30])
})
