import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Histogram } from '../../../src/base/histogram.js'

const histogramOf = (values: Iterable<number>): Histogram => {
  const histogram = Histogram.allocate()
  for (const value of values) histogram.record(value)
  return histogram
}
const micros = fc.double({ min: 1 / 64, max: 120_000_000, noNaN: true })

test('an empty histogram has zeros', () => {
  const { count, max, mean } = Histogram.allocate()
  expect({ count, max, mean, p99: Histogram.allocate().percentile(99) }).toEqual({ count: 0, max: 0, mean: 0, p99: 0 })
})

test('count, mean and max are exact', () => {
  const { count, max, mean } = histogramOf([10, 20, 60_000_000.5])
  expect({ count, max, mean }).toEqual({ count: 3, max: 60_000_000.5, mean: 60_000_030.5 / 3 })
})

test('a percentile is within one percent of the value that sorting finds', () => {
  const percentages = fc.double({ min: 0, max: 100, noNaN: true })
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1, maxLength: 200 }), percentages, (values, percentage) => {
      const sorted = values.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(1, Math.ceil((percentage / 100) * sorted.length)) - 1]!
      const found = histogramOf(values).percentile(percentage)
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.01)
    }),
  )
})

test('the hundredth percentile is the largest value', () => {
  expect(histogramOf([1, 2, 777.7]).percentile(100)).toBe(777.7)
})

test('merging two histograms is counting the records of both', () => {
  fc.assert(
    fc.property(fc.array(micros), fc.array(micros), (left, right) => {
      const merged = histogramOf(left)
      merged.merge(histogramOf(right))
      const both = histogramOf([...left, ...right])
      expect([merged.count, merged.max]).toEqual([both.count, both.max])
      for (const p of [0, 50, 99, 100]) expect(merged.percentile(p)).toBe(both.percentile(p))
    }),
  )
})

test('a value out of range counts in the nearest bucket', () => {
  const histogram = histogramOf([-5, 0, 1e300, 1e300])
  expect(histogram.count).toBe(4)
  expect(histogram.percentile(25)).toBeLessThan(0.02)
  expect(histogram.percentile(100)).toBe(1e300)
})

test('a view of the same memory sees what was recorded', () => {
  const histogram = histogramOf([1, 2, 3])
  expect(new Histogram(histogram.shared).count).toBe(3)
})

test('memory of another size is refused', () => {
  expect(() => new Histogram(new SharedArrayBuffer(8))).toThrow('HISTOGRAM_BYTES')
})
