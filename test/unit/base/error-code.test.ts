import { expect, test } from 'vitest'
import { ERRORS, type ErrorCode, errorName, errorNumber } from '../../../src/base/error-code.js'

const names = Object.keys(ERRORS) as ErrorCode[]

test('every number from -1 to 133 has exactly one name', () => {
  const numbers = names.map(errorNumber)
  expect(numbers).toEqual(Array.from({ length: 135 }, (_, index) => index - 1))
})

test('a name survives the way over the wire', () => {
  for (const name of names) expect(errorName(errorNumber(name))).toBe(name)
})

test('a number of a later Kafka is read as an unknown server error', () => {
  expect(errorName(30_000)).toBe('UNKNOWN_SERVER_ERROR')
})

test('the errors after which a client may simply try again are those that Kafka calls retriable', () => {
  const retriable = names.filter((name) => ERRORS[name].retriable).map(errorNumber)
  expect(retriable).toEqual([
    2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100, 103, 106,
    122, 123, 133,
  ])
})

test('every error says something in a sentence', () => {
  for (const name of names) expect(ERRORS[name].says).toMatch(/^\S.*\.$/)
})
