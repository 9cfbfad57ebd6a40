import { expect, test } from 'vitest'
import { exitCodeOf } from '../../../src/cli/outputs.js'
import { refusedRun } from '../../../src/lab/bench-result.js'
import { madeUpResult, madeUpRun } from '../lab/report/made-up-runs.js'

const exitCode = (...runs: Parameters<typeof madeUpResult>[0]): number => exitCodeOf(madeUpResult(runs))

test('runs that held, and cells that are impossible, end with 0', () => {
  expect(exitCode(madeUpRun(), refusedRun(madeUpRun().config, 'it cannot be'))).toBe(0)
})

test.each(['lost', 'duplicated', 'outOfOrder'] as const)('one record %s in one run is enough for 1', (found) => {
  expect(exitCode(madeUpRun(), madeUpRun({}, { [found]: 1 }))).toBe(1)
})
