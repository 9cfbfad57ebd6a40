import { expect, test } from 'vitest'
import { compact, optionValue, percent, threeDigits } from '../../../src/lab/numbers.js'

test.each([
  [0, '0'],
  [7, '7'],
  [1.849, '1.85'],
  [999.4, '999'],
  [999.6, '1.00 k'],
  [12_345, '12.3 k'],
  [999_600, '1.00 M'],
  [23_000_000, '23.0 M'],
  [1_000_000_000, '1.00 G'],
])('%d in short is %s', (value, text) => expect(compact(value)).toBe(text))

test.each([
  [0, '0'],
  [0.0123, '0.012'],
  [0.123, '0.12'],
  [9.994, '9.99'],
  [9.996, '10.0'],
  [99.96, '100'],
  [1234.5, '1,235'],
])('%d with three digits is %s', (value, text) => expect(threeDigits(value)).toBe(text))

test('a share that is not quite nothing or not quite everything says so', () => {
  expect([0, 0.001, 0.12, 0.99, 0.995, 1, 1.5].map(percent)).toEqual([
    '0 %',
    '<1 %',
    '12 %',
    '99 %',
    '>99 %',
    '100 %',
    '150 %',
  ])
})

test('an option stands as it is typed, but for the commas of thousands', () => {
  expect([65_536, 0.5, 'all', true].map(optionValue)).toEqual(['65,536', '0.5', 'all', 'true'])
})
