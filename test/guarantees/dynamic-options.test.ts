import { describe, expect, test } from 'vitest'
import { type ConfigEntry, ConfigError, type ConfigOperation } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf, values } from '../support/given.js'

const orders = { type: 'topic', name: 'orders' } as const

function set(cluster: GivenCluster, name: string, value?: string | number | boolean, operation?: ConfigOperation) {
  const entry = { name, ...(value !== undefined && { value }), ...(operation && { operation }) }
  const resources = [{ ...orders, configEntries: [entry] }]
  return cluster.run(cluster.admin().incrementalAlterConfigs({ resources }))
}

async function entry(cluster: GivenCluster, name: string): Promise<ConfigEntry | undefined> {
  const asked = { resources: [{ ...orders, configNames: [name] }], includeSynonyms: true }
  const { resources } = await cluster.run(cluster.admin().describeConfigs(asked))
  return resources[0]?.configEntries.find(({ configName }) => configName === name)
}

async function inSync(cluster: GivenCluster, replicas: number): Promise<void> {
  const isr = async () => (await cluster.run(cluster.describe())).topics[0]?.partitions[0]?.isr.length
  while ((await isr()) !== replicas) await cluster.run(cluster.admin().listTopics())
}

describe.each(HOSTS)('options of topics that change while brokers run (%s)', (host) => {
  // TopicConfig max.message.bytes: the largest record batch size allowed by Kafka.
  test('max.message.bytes holds for the next batch, whoever leads', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: { numPartitions: 3, replicationFactor: 3 } } })
    const producer = cluster.producer({ acks: 'all' })
    const large = (partition: number) => cluster.send(producer, { topic: 'orders', partition }, ['x'.repeat(2_000)])
    await large(0)
    await set(cluster, 'max.message.bytes', 1_000)
    for (const partition of [0, 1, 2])
      await expect(large(partition)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await set(cluster, 'max.message.bytes', undefined, 'DELETE')
    expect(await large(0)).toBe(1)
  })

  // A new leader, and a broker that comes back, go by what was altered before.
  test('an option outlives the leader, the broker that was away and the controller', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: { replicationFactor: 2 } } })
    const leader = await cluster.leaderOf('orders', 0)
    await cluster.killBroker(leader)
    await set(cluster, 'max.message.bytes', 1_000)
    await cluster.killSupervisor()
    const producer = cluster.producer()
    const large = () => cluster.send(producer, 'orders', ['x'.repeat(2_000)])
    await expect(large()).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await cluster.restartBroker(leader)
    await inSync(cluster, 2)
    await cluster.killBroker(3 - leader)
    await expect(large()).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  })

  // TopicConfig min.insync.replicas: the minimum number of replicas that must acknowledge a write.
  test('min.insync.replicas opens a partition that had too few replicas', async () => {
    const configs = { 'min.insync.replicas': 2 }
    const cluster = await given({ host, brokers: 2, topics: { orders: { replicationFactor: 2, configs } } })
    await cluster.killBroker(3 - (await cluster.leaderOf('orders', 0)))
    const producer = cluster.producer({ acks: 'all', retries: 0, 'enable.idempotence': false })
    await expect(cluster.send(producer, 'orders', ['v'])).rejects.toMatchObject({ code: 'NOT_ENOUGH_REPLICAS' })
    await set(cluster, 'min.insync.replicas', 1)
    expect(await cluster.send(producer, 'orders', ['v'])).toBe(0)
  })

  // TopicConfig cleanup.policy: compact keeps the latest value of each key, which therefore needs one.
  test('cleanup.policy asks for keys as soon as it compacts', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['without a key'])
    await set(cluster, 'cleanup.policy', 'compact', 'APPEND')
    expect((await entry(cluster, 'cleanup.policy'))?.configValue).toBe('delete,compact')
    await expect(cluster.send(producer, 'orders', ['v'])).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['without a key'])
  })

  // TopicConfig retention.bytes, segment.bytes
  test('segments of a new size go by the retention of a new size', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 0 })
    await cluster.send(producer, 'orders', values(50))
    await set(cluster, 'segment.bytes', 1_024)
    await set(cluster, 'retention.bytes', 2_048)
    await cluster.send(producer, 'orders', values(50))
    const [offsets] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
    expect(offsets?.high).toBe(100)
    expect(offsets?.low).toBeGreaterThanOrEqual(50)
  })

  test('a value is told with where it comes from, and what would hold without it', async () => {
    const cluster = await given({ host, 'log.retention.ms': 5_000, topics: { orders: 1 } })
    await set(cluster, 'retention.ms', 7_000)
    expect(await entry(cluster, 'retention.ms')).toEqual({
      configName: 'retention.ms',
      configValue: '7000',
      configSource: 'TOPIC_CONFIG',
      readOnly: false,
      isDefault: false,
      isSensitive: false,
      documentation: null,
      configSynonyms: [
        { configName: 'retention.ms', configValue: '7000', configSource: 'TOPIC_CONFIG' },
        { configName: 'log.retention.ms', configValue: '5000', configSource: 'STATIC_BROKER_CONFIG' },
        { configName: 'log.retention.ms', configValue: '604800000', configSource: 'DEFAULT_CONFIG' },
      ],
    })
    await cluster.run(cluster.admin().alterConfigs({ resources: [{ ...orders, configEntries: [] }] }))
    expect(await entry(cluster, 'retention.ms')).toMatchObject({
      configValue: '5000',
      configSource: 'STATIC_BROKER_CONFIG',
    })
  })

  test('each broker tells of its own options, which cannot be altered', async () => {
    const cluster = await given({ host, brokers: 2, 'num.partitions': 7 })
    const resources = [1, 2].map((id) => ({ type: 4 as const, name: String(id), configNames: ['num.partitions'] }))
    const described = await cluster.run(cluster.admin().describeConfigs({ resources, includeDocumentation: true }))
    for (const [index, { resourceType, resourceName, configEntries }] of described.resources.entries()) {
      expect([resourceType, resourceName]).toEqual(['broker', String(index + 1)])
      expect(configEntries).toMatchObject([{ configValue: '7', configSource: 'STATIC_BROKER_CONFIG', readOnly: true }])
      expect(configEntries[0]?.documentation).toContain('Partitions of a topic')
    }
    const one = { type: 'broker' as const, name: '1', configEntries: [{ name: 'num.partitions', value: 3 }] }
    const altered = cluster.run(cluster.admin().incrementalAlterConfigs({ resources: [one] }))
    await expect(altered).rejects.toThrow('Cannot update these configs dynamically: Set(num.partitions)')
  })

  test('what cannot be told or altered is refused', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const admin = cluster.admin()
    const tea = [{ type: 'topic' as const, name: 'tea' }]
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(cluster.run(admin.describeConfigs({ resources: tea }))).rejects.toMatchObject(unknown)
    const emptied = { resources: tea.map((one) => ({ ...one, configEntries: [] })) }
    await expect(cluster.run(admin.alterConfigs(emptied))).rejects.toMatchObject(unknown)
    await expect(set(cluster, 'retention.hours', 3)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    const nothing = cluster.run(admin.describeConfigs({ resources: [{ type: 'broker', name: 'all of them' }] }))
    await expect(nothing).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(set(cluster, 'retention.ms')).rejects.toThrow('Cannot SET retention.ms without a value')
    const user = { resources: [{ type: 'user' as 'topic', name: 'me' }] }
    await expect(cluster.run(admin.describeConfigs(user))).rejects.toThrow(ConfigError)
  })
})
