import { expect, test } from 'vitest'
import { ClosedError, type KafkaError, TimeoutError } from '../../../../src/base/errors.js'
import { NEVER, timestamp } from '../../../../src/base/ids.js'
import { PendingCalls } from '../../../../src/client/producer/pending-calls.js'

/** Calls that succeed when their name is in `possible`. */
function givenCalls(...calls: [name: string, deadline: number][]): {
  pending: PendingCalls
  possible: Set<string>
  log: string[]
} {
  const pending = new PendingCalls()
  const possible = new Set<string>()
  const log: string[] = []
  for (const [name, deadline] of calls) {
    pending.add({
      deadline: timestamp(deadline),
      attempt: () => possible.has(name) && log.push(`${name} done`) > 0,
      fail: (error: KafkaError) => log.push(`${name} failed: ${error.message}`),
      lateError: () => new TimeoutError('too late'),
    })
  }
  return { pending, possible, log }
}

test('calls are served first come first served, and nobody overtakes', () => {
  const { pending, possible, log } = givenCalls(['a', 100], ['b', 100])
  possible.add('b')
  expect(pending.tick(timestamp(1))).toBe(100)
  expect(log).toEqual([])
  possible.add('a')
  expect(pending.tick(timestamp(2))).toBe(NEVER)
  expect([log, pending.isEmpty]).toEqual([['a done', 'b done'], true])
})

test('a call whose time is over fails, and lets the next one through at once', () => {
  const { pending, possible, log } = givenCalls(['a', 10], ['b', 100])
  possible.add('b')
  expect(pending.tick(timestamp(9))).toBe(10)
  expect(pending.tick(timestamp(10))).toBe(NEVER)
  expect(log).toEqual(['a failed: too late', 'b done'])
})

test('a call behind the first fails in its own time', () => {
  const { pending, log } = givenCalls(['a', 100], ['b', 10])
  expect(pending.tick(timestamp(5))).toBe(10)
  expect(pending.tick(timestamp(10))).toBe(100)
  expect(log).toEqual(['b failed: too late'])
})

test('a call that succeeds in the moment of its deadline has succeeded', () => {
  const { pending, possible, log } = givenCalls(['a', 10])
  possible.add('a')
  pending.tick(timestamp(10))
  expect(log).toEqual(['a done'])
})

test('an end fails all pending calls, in order', () => {
  const { pending, log } = givenCalls(['a', 10], ['b', 20])
  pending.failAll(() => new ClosedError('closed'))
  expect([log, pending.isEmpty]).toEqual([['a failed: closed', 'b failed: closed'], true])
})
