import { afterEach, expect, test } from 'vitest'
import { switchOff } from '../../../../src/base/guards.js'
import type { LabConfig } from '../../../../src/lab/experiments/experiment.js'
import { keyKeepsOrderPerKey } from '../../../../src/lab/experiments/key-order.js'
import type { HostName } from '../../../../src/lab/experiments/lab-host.js'
import { notEnoughReplicasAfterAppend } from '../../../../src/lab/experiments/not-enough-replicas.js'
import { keyCellOf, replicasCellOf, runOn } from './given-experiment.js'

const SIMULATION: HostName = 'simulation'
const SEEDS = [1, 2, 3, 4, 5, 6]

function withAcks1({ workload, ...rest }: LabConfig): LabConfig {
  return { ...rest, workload: { ...workload, options: { ...workload.options, acks: 1 } } }
}

afterEach(() => switchOff([]))

test('records of a key are read in order, and some pass an earlier one of another key', async () => {
  const { result, shown } = await runOn(SIMULATION, keyKeepsOrderPerKey, [keyCellOf({})], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
  expect(shown[0]?.outcome?.facts['passed another key']).toBeGreaterThan(0)
})

test('a key keeps its order under the hash of librdkafka, too', async () => {
  const cell = keyCellOf({ 'partitioner.class': 'consistent_random' })
  const { result } = await runOn(SIMULATION, keyKeepsOrderPerKey, [cell], SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
})

test.each([
  { 'partitioner.class': 'RoundRobinPartitioner' },
  { 'partitioner.class': 'org.apache.kafka.clients.producer.RoundRobinPartitioner' },
  { 'partitioner.ignore.keys': true },
])('where keys do not decide the partition, the claim is broken, and nothing else is: %o', async (options) => {
  const { result } = await runOn(SIMULATION, keyKeepsOrderPerKey, [keyCellOf(options)])
  expect(result).toMatchObject({ verdict: 'broken', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(result.anomalies.map(({ kind }) => kind)).toEqual(['claim'])
})

test('a broken claim is shrunk to what breaks it for the same reason', async () => {
  const cell = keyCellOf({ 'partitioner.class': 'RoundRobinPartitioner' })
  const { result, shown } = await runOn(SIMULATION, keyKeepsOrderPerKey, [cell])
  expect(shown[0]?.broken[0]).toContain('read behind later ones of the same key')
  expect(result.anomalies[0]?.history.at(-1)?.says).toContain('read behind later ones of the same key')
})

test('a record appended before the follower went is there twice without idempotence, and once with it', async () => {
  const cells = [replicasCellOf(false), replicasCellOf(true)]
  const { result } = await runOn(SIMULATION, notEnoughReplicasAfterAppend, cells, SEEDS)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(result.runs.map(({ duplicated }) => duplicated > 0)).toEqual([true, false])
  const answers = result.runs[0]?.timeline?.flatMap(({ batch }) => batch?.error ?? [])
  expect(answers).toContain('NOT_ENOUGH_REPLICAS')
})

test('without the memory of batches the claim about the follower that goes is broken', async () => {
  switchOff(['remembered-batches'])
  const { result } = await runOn(SIMULATION, notEnoughReplicasAfterAppend, [replicasCellOf(true)])
  expect(result.verdict).toBe('broken')
})

test.each([
  ['keys', keyKeepsOrderPerKey, keyCellOf({}, { brokers: 1 }), 'one broker'],
  ['one key', keyKeepsOrderPerKey, { ...keyCellOf({}), records: 1 }, 'at least 2 records'],
  [
    'replicas',
    notEnoughReplicasAfterAppend,
    replicasCellOf(true, { replicationFactor: 1 }),
    'no follower would be missed',
  ],
  ['acks', notEnoughReplicasAfterAppend, withAcks1(replicasCellOf(false)), 'acks=1'],
] as const)('a shape in which nothing is to be seen is refused: %s', async (_, experiment, cell, says) => {
  await expect(runOn(SIMULATION, experiment, [cell])).rejects.toThrow(says)
})
