import { expect, test } from 'vitest'
import type { MeasureOptions } from '../../../../src/lab/measure/measure.js'
import { productOf, runSweep, type Sweep } from '../../../../src/lab/measure/sweep.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../../../src/lab/measure/workload.js'
import { madeUpMeasurement } from '../made-up-measurements.js'

const cell = (name: string, shape: Partial<Workload> = {}): Workload => ({
  ...DEFAULT_WORKLOAD,
  ...shape,
  options: { 'client.id': name },
})
const nameOf = (workload: Workload): string => String(workload.options['client.id'])

/** Cells move as many records per second as `speeds` says; those that it does not name are refused. */
async function sweep(given: Partial<Sweep> & Pick<Sweep, 'cells'>, speeds: Record<string, number>) {
  const turns: string[] = []
  const steps: string[] = []
  const measure = (workload: Workload, _: unknown, { limit }: MeasureOptions) => {
    turns.push(`${nameOf(workload)} ${workload.rate} ${JSON.stringify(limit)}`)
    const recordsPerSecond = speeds[nameOf(workload)]
    return Promise.resolve(
      recordsPerSecond === undefined ? { refused: 'it cannot be' } : madeUpMeasurement({ recordsPerSecond }),
    )
  }
  const runs = await runSweep(
    { repeats: 1, limit: { seconds: 2 }, ...given },
    { measure, onStep: ({ done, total }) => steps.push(`${done}/${total}`) },
  )
  return { runs, turns, steps }
}

test('every combination is a cell, the last option varying fastest', () => {
  const cells = productOf<number>([
    ['a', [2, 1]],
    ['b', [3, 4]],
  ])
  expect(cells).toEqual([
    { a: 2, b: 3 },
    { a: 2, b: 4 },
    { a: 1, b: 3 },
    { a: 1, b: 4 },
  ])
})

test('cells are repeated in turns, and reported in their order', async () => {
  const { runs, turns, steps } = await sweep(
    { cells: [cell('b', { rate: 5 }), cell('a', { rate: 5 })], repeats: 2 },
    { a: 1, b: 1 },
  )
  expect(turns.map((turn) => turn.charAt(0)).join('')).toBe('baba')
  expect(runs.map(({ config }) => config['client.id'])).toEqual(['b', 'a'])
  expect(steps).toEqual(['0/4', '1/4', '2/4', '3/4'])
})

test('cells that are compared get their latencies from a second pass, at half the throughput of the slowest', async () => {
  const { runs, turns } = await sweep({ cells: [cell('fast'), cell('slow')] }, { fast: 9_000, slow: 1_001 })
  expect(turns.slice(2)).toEqual(['fast 500 {"seconds":1}', 'slow 500 {"seconds":1}'])
  expect(runs.map(({ latencyRate, config }) => [latencyRate, config.rate])).toEqual([
    [500, 'max'],
    [500, 'max'],
  ])
})

test('a second pass never moves more records than the first', async () => {
  const { turns } = await sweep({ cells: [cell('a'), cell('b')], limit: { records: 10 } }, { a: 9_000, b: 9_000 })
  expect(turns[2]).toBe('a 4500 {"records":10}')
})

test('a single cell, and cells with a rate of their own, have no second pass', async () => {
  expect((await sweep({ cells: [cell('a')] }, { a: 9 })).turns).toHaveLength(1)
  expect((await sweep({ cells: [cell('a', { rate: 5 }), cell('b', { rate: 6 })] }, { a: 5, b: 6 })).turns).toHaveLength(
    2,
  )
})

test('a cell that moved nothing has no second pass, and does not slow down that of the others', async () => {
  const turns: string[] = []
  const measure = (workload: Workload) => {
    turns.push(`${nameOf(workload)} ${workload.rate}`)
    const moved =
      nameOf(workload) === 'good' ? { records: 10 } : { records: 0, recordsPerSecond: 0, unacknowledged: 10 }
    return Promise.resolve(madeUpMeasurement(moved))
  }
  await runSweep({ repeats: 1, limit: { seconds: 2 }, cells: [cell('bad'), cell('good')] }, { measure })
  expect(turns).toEqual(['bad max', 'good max', 'good 500'])
})

test('an impossible combination is asked once, says why, and stops no other', async () => {
  const { runs, turns } = await sweep({ cells: [cell('bad'), cell('good')], repeats: 2 }, { good: 100 })
  expect(turns.filter((turn) => turn.startsWith('bad'))).toHaveLength(1)
  expect(runs[0]).toMatchObject({ refused: 'it cannot be', records: 0 })
  expect(runs[1]).toMatchObject({ recordsPerSecond: 100, latencyRate: 50, repeats: 2 })
})

test('an error for any other reason ends the sweep', async () => {
  const measure = () => Promise.reject(new Error('a thread has ended'))
  await expect(runSweep({ cells: [cell('a')], repeats: 1, limit: { records: 1 } }, { measure })).rejects.toThrow(
    'a thread has ended',
  )
})
