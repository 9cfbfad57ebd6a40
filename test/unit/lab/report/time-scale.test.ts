import { expect, test } from 'vitest'
import { timeScale } from '../../../../src/lab/report/time-scale.js'

test('moments that stand apart have their places by time', () => {
  const { isToScale, x, ticks } = timeScale([0, 25, 50, 100])
  expect(isToScale).toBe(true)
  expect(x(50) - x(0)).toBeCloseTo(x(100) - x(50))
  expect(x(75)).toBeCloseTo((x(50) + x(100)) / 2)
  expect(ticks.map(({ ms }) => ms)).toEqual([0, 20, 40, 60, 80, 100])
})

test('moments that come in bursts stand apart, in their order, with the rest between them cut short', () => {
  const moments = [0, 0.1, 0.2, 0.3, 500, 500.1, 500.2, 500.3]
  const { isToScale, x, width, ticks } = timeScale(moments)
  expect(isToScale).toBe(false)
  const steps = moments.slice(1).map((ms, index) => x(ms) - x(moments[index] ?? 0))
  expect(Math.min(...steps)).toBeGreaterThan(10)
  expect(Math.max(...steps)).toBeLessThan(width / 2)
  expect(ticks[0]).toEqual({ ms: 0, x: x(0) })
})

test('many bursts at a steady pace have their places by time', () => {
  const moments = Array.from({ length: 40 }, (_, index) => [index, index + 0.01, index + 0.02, index + 0.03]).flat()
  expect(timeScale(moments).isToScale).toBe(true)
  expect(timeScale([...moments, 80]).isToScale).toBe(false)
})

test('what lies outside of the moments is drawn at the edge, and a single moment somewhere', () => {
  for (const moments of [
    [0, 25, 50, 100],
    [0, 0.1, 0.2, 500],
  ]) {
    const { x } = timeScale(moments)
    expect(x(-5)).toBe(x(0))
    expect(x(1_000)).toBe(x(moments.at(-1) ?? 0))
  }
  expect(timeScale([7]).x(7)).toBeGreaterThanOrEqual(0)
  expect(timeScale([]).ticks.length).toBeLessThan(3)
})

test('a story of many moments is no wider than anybody would scroll', () => {
  const bursts = Array.from({ length: 1_000 }, (_, index) => Math.floor(index / 500) * 1e6 + index * 0.001)
  expect(timeScale(bursts).width).toBeLessThanOrEqual(2_400)
})
