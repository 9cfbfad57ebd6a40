import { expect, test } from 'vitest'
import { acks } from '../../../../src/lab/experiments/acks.js'
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

test('the same seed gives the same result', async () => {
  const once = async () =>
    (await runOn('simulation', acks, [cellOf({ acks: 1, 'min.insync.replicas': 2 })], [7])).result
  expect(await once()).toEqual(await once())
})

test('a cell that is impossible is refused and fails nothing', async () => {
  const cells = [cellOf({ acks: 1 }), cellOf({ acks: 1 }, { replicationFactor: 5 })]
  const { result } = await runOn('simulation', acks, cells)
  expect(result).toMatchObject({ verdict: 'holds', runs: [{ seeds: 1 }, { seeds: 0 }] })
  expect(result.runs[1]?.refused).toContain('replication factor 5')
})
