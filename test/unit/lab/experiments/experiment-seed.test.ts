import { expect, test } from 'vitest'
import { acks } from '../../../../src/lab/experiments/acks.js'
import type { Experiment } from '../../../../src/lab/experiments/experiment.js'
import { inFlightReorders } from '../../../../src/lab/experiments/in-flight.js'
import { LAB_HOSTS } from '../../../../src/lab/experiments/lab-host.js'
import { runExperiment } from '../../../../src/lab/experiments/run-experiment.js'
import type { SweepStep } from '../../../../src/lab/measure/sweep.js'
import { labTable } from '../../../../src/lab/report/lab-table.js'
import { cellOf, orderCellOf, runOn } from './given-experiment.js'

test('an error of ours names its seed and the command that repeats it, and costs no other seed and no other cell', async () => {
  const failing: Experiment = {
    ...acks,
    async run(host, config, seed) {
      if (seed === 2 && config.workload.options.acks === 1) throw new TypeError('made up')
      return acks.run(host, config, seed)
    },
  }
  const report = await runOn('simulation', failing, [cellOf({ acks: 0 }), cellOf({ acks: 1 })], [1, 2, 3])
  const { result, shown } = report
  expect(result).toMatchObject({ verdict: 'broken', lost: 50 })
  expect(shown.map(({ broken }) => broken)).toEqual([[], ['seed 2: it did not come to its end: TypeError: made up']])
  const failed = result.anomalies.find(({ kind }) => kind === 'failed')
  expect(failed).toMatchObject({ seed: 2, replay: '--seed 2' })
  expect(failed?.history.at(-1)?.says).toContain('experiment-seed.test')
  expect(labTable(report, { hasColors: false })).toContain('Run it again: --seed 2')
})

test('an error of ours in a run that is tried for being smaller is told with the command for that one', async () => {
  const failing: Experiment = {
    ...inFlightReorders,
    async run(host, config, seed) {
      if (config.records === 2) throw new TypeError('made up')
      return inFlightReorders.run(host, config, seed)
    },
  }
  const cell = orderCellOf({ 'max.in.flight.requests.per.connection': 5, 'enable.idempotence': false })
  const { result, shown } = await runOn('simulation', failing, [cell], [7], ({ records }) => `--records ${records}`)
  expect(shown[0]?.broken).toEqual(['seed 7: a smaller run did not come to its end: TypeError: made up'])
  expect(result.anomalies.map(({ kind, replay }) => [kind, replay])).toEqual([
    ['outOfOrder', '--records 3'],
    ['failed', '--records 2'],
  ])
})

test('each seed is told when it is behind us, and those of a refused cell with the next one', async () => {
  const told: SweepStep[] = []
  const configs = [cellOf({ acks: 0 }), cellOf({ acks: 0 }, { replicationFactor: 5 }), cellOf({ acks: 1 })]
  const onRun = (step: SweepStep): void => void told.push(step)
  const host = LAB_HOSTS.simulation
  await runExperiment({ experiment: acks, host, configs, seeds: [1, 2], replay: () => '', onRun })
  expect(told.map(({ workload, done, total }) => [workload, done, total])).toEqual(
    [0, 1, 2, 2, 4, 5, 6].map((done, index) => [configs[[0, 0, 0, 1, 2, 2, 2][index] as number]?.workload, done, 6]),
  )
})
