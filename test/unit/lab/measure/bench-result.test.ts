import { expect, test } from 'vitest'
import { refusedRun, spreadOf } from '../../../../src/lab/measure/bench-result.js'
import { madeUpRun } from '../report/made-up-runs.js'

test('a spread is the smallest, the median and the largest value, in whatever order they came', () => {
  expect(spreadOf([9, 10, 1])).toEqual({ min: 1, median: 9, max: 10 })
  expect(spreadOf([4, 1, 2, 9])).toEqual({ min: 1, median: 3, max: 9 })
  expect(() => spreadOf([])).toThrow('A spread is taken over at least one value')
})

test('a refused run has every field of a run, so that readers of the JSON need no second shape', () => {
  const { config, ...figures } = madeUpRun()
  const refused = refusedRun(config, 'acks 0 cannot be idempotent')
  expect(Object.keys(refused)).toEqual(expect.arrayContaining(Object.keys(figures)))
  expect(refused).toMatchObject({ config, refused: 'acks 0 cannot be idempotent', records: 0, lost: 0 })
})
