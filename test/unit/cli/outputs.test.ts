import { expect, test } from 'vitest'
import { exitCodeOf } from '../../../src/cli/outputs.js'
import { refusedRun } from '../../../src/lab/measure/bench-result.js'
import { madeUpResult, madeUpRun } from '../lab/report/made-up-runs.js'

const exitCode = (...runs: Parameters<typeof madeUpResult>[0]): number => exitCodeOf(madeUpResult(runs))

test('runs that held, and cells that are impossible, end with 0', () => {
  expect(exitCode(madeUpRun(), refusedRun(madeUpRun().config, 'it cannot be'))).toBe(0)
})

test('nothing held when no cell could be run, or one of them moved nothing', () => {
  const refused = refusedRun(madeUpRun().config, 'it cannot be')
  expect([exitCode(refused, refused), exitCode(), exitCode(madeUpRun(), madeUpRun({}, { records: 0 }))]).toEqual([
    1, 1, 1,
  ])
})

test.each(['lost', 'duplicated', 'outOfOrder', 'unacknowledged'] as const)(
  'one record %s in one run is enough for 1',
  (found) => {
    expect(exitCode(madeUpRun(), madeUpRun({}, { [found]: 1 }))).toBe(1)
  },
)
