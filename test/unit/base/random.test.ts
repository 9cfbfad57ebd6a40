import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../../src/base/random.js'

const draws = (random: Random, count = 8): number[] => Array.from({ length: count }, () => random.next())

test('a seed gives the same numbers for ever', () => {
  expect(Array.from({ length: 4 }, (_, seed) => seededRandom(seed).below(2 ** 32))).toEqual([
    1_450_206_772, 2_335_719_877, 3_241_922_749, 1_510_712_121,
  ])
})

test('a number and its digits are the same seed', () => {
  expect(draws(seededRandom(4711))).toEqual(draws(seededRandom('4711')))
})

test('neighbouring seeds share nothing', () => {
  const all = Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed).next())
  expect(new Set(all).size).toBe(1_000)
  expect(all.filter((number) => number < 0.5).length).toBeGreaterThan(450)
  expect(all.filter((number) => number < 0.5).length).toBeLessThan(550)
})

test('a number lies in [0, 1), an integer below n in [0, n)', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
      const random = seededRandom(seed)
      const [number, integer] = [random.next(), random.below(n)]
      expect(number >= 0 && number < 1).toBe(true)
      expect(Number.isInteger(integer) && integer >= 0 && integer < n).toBe(true)
    }),
  )
})

test('each of ten integers is as likely as the others', () => {
  const random = seededRandom('dice')
  const counts = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 100_000; draw++) counts[random.below(10)]! += 1
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('a probability of 0 is never, of 1 always', () => {
  const random = seededRandom(1)
  for (let draw = 0; draw < 1_000; draw++) {
    expect(random.boolean(0)).toBe(false)
    expect(random.boolean(1)).toBe(true)
  }
})

test('every item is picked, and an empty array is refused', () => {
  const random = seededRandom(1)
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))
  expect([...picked].toSorted()).toEqual(['a', 'b', 'c'])
  expect(() => random.pick([])).toThrow('empty array')
})

test('a fork depends on the seed and the name, not on what was drawn before', () => {
  const drawn = seededRandom(7)
  draws(drawn)
  expect(draws(drawn.fork('network'))).toEqual(draws(seededRandom(7).fork('network')))
  expect(draws(drawn.fork('network'))).not.toEqual(draws(drawn.fork('crash')))
})

test('drawing from a fork does not move its parent', () => {
  const [parent, undisturbed] = [seededRandom(7), seededRandom(7)]
  draws(parent.fork('network'))
  expect(draws(parent)).toEqual(draws(undisturbed))
})
