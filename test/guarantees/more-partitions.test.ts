import { describe, expect, test } from 'vitest'
import type { DescribedBroker } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** So that clients hear of more partitions without much time. */
const METADATA = { 'metadata.max.age.ms': 100 }
const MEMBER = {
  ...METADATA,
  'heartbeat.interval.ms': 50,
  'session.timeout.ms': 6_000,
  'auto.offset.reset': 'earliest',
} as const

function grow(cluster: GivenCluster, count: number): Promise<void> {
  return cluster.run(cluster.admin().createPartitions({ topicPartitions: [{ topic: 'orders', count }] }))
}

describe.each(HOSTS)('a topic that gets more partitions (%s)', (host) => {
  // NewPartitions: keys are hashed over the new number, and what was written stays where it is.
  test('gets records with keys by the new number, and keeps those that it had', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: { numPartitions: 1, replicationFactor: 2 } } })
    const producer = cluster.producer(METADATA)
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)
    const sendAll = () =>
      cluster.run(producer.send({ topic: 'orders', messages: keys.map((key) => ({ key, value: key })) }))
    await sendAll()
    await grow(cluster, 4)
    const used = new Set<number>()
    while (used.size < 4) for (const { partition } of await sendAll()) used.add(partition)
    const other = cluster.producer()
    for (const key of keys) {
      const [mine] = await cluster.run(producer.send({ topic: 'orders', messages: [{ key, value: key }] }))
      const [theirs] = await cluster.run(other.send({ topic: 'orders', messages: [{ key, value: key }] }))
      expect(mine?.partition).toBe(theirs?.partition)
    }
    const [first] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
    expect(first?.high).toBeGreaterThanOrEqual(keys.length)
  })

  // ConsumerCoordinator: a leader whose metadata has more partitions than it has assigned rejoins.
  test('has them shared out among the members of a group, which read them from their beginning', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 1 } })
    const members = [0, 1].map(() => cluster.consumer({ ...MEMBER, 'group.id': 'readers' }))
    const read: string[] = []
    for (const member of members) {
      await cluster.run(member.subscribe({ topics: ['orders'] }))
      await cluster.run(member.run({ eachMessage: ({ message }) => void read.push(String(message.value)) }))
    }
    await cluster.until(() => members.some(({ assignment }) => assignment.length === 1))
    await grow(cluster, 4)
    await cluster.until(() => members.every(({ assignment }) => assignment.length === 2))
    const messages = [0, 1, 2, 3].map((partition) => ({ partition, value: `of ${partition}` }))
    await cluster.run(cluster.producer().send({ topic: 'orders', messages }))
    await cluster.until(() => read.length === 4)
    expect(read.sort()).toEqual(['of 0', 'of 1', 'of 2', 'of 3'])
  })

  // KafkaProducer.waitOnMetadata: a partition beyond those that are known is asked for, and waited for.
  test('takes records for a new one at once from a producer that has not heard of it', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 1 } })
    const producer = cluster.producer()
    const told: unknown[] = []
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v' }] }))
    await grow(cluster, 4)
    producer.produce({ topic: 'orders', value: 'v', partition: 2 }, (error, record) =>
      told.push(error ?? record?.partition),
    )
    const [sent] = await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v', partition: 3 }] }))
    await cluster.run(producer.flush())
    expect([sent?.partition, told]).toEqual([3, [2]])
  })

  test('has a new one assigned at once to a consumer that reads the others, wherever it asks', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 1 } })
    const consumers = [1, 2, 3].map(() => cluster.consumer())
    for (const consumer of consumers) await cluster.run(consumer.assign([{ topic: 'orders', partition: 0 }]))
    for (const count of [2, 3, 4]) {
      await grow(cluster, count)
      const partition = count - 1
      for (const consumer of consumers) {
        await cluster.run(consumer.assign([{ topic: 'orders', partition, offset: 0 }]))
        expect(consumer.position({ topic: 'orders', partition })).toBe(0)
      }
    }
  })

  test('has them after the death of the controller and of a broker as well', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: { numPartitions: 1, replicationFactor: 2 } } })
    await grow(cluster, 3)
    await cluster.killSupervisor()
    await cluster.killBroker(1)
    const messages = [0, 1, 2].map((partition) => ({ partition, value: 'v' }))
    const sent = await cluster.run(cluster.producer().send({ topic: 'orders', messages }))
    expect(sent.map(({ partition, baseOffset }) => [partition, baseOffset]).sort()).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
  })

  test('is refused fewer', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    await expect(grow(cluster, 1)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' })
    await expect(grow(cluster, 2)).rejects.toThrow('Topic already has 2 partition(s).')
  })
})

test.each(HOSTS)('the brokers of a cluster are told, those that are dead only if that is asked (%s)', async (host) => {
  const cluster = await given({ host, brokers: 3 })
  await cluster.killBroker(2)
  const admin = cluster.admin()
  // Any of the two may be asked, and each hears of the death from its controller.
  const toldBy = async (includeFencedBrokers: boolean, isTold: (brokers: readonly DescribedBroker[]) => boolean) => {
    for (;;) {
      const { brokers } = await cluster.run(admin.describeCluster({ includeFencedBrokers }))
      if (isTold(brokers)) return brokers
    }
  }
  const alive = [1, 3].map((nodeId) => ({ nodeId, isFenced: false }))
  expect(await toldBy(false, ({ length }) => length < 3)).toEqual(alive)
  const all = [alive[0], { nodeId: 2, isFenced: true }, alive[1]]
  expect(await toldBy(true, (brokers) => brokers.some(({ isFenced }) => isFenced))).toEqual(all)
})
