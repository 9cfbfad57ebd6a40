import { expect, test } from 'vitest'
import { durationMs } from '../../../src/base/duration.js'

// java.time.Duration.parse: the examples of its documentation, and what it refuses.
test.each([
  ['PT20.345S', 20_345],
  ['PT15M', 900_000],
  ['PT10H', 36_000_000],
  ['P2D', 172_800_000],
  ['P2DT3H4M', 183_840_000],
  ['PT-6H3M', -21_420_000],
  ['-PT6H3M', -21_780_000],
  ['-PT-6H+3M', 21_420_000],
  ['pt1s', 1_000],
  ['PT0S', 0],
  ['PT-0.5S', -500],
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', 'P', 'PT', '1H', 'P1M', 'PT1', 'P1DT', 'PT1S1M', 'PT.5S', 'P1Y', ' PT1S', 'PT1.S1'])(
  '"%s" is not a duration',
  (text) => {
    expect(durationMs(text)).toBeNaN()
  },
)
