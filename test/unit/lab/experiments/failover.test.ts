import { expect, test } from 'vitest'
import { failover } from '../../../../src/lab/experiments/failover.js'
import { labTable } from '../../../../src/lab/report/lab-table.js'
import { cellOf, runOn } from './given-experiment.js'

const SAFE = cellOf({ acks: -1, 'min.insync.replicas': 2 })

test('nothing that was acknowledged is lost, and writes go on by themselves', async () => {
  const { result } = await runOn('simulation', failover, [SAFE], [1, 2, 3, 4, 5])
  expect(result).toMatchObject({
    verdict: 'holds',
    lost: 0,
    host: 'simulation',
    runs: [{ seeds: 5, recordsPerSecond: null }],
  })
})

test('the timeline tells kill, fencing, election, acknowledgement and reading in this order', async () => {
  const { result } = await runOn('simulation', failover, [SAFE])
  const timeline = result.runs[0]?.timeline ?? []
  const since = timeline.filter(({ atMs }) => atMs >= 0).map(({ event }) => event)
  expect(since).toEqual(['kill', 'fenced', 'elected', 'acknowledged', 'read', 'read'])
  expect(timeline.find(({ event }) => event === 'kill')).toMatchObject({ atMs: 0, actor: 'broker-1' })
})

test('the same seed gives the same timeline', async () => {
  const once = async () => (await runOn('simulation', failover, [SAFE], [3])).result
  expect(await once()).toEqual(await once())
})

test('a failover that never ends breaks the claim, and says what led to it and where it stands', async () => {
  // With as many replicas asked for as there are, nobody may write without the dead one.
  const cell = cellOf({ acks: -1, 'min.insync.replicas': 2 }, { brokers: 2, replicationFactor: 2 })
  const report = await runOn('simulation', failover, [cell])
  const { result, shown } = report
  expect(result).toMatchObject({ verdict: 'broken', anomalies: [{ seed: 1, kind: 'stuck', replay: '--seed 1' }] })
  expect(shown[0]?.broken[0]).toMatch(/^seed 1: it did not come to its end/)
  const [stuck] = result.anomalies
  expect(stuck?.history.map(({ event }) => event)).toEqual(expect.arrayContaining(['kill', 'fenced', 'elected']))
  expect(stuck?.history.at(-1)).toMatchObject({ actor: 'lab', event: 'stuck' })
  expect(stuck?.history.at(-1)?.atMs).toBeGreaterThan(30_000)
  expect(labTable(report, { hasColors: false })).toContain('broker-1 is known to be down')
})

test('a claim that does not hold under one seed is broken, and the anomaly carries its history', async () => {
  const sceptical: typeof failover = {
    ...failover,
    run: async (host, config, seed) => ({
      ...(await failover.run(host, config, seed)),
      broken: seed === 2 ? 'made up' : null,
    }),
  }
  const { result } = await runOn('simulation', sceptical, [SAFE], [1, 2])
  const anomaly = result.anomalies.find(({ kind }) => kind === 'claim')
  expect([result.verdict, anomaly?.seed, anomaly?.replay]).toEqual(['broken', 2, '--seed 2'])
  expect(anomaly?.history.map(({ event }) => event)).toContain('kill')
})
