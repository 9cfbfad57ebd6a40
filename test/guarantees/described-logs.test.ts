import { describe, expect, test } from 'vitest'
import { given, HOSTS, values } from '../support/given.js'

describe.each(HOSTS)('what brokers tell of their logs (%s)', (host) => {
  // Admin.describeLogDirs: each broker tells of all replicas that it holds.
  test('the size of each replica is told by the broker that holds it', async () => {
    const topics = { orders: { numPartitions: 2, replicationFactor: 2 }, empty: 1 } as const
    const cluster = await given({ host, brokers: 2, topics })
    await cluster.send(cluster.producer({ acks: 'all' }), { topic: 'orders', partition: 1 }, values(100))
    const { brokers } = await cluster.run(cluster.admin().describeLogDirs())
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([1, 2])
    for (const { logs } of brokers) {
      const [first, second] = [0, 1].map((number) =>
        logs.find(({ topic, partition }) => topic === 'orders' && partition === number),
      )
      expect(first?.size).toBe(0)
      expect(second?.size).toBeGreaterThan(400)
    }
    expect(brokers.flatMap(({ logs }) => logs.filter(({ topic }) => topic === 'empty'))).toHaveLength(1)
    const one = await cluster.run(cluster.admin().describeLogDirs({ brokers: [2] }))
    expect(one.brokers.map(({ nodeId }) => nodeId)).toEqual([2])
  })

  test('a broker that is dead tells nothing, and whoever has asked for it is told so', async () => {
    const cluster = await given({ host, brokers: 2 })
    await cluster.killBroker(2)
    const admin = cluster.admin()
    await expect(cluster.run(admin.describeLogDirs({ brokers: [2] }))).rejects.toMatchObject({
      code: 'BROKER_NOT_AVAILABLE',
    })
    expect((await cluster.run(admin.describeLogDirs())).brokers.map(({ nodeId }) => nodeId)).toEqual([1])
  })

  // Admin.describeProducers (KIP-664)
  test('an idempotent producer is remembered with its last sequence, and another one is not', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const [idempotent, other] = [cluster.producer(), cluster.producer({ 'enable.idempotence': false })]
    await cluster.send(idempotent, { topic: 'orders', partition: 0 }, values(3))
    await cluster.send(other, { topic: 'orders', partition: 1 }, values(3))
    const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    const [first, second] = await cluster.run(cluster.admin().describeProducers({ partitions }))
    expect(first).toMatchObject({ ...partitions[0], producers: [{ producerEpoch: 0, lastSequence: 2 }] })
    expect(second).toEqual({ ...partitions[1], producers: [] })
    const unknown = { partitions: [{ topic: 'tea', partition: 0 }] }
    await expect(cluster.run(cluster.admin().describeProducers(unknown))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })
})
