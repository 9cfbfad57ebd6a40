import { expect, onTestFinished, test } from 'vitest'
import { runCampaign } from '../../bench/kills/campaign.js'
import { KILLED_TOPIC, startKilledCluster, wholeIsr } from '../../bench/kills/killed-cluster.js'
import { WatchedLoad } from '../../bench/kills/watched-load.js'
import { seededRandom } from '../../src/base/random.js'
import type { Producer } from '../../src/client/producer/producer.js'
import { Cluster } from '../../src/cluster/cluster.js'
import { PointTrap, type TrapPoint } from '../../src/cluster/point-trap.js'
import { checkHistory } from '../../src/lab/history/check-history.js'

test('no record is lost, duplicated or out of order when threads die at any moment', async () => {
  const { kills, acknowledged, failed, counts, anomalies } = await runCampaign({ kills: 25, seed: 1 })

  expect({ counts, failed }, JSON.stringify(anomalies)).toEqual({ counts: {}, failed: 0 })
  expect(kills).toBe(25)
  expect(acknowledged).toBeGreaterThan(25)
}, 60_000)

test('no commit is lost or goes back and no record is passed over when members and coordinators die', async () => {
  const result = await runCampaign({ kills: 8, seed: 'g4', hasGroups: true })
  const { counts, groups, killsByKind, anomalies } = result

  expect({ counts, violations: groups?.violations }, JSON.stringify(anomalies)).toEqual({ counts: {}, violations: [] })
  expect(Math.min(killsByKind.member, killsByKind.coordinator)).toBeGreaterThan(0)
  expect(groups?.acknowledgedCommits).toBeGreaterThan(0)
}, 120_000)

test('a campaign that cannot go on names its seed', async () => {
  const onKill = (): void => {
    throw new Error('made up')
  }
  await expect(runCampaign({ kills: 2, seed: 'some', onKill })).rejects.toThrow('seed some, after 1 death: made up')
})

const PLACES: readonly (readonly [role: 'leader' | 'follower', point: TrapPoint])[] = [
  ['leader', 'append-copied'],
  ['follower', 'append-copied'],
  ['leader', 'append-stamped'],
  ['follower', 'append-stamped'],
  ['leader', 'append-published'],
  ['follower', 'append-published'],
  ['leader', 'segment-opened'],
  ['follower', 'segment-opened'],
  ['follower', 'follower-answered'],
  ['leader', 'committed'],
]

test.each(PLACES)('a %s that dies at %s takes no acknowledged record with it', async (role, point) => {
  const pointTraps = new Map([1, 2, 3].map((brokerId) => [brokerId, new PointTrap()]))
  const cluster = await startKilledCluster({ partitions: 1, internals: { pointTraps } })
  onTestFinished(() => cluster.close())
  const random = seededRandom(`${role} ${point}`)
  const load = new WatchedLoad(cluster, { topic: KILLED_TOPIC, partitions: 1, producers: 2, outstanding: 4, random })
  const [leader = 0] = await wholeIsr(cluster)
  const victim = role === 'leader' ? leader : (leader % 3) + 1
  const trap = pointTraps.get(victim) as PointTrap

  // Not before: whoever starts may ask the victim.
  await load.start()
  trap.set(point, 1)
  await trap.sprung()
  expect(trap.isSprung).toBe(true)
  await cluster.killBroker(victim)
  trap.remove()
  await load.acknowledgedMore(100)
  await cluster.restartBroker(victim)
  await wholeIsr(cluster)
  await load.stop()
  await load.readEverything()

  const verdict = checkHistory(load.history())
  expect(verdict.counts, JSON.stringify(verdict.anomalies)).toEqual({})
})

test('a broker that stands in the middle of a copy until its producer has given up publishes nothing of it, and goes on', async () => {
  const trap = new PointTrap()
  const cluster = await Cluster.start({}, { pointTraps: new Map([[1, trap]]) })
  onTestFinished(() => cluster.close())
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
  // Not so hasty that a busy machine could not send anything at all.
  const hasty = cluster.producer({ acks: 1, 'request.timeout.ms': 1_000, 'delivery.timeout.ms': 1_500 })
  const send = (producer: Producer, value: string): Promise<unknown> =>
    producer.send({ topic: 'orders', messages: [{ value }] })
  await send(hasty, 'first')

  trap.set('append-begun', 1)
  const given = send(hasty, 'given up')
  await trap.sprung()
  await expect(given).rejects.toThrow()
  // In the same memory.
  const overwritten = send(hasty, 'another one, that is longer than the one before').catch(() => {})
  trap.release()
  await overwritten
  await send(cluster.producer({ acks: 1 }), 'last')

  const values: string[] = []
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topic: 'orders' })
  for await (const { value } of consumer) {
    values.push(String(value))
    if (values.at(-1) === 'last') break
  }
  expect([values[0], values.includes('given up'), cluster.unexpectedExits]).toEqual(['first', false, []])
})
