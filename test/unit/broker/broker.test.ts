import { describe, expect, test } from 'vitest'
import type { Acks } from '../../../src/base/config/definition.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import type { MetadataRequest, MetadataResponse } from '../../../src/protocol/apis/metadata.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { fetched, GivenBroker, type GivenClient, ordersOf, partitionOf, produced, TOPIC_ID } from './given-broker.js'

const metadata = (topics: readonly string[] | null, allowAutoTopicCreation = false): MetadataRequest => ({
  api: 'Metadata',
  topics,
  allowAutoTopicCreation,
})

const created =
  (error: 'NONE' | 'INVALID_TOPIC_EXCEPTION') =>
  (body: Request): Response | null =>
    body.api === 'CreateTopics'
      ? {
          api: 'CreateTopics',
          topics: body.topics.map(({ name }) => ({ name, topicId: TOPIC_ID, error, says: '', made: null })),
        }
      : null

test('a broker registers with the controller first thing', () => {
  const { controller } = new GivenBroker()
  const requests = controller.messages.filter(({ type }) => type === 'request')
  expect(requests).toMatchObject([{ body: { api: 'BrokerRegistration', brokerId: 1 } }])
})

test('a broker says that it is there once an image has it in it', () => {
  const broker = new GivenBroker()
  const asked = broker.client().ask({ api: 'AwaitBroker', brokerId: 1 })
  expect(asked.answer).toBeUndefined()
  broker.publish()
  expect(asked.answer).toEqual({ api: 'AwaitBroker' })
})

test('a broker knows what the newest image says', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  expect(client.ask(metadata(['orders'])).answer).toMatchObject({
    brokers: [1, 2],
    controller: 0,
    topics: [{ error: 'NONE', name: 'orders', topicId: TOPIC_ID, partitions: [{ leader: 1 }, { leader: 1 }] }],
  })
})

test('an older image is ignored', () => {
  const broker = new GivenBroker().publishVersion(5, ordersOf()).publishVersion(4)
  expect(broker.client().ask(metadata(null)).answer).toMatchObject({ topics: [{ name: 'orders' }] })
})

test('a difference adds to what is known, and one to an image that this broker does not have changes nothing', () => {
  const broker = new GivenBroker().publishVersion(5, ordersOf({ leaders: [1, 1] }))
  const change = { ...ordersOf(), partitions: [partitionOf({ partition: 1, leader: 2, leaderEpoch: 3 })] }
  const other = { ...ordersOf({ leaders: [2] }), name: 'other', topicId: 2 }
  const described = (): unknown => broker.client().ask(metadata(null)).answer

  expect(broker.publishDifference({ since: 6, version: 7, topics: [], removedTopics: [TOPIC_ID] }).answer).toEqual({
    api: 'UpdateMetadata',
    error: 'OFFSET_OUT_OF_RANGE',
  })
  expect(described()).toMatchObject({ topics: [{ partitions: [{ leader: 1 }, { leader: 1 }] }] })
  const taken = broker.publishDifference({ since: 5, version: 6, topics: [change, other], removedTopics: [] })
  expect(taken.answer).toEqual({ api: 'UpdateMetadata', error: 'NONE' })
  expect(described()).toMatchObject({
    topics: [{ name: 'orders', partitions: [{ leader: 1 }, { leader: 2, leaderEpoch: 3 }] }, { name: 'other' }],
  })
  broker.publishDifference({ since: 6, version: 8, topics: [], removedTopics: [TOPIC_ID] })
  expect(described()).toMatchObject({ topics: [{ name: 'other' }] })
})

test('a Metadata request asks for all topics with null, and for none with an empty list', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  const namesOf = (topics: readonly string[] | null): string[] =>
    (client.ask(metadata(topics)).answer as MetadataResponse).topics.map(({ name }) => name)
  expect([namesOf(null), namesOf([])]).toEqual([['orders'], []])
})

test('a topic that is unknown and may not be created is refused', () => {
  for (const [options, isAllowed] of [
    [{}, false],
    [{ 'auto.create.topics.enable': false }, true],
  ] as const) {
    const broker = new GivenBroker(options, created('NONE'))
    const asked = broker.client().ask(metadata(['other'], isAllowed))
    expect(asked.answer).toMatchObject({
      topics: [{ name: 'other', error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: [] }],
    })
  }
})

test('a topic that is unknown and may be created is created, then described', () => {
  const broker = new GivenBroker()
  const asked = broker.client().ask(metadata(['orders'], true))
  const [request] = broker.controller.unanswered('CreateTopics')
  expect(request?.body.topics).toEqual([{ name: 'orders', numPartitions: -1, replicationFactor: -1, configs: {} }])
  expect(asked.answer).toBeUndefined()
  broker.publish(ordersOf())
  broker.controller.answerWhere(created('NONE'))
  broker.stage.settle()
  expect(asked.answer).toMatchObject({ topics: [{ error: 'NONE', name: 'orders', topicId: TOPIC_ID }] })
})

test('a broker tells why a topic could not be created', () => {
  const broker = new GivenBroker({}, created('INVALID_TOPIC_EXCEPTION'))
  const asked = broker.client().ask(metadata(['a b'], true))
  expect(asked.answer).toMatchObject({ topics: [{ error: 'INVALID_TOPIC_EXCEPTION', topicId: -1 }] })
})

test('creating and deleting topics is passed on to the controller', () => {
  const broker = new GivenBroker({}, created('NONE'))
  const create: Request = {
    api: 'CreateTopics',
    topics: [{ name: 'x', numPartitions: 3, replicationFactor: 1, configs: {} }],
    validateOnly: true,
  }
  expect(broker.client().ask(create).answer).toMatchObject({ topics: [{ name: 'x', error: 'NONE' }] })
  const remove = broker.client().ask({ api: 'DeleteTopics', names: ['x'] })
  expect([broker.controller.unanswered('DeleteTopics').length, remove.answer]).toEqual([1, undefined])
})

test('a broker without a controller creates nothing, and tells whoever asks', () => {
  const broker = new GivenBroker()
  const client = broker.client()
  const pending = client.ask({ api: 'DeleteTopics', names: ['x'] })
  broker.stage.kill('controller-0')
  expect(pending.answer).toMatchObject({ topics: [{ error: 'NOT_CONTROLLER' }] })
  expect(client.ask({ api: 'DeleteTopics', names: ['x'] }).answer).toMatchObject({
    topics: [{ error: 'NOT_CONTROLLER' }],
  })
})

describe('a partition that only other brokers hold', () => {
  const partitions = [partitionOf({ leader: 2, leaderEpoch: 3, replicas: [2] })]
  const given = (): GivenClient => new GivenBroker().publish({ ...ordersOf(), partitions }).client()
  const error = 'NOT_LEADER_OR_FOLLOWER'
  const currentLeader = { leader: 2, leaderEpoch: 3 }

  // KIP-951: clients need not ask anybody else.
  test('is refused as one that is led elsewhere, to writers and readers, with its leader', () => {
    const client = given()
    expect(produced(client.produce({ 0: ['a'] }))).toMatchObject([{ error, currentLeader, logStartOffset: -1 }])
    expect(fetched(client.fetch())).toMatchObject([{ error, currentLeader, highWatermark: -1, slice: null }])
  })

  test('is refused so to whoever asks for offsets', () => {
    const asked = [{ topicId: TOPIC_ID, partition: 0, timestamp: -1, currentLeaderEpoch: -1, leaderEpoch: 0 }]
    for (const api of ['ListOffsets', 'OffsetForLeaderEpoch'] as const) {
      expect(given().ask({ api, partitions: asked }).answer).toMatchObject({ partitions: [{ error }] })
    }
  })

  test('has no leader that could be told where nobody leads it', () => {
    const nobody = [partitionOf({ leader: -1, leaderEpoch: 3, replicas: [2], isr: [2] })]
    const client = new GivenBroker().publish({ ...ordersOf(), partitions: nobody }).client()
    expect(fetched(client.fetch())).toMatchObject([{ error, currentLeader: null }])
  })
})

// `KafkaApis.handleProduceRequest`, `ReplicaManager.appendRecords`
test('Produce tells the first that is wrong, in the order in which Kafka looks', () => {
  const internal = { ...ordersOf(), name: '__consumer_offsets', topicId: TOPIC_ID + 1 }
  const elsewhere = { ...internal, partitions: [partitionOf({ leader: 2, replicas: [2] })] }
  const client = new GivenBroker().publish(ordersOf({ leaders: [2] }), elsewhere).client()
  const acks = 5 as Acks
  const asked = [
    client.produce({ 7: ['a'] }, { acks }),
    client.produce({ 0: ['a'] }, { acks }),
    client.produce({ 0: ['a'] }, { topicId: internal.topicId }),
    client.produce({ 0: ['a'] }),
  ]
  expect(asked.map((one) => produced(one)[0]?.error)).toEqual([
    'UNKNOWN_TOPIC_OR_PARTITION',
    'INVALID_REQUIRED_ACKS',
    'INVALID_TOPIC_EXCEPTION',
    'NOT_LEADER_OR_FOLLOWER',
  ])
})

test('a topic that is deleted and created again is another one', () => {
  const broker = new GivenBroker().publish(ordersOf())
  const client = broker.client()
  client.produce({ 0: ['a'] })
  broker.publish({ ...ordersOf(), topicId: TOPIC_ID + 1 })
  expect(produced(client.produce({ 0: ['b'] }))).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }])
  const offsets = client.ask({
    api: 'ListOffsets',
    partitions: [{ topicId: TOPIC_ID + 1, partition: 0, timestamp: -1 }],
  })
  expect(offsets.answer).toMatchObject({ partitions: [{ error: 'NONE', offset: 0 }] })
})

test('ListOffsets finds the first record, the next one, and the first at or after a moment', () => {
  const broker = new GivenBroker().publish(ordersOf({ leaders: [1, 2] }))
  const client = broker.client()
  for (const value of ['a', 'b', 'c']) client.produce({ 0: [value] })
  const ask = (partition: number, timestamp: number): Response | null | undefined =>
    client.ask({ api: 'ListOffsets', partitions: [{ topicId: TOPIC_ID, partition, timestamp }] }).answer
  const found = [-2, -1, 5, 6].map((timestamp) => ask(0, timestamp))
  expect(found).toMatchObject([0, 3, 0, -1].map((offset) => ({ partitions: [{ error: 'NONE', offset }] })))
  expect(ask(0, -4)).toMatchObject({ partitions: [{ error: 'UNSUPPORTED_VERSION', offset: -1 }] })
  expect(ask(1, -1)).toMatchObject({ partitions: [{ error: 'NOT_LEADER_OR_FOLLOWER' }] })
  expect(ask(9, -1)).toMatchObject({ partitions: [{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }] })
})

test('ListOffsets finds the record with the largest timestamp', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  for (const timestamp of [7, 9, 8]) client.produce({ 0: buildBatch([{ value: 'a', timestamp }]) })
  const partitions = [{ topicId: TOPIC_ID, partition: 0, timestamp: -3 }]
  expect(client.ask({ api: 'ListOffsets', partitions }).answer).toMatchObject({
    partitions: [{ error: 'NONE', offset: 1 }],
  })
})

test.each([
  ['an epoch that is over', 3, 'FENCED_LEADER_EPOCH'],
  ['an epoch to come', 5, 'UNKNOWN_LEADER_EPOCH'],
])('a client that asks in %s is told so, by Fetch and by OffsetForLeaderEpoch', (_what, currentLeaderEpoch, error) => {
  const client = new GivenBroker().publish(ordersOf({ leaderEpoch: 4 })).client()
  const asked = { topicId: TOPIC_ID, partition: 0, currentLeaderEpoch, leaderEpoch: 1 }
  const answers = [
    client.fetch({ partitions: [{ currentLeaderEpoch }] }),
    client.ask({ api: 'OffsetForLeaderEpoch', partitions: [asked] }),
  ]
  for (const { answer } of answers) expect(answer).toMatchObject({ partitions: [{ error }] })
})

test('expired segments go when retention is checked', () => {
  const configs = { 'segment.bytes': 1024, 'retention.ms': 1 }
  const broker = new GivenBroker({ 'log.retention.check.interval.ms': 1000 }).publish(ordersOf({ configs }))
  const client = broker.client()
  for (let batch = 0; batch < 3; batch++) client.produce({ 0: ['x'.repeat(700)] })
  const earliest = (): Response | null | undefined =>
    client.ask({ api: 'ListOffsets', partitions: [{ topicId: TOPIC_ID, partition: 0, timestamp: -2 }] }).answer
  broker.stage.pass(999)
  expect(earliest()).toMatchObject({ partitions: [{ offset: 0 }] })
  broker.stage.pass(1)
  expect(earliest()).toMatchObject({ partitions: [{ offset: 3 }] })
})
