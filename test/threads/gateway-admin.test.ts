/** What clients of Kafka's ask and change as admins, at the ports of a cluster on threads. */
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/index.js'
import { alterConfigs } from '../../src/protocol/apis/alter-configs.js'
import { createPartitions } from '../../src/protocol/apis/create-partitions.js'
import { createTopics, createTopicsWire } from '../../src/protocol/apis/create-topics.js'
import { deleteRecords } from '../../src/protocol/apis/delete-records.js'
import { describeCluster, describeClusterWire } from '../../src/protocol/apis/describe-cluster.js'
import { describeConfigs } from '../../src/protocol/apis/describe-configs.js'
import { describeGroups } from '../../src/protocol/apis/describe-groups.js'
import { describeLogDirs } from '../../src/protocol/apis/describe-log-dirs.js'
import { describeProducers } from '../../src/protocol/apis/describe-producers.js'
import { describeTopicPartitions } from '../../src/protocol/apis/describe-topic-partitions.js'
import { incrementalAlterConfigs } from '../../src/protocol/apis/incremental-alter-configs.js'
import type { Wire } from '../../src/protocol/codec.js'
import type { Api, Named } from '../../src/protocol/definition.js'
import { RawClient } from '../support/raw-client.js'

let cluster: Cluster
let raw: RawClient

beforeAll(async () => {
  cluster = await Cluster.start({
    brokers: 3,
    listen: { port: 0 },
    'num.partitions': 2,
    'default.replication.factor': 3,
  })
  raw = await RawClient.to(cluster.bootstrapServers)
})
afterAll(async () => {
  raw.close()
  const { unexpectedExits } = cluster
  await cluster.close()
  expect(unexpectedExits).toEqual([])
})

const CREATE_TOPICS = { name: createTopics.name, key: createTopics.key, wire: createTopicsWire }

async function kafkajsAdmin() {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
  const admin = new Kafka({ brokers: cluster.bootstrapServers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  return admin
}

const newTopic = (name: string, said: object = {}) => {
  return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...said }
}

/** Asks what stands in the table of APIs by its schema. */
function asked<Asked extends Named, Told extends Named>(
  api: Api<Asked, Told>,
  version: number,
  message: Omit<Asked, 'api'>,
): Promise<Told> {
  return raw.ask(api, version, message) as Promise<Told>
}

/** The versions of an API, oldest first. */
const versionsOf = ({ wire }: { readonly wire?: Wire<object, object> }): number[] => {
  const { oldest, newest } = wire?.versions ?? { oldest: 0, newest: -1 }
  return Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index)
}

const create = (said: object, version = 7, validateOnly = false) =>
  raw.ask(CREATE_TOPICS, version, { topics: [newTopic('made', said)], timeoutMs: 1_000, validateOnly })

describe('CreateTopics', () => {
  test('with numbers of -1 makes a topic as the brokers say, and tells what it made', async () => {
    const { topics } = await create({ name: 'as-brokers-say', configs: [{ name: 'retention.ms', value: '5000' }] })
    expect(topics).toMatchObject([
      { errorCode: 'NONE', errorMessage: null, topicConfigErrorCode: 'NONE', numPartitions: 2, replicationFactor: 3 },
    ])
    const configs = new Map(topics[0]?.configs?.map((config) => [config.name, config]))
    expect(configs.get('retention.ms')).toMatchObject({ value: '5000', configSource: 1, readOnly: false })
    expect(configs.get('cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5, isSensitive: false })
    expect([...configs.keys()]).toEqual([...configs.keys()].sort())
    expect(topics[0]?.topicId).not.toBe('AAAAAAAAAAAAAAAAAAAAAA')
  })

  test('that is only to be validated tells what it would have made, and makes nothing', async () => {
    const { topics } = await create({ name: 'only-validated', numPartitions: 5, replicationFactor: 2 }, 7, true)
    expect(topics).toMatchObject([{ errorCode: 'NONE', numPartitions: 5, replicationFactor: 2 }])
    expect(await (await kafkajsAdmin()).listTopics()).not.toContain('only-validated')
  })

  test('takes replicas that are chosen by hand', async () => {
    const admin = await kafkajsAdmin()
    const replicaAssignment = [
      { partition: 0, replicas: [3, 1] },
      { partition: 1, replicas: [2, 3] },
    ]
    await admin.createTopics({ topics: [{ topic: 'by-hand', replicaAssignment }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['by-hand'] })
    const placed = topics[0]?.partitions.map(({ partitionId, replicas }) => [partitionId, replicas])
    expect(placed?.sort()).toEqual([
      [0, [3, 1]],
      [1, [2, 3]],
    ])
  })

  test.each([
    [{ numPartitions: 0 }, 'INVALID_PARTITIONS'],
    [{ replicationFactor: 4 }, 'INVALID_REPLICATION_FACTOR'],
    [{ configs: [{ name: 'no.such', value: '1' }] }, 'INVALID_CONFIG'],
    [{ configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG'],
    [{ configs: [{ name: 'retention.ms', value: 'soon' }] }, 'INVALID_CONFIG'],
    [{ assignments: [{ partitionIndex: 1, brokerIds: [1] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ assignments: [{ partitionIndex: 0, brokerIds: [1] }], numPartitions: 1 }, 'INVALID_REQUEST'],
    [{ name: '__consumer_offsets' }, 'INVALID_TOPIC_EXCEPTION'],
  ])('of %o is refused with a sentence, and what would have been made is not told', async (said, errorCode) => {
    const { topics } = await create(said)
    const nothing = { numPartitions: -1, replicationFactor: -1, configs: [] }
    expect(topics).toMatchObject([{ errorCode, errorMessage: expect.stringContaining(' '), ...nothing }])
  })
})

describe('CreatePartitions', () => {
  test('gives a topic more partitions, in each version', async () => {
    await create({ name: 'grown', numPartitions: 1 })
    for (const version of versionsOf(createPartitions)) {
      const topics = [{ name: 'grown', count: 2 + version, assignments: null }]
      const { results } = await asked(createPartitions, version, { topics, timeoutMs: 1_000, validateOnly: false })
      expect(results).toEqual([{ name: 'grown', errorCode: 'NONE', errorMessage: null }])
    }
    const admin = await kafkajsAdmin()
    await admin.createPartitions({
      topicPartitions: [
        {
          topic: 'grown',
          count: 7,
          assignments: [
            [2, 1, 3],
            [3, 1, 2],
          ],
        },
      ],
    })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['grown'] })
    const replicas = new Map(topics[0]?.partitions.map((one) => [one.partitionId, one.replicas]))
    expect([replicas.size, replicas.get(5), replicas.get(6)]).toEqual([7, [2, 1, 3], [3, 1, 2]])
  })

  test('that are not more is refused with a sentence', async () => {
    const topics = [{ name: 'grown', count: 1, assignments: null }]
    const { results } = await asked(createPartitions, 3, { topics, timeoutMs: 1_000, validateOnly: false })
    expect(results).toMatchObject([
      { errorCode: 'INVALID_PARTITIONS', errorMessage: expect.stringContaining('increase') },
    ])
  })
})

describe('DescribeCluster', () => {
  const DESCRIBE = { name: describeCluster.name, key: describeCluster.key, wire: describeClusterWire }
  const ask = (version: number, endpointType = 1) =>
    raw.ask(DESCRIBE, version, { includeClusterAuthorizedOperations: false, endpointType, includeFencedBrokers: false })

  test('names the brokers with their ports, in each version', async () => {
    for (const version of versionsOf(DESCRIBE)) {
      const { brokers, controllerId, clusterId, errorCode } = await ask(version)
      const servers = brokers.map(({ host, port }) => `${host}:${port}`)
      expect([errorCode, servers.join()]).toEqual(['NONE', cluster.bootstrapServers])
      expect(brokers.map(({ brokerId }) => brokerId)).toContain(controllerId)
      expect(clusterId.length).toBeGreaterThan(0)
    }
  })

  test.each([
    [2, 'MISMATCHED_ENDPOINT_TYPE'],
    [3, 'UNSUPPORTED_ENDPOINT_TYPE'],
  ])('has no endpoints of type %i', async (endpointType, errorCode) => {
    expect(await ask(2, endpointType)).toMatchObject({ errorCode, brokers: [], controllerId: -1 })
  })
})

describe('DeleteRecords', () => {
  /** A topic of one partition with ten records, asked of the broker that leads it. */
  async function given(name: string, leader: number): Promise<RawClient> {
    await create({ name, assignments: [{ partitionIndex: 0, brokerIds: [leader, (leader % 3) + 1] }] })
    const producer = cluster.producer({ acks: 'all' })
    await producer.send({ topic: name, messages: Array.from({ length: 10 }, (_, index) => ({ value: `${index}` })) })
    await producer.close()
    const client = await RawClient.to(cluster.bootstrapServers, leader - 1)
    onTestFinished(() => client.close())
    return client
  }

  const deletion = (name: string, offset: number, partitionIndex = 0) => {
    return { topics: [{ name, partitions: [{ partitionIndex, offset }] }], timeoutMs: 5_000 }
  }

  test('moves the beginning of a partition, in each version', async () => {
    const client = await given('deleted', 2)
    for (const version of versionsOf(deleteRecords)) {
      const partitions = [{ partitionIndex: 0, lowWatermark: version + 1, errorCode: 'NONE' }]
      const told = await client.ask(deleteRecords, version, deletion('deleted', version + 1))
      expect(told).toMatchObject({ throttleTimeMs: 0, topics: [{ name: 'deleted', partitions }] })
    }
    const admin = await kafkajsAdmin()
    // kafkajs looks for leaders in what it has asked for before.
    await admin.fetchTopicOffsets('deleted')
    await admin.deleteTopicRecords({ topic: 'deleted', partitions: [{ partition: 0, offset: '7' }] })
    expect(await admin.fetchTopicOffsets('deleted')).toMatchObject([{ low: '7', high: '10' }])
  })

  test.each([
    [11, 0, 'OFFSET_OUT_OF_RANGE'],
    [-2, 0, 'OFFSET_OUT_OF_RANGE'],
    [1, 5, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])('before offset %i of partition %i is refused', async (offset, partition, errorCode) => {
    const client = await given(`kept ${offset} ${partition}`.replaceAll(' ', '_'), 1)
    const name = `kept_${offset}_${partition}`
    const partitions = [{ partitionIndex: partition, lowWatermark: -1, errorCode }]
    expect(await client.ask(deleteRecords, 2, deletion(name, offset, partition))).toMatchObject({
      topics: [{ partitions }],
    })
  })

  test('asked of a broker that does not lead is refused', async () => {
    await given('led-by-3', 3)
    const partitions = [{ errorCode: 'NOT_LEADER_OR_FOLLOWER' }]
    expect(await raw.ask(deleteRecords, 2, deletion('led-by-3', 1))).toMatchObject({ topics: [{ partitions }] })
  })
})

describe('what is told of partitions and logs', () => {
  test('DescribeTopicPartitions tells them page by page', async () => {
    await create({ name: 'paged', numPartitions: 3 })
    const ask = (cursor: { topicName: string; partitionIndex: number } | null) =>
      asked(describeTopicPartitions, 0, { topics: [{ name: 'paged' }], responsePartitionLimit: 2, cursor })
    const first = await ask(null)
    expect(first.topics[0]?.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([0, 1])
    expect(first.nextCursor).toEqual({ topicName: 'paged', partitionIndex: 2 })
    const second = await ask(first.nextCursor)
    expect(second).toMatchObject({ topics: [{ name: 'paged', partitions: [{ partitionIndex: 2 }] }], nextCursor: null })
    expect(second.topics[0]?.partitions[0]?.replicaNodes).toHaveLength(3)
  })

  test('DescribeLogDirs tells the sizes of the logs of a broker, in each version', async () => {
    await create({ name: 'sized', numPartitions: 1 })
    const producer = cluster.producer({ acks: 'all' })
    onTestFinished(() => producer.close())
    await producer.send({ topic: 'sized', messages: [{ value: 'x'.repeat(1_000) }] })
    for (const version of versionsOf(describeLogDirs)) {
      const topics = [{ topic: 'sized', partitions: [0, 1] }]
      const { errorCode, results } = await asked(describeLogDirs, version, { topics })
      expect([errorCode, results.length, results[0]?.totalBytes]).toEqual(['NONE', 1, -1])
      expect(results[0]?.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['sized', 1]])
      expect(results[0]?.topics[0]?.partitions[0]?.partitionSize).toBeGreaterThan(1_000)
    }
  })

  test('DescribeProducers tells those that the leader remembers, and refuses what it does not lead', async () => {
    await create({
      name: 'written',
      assignments: [1, 2].map((id, partitionIndex) => ({ partitionIndex, brokerIds: [id] })),
    })
    const producer = cluster.producer()
    onTestFinished(() => producer.close())
    await producer.send({ topic: 'written', messages: [{ partition: 0, value: 'v' }] })
    const { topics } = await asked(describeProducers, 0, { topics: [{ name: 'written', partitionIndexes: [0, 1, 2] }] })
    expect(topics[0]?.partitions).toMatchObject([
      { errorCode: 'NONE', activeProducers: [{ lastSequence: 0, coordinatorEpoch: -1, currentTxnStartOffset: -1 }] },
      { errorCode: 'NOT_LEADER_OR_FOLLOWER', activeProducers: [] },
      { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', activeProducers: [] },
    ])
  })
})

test('what is asked about many times is told once', async () => {
  await create({ name: 'asked', numPartitions: 1 })
  const many = <Item>(item: Item): Item[] => Array.from({ length: 1_000 }, () => item)
  const resources = many({ resourceType: 2, resourceName: 'asked', configurationKeys: null })
  const { results } = await asked(describeConfigs, 4, {
    resources,
    includeSynonyms: false,
    includeDocumentation: false,
  })
  const { groups } = await asked(describeGroups, 5, {
    groups: many('nobody'),
    includeAuthorizedOperations: false,
  })
  const { topics } = await asked(describeProducers, 0, { topics: many({ name: 'asked', partitionIndexes: [0, 0] }) })
  expect([results.length, groups.length, topics.map(({ partitions }) => partitions.length)]).toEqual([1, 1, [1]])
})

describe('options', () => {
  const orders = { resourceType: 2, resourceName: 'configured' }

  test('are told in each version of DescribeConfigs, with what each has', async () => {
    await create({ name: 'configured', configs: [{ name: 'retention.ms', value: '60000' }] })
    for (const version of versionsOf(describeConfigs)) {
      const { results } = await asked(describeConfigs, version, {
        resources: [{ ...orders, configurationKeys: ['retention.ms', 'cleanup.policy'] }],
        includeSynonyms: true,
        includeDocumentation: version >= 3,
      })
      expect(results).toMatchObject([{ errorCode: 'NONE', errorMessage: '', ...orders }])
      const [policy, retention] = results[0]?.configs ?? []
      expect(policy).toMatchObject({ name: 'cleanup.policy', value: 'delete', configSource: 5, readOnly: false })
      expect(retention).toMatchObject({ name: 'retention.ms', value: '60000', configSource: 1, isSensitive: false })
      expect(retention?.synonyms.map(({ source }) => source)).toEqual([1, 5])
      expect([policy?.configType, retention?.configType]).toEqual(version >= 3 ? [7, 5] : [0, 0])
      expect(retention?.documentation === null || retention?.documentation === '').toBe(version < 3)
    }
  })

  test('are altered in each version of both APIs', async () => {
    for (const version of versionsOf(alterConfigs)) {
      const configs = [{ name: 'max.message.bytes', value: String(1_000 + version) }]
      const request = { resources: [{ ...orders, configs }], validateOnly: false }
      expect(await asked(alterConfigs, version, request)).toMatchObject({ responses: [{ errorCode: 'NONE' }] })
      expect(await optionNamed('max.message.bytes')).toBe(String(1_000 + version))
    }
    for (const version of versionsOf(incrementalAlterConfigs)) {
      const configs = [{ name: 'retention.ms', configOperation: 0, value: String(2_000 + version) }]
      const request = { resources: [{ ...orders, configs }], validateOnly: false }
      const told = await asked(incrementalAlterConfigs, version, request)
      expect(told.responses).toEqual([{ errorCode: 'NONE', errorMessage: null, ...orders }])
      expect(await optionNamed('retention.ms')).toBe(String(2_000 + version))
    }
  })

  test('that are wrong or of a broker are refused with a sentence', async () => {
    const resources = [
      { ...orders, configs: [{ name: 'no.such', configOperation: 0, value: '1' }] },
      { resourceType: 4, resourceName: '1', configs: [{ name: 'log.retention.ms', configOperation: 0, value: '1' }] },
    ]
    const { responses } = await asked(incrementalAlterConfigs, 1, { resources, validateOnly: false })
    expect(responses).toMatchObject([
      { errorCode: 'INVALID_CONFIG', errorMessage: 'Unknown topic config name: no.such' },
      {
        errorCode: 'INVALID_REQUEST',
        errorMessage: expect.stringContaining('Cannot update these configs dynamically'),
      },
    ])
  })

  test('are told and altered by kafkajs, for the next batch of a producer', async () => {
    const admin = await kafkajsAdmin()
    const named = { type: ConfigResourceTypes.TOPIC, name: 'configured' }
    const configEntries = [{ name: 'max.message.bytes', value: '500' }]
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...named, configEntries }] })
    const told = await admin.describeConfigs({ includeSynonyms: false, resources: [named] })
    const entries = new Map(told.resources[0]?.configEntries.map(({ configName, ...entry }) => [configName, entry]))
    expect(entries.get('max.message.bytes')?.configValue).toBe('500')
    const producer = cluster.producer()
    onTestFinished(() => producer.close())
    const sent = producer.send({ topic: 'configured', messages: [{ value: 'x'.repeat(1_000) }] })
    await expect(sent).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  })

  async function optionNamed(name: string): Promise<string | null | undefined> {
    const resources = [{ ...orders, configurationKeys: [name] }]
    const flags = { includeSynonyms: false, includeDocumentation: false }
    return (await asked(describeConfigs, 4, { resources, ...flags })).results[0]?.configs[0]?.value
  }
})
