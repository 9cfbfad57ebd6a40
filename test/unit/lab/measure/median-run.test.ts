import { expect, test } from 'vitest'
import { runOf, withLatencies } from '../../../../src/lab/measure/median-run.js'
import { configOf, DEFAULT_WORKLOAD } from '../../../../src/lab/measure/workload.js'
import { madeUpMeasurement } from '../made-up-measurements.js'
import { latencyOf } from '../report/made-up-runs.js'

const config = configOf(DEFAULT_WORKLOAD)
const run = (...repeats: Parameters<typeof madeUpMeasurement>[0][]) => runOf(config, repeats.map(madeUpMeasurement))

test('the numbers of a run are the medians of its repeats, number by number', () => {
  const joined = run(
    { recordsPerSecond: 30, threads: { main: { busy: 0.9 } }, latencyMs: latencyOf(3) },
    { recordsPerSecond: 10, threads: { main: { busy: 0.1 } }, latencyMs: latencyOf(1) },
    { recordsPerSecond: 20, threads: { main: { busy: 0.5 } }, latencyMs: latencyOf(2) },
  )
  expect(joined).toMatchObject({
    recordsPerSecond: 20,
    threads: { main: { busy: 0.5 } },
    latencyMs: latencyOf(2),
    repeats: 3,
  })
  expect(joined.spread.recordsPerSecond).toEqual({ min: 10, median: 20, max: 30 })
  expect(joined.spread['latencyMs.p50']).toEqual({ min: 1, median: 2, max: 3 })
})

test('counts stay whole between two repeats', () => {
  expect(run({ records: 10 }, { records: 11 }).records).toBe(11)
})

test('a record that was lost once is not lost in a median', () => {
  expect(run({}, { lost: 2, outOfOrder: 1 }, {})).toMatchObject({ lost: 2, duplicated: 0, outOfOrder: 1 })
})

test('unacknowledged records are added up, and named only where there are any', () => {
  expect(run({}, { unacknowledged: 2 }, { unacknowledged: 3 }).unacknowledged).toBe(5)
  expect(withLatencies(run({ unacknowledged: 2 }), 500, madeUpMeasurement({ unacknowledged: 1 })).unacknowledged).toBe(
    3,
  )
  expect(run({}, {})).not.toHaveProperty('unacknowledged')
})

test('latencies of the second pass replace those of the run, and its findings are added', () => {
  const paced = madeUpMeasurement({ latencyMs: latencyOf(9), duplicated: 3 })
  const joined = withLatencies(run({ duplicated: 1 }), 500, paced)
  expect(joined).toMatchObject({ latencyMs: latencyOf(9), latencyRate: 500, duplicated: 4, recordsPerSecond: 1_000 })
  expect(Object.keys(joined.spread).filter((scalar) => scalar.includes('.'))).toEqual([])
})
