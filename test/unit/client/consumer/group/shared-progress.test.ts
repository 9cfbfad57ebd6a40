import { expect, test } from 'vitest'
import { timestamp } from '../../../../../src/base/ids.js'
import { SharedProgress } from '../../../../../src/client/consumer/group/shared-progress.js'

const NOW = timestamp(1_700_000_000_000.5)
const later = (milliseconds: number) => timestamp(NOW + milliseconds)

/** The same memory, seen from the application and from the consumer's thread. */
const bothHalves = () => {
  const application = new SharedProgress()
  return { application, consumer: new SharedProgress(application.shared) }
}

test('a poll is seen by the other half, to the millisecond', () => {
  const { application, consumer } = bothHalves()
  expect(consumer.polledAt(NOW)).toBeNull()
  application.notePoll(NOW)
  const polledAt = consumer.polledAt(later(250_000)) as number
  expect(Math.abs(polledAt - NOW)).toBeLessThanOrEqual(1)
})

test('an application that waits in a poll polls now', () => {
  const { application, consumer } = bothHalves()
  application.noteWaiting()
  expect(consumer.polledAt(later(5))).toBe(later(5))
})

test('a poll of an application whose clock is ahead is a poll of now', () => {
  const { application, consumer } = bothHalves()
  application.notePoll(later(3))
  expect(consumer.polledAt(NOW)).toBe(NOW)
})

test('polls are told from one another where the clock begins anew', () => {
  const { application, consumer } = bothHalves()
  const wrapAt = Math.ceil(NOW / 2 ** 31) * 2 ** 31
  application.notePoll(timestamp(wrapAt - 10))
  const { lastPoll } = consumer
  expect(consumer.hasPolledSince(lastPoll)).toBe(false)
  expect(consumer.polledAt(timestamp(wrapAt + 10))).toBe(wrapAt - 10)
  application.notePoll(timestamp(wrapAt))
  expect(consumer.hasPolledSince(lastPoll)).toBe(true)
})

test('steps and positions are seen by both halves', () => {
  const { application, consumer } = bothHalves()
  consumer.newestStep = 7
  application.positions.set(4095, 2 ** 53 - 1)
  application.positions.set(0, null)
  expect([application.newestStep, consumer.positions.get(4095), consumer.positions.get(0)]).toEqual([
    7,
    2 ** 53 - 1,
    -1,
  ])
})

test('an application that is at a step of a rebalance polled when that began, whatever it says of polls meanwhile', () => {
  const { application, consumer } = bothHalves()
  application.beginStep(NOW)
  application.noteWaiting()
  const began = consumer.polledAt(later(250_000)) as number
  expect(Math.abs(began - NOW)).toBeLessThanOrEqual(1)
  expect(consumer.polledAt(later(250_000.7))).toBe(began)
  application.endStep()
  expect(consumer.polledAt(later(250_000))).toBe(later(250_000))
})
