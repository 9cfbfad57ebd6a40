import { describe, expect, test } from 'vitest'
import { parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { contentsOf, GivenControls, topicOf } from './given-image.js'

test('a topic gets an id and the partitions that were asked for', () => {
  const controls = new GivenControls()
  const made = { numPartitions: 4, replicationFactor: 2, configs: null }
  expect(controls.create({ name: 'orders', numPartitions: 4, replicationFactor: 2 })).toEqual([
    { name: 'orders', topicId: 1, error: 'NONE', says: '', made },
  ])
  const partitions = controls.image.topicNamed('orders')!.partitions
  expect(partitions.map(({ partition, leaderEpoch, replicas }) => [partition, leaderEpoch, replicas.length])).toEqual([
    [0, 0, 2],
    [1, 0, 2],
    [2, 0, 2],
    [3, 0, 2],
  ])
  for (const { leader, replicas, isr, elr, partitionEpoch, lastKnownLeader } of partitions) {
    expect([leader, isr, elr, partitionEpoch, lastKnownLeader]).toEqual([replicas[0], replicas, [], 0, -1])
  }
})

test('an option of a topic that is not asked for is as the broker options say', () => {
  const controls = new GivenControls([1, 2, 3], { 'num.partitions': 3, 'default.replication.factor': 2 })
  controls.create({ name: 'orders' })
  const { partitions } = controls.image.topicNamed('orders')!
  expect([partitions.length, partitions[0]?.replicas.length]).toEqual([3, 2])
})

test.each([
  ['no name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name that is no text', { name: undefined as unknown as string }, 'INVALID_TOPIC_EXCEPTION'],
  ['a dot', { name: '.' }, 'INVALID_TOPIC_EXCEPTION'],
  ['two dots', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a letter that is not allowed', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name that is too long', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
  ['the name of an internal topic', { name: '__consumer_offsets' }, 'INVALID_TOPIC_EXCEPTION'],
  ['the name of the transaction log', { name: '__transaction_state' }, 'INVALID_TOPIC_EXCEPTION'],
  ["the name of the metadata's log", { name: '__cluster_metadata' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a topic that exists', { name: 'taken' }, 'TOPIC_ALREADY_EXISTS'],
  ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
  ['a fraction of a partition', { numPartitions: 1.5 }, 'INVALID_PARTITIONS'],
  // `ReplicationControlManager.validateTotalNumberOfPartitions`
  ['too many partitions', { numPartitions: 10_001 }, 'POLICY_VIOLATION'],
  ['neither partitions nor replicas', { numPartitions: 0, replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
  ['no partitions, and more replicas than brokers', { numPartitions: 0, replicationFactor: 4 }, 'INVALID_PARTITIONS'],
  ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
  ['more replicas than brokers', { replicationFactor: 4 }, 'INVALID_REPLICATION_FACTOR'],
  ['an option that is unknown', { configs: { 'segment.byte': 1024 } }, 'INVALID_CONFIG'],
  ['a value that is wrong', { configs: { 'segment.bytes': 'many' } }, 'INVALID_CONFIG'],
  ['storage that is not there', { configs: { 'remote.storage.enable': true } }, 'INVALID_CONFIG'],
] as const)('%s is refused, with a sentence', (_what, topic, error) => {
  const controls = new GivenControls()
  controls.create({ name: 'taken' })
  const before = contentsOf(controls.image)
  const [result] = controls.create(topic)
  expect(result).toMatchObject({ topicId: -1, error })
  expect(result!.says.length).toBeGreaterThan(10)
  expect(contentsOf(controls.image)).toEqual(before)
})

// Kafka Streams makes its topics so.
test('a segment may be longer than those of the brokers, and options of files are kept', () => {
  const controls = new GivenControls()
  const configs = { 'segment.bytes': 52_428_800, 'segment.index.bytes': 4_096, 'flush.messages': 1, 'segment.ms': 100 }
  expect(controls.create({ configs })).toMatchObject([{ error: 'NONE' }])
  expect([...controls.image.topics].map((topic) => topic.configs)).toEqual([configs])
})

// KAFKA-13743: the names of metrics hold '_' for '.', and would be the same.
test('the second of two topics whose names differ in dots and underscores alone is refused', () => {
  const controls = new GivenControls()
  controls.create({ name: 'a.b_c' })
  const results = controls.create({ name: 'a_b.c' }, { name: 'x.y' }, { name: 'x_y' }, { name: 'a-b-c' })
  expect(results.map(({ error }) => error)).toEqual([
    'INVALID_TOPIC_EXCEPTION',
    'NONE',
    'INVALID_TOPIC_EXCEPTION',
    'NONE',
  ])
  expect(results[0]?.says).toContain("The topic name 'a_b.c' collides with 'a.b_c'")
  expect(results[2]?.says).toContain("collides with 'x.y'")
  expect([controls.image.topicNamed('a_b.c'), controls.image.topicNamed('x_y')]).toEqual([undefined, undefined])
})

test('the name of a topic that was deleted is free for those that it kept out', () => {
  const controls = new GivenControls()
  controls.create({ name: 'a.b' })
  controls.commit(controls.topics.deleteTopics({ api: 'DeleteTopics', names: ['a.b'] }))
  expect(controls.create({ name: 'a_b' })).toMatchObject([{ error: 'NONE' }])
  expect(controls.image.topicNamed('a.b')).toBeUndefined()
})

test('the longest name and every allowed letter are fine', () => {
  const results = new GivenControls().create({ name: 'x'.repeat(249) }, { name: 'aZ09._-' })
  expect(results.map(({ error }) => error)).toEqual(['NONE', 'NONE'])
})

test('without a live broker there is nowhere to put a topic', () => {
  const controls = new GivenControls([1])
  controls.fence(1)
  expect(controls.create({ name: 'orders' })[0]?.error).toBe('INVALID_REPLICATION_FACTOR')
})

// StripedReplicaPlacer: "we only start using the fenced node list when the unfenced node list is totally exhausted"
test('replicas for which too few brokers live lie on those that do not, and do not lead', () => {
  const controls = new GivenControls()
  controls.fence(2)
  const [made] = controls.create({ name: 'orders', numPartitions: 4, replicationFactor: 3 })
  expect(made?.error).toBe('NONE')
  for (const { replicas, isr, leader } of controls.image.topicNamed('orders')?.partitions ?? []) {
    expect([replicas.toSorted(), replicas[2], isr.toSorted(), leader]).toEqual([[1, 2, 3], 2, [1, 3], replicas[0]])
  }
  controls.create({ name: 'few', replicationFactor: 2 })
  expect(controls.image.topicNamed('few')?.partitions[0]?.replicas).not.toContain(2)
})

test('topics of one request are decided on one by one', () => {
  const results = new GivenControls().create({ name: 'a' }, { name: '' }, { name: 'b' })
  expect(results.map(({ error, topicId }) => [error, topicId])).toEqual([
    ['NONE', 1],
    ['INVALID_TOPIC_EXCEPTION', -1],
    ['NONE', 2],
  ])
})

test('a topic that a request names twice is not created', () => {
  const controls = new GivenControls()
  const results = controls.create({ name: 'a' }, { name: 'b' }, { name: 'a' })
  expect(results.map(({ name, error }) => [name, error])).toEqual([
    ['a', 'INVALID_REQUEST'],
    ['b', 'NONE'],
    ['a', 'INVALID_REQUEST'],
  ])
  expect(controls.image.topicNamed('a')).toBeUndefined()
})

test('a request for more partitions than fit one decision creates nothing, and says so', () => {
  const controls = new GivenControls()
  const results = controls.create({ name: 'a', numPartitions: 10_000 }, { name: 'b', numPartitions: 1 })
  expect(results).toMatchObject([{ error: 'POLICY_VIOLATION' }, { error: 'POLICY_VIOLATION' }])
  expect(results[0]!.says).toContain('at most 10000 partitions, not 10001')
  expect(controls.create({ name: 'a', numPartitions: 10_000 })).toMatchObject([{ error: 'NONE' }])
})

test('a cluster has a limited number of partitions', () => {
  const controls = new GivenControls()
  for (let full = 0; full < 4; full++) controls.create({ name: `t${full}`, numPartitions: 10_000 })
  expect(controls.create({ name: 't0' }, { name: 'a' })).toMatchObject([
    { error: 'TOPIC_ALREADY_EXISTS' },
    { error: 'POLICY_VIOLATION' },
  ])
  controls.commit(controls.topics.deleteTopics({ api: 'DeleteTopics', names: ['t0'] }))
  expect(controls.create({ name: 'a' })).toMatchObject([{ error: 'NONE' }])
})

test('validating a topic decides without a record', () => {
  const controls = new GivenControls()
  const topics = [topicOf({ name: 'orders' }), topicOf({ name: '' })]
  const { records, reply } = controls.topics.createTopics({ api: 'CreateTopics', topics, validateOnly: true })
  expect([records, reply.map(({ error }) => error)]).toEqual([[], ['NONE', 'INVALID_TOPIC_EXCEPTION']])
})

test('deciding on topics changes nothing', () => {
  const controls = new GivenControls()
  const before = contentsOf(controls.image)
  controls.topics.createTopics({ api: 'CreateTopics', topics: [topicOf({})], validateOnly: false })
  expect(contentsOf(controls.image)).toEqual(before)
})

test('deleted topics are gone, and their ids are not used again', () => {
  const controls = new GivenControls()
  controls.create({ name: 'a' }, { name: 'b' })
  const results = controls.commit(controls.topics.deleteTopics({ api: 'DeleteTopics', names: ['b', 'x', 'b'] }))
  expect(results.map(({ name, topicId, error }) => [name, topicId, error])).toEqual([
    ['b', 2, 'NONE'],
    ['x', -1, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])
  expect(controls.image.topics.map(({ name }) => name)).toEqual(['a'])
  expect(controls.create({ name: 'b' })[0]?.topicId).toBe(3)
})

test('leaders of many small topics are spread over the brokers', () => {
  const controls = new GivenControls()
  for (let number = 0; number < 9; number++) controls.create({ name: `t${number}`, numPartitions: 1 })
  const leaders = controls.image.topics.map(({ partitions }) => partitions[0]!.leader)
  expect([1, 2, 3].map((brokerId) => leaders.filter((leader) => leader === brokerId).length)).toEqual([3, 3, 3])
})

test('an internal topic is as large as the options say, and is compacted, so that retention takes nothing of it', () => {
  const controls = new GivenControls([1, 2, 3], { 'offsets.topic.num.partitions': 5, 'log.segment.bytes': 2 ** 20 })
  expect(controls.createInternal('__consumer_offsets')).toEqual({ error: 'NONE', says: '' })
  const { partitions, configs } = controls.image.topicNamed('__consumer_offsets')!
  expect(partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3, 3, 3])
  expect(configs).toEqual({
    'segment.bytes': 2 ** 20,
    'cleanup.policy': 'compact',
    'compression.type': 'producer',
  })
})

test('an internal topic is created once', () => {
  const controls = new GivenControls()
  controls.createInternal('__consumer_offsets')
  const before = contentsOf(controls.image)
  expect(controls.createInternal('__consumer_offsets')).toMatchObject({ error: 'TOPIC_ALREADY_EXISTS' })
  expect(contentsOf(controls.image)).toEqual(before)
})

test.each([
  ['with fewer brokers than it is to have replicas', [1, 2], '__consumer_offsets', 'INVALID_REPLICATION_FACTOR'],
  ['that no broker needs', [1, 2, 3], '__transaction_state', 'INVALID_TOPIC_EXCEPTION'],
  ["with a client's name", [1, 2, 3], 'orders', 'INVALID_TOPIC_EXCEPTION'],
] as const)('an internal topic %s is not created', (_what, brokers, name, error) => {
  const controls = new GivenControls(brokers)
  expect(controls.createInternal(name)).toMatchObject({ error })
  expect(controls.image.lastTopicId).toBe(0)
})

test('an internal topic is not deleted', () => {
  const controls = new GivenControls()
  controls.createInternal('__consumer_offsets')
  const refused = controls.commit(controls.topics.deleteTopics({ api: 'DeleteTopics', names: ['__consumer_offsets'] }))
  expect(refused).toMatchObject([{ error: 'INVALID_TOPIC_EXCEPTION', says: expect.stringContaining('internal') }])
  expect(controls.image.topicNamed('__consumer_offsets')).toBeDefined()
})

test('topics are placed anew from the first broker on when there was none any more', () => {
  const controls = new GivenControls([1, 2, 3])
  const leadersOf = (name: string) => controls.image.topicNamed(name)?.partitions.map(({ leader }) => leader)
  controls.create({ name: 'first', numPartitions: 2 }, { name: 'second', numPartitions: 2 })
  const [first, second] = [leadersOf('first'), leadersOf('second')]
  expect(second).not.toEqual(first)
  controls.commit(controls.topics.deleteAllTopics())
  expect(controls.image.topics).toEqual([])
  controls.create({ name: 'second', numPartitions: 2 })
  expect([leadersOf('second'), controls.image.topicNamed('second')?.topicId]).toEqual([first, 3])
})

describe('replicas that are chosen by hand', () => {
  const byHand = (...assignments: readonly (readonly [number, readonly number[]])[]) => ({
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  })

  test('lie where they are to, and the first that can leads', () => {
    const controls = new GivenControls()
    controls.fence(3)
    const [result] = controls.create(byHand([1, [3, 1]], [0, [2, 3]]))
    expect(result).toMatchObject({ error: 'NONE', made: { numPartitions: 2, replicationFactor: 2 } })
    const { partitions } = controls.image.topicNamed('orders')!
    expect(partitions.map(({ partition, replicas, isr, leader }) => [partition, replicas, isr, leader])).toEqual([
      [0, [2, 3], [2], 2],
      [1, [3, 1], [1], 1],
    ])
  })

  // The sentences are those of Kafka's ReplicationControlManager.
  test.each([
    ['with a number of partitions', { ...byHand([0, [1]]), numPartitions: 1 }, 'INVALID_REQUEST', 'numPartitions'],
    ['with a number of replicas', { ...byHand([0, [1]]), replicationFactor: 1 }, 'INVALID_REQUEST', 'factor was not'],
    ['of one partition twice', byHand([0, [1]], [0, [2]]), 'INVALID_REPLICA_ASSIGNMENT', 'Found multiple'],
    ['with a gap', byHand([0, [1]], [2, [2]]), 'INVALID_REPLICA_ASSIGNMENT', 'consecutive 0-based'],
    ['on no broker', byHand([0, []]), 'INVALID_REPLICA_ASSIGNMENT', 'an empty replica list'],
    ['on an unknown broker', byHand([0, [1, 9]]), 'INVALID_REPLICA_ASSIGNMENT', 'broker 9, but no such broker'],
    ['on one broker twice', byHand([0, [2, 2]]), 'INVALID_REPLICA_ASSIGNMENT', 'broker 2 more than once'],
    ['of different numbers', byHand([0, [1, 2]], [1, [1]]), 'INVALID_REPLICA_ASSIGNMENT', 'which have 2 replica(s)'],
    ['on dead brokers', byHand([0, [3]]), 'INVALID_REPLICA_ASSIGNMENT', 'are fenced or in controlled shutdown'],
  ] as const)('%s are refused', (_what, topic, error, says) => {
    const controls = new GivenControls()
    controls.fence(3)
    expect(controls.create(topic)).toMatchObject([{ error, says: expect.stringContaining(says), made: null }])
    expect(controls.image.topics).toEqual([])
  })
})

test('options that are texts mean what they say, those included that brokers have as well', () => {
  const controls = new GivenControls()
  const configs = {
    'retention.ms': '1000',
    'min.insync.replicas': '2',
    'message.timestamp.before.max.ms': String(2n ** 63n - 1n),
  }
  const topics = [topicOf({ configs })]
  const { reply } = controls.topics.createTopics({ api: 'CreateTopics', topics, validateOnly: true, describes: true })
  const described = reply[0]?.made?.configs?.filter(({ name }) => name in configs)
  expect(described).toEqual([
    { name: 'message.timestamp.before.max.ms', value: '9223372036854775807', source: 1 },
    { name: 'min.insync.replicas', value: '2', source: 1 },
    { name: 'retention.ms', value: '1000', source: 1 },
  ])
  expect(parseTopicOptions(configs as object, controls.options)).toMatchObject({
    'retention.ms': 1000,
    'min.insync.replicas': 2,
  })
})

test.each([
  [{ 'segment.byte': '1' }, 'Unknown topic config name: segment.byte'],
  [
    { 'retention.ms': null, 'segment.bytes': null },
    'Null value not supported for topic configs: retention.ms,segment.bytes',
  ],
])("options %o are refused in Kafka's words", (configs, says) => {
  expect(new GivenControls().create({ configs, numPartitions: 0 })).toMatchObject([{ error: 'INVALID_CONFIG', says }])
})
