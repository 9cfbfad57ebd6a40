import { expect, test } from 'vitest'
import { inFlightOneKeepsOrder } from '../../../../src/lab/experiments/in-flight.js'
import { LAB_HOSTS } from '../../../../src/lab/experiments/lab-host.js'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'
import { Trial } from '../../../../src/lab/experiments/trial.js'
import { DEFAULT_WORKLOAD } from '../../../../src/lab/measure/workload.js'
import { orderCellOf } from './given-experiment.js'

/** Two records, one after the other; the first request is refused once. */
function refusedOnce(tellsBatches: boolean): Promise<readonly TimelineEntry[]> {
  const workload = { ...DEFAULT_WORKLOAD, replicationFactor: 2, brokers: 2, options: {} }
  return Trial.run(
    LAB_HOSTS.simulation,
    workload,
    1,
    async (trial) => {
      const { faults } = trial.cluster.doors
      await trial.cluster.run(faults.add({ api: 'Produce', action: 'error', error: 'NOT_ENOUGH_REPLICAS', once: true }))
      const source = trial.source()
      await trial.cluster.run(trial.send(source))
      await trial.cluster.run(trial.send(source))
      await trial.readEverything()
      return trial.recording.timeline
    },
    { tellsBatches },
  )
}

test('a timeline tells of each batch when it is closed, sent and answered, and what the log holds at the end', async () => {
  const told = (await refusedOnce(true)).filter(({ batch }) => batch?.producer === 0)
  const steps = told.map(({ event, batch }) => [event, batch?.numbers, batch?.attempt, batch?.request, batch?.error])
  expect(steps).toEqual([
    ['closed', [0], 0, undefined, undefined],
    ['sent', [0], 1, 1, undefined],
    ['answered', [0], 1, 1, 'NOT_ENOUGH_REPLICAS'],
    ['sent', [0], 2, 2, undefined],
    ['answered', [0], 2, 2, 'NONE'],
    ['closed', [1], 0, undefined, undefined],
    ['sent', [1], 1, 3, undefined],
    ['answered', [1], 1, 3, 'NONE'],
  ])
  const log = (await refusedOnce(true)).flatMap(({ record }) => (record === undefined ? [] : [record]))
  expect(log).toEqual([0, 1].map((number) => ({ partition: 0, offset: number, producer: 0, number })))
})

test('the log is told whole, however many steps came before it', async () => {
  const cell = { ...orderCellOf({ 'max.in.flight.requests.per.connection': 1 }), records: 700 }
  const { recording, observations } = await inFlightOneKeepsOrder.run(LAB_HOSTS.simulation, cell, 1)
  const told = recording.timeline.filter(({ record }) => record !== undefined)
  // But for the last one of each partition, which nobody looks at.
  expect(told).toHaveLength(observations.acknowledged - 3)
})

test('a timeline tells of batches only where it is asked to', async () => {
  const events = (await refusedOnce(false)).map(({ event }) => event)
  expect(events.filter((event) => ['closed', 'sent', 'answered', 'log'].includes(event))).toEqual([])
})
