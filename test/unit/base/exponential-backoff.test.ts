import { expect, test } from 'vitest'
import { backoffMs } from '../../../src/base/exponential-backoff.js'
import { seededRandom } from '../../../src/base/random.js'

const LIMITS = { initialMs: 100, maxMs: 1000 }
const draws = (failuresBefore: number, limits = LIMITS): number[] => {
  const random = seededRandom(1)
  return Array.from({ length: 200 }, () => backoffMs(limits, failuresBefore, random))
}

// KIP-580: the backoff doubles, with a jitter of 20 %, up to its maximum.
test.each([
  [0, 80, 120],
  [1, 160, 240],
  [2, 320, 480],
])('after %i failures the wait is between %i and %i ms', (failures, least, most) => {
  const waits = draws(failures)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(least)
  expect(Math.max(...waits)).toBeLessThan(most)
  expect(new Set(waits).size).toBeGreaterThan(100)
})

test('no wait is longer than the maximum, however many failures there were', () => {
  for (const failures of [4, 10, 2000]) expect(Math.max(...draws(failures))).toBe(1000)
  expect(Math.max(...draws(0, { initialMs: 5000, maxMs: 1000 }))).toBe(1000)
})

test('without a backoff nobody waits', () => {
  expect(new Set(draws(2000, { initialMs: 0, maxMs: 1000 }))).toEqual(new Set([0]))
})
