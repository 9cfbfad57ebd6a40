import { expect, test } from 'vitest'
import { GivenControls, givenPartition } from './given-image.js'

test('a broker that registers is active, with an epoch of its own', () => {
  const controls = new GivenControls([])
  const epochs = [2, 1].map((brokerId) => controls.register(brokerId).brokerEpoch)
  expect(controls.image.activeBrokers).toEqual([1, 2])
  expect(epochs[1]).toBeGreaterThan(epochs[0] as number)
})

test('a second broker of the same id is refused while the first is alive', () => {
  const controls = new GivenControls([1])
  const { records, reply } = controls.brokers.registerBroker(controls.registration(1))
  expect([records, reply.error]).toEqual([[], 'DUPLICATE_BROKER_REGISTRATION'])
})

test('a fenced broker may come back, with a larger epoch', () => {
  const controls = new GivenControls([1])
  const first = controls.epochOf(1)
  controls.fence(1)
  expect(controls.image.activeBrokers).toEqual([])
  expect(controls.register(1).brokerEpoch).toBeGreaterThan(first)
  expect(controls.image.activeBrokers).toEqual([1])
})

test('fencing twice, or fencing nobody, changes nothing', () => {
  const controls = new GivenControls([1])
  controls.fence(1)
  expect(controls.brokers.fenceBroker(1).records).toEqual([])
  expect(controls.brokers.fenceBroker(9).records).toEqual([])
  expect(controls.brokers.unfenceBroker(9).records).toEqual([])
})

test('unfencing a broker that is not fenced changes nothing', () => {
  expect(new GivenControls([1]).brokers.unfenceBroker(1).records).toEqual([])
})

type Step = (controls: GivenControls) => void
const fence =
  (...brokerIds: number[]): Step =>
  (controls) =>
    controls.fence(...brokerIds)
const unfence =
  (brokerId: number): Step =>
  (controls) =>
    controls.unfence(brokerId)
const isKept =
  (brokerId: number): Step =>
  (controls) =>
    void controls.register(brokerId, 'kept')
const isLost =
  (brokerId: number): Step =>
  (controls) =>
    void controls.register(brokerId, 'lost')

test.each<[string, number, Step[], string]>([
  ['a fenced follower leaves the isr, and no leader epoch begins', 1, [fence(2)], 'leader 1@0 isr 1,3 elr  last -1'],
  ['a fenced leader is replaced, in a new leader epoch', 1, [fence(1)], 'leader 2@1 isr 2,3 elr  last -1'],
  ['a replica that leaves an isr that is large enough is in no elr', 2, [fence(1)], 'leader 2@1 isr 2,3 elr  last -1'],
  ['a replica that leaves an isr that is too small joins the elr', 2, [fence(1, 2)], 'leader 3@2 isr 3 elr 2 last -1'],
  ['the last of an isr joins the elr', 2, [fence(1, 2, 3)], 'leader -1@3 isr  elr 2,3 last 3'],
  ['the last of an isr joins the elr where one was enough, too', 1, [fence(1, 2, 3)], 'leader -1@3 isr  elr 3 last 3'],
  ['a minimum above the replicas counts as all of them', 9, [fence(1)], 'leader 2@1 isr 2,3 elr 1 last -1'],
  ['the elr elects when one of it lives', 2, [fence(1, 2, 3), unfence(2)], 'leader 2@4 isr 2 elr 3 last -1'],
  ['nobody else is elected', 2, [fence(1, 2, 3), unfence(1)], 'leader -1@3 isr  elr 2,3 last 3'],
  [
    'a broker that kept its memory keeps its place in the elr',
    2,
    [fence(1, 2), isKept(2)],
    'leader 3@2 isr 3 elr 2 last -1',
  ],
  [
    'a broker that lost its memory loses its place in the elr',
    2,
    [fence(1, 2), isLost(2)],
    'leader 3@2 isr 3 elr  last -1',
  ],
  ['a new incarnation leads if its memory holds all', 1, [fence(1, 2, 3), isKept(3)], 'leader 3@4 isr 3 elr  last -1'],
  [
    'a broker that lost its memory does not lead while another may',
    2,
    [fence(1, 2, 3), isLost(3)],
    'leader -1@3 isr  elr 2 last -1',
  ],
  [
    'when the others of the elr have lost their memories, the last leader leads',
    2,
    [fence(1, 2, 3), isLost(2), isKept(3)],
    'leader 3@4 isr 3 elr  last -1',
  ],
  [
    'a last leader that has lost its memory does not lead where others may hold more',
    1,
    [fence(2, 3), fence(1), isKept(2), isLost(1)],
    'leader -1@1 isr  elr  last -1',
  ],
  [
    'a last leader that lost its memory does not lead where it was in no elr any more, either',
    2,
    [fence(1, 2, 3), isLost(2), isLost(3), isLost(1)],
    'leader -1@3 isr  elr  last -1',
  ],
])('%s', (_title, minIsr, steps, state) => {
  const controls = givenPartition(minIsr)
  for (const step of steps) step(controls)
  expect(controls.state).toBe(state)
})

test('a broker that died before it was told its epoch has kept its memory all the same', () => {
  const controls = givenPartition(2)
  fence(1, 2, 3)(controls)
  const known = controls.registration(3)
  controls.commit(controls.brokers.registerBroker(known))
  controls.fence(3)
  controls.commit(controls.brokers.registerBroker(known))
  expect(controls.state).toBe('leader 3@6 isr 3 elr 2 last -1')
})

test('a partition with one replica begins anew when that one has lost its memory', () => {
  const controls = new GivenControls([1])
  controls.create({})
  controls.fence(1)
  controls.register(1, 'lost')
  expect(controls.state).toBe('leader 1@2 isr 1 elr  last -1')
})

test('an unclean election ends what began when the last leader lost its memory', () => {
  const controls = givenPartition(1)
  controls.fence(2, 3, 1)
  controls.register(1, 'lost')
  controls.fence(1)
  controls.register(2)
  const partitions = [{ topic: 'orders', partition: 0 }]
  const elect = { api: 'ElectLeaders', electionType: 'unclean', partitions } as const
  expect(controls.commit(controls.partitions.electLeaders(elect))).toMatchObject([{ error: 'NONE' }])
  expect(controls.state).toBe('leader 2@2 isr 2 elr  last -1')
})

test('every change of a partition has a partition epoch of its own', () => {
  const controls = givenPartition(2)
  const epochs = [1, 2, 3].map((brokerId) => {
    controls.fence(brokerId)
    return controls.partition().partitionEpoch
  })
  expect(epochs).toEqual([1, 2, 3])
})

test('a broker that comes in for the first time changes no partition', () => {
  const controls = givenPartition(2)
  expect(controls.brokers.registerBroker(controls.registration(4, 'lost')).records).toHaveLength(1)
})

test('any replica is elected rather than none, where a topic allows it', () => {
  const controls = givenPartition(1, { 'unclean.leader.election.enable': true })
  controls.fence(1, 2, 3)
  controls.unfence(1)
  expect(controls.state).toBe('leader 1@4 isr 1 elr  last -1')
})

test('an option that a topic does not have is that of its broker', () => {
  const controls = new GivenControls([1, 2, 3], { 'min.insync.replicas': 2, 'unclean.leader.election.enable': true })
  controls.create({ replicationFactor: 3 })
  controls.fence(1, 2, 3)
  expect(controls.partition().elr).toEqual([2, 3])
  controls.unfence(1)
  expect(controls.state).toBe('leader 1@4 isr 1 elr  last -1')
})

test('a broker that shuts down leads nothing, is in no isr, and gets no replicas', () => {
  const controls = givenPartition(2)
  expect(controls.shutDown(1)).toEqual({ error: 'NONE', remaining: 0 })
  expect(controls.state).toBe('leader 2@1 isr 2,3 elr  last -1')
  expect(controls.image.unfencedBrokers).toEqual([1, 2, 3])
  expect(controls.create({ name: 'more', replicationFactor: 3 })[0]?.error).toBe('INVALID_REPLICATION_FACTOR')
  controls.fence(1)
  expect(controls.create({ name: 'more', replicationFactor: 3 })[0]?.error).toBe('NONE')
})

test('a broker that shuts down leads on where nobody else may, and hands over to the first that may', () => {
  const controls = givenPartition(1)
  controls.fence(2, 3)
  expect(controls.shutDown(1).remaining).toBe(1)
  expect(controls.state).toBe('leader 1@0 isr 1 elr  last -1')
  controls.unfence(3)
  expect(controls.alter([1, 3])?.error).toBe('NEW_LEADER_ELECTED')
  expect([controls.partition().leader, controls.shutDown(1).remaining]).toEqual([3, 0])
})

test('a partition without a second replica does not hold up a shutdown', () => {
  const controls = new GivenControls([1])
  controls.create({})
  expect(controls.shutDown(1)).toEqual({ error: 'NONE', remaining: 0 })
  expect(controls.partition().leader).toBe(1)
})

test('an earlier incarnation shuts nothing down', () => {
  const controls = new GivenControls([1])
  const { records, reply } = controls.brokers.controlledShutdown({
    api: 'ControlledShutdown',
    brokerId: 1,
    brokerEpoch: 7,
  })
  expect([records, reply.error]).toEqual([[], 'STALE_BROKER_EPOCH'])
})

test('a broker that shuts down is not elected when it is heard again', () => {
  const controls = givenPartition(1)
  controls.fence(2, 3)
  controls.shutDown(1)
  controls.fence(1)
  controls.unfence(1)
  expect(controls.state).toBe('leader -1@1 isr  elr 1 last 1')
})

test('a broker that has shut down comes back as any other', () => {
  const controls = givenPartition(2)
  controls.shutDown(1)
  controls.fence(1)
  controls.register(1)
  expect(controls.image.activeBrokers).toEqual([1, 2, 3])
})
