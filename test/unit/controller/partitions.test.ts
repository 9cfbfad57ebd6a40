import { expect, test } from 'vitest'
import type { ElectLeadersRequest } from '../../../src/protocol/apis/elect-leaders.js'
import { contentsOf, type GivenControls, givenPartition } from './given-image.js'

test('a leader shrinks and expands its isr, and is told what is committed', () => {
  const controls = givenPartition(1)
  const shrunk = controls.alter([1])
  expect(shrunk).toEqual({
    ...{ topicId: 1, partition: 0, error: 'NONE' },
    ...{ leader: 1, leaderEpoch: 0, isr: [1], partitionEpoch: 1 },
  })
  expect(controls.alter([1, 3])).toMatchObject({ error: 'NONE', isr: [1, 3], leaderEpoch: 0, partitionEpoch: 2 })
  expect(controls.state).toBe('leader 1@0 isr 1,3 elr  last -1')
})

test('an isr that is there already is answered, and changes nothing', () => {
  const controls = givenPartition(1)
  const { records, reply } = controls.partitions.alterPartition(controls.wanted([3, 2, 1]))
  expect([records, reply.partitions[0]]).toMatchObject([[], { error: 'NONE', isr: [1, 2, 3], partitionEpoch: 0 }])
})

test('a replica that leaves below the minimum joins the elr, which is emptied when there are enough', () => {
  const controls = givenPartition(2)
  controls.alter([1])
  expect(controls.state).toBe('leader 1@0 isr 1 elr 2,3 last -1')
  controls.alter([1, 3])
  expect(controls.state).toBe('leader 1@0 isr 1,3 elr  last -1')
})

test('a partition with all its replicas in the isr has enough, whatever the minimum', () => {
  const controls = givenPartition(9)
  controls.alter([1, 2])
  expect(controls.state).toBe('leader 1@0 isr 1,2 elr 3 last -1')
  controls.alter([1, 2, 3])
  expect(controls.state).toBe('leader 1@0 isr 1,2,3 elr  last -1')
})

type Asked = Parameters<GivenControls['wanted']>

test.each<[string, Asked, string]>([
  [
    'of a topic that is unknown',
    [[1], { topicId: 9, leaderEpoch: 0, partitionEpoch: 1 }],
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  ['with a leader epoch that is still to come', [[2], { leaderEpoch: 2 }], 'NOT_CONTROLLER'],
  ['with a partition epoch that is still to come', [[2], { partitionEpoch: 2 }], 'NOT_CONTROLLER'],
  ['with an old leader epoch', [[2], { leaderEpoch: 0 }], 'FENCED_LEADER_EPOCH'],
  ['by a broker that does not lead', [[2, 3], {}, { brokerId: 3 }], 'INVALID_REQUEST'],
  ['with an old partition epoch', [[2], { partitionEpoch: 0 }], 'INVALID_UPDATE_VERSION'],
  ['with a broker that is no replica', [[2, 4]], 'INVALID_REQUEST'],
  ['with a replica twice', [[2, 3, 3]], 'INVALID_REQUEST'],
  ['without the leader', [[3]], 'INVALID_REQUEST'],
  ['of nobody', [[]], 'INVALID_REQUEST'],
  ['with a broker that is fenced', [[1, 2]], 'INELIGIBLE_REPLICA'],
  ['with an incarnation that is past', [[], { newIsr: [2, 3].map(earlier) }], 'INELIGIBLE_REPLICA'],
])('an isr %s is refused, and nothing changes', (_what, asked, error) => {
  const controls = givenPartition(1)
  controls.register(4)
  controls.fence(1)
  const before = contentsOf(controls.image)
  const wanted = controls.wanted(...asked).partitions[0]!
  expect(controls.alter(...asked)).toMatchObject({
    ...{ error, leaderEpoch: wanted.leaderEpoch, partitionEpoch: wanted.partitionEpoch },
    isr: wanted.newIsr.map(({ brokerId }) => brokerId),
  })
  expect(contentsOf(controls.image)).toEqual(before)
})

function earlier(brokerId: number): { brokerId: number; brokerEpoch: number } {
  return { brokerId, brokerEpoch: brokerId === 3 ? 0 : brokerId - 1 }
}

test('a broker that shuts down does not join an isr', () => {
  const controls = givenPartition(1)
  controls.shutDown(3)
  expect(controls.alter([1, 2, 3])?.error).toBe('INELIGIBLE_REPLICA')
})

test('an earlier incarnation of the leader is not listened to at all', () => {
  const controls = givenPartition(1)
  const { records, reply } = controls.partitions.alterPartition(controls.wanted([1], {}, { brokerEpoch: 9 }))
  expect([records, reply]).toEqual([[], { error: 'STALE_BROKER_EPOCH', partitions: [] }])
})

test('a partition that a request names twice is changed once', () => {
  const controls = givenPartition(1)
  const request = controls.wanted([1])
  const twice = { ...request, partitions: [...request.partitions, ...request.partitions] }
  const { partitions } = controls.commit(controls.partitions.alterPartition(twice))
  expect(partitions.map(({ error }) => error)).toEqual(['NONE', 'INVALID_UPDATE_VERSION'])
})

const ORDERS = [{ topic: 'orders', partition: 0 }]

function elect(controls: GivenControls, said: Partial<ElectLeadersRequest>): string {
  const request = { api: 'ElectLeaders' as const, electionType: 'preferred' as const, partitions: ORDERS, ...said }
  const results = controls.commit(controls.partitions.electLeaders(request))
  return results.map(({ error }) => error).join()
}

test('the preferred leader gets its place back when it is in the isr', () => {
  const controls = givenPartition(1)
  expect(elect(controls, {})).toBe('ELECTION_NOT_NEEDED')
  controls.fence(1)
  controls.register(1)
  expect(elect(controls, {})).toBe('PREFERRED_LEADER_NOT_AVAILABLE')
  controls.alter([1, 2, 3])
  expect(elect(controls, {})).toBe('NONE')
  expect(controls.state).toBe('leader 1@2 isr 1,2,3 elr  last -1')
})

test('an unclean election is for partitions without a leader, and needs somebody alive', () => {
  const controls = givenPartition(1)
  expect(elect(controls, { electionType: 'unclean' })).toBe('ELECTION_NOT_NEEDED')
  controls.fence(1, 2, 3)
  expect(elect(controls, { electionType: 'unclean' })).toBe('ELIGIBLE_LEADERS_NOT_AVAILABLE')
  controls.unfence(1)
  expect(elect(controls, { electionType: 'unclean' })).toBe('NONE')
  expect(controls.state).toBe('leader 1@4 isr 1 elr  last -1')
})

test('an election of all partitions tells of those that were not as they should be', () => {
  const controls = givenPartition(1)
  controls.create({ name: 'other', numPartitions: 3, replicationFactor: 2 })
  expect(elect(controls, { partitions: null })).toBe('')
  controls.fence(1)
  expect(elect(controls, { partitions: null })).toMatch(/^PREFERRED_LEADER_NOT_AVAILABLE/)
})

test('a partition that does not exist has no election', () => {
  const controls = givenPartition(1)
  const partitions = [
    { topic: 'orders', partition: 7 },
    { topic: 'none', partition: 0 },
  ]
  expect(elect(controls, { partitions })).toBe('UNKNOWN_TOPIC_OR_PARTITION,UNKNOWN_TOPIC_OR_PARTITION')
})

test('leaders are balanced where the preferred one is in the isr', () => {
  const controls = givenPartition(1)
  controls.fence(1)
  controls.register(1)
  expect(controls.partitions.balanceLeaders().records).toEqual([])
  controls.alter([2, 3, 1])
  controls.commit(controls.partitions.balanceLeaders())
  expect(controls.partition()).toMatchObject({ leader: 1, leaderEpoch: 2 })
})
