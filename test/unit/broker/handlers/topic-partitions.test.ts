import { expect, test } from 'vitest'
import type { Connection, Context } from '../../../../src/actor/types.js'
import { ClusterView } from '../../../../src/broker/cluster-view.js'
import { topicPartitionHandlers } from '../../../../src/broker/handlers/topic-partitions.js'
import type { RequestOf, ResponseOf } from '../../../../src/protocol/api.js'
import { topicUuidOf } from '../../../../src/protocol/topic-uuid.js'

type Cursor = RequestOf<'DescribeTopicPartitions'>['cursor']

const partition = (number: number) => ({
  partition: number,
  leader: number === 1 ? 2 : 1,
  leaderEpoch: 3,
  partitionEpoch: 4,
  replicas: [1, 2],
  isr: [1],
  elr: [2],
  lastKnownLeader: -1,
})

/** Topics with so many partitions, on brokers of which the second is dead. */
function given(topics: Readonly<Record<string, number>>): ClusterView {
  const cluster = new ClusterView()
  const [one, two] = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: 1, isShuttingDown: false }))
  cluster.take({
    api: 'UpdateMetadata',
    version: 1,
    since: -1,
    brokers: [
      { ...one!, isFenced: false },
      { ...two!, isFenced: true },
    ],
    topics: Object.entries(topics).map(([name, count], index) => {
      return {
        name,
        topicId: index + 1,
        configs: {},
        partitions: Array.from({ length: count }, (_, at) => partition(at)),
      }
    }),
    removedTopics: [],
  })
  return cluster
}

function ask(cluster: ClusterView, names: readonly string[], limit = 2_000, cursor: Cursor = null) {
  const topics = names.map((name) => ({ name }))
  const request = { api: 'DescribeTopicPartitions' as const, topics, responsePartitionLimit: limit, cursor }
  const told: ResponseOf<'DescribeTopicPartitions'>[] = []
  const connection = { reply: (_: number, answer: never) => void told.push(answer) } as unknown as Connection
  topicPartitionHandlers(cluster).DescribeTopicPartitions?.(connection, 0, request, {} as Context)
  const [answer] = told
  if (answer === undefined) throw new Error('There is no answer')
  const inShort = answer.topics.map((one) => [one.name, one.partitions.map(({ partitionIndex }) => partitionIndex)])
  return { answer, inShort, nextCursor: answer.nextCursor }
}

test('topics are told in the order of their names, each once, with their partitions', () => {
  const cluster = given({ tea: 1, milk: 2 })
  expect(ask(cluster, ['tea', 'milk', 'tea']).inShort).toEqual([
    ['milk', [0, 1]],
    ['tea', [0]],
  ])
  expect(ask(cluster, []).inShort).toEqual(ask(cluster, ['tea', 'milk']).inShort)
})

test('a page ends where its limit is reached, and the next one goes on there', () => {
  const cluster = given({ a: 3, b: 2, c: 1 })
  const pages: unknown[] = []
  let cursor: Cursor = null
  do {
    const { inShort, nextCursor }: ReturnType<typeof ask> = ask(cluster, [], 2, cursor)
    pages.push(inShort)
    cursor = nextCursor
  } while (cursor !== null)
  expect(pages).toEqual([
    [['a', [0, 1]]],
    [
      ['a', [2]],
      ['b', [0]],
    ],
    [
      ['b', [1]],
      ['c', [0]],
    ],
  ])
})

// KRaftMetadataCache: at least one partition, and max.request.partition.size.limit at most.
test.each([
  [0, 1],
  [-5, 1],
  [100_000, 2_000],
])('a limit of %i is one of %i', (limit, count) => {
  const { answer, nextCursor } = ask(given({ a: 3_000 }), ['a'], limit)
  expect([answer.topics[0]?.partitions.length, nextCursor]).toEqual([count, { topicName: 'a', partitionIndex: count }])
})

test('a partition is told with its eligible leaders; a leader that is dead is none', () => {
  const { answer } = ask(given({ a: 2 }), ['a'])
  expect(answer.topics).toMatchObject([{ errorCode: 'NONE', topicId: topicUuidOf(1), isInternal: false }])
  expect(answer.topics[0]?.partitions).toEqual([
    {
      errorCode: 'NONE',
      partitionIndex: 0,
      leaderId: 1,
      leaderEpoch: 3,
      replicaNodes: [1, 2],
      isrNodes: [1],
      eligibleLeaderReplicas: [2],
      lastKnownElr: [],
      offlineReplicas: [2],
    },
    expect.objectContaining({ leaderId: -1 }),
  ])
})

test('what is not there is told among the others', () => {
  const { answer } = ask(given({ a: 1 }), ['a', 'b', 'c d'])
  expect(answer.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ['a', 'NONE'],
    ['b', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['c d', 'INVALID_TOPIC_EXCEPTION'],
  ])
})

// DescribeTopicPartitionsRequestHandler
test.each([
  ['of a topic that was not asked for', { topicName: 'b', partitionIndex: 0 }],
  ['at a partition below the first', { topicName: 'a', partitionIndex: -1 }],
])('a cursor %s is refused', (_what, cursor) => {
  const { answer } = ask(given({ a: 1, b: 1 }), ['a'], 10, cursor)
  expect(answer.topics).toMatchObject([{ name: 'a', errorCode: 'INVALID_REQUEST', partitions: [] }])
})

test('a cursor at a topic that is gone goes on with the next one', () => {
  expect(ask(given({ a: 1, c: 1 }), [], 10, { topicName: 'b', partitionIndex: 4 }).inShort).toEqual([['c', [0]]])
})
