import { expect, test } from 'vitest'
import { SampledTotals } from '../../../src/base/sampled-totals.js'

const WINDOW = { 'metrics.sample.window.ms': 1000, 'metrics.num.samples': 2 }

function givenTotals(window = WINDOW): { totals: SampledTotals; count: (now: number, amount: number) => void } {
  const totals = new SampledTotals({ totals: 1, maxima: 1 }, window)
  const count = (now: number, amount: number): void => {
    totals.happens(now)
    totals.add(0, amount)
    totals.max(0, amount)
  }
  return { totals, count }
}

function within(totals: SampledTotals, now: number): { sum: number; max: number; seconds: number } {
  const sampled = totals.within(now)
  return { sum: sampled.sum(0), max: sampled.max(0), seconds: sampled.seconds }
}

// Rate.windowSize: if the available windows are less than the minimum required, add the difference.
test('a window that has just begun is as long as if an empty sample came before it', () => {
  const { totals, count } = givenTotals()

  count(5000, 3)

  expect(within(totals, 5000)).toEqual({ sum: 3, max: 3, seconds: 1 })
  expect(within(totals, 5400)).toEqual({ sum: 3, max: 3, seconds: 1.4 })
  expect(within(totals, 6400)).toEqual({ sum: 3, max: 3, seconds: 1.4 })
})

test('a window that begins a moment later by the clock of another thread has begun just now', () => {
  const { totals, count } = givenTotals()

  count(5000, 3)

  expect(within(totals, 4999.9)).toEqual({ sum: 3, max: 3, seconds: 1 })
})

test('a window begins with its oldest sample, whose events go when none of them is young enough', () => {
  const { totals, count } = givenTotals()

  count(0, 7)
  count(999, 5)
  count(1000, 1)
  count(2100, 2)

  expect(within(totals, 2998)).toEqual({ sum: 15, max: 7, seconds: 2.998 })
  expect(within(totals, 2999)).toEqual({ sum: 3, max: 2, seconds: 1.999 })
  expect(within(totals, 3000)).toEqual({ sum: 2, max: 2, seconds: 1.9 })
  expect(totals.total(0)).toBe(15)
})

test('a window without events holds nothing, and what comes after it does not bring the old ones back', () => {
  const { totals, count } = givenTotals()

  expect(within(totals, 0)).toEqual({ sum: 0, max: Number.NaN, seconds: 1 })
  count(0, 7)
  expect(within(totals, 2000)).toEqual({ sum: 0, max: Number.NaN, seconds: 1 })
  count(60_000, 1)

  expect(within(totals, 60_500)).toEqual({ sum: 1, max: 1, seconds: 1.5 })
})

test('samples are used again, for ever', () => {
  const { totals, count } = givenTotals({ 'metrics.sample.window.ms': 10, 'metrics.num.samples': 3 })

  for (let now = 0; now < 1000; now += 10) count(now, now)

  expect(within(totals, 990)).toEqual({ sum: 990 + 980 + 970, max: 990, seconds: 0.02 })
})

test('another thread sees what was counted', () => {
  const { totals, count } = givenTotals()
  count(0, 7)

  const seen = new SampledTotals({ totals: 1, maxima: 1 }, WINDOW, totals.shared)

  expect(within(seen, 100)).toEqual({ sum: 7, max: 7, seconds: 1.1 })
})
