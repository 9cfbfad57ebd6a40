import { expect, test } from 'vitest'
import { KafkaError } from '../../../../src/base/errors.js'
import { acks } from '../../../../src/lab/experiments/acks.js'
import { LAB_HOSTS, type LabHost } from '../../../../src/lab/experiments/lab-host.js'
import { cellOf, runOn } from './given-experiment.js'

const SEEDS = [1, 2, 3]

test.each([0, 1])('acks=%i loses what only the leader had', async (of) => {
  const { result } = await runOn('simulation', acks, [cellOf({ acks: of, 'min.insync.replicas': 2 })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 30, duplicated: 0, outOfOrder: 0 })
  expect(result.anomalies.map(({ seed, kind, replay }) => [seed, kind, replay])).toEqual(
    SEEDS.map((seed) => [seed, 'lost', `--seed ${seed}`]),
  )
  expect(result.anomalies[0]?.history.at(-1)?.says).toContain(`was acknowledged with acks=${of} and never read`)
})

test('acks=all with a smaller min.insync.replicas loses nothing and goes on with one broker down', async () => {
  const { result, shown } = await runOn('simulation', acks, [cellOf({ acks: -1, 'min.insync.replicas': 2 })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'while one broker is down': 'acknowledged' })
})

test('acks=all with min.insync.replicas at the factor loses nothing and refuses every write with one broker down', async () => {
  const { result, shown } = await runOn('simulation', acks, [cellOf({ acks: -1, 'min.insync.replicas': 3 })], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'while one broker is down': 'NOT_ENOUGH_REPLICAS' })
})

test('acks=all is the same with idempotence asked for by name', async () => {
  const cell = cellOf({ acks: -1, 'min.insync.replicas': 3, 'enable.idempotence': true })
  const { result, shown } = await runOn('simulation', acks, [cell])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'while one broker is down': 'NOT_ENOUGH_REPLICAS' })
})

/**
 * Its clock runs a thousand times as fast, so that patience ends soon, and whoever does not try again meets an error of
 * the disk.
 */
const FAILING: LabHost = {
  name: 'simulation',
  async start(...asked) {
    const { doors, ...cluster } = await LAB_HOSTS.simulation.start(...asked)
    const producer: typeof doors.producer = (options) => {
      const fault = { api: 'Produce', action: 'error', error: 'KAFKA_STORAGE_ERROR', until: 'removed' } as const
      if (options?.retries === 0) doors.faults.add(fault)
      return doors.producer(options)
    }
    const failing = new Proxy(doors, {
      get(_, name) {
        if (name === 'producer') return producer
        const member = Reflect.get(doors, name, doors)
        return typeof member === 'function' ? member.bind(doors) : member
      },
    })
    return { ...cluster, doors: failing, now: () => cluster.now() * 1_000 }
  },
}

test('a write that meets one error after the other while a broker is down ends the run, which names the last', async () => {
  const ended = acks.run(FAILING, cellOf({ acks: -1, 'min.insync.replicas': 2 }), 1)
  await expect(ended).rejects.toThrow('No write has come through or been refused')
  await expect(ended).rejects.toThrow('KAFKA_STORAGE_ERROR')
})

test('the same seed gives the same result', async () => {
  const once = async () =>
    (await runOn('simulation', acks, [cellOf({ acks: 1, 'min.insync.replicas': 2 })], [7])).result
  expect(await once()).toEqual(await once())
})

test('an error in the middle of a run is not a refusal: it fails the claim, and other seeds keep what they have shown', async () => {
  const failing: typeof acks = {
    ...acks,
    async run(host, config, seed) {
      if (seed === 2) throw new KafkaError('INVALID_REQUEST', 'made up')
      return acks.run(host, config, seed)
    },
  }
  const { result, shown } = await runOn(
    'simulation',
    failing,
    [cellOf({ acks: 0, 'min.insync.replicas': 2 })],
    [1, 2, 3],
  )
  expect(result).toMatchObject({ verdict: 'broken', lost: 20, runs: [{ seeds: 3 }] })
  expect(result.runs[0]?.refused).toBeUndefined()
  expect(shown[0]?.broken).toEqual(['seed 2: it did not come to its end: made up'])
  expect(result.anomalies.find(({ seed }) => seed === 2)).toMatchObject({ kind: 'failed', replay: '--seed 2' })
})

test('the first of thousands of anomalies have their history, and the others what shows them', async () => {
  const cell = cellOf({ acks: 1 })
  const outcome = await acks.run(LAB_HOSTS.simulation, cell, 1)
  const again: typeof acks = { ...acks, run: async () => outcome }
  const seeds = Array.from({ length: 1_100 }, (_, index) => index + 1)
  const { anomalies } = (await runOn('simulation', again, [cell], seeds)).result
  const [first, last] = [anomalies[0]?.history ?? [], anomalies.at(-1)?.history]
  expect(first.length).toBeGreaterThan(10)
  expect([anomalies.length, last]).toEqual([1_100, first.slice(-1)])
})

test.each([
  ['a producer', { 'delivery.timeout.ms': 1 }, 'it must be at least linger.ms + request.timeout.ms'],
  ['a broker', { 'broker.session.timeout.ms': 1 }, 'broker.session.timeout.ms'],
])('options that are impossible for %s are refused before anything is done', async (_whose, options, says) => {
  const { result } = await runOn('simulation', acks, [cellOf({ acks: 1 }), cellOf({ acks: 1, ...options })])
  expect(result).toMatchObject({ verdict: 'holds', runs: [{ seeds: 1 }, { seeds: 0 }] })
  expect(result.runs[1]?.refused).toContain(says)
})

test('a cell that is impossible is refused and fails nothing', async () => {
  const cells = [cellOf({ acks: 1 }), cellOf({ acks: 1 }, { replicationFactor: 5 })]
  const { result } = await runOn('simulation', acks, cells)
  expect(result).toMatchObject({ verdict: 'holds', runs: [{ seeds: 1 }, { seeds: 0 }] })
  expect(result.runs[1]?.refused).toContain('replication factor of 5')
})
