import { expect, test } from 'vitest'
import { Metadata } from '../../../src/client/metadata.js'
import type { TopicMetadata } from '../../../src/protocol/apis/metadata.js'
import { ordersMetadata, partitionMetadata } from './given-metadata.js'

const partition = (leader: number, leaderEpoch: number) => partitionMetadata({ partition: 0, leader, leaderEpoch })

function givenMetadata(leader = 1, leaderEpoch = 5): Metadata {
  const metadata = new Metadata()
  metadata.update(ordersMetadata([partition(leader, leaderEpoch)]))
  return metadata
}

const leaderIn = (metadata: Metadata, topicId = 1): [number, number] => [
  metadata.leaderOf(topicId, 0),
  metadata.leaderEpochOf(topicId, 0),
]

test('a partition that nobody has told of has no leader', () => {
  expect(leaderIn(new Metadata())).toEqual([-1, -1])
})

// Metadata.updateLastSeenEpochIfNewer, KIP-320.
test('an answer with an older leader epoch is ignored for that partition', () => {
  const metadata = givenMetadata()
  const newer = partitionMetadata({ partition: 1, leader: 3, leaderEpoch: 1 })
  metadata.update(ordersMetadata([partition(2, 4), newer]))
  expect([leaderIn(metadata), metadata.leaderOf(1, 1)]).toEqual([[1, 5], 3])
  metadata.update(ordersMetadata([partition(2, 6)]))
  expect(leaderIn(metadata)).toEqual([2, 6])
})

test('a partition can lose its leader', () => {
  const metadata = givenMetadata()
  metadata.update(ordersMetadata([partition(-1, 6)]))
  expect(leaderIn(metadata)).toEqual([-1, 6])
})

test('the epochs of a topic that was created again begin anew', () => {
  const metadata = givenMetadata()
  const topics = ordersMetadata([partition(2, 0)]).topics.map((topic) => ({ ...topic, topicId: 9 }))
  metadata.update({ ...ordersMetadata([]), topics })
  expect([leaderIn(metadata, 9), leaderIn(metadata, 1)]).toEqual([
    [2, 0],
    [-1, -1],
  ])
})

test('a topic that was created again stays so, whatever a broker says that has not heard of it', () => {
  const metadata = givenMetadata()
  const say = (topicId: number): void => {
    const topics = ordersMetadata([partition(2, 0)]).topics.map((topic) => ({ ...topic, topicId }))
    metadata.update({ ...ordersMetadata([]), topics })
  }
  say(9)
  say(1)
  expect([metadata.topic('orders')?.topicId, leaderIn(metadata, 9), leaderIn(metadata, 1)]).toEqual([
    9,
    [2, 0],
    [-1, -1],
  ])
  const { topics } = ordersMetadata([])
  metadata.update({ ...ordersMetadata([]), topics: [{ ...topics[0]!, error: 'UNKNOWN_TOPIC_OR_PARTITION' }] })
  say(1)
  expect(metadata.topic('orders')).toBeUndefined()
  say(9)
  expect(metadata.topic('orders')?.topicId).toBe(9)
})

// KIP-951
test('a leader that is told of is believed if its epoch is newer', () => {
  const metadata = givenMetadata()
  const { version } = metadata
  expect(metadata.updateLeader(1, 0, { leader: 2, leaderEpoch: 5 })).toBe(false)
  expect(metadata.updateLeader(1, 7, { leader: 2, leaderEpoch: 6 })).toBe(false)
  expect([leaderIn(metadata), metadata.version]).toEqual([[1, 5], version])
  expect(metadata.updateLeader(1, 0, { leader: 2, leaderEpoch: 6 })).toBe(true)
  expect([leaderIn(metadata), metadata.topic('orders')?.partitions[0]?.leader]).toEqual([[2, 6], 2])
  expect(metadata.version).toBeGreaterThan(version)
})

// Metadata.updateLastSeenEpochIfNewer, partitionMetadataIfCurrent.
test('once a newer leader epoch is heard of, the leader of before is none, until an answer is as new', () => {
  const metadata = givenMetadata()
  const { version } = metadata
  metadata.noteEpoch(1, 0, 5)
  metadata.noteEpoch(1, 7, 6)
  expect([leaderIn(metadata), metadata.version]).toEqual([[1, 5], version])
  metadata.noteEpoch(1, 0, 6)
  expect(leaderIn(metadata)).toEqual([-1, 6])
  expect(metadata.version).toBeGreaterThan(version)
  metadata.update(ordersMetadata([partition(1, 5)]))
  expect(leaderIn(metadata)).toEqual([-1, 6])
  metadata.update(ordersMetadata([partition(2, 6)]))
  expect(leaderIn(metadata)).toEqual([2, 6])
})

test('a broker that names the leader of an epoch that was only heard of is believed', () => {
  const metadata = givenMetadata()
  metadata.noteEpoch(1, 0, 6)
  expect(metadata.updateLeader(1, 0, { leader: 1, leaderEpoch: 5 })).toBe(false)
  expect(metadata.updateLeader(1, 0, { leader: 2, leaderEpoch: 6 })).toBe(true)
  expect(leaderIn(metadata)).toEqual([2, 6])
})

// NetworkClient.handleCompletedMetadataResponse: an empty metadata set comes from a broker that is starting.
test('a broker that knows no broker says nothing', () => {
  const metadata = givenMetadata()
  const nothing = { topicId: -1, isInternal: false, partitions: [] }
  const unknown: TopicMetadata = { error: 'UNKNOWN_TOPIC_OR_PARTITION', name: 'orders', ...nothing }
  expect(metadata.update({ api: 'Metadata', brokers: [], controller: -1, topics: [unknown] })).toBe(false)
  expect(leaderIn(metadata)).toEqual([1, 5])
})

test('a topic that is gone has no leader; one that cannot be told of now keeps what is known', () => {
  const metadata = givenMetadata()
  const said = (error: TopicMetadata['error']) => {
    const topics = [{ error, name: 'orders', topicId: -1, isInternal: false, partitions: [] }]
    metadata.update({ api: 'Metadata', brokers: [1], controller: 0, topics })
    return leaderIn(metadata)
  }
  expect(said('LEADER_NOT_AVAILABLE')).toEqual([1, 5])
  expect(said('UNKNOWN_TOPIC_OR_PARTITION')).toEqual([-1, -1])
})
