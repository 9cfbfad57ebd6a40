import { describe, expect, test } from 'vitest'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** Partitions of one topic: a message about those of two topics is too long for the ring of a connection. */
const PARTITIONS = { simulation: 200, threads: 6_000 } as const
/** A consumer reads no more than 4,096. */
const READ_PARTITIONS = { simulation: 300, threads: 2_000 } as const

const SMALL_LOGS = { 'log.segment.bytes': 4096 }
/** So that what is flushed leaves in one request, with a batch for each partition. */
const ONE_REQUEST = { 'linger.ms': 30_000, 'batch.size': 256, 'max.request.size': 4_194_304 }

/**
 * Writes a record to each partition, all with one flush; resolves with how many different partitions were acknowledged.
 */
async function fill(cluster: GivenCluster, topics: readonly string[], partitions: number, acks: '1' | 'all') {
  const producer = cluster.producer({ ...ONE_REQUEST, acks })
  const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: `${partition}` }))
  const sends = topics.map((topic) => producer.send({ topic, messages }))
  await cluster.run(producer.flush())
  const acknowledged = (await cluster.run(Promise.all(sends))).flat()
  return new Set(acknowledged.map(({ topicName, partition }) => `${partition} of ${topicName}`)).size
}

describe.each(HOSTS)('topics of many partitions (%s)', (host) => {
  test.each(['1', 'all'] as const)('a flush writes to each of them (acks=%s)', async (acks) => {
    const numPartitions = PARTITIONS[host]
    const brokers = acks === 'all' ? 2 : 1
    const cluster = await given({ host, brokers, ...SMALL_LOGS })
    // A request that makes both at once would be refused.
    for (const topic of ['a', 'b']) {
      const topics = [{ topic, numPartitions, replicationFactor: brokers }]
      await cluster.run(cluster.admin().createTopics({ topics }))
    }

    expect(await fill(cluster, ['a', 'b'], numPartitions, acks)).toBe(2 * numPartitions)
  })

  test('a consumer reads all of them', async () => {
    const numPartitions = READ_PARTITIONS[host]
    const cluster = await given({ host, topics: { a: numPartitions, b: numPartitions }, ...SMALL_LOGS })
    await fill(cluster, ['a', 'b'], numPartitions, '1')
    const consumer = cluster.consumer()

    await cluster.run(consumer.subscribe({ topics: ['a', 'b'] }))
    const records = await cluster.collect(consumer)
    await cluster.until(() => records.length >= 2 * numPartitions)

    expect(new Set(records.map(({ topic, partition }) => `${partition} of ${topic}`)).size).toBe(2 * numPartitions)
  })
})
