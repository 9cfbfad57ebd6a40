import { afterEach, expect, test } from 'vitest'
import { switchOff } from '../../../../src/base/guards.js'
import type { Experiment, LabConfig } from '../../../../src/lab/experiments/experiment.js'
import {
  idempotenceKeepsOrder,
  inFlightOneKeepsOrder,
  inFlightReorders,
} from '../../../../src/lab/experiments/in-flight.js'
import { LAB_HOSTS } from '../../../../src/lab/experiments/lab-host.js'
import { idempotenceDeduplicates, retryDuplicates } from '../../../../src/lab/experiments/lost-answer.js'
import type { Workload } from '../../../../src/lab/measure/workload.js'
import { orderCellOf, runOn } from './given-experiment.js'

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1)
/** A few dozen; 10,000 by hand: see README. */
const MORE_SEEDS = Array.from({ length: 36 }, (_, index) => index + 1)
const IN_FLIGHT = 'max.in.flight.requests.per.connection'
const PLAIN = { 'enable.idempotence': false }
const IDEMPOTENT = { 'enable.idempotence': true }

afterEach(() => switchOff([]))

test('with 5 requests in flight and no idempotence, every seed shows records that changed places', async () => {
  const { result } = await runOn('simulation', inFlightReorders, [orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0 })
  const kinds = result.anomalies.map(({ seed, kind }) => `${seed} ${kind}`)
  expect(kinds).toEqual(SEEDS.map((seed) => `${seed} outOfOrder`))
})

const KEPT: readonly (readonly [string, Experiment, Workload['options'][]])[] = [
  ['with one request in flight', inFlightOneKeepsOrder, [{ [IN_FLIGHT]: 1, ...PLAIN }]],
  ['with idempotence', idempotenceKeepsOrder, [1, 2, 3, 4, 5].map((max) => ({ [IN_FLIGHT]: max, ...IDEMPOTENT }))],
  ['with idempotence, when answers are lost,', idempotenceDeduplicates, [{ [IN_FLIGHT]: 5, ...IDEMPOTENT }]],
]
test.each(KEPT)('%s no record changes places and none is there twice', async (_when, experiment, cells) => {
  const { result } = await runOn(
    'simulation',
    experiment,
    cells.map((options) => orderCellOf(options)),
    MORE_SEEDS,
  )
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
})

test('when an answer is lost, a retry without idempotence writes a record twice under every seed', async () => {
  const { result } = await runOn('simulation', retryDuplicates, [orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  const seeds = result.anomalies.filter(({ kind }) => kind === 'duplicated').map(({ seed }) => seed)
  expect(seeds).toEqual(SEEDS)
})

test('when an answer is lost, a retry with idempotence writes a record once under every seed', async () => {
  const { result } = await runOn('simulation', retryDuplicates, [orderCellOf({ [IN_FLIGHT]: 5, ...IDEMPOTENT })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
})

test.each([
  ['nothing is sent again', inFlightReorders, { [IN_FLIGHT]: 5, ...PLAIN, retries: 0 }],
  ['5 requests are in flight', inFlightOneKeepsOrder, { [IN_FLIGHT]: 5, ...PLAIN }],
  ['idempotence is off', idempotenceKeepsOrder, { [IN_FLIGHT]: 5, ...PLAIN }],
  ['nothing is sent again', retryDuplicates, { [IN_FLIGHT]: 5, ...PLAIN, retries: 0 }],
  ['idempotence is off', idempotenceDeduplicates, { [IN_FLIGHT]: 5, ...PLAIN }],
] as const)('where %s, the claim of another experiment is broken', async (_why, experiment, options) => {
  const { result } = await runOn('simulation', experiment, [orderCellOf(options, { records: 6 })])
  expect(result.verdict).toBe('broken')
})

test.each([
  { guard: 'sequences-in-turn', experiment: idempotenceKeepsOrder },
  { guard: 'remembered-batches', experiment: idempotenceDeduplicates },
  { guard: 'remembered-batches', experiment: retryDuplicates },
] as const)('without $guard the claim of $experiment.name is broken', async ({ guard, experiment }) => {
  switchOff([guard])
  const cell = orderCellOf({ [IN_FLIGHT]: 5, ...IDEMPOTENT }, { records: 6 })
  const { result } = await runOn('simulation', experiment, [cell], [1, 2, 3])
  expect(result.verdict).toBe('broken')
})

test('an anomaly is shrunk to two records and one error, and that config shows the same history again', async () => {
  const configs: LabConfig[] = []
  const first = await runOn(
    'simulation',
    inFlightReorders,
    [orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN })],
    [7],
    (config) => {
      configs.push(config)
      return ''
    },
  )
  const [shrunk] = configs as [LabConfig]
  expect(shrunk).toMatchObject({ workload: { partitions: 1 }, records: 2, errors: 1, errorAt: 1 })
  const again = await runOn('simulation', inFlightReorders, [shrunk], [7])
  expect(again.result.anomalies[0]?.history).toEqual(first.result.anomalies[0]?.history)
})

test('an error that is still to come when all is sent hits nobody: the records behind all others are not part of the run', async () => {
  const cell = orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN }, { records: 4, errors: 3 })
  for (const seed of SEEDS) {
    const { observations, recording } = await retryDuplicates.run(LAB_HOSTS.simulation, cell, seed)
    expect(observations.copies.filter(({ producer }) => producer !== 0)).toEqual([])
    const answers = recording.timeline.filter(({ event }) => event === 'answered')
    const faults = recording.timeline.filter(({ event }) => event === 'fault')
    expect(faults.at(-1)?.atMs).toBeLessThan(answers.at(-1)?.atMs ?? 0)
  }
})

test('with several brokers the errors hit the one that stands still, and every seed shows what the claim says', async () => {
  const { workload, ...rest } = orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN })
  const cell = { ...rest, workload: { ...workload, brokers: 3, replicationFactor: 3 } }
  const { result } = await runOn('simulation', inFlightReorders, [cell], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0 })
  expect(result.anomalies.map(({ seed }) => seed)).toEqual(SEEDS)
})

test('records may be larger than anything that is usual here', async () => {
  const { workload, ...rest } = orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN })
  const { result } = await runOn('simulation', inFlightReorders, [
    { ...rest, workload: { ...workload, recordBytes: 200_000 } },
  ])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
})

test.each([
  [{}, 'max.request.size, 1048576'],
  [{ 'max.request.size': 2_000_000 }, 'max.message.bytes, 1048588'],
  [{ 'max.request.size': 2_000_000, 'max.message.bytes': 2_000_000, 'buffer.memory': 70_000 }, 'buffer.memory, 70000'],
])('records that nobody could ever write are refused: %o', async (options, says) => {
  const { workload, ...rest } = orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN, ...options })
  const cell = { ...rest, workload: { ...workload, recordBytes: 1_100_000 } }
  await expect(runOn('simulation', inFlightReorders, [cell])).rejects.toThrow(
    new RegExp(`Cannot set record-size to 1100000: a record takes 11000.. bytes .* more than ${says}`),
  )
})

test('two records are enough to change places', async () => {
  const { result } = await runOn(
    'simulation',
    inFlightReorders,
    [orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN }, { records: 2, errors: 1 })],
    SEEDS,
  )
  expect(result).toMatchObject({ verdict: 'holds', outOfOrder: SEEDS.length })
})

test.each([
  ['one record', inFlightReorders, orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN }, { records: 1 }), 'at least 2 records'],
  ['nobody is told of an error', inFlightReorders, orderCellOf({ ...PLAIN, acks: 0 }), 'acks=0'],
  [
    'batches of many',
    inFlightReorders,
    orderCellOf({ [IN_FLIGHT]: 5, ...PLAIN, 'batch.size': 16_384 }),
    'batch.size 16384',
  ],
] as const)('a shape in which nothing could change places is refused: %s', async (_, experiment, cell, says) => {
  await expect(runOn('simulation', experiment, [cell])).rejects.toThrow(says)
})

test('a run in which nothing has gone wrong has shown nothing', async () => {
  const cell = orderCellOf({ [IN_FLIGHT]: 1, ...PLAIN }, { errorAt: 1_000 })
  const { result, shown } = await runOn('simulation', inFlightOneKeepsOrder, [cell])
  expect([result.verdict, shown[0]?.broken]).toEqual([
    'broken',
    ['seed 1: no request was hit, so that nothing is shown'],
  ])
})

test('too many requests in flight for idempotence are refused and fail nothing', async () => {
  const cells = [orderCellOf({ [IN_FLIGHT]: 20, ...PLAIN }), orderCellOf({ [IN_FLIGHT]: 20, ...IDEMPOTENT })]
  const { result } = await runOn('simulation', inFlightReorders, cells, [1, 2])
  expect(result).toMatchObject({ verdict: 'holds', runs: [{ seeds: 2 }, { seeds: 0, lost: 0 }] })
  expect(result.runs[1]?.refused).toContain('it must be at most 5')
})
