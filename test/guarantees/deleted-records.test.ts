import { describe, expect, test } from 'vitest'
import { type GivenCluster, given, HOSTS, textsOf, values } from '../support/given.js'

const TWICE = { numPartitions: 1, replicationFactor: 2 } as const

async function deleteBefore(
  cluster: GivenCluster,
  offset: number | string,
  topic = 'orders',
  partition = 0,
): Promise<number> {
  const request = { topic, partitions: [{ partition, offset }] }
  const [deleted] = await cluster.run(cluster.admin().deleteTopicRecords(request))
  return deleted?.lowWatermark ?? -1
}

describe.each(HOSTS)('records that are deleted (%s)', (host) => {
  // Admin.deleteRecords: delete records whose offset is smaller than the given offset of the corresponding partition.
  test('are gone for every reader, and those behind them stay', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: TWICE } })
    await cluster.send(cluster.producer({ 'batch.size': 0 }), 'orders', values(10))
    expect(await deleteBefore(cluster, '4')).toBe(4)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(values(10).slice(4))
    expect(await deleteBefore(cluster, 2)).toBe(4)
    expect(await cluster.run(cluster.admin().fetchTopicOffsets('orders'))).toMatchObject([{ low: 4, high: 10 }])
  })

  // DeleteRecordsRequest.HIGH_WATERMARK
  test('are all of them with -1, and what is written next has the next offset', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: TWICE } })
    const producer = cluster.producer({ acks: 'all' })
    await cluster.send(producer, 'orders', values(10))
    expect(await deleteBefore(cluster, -1)).toBe(10)
    expect(await cluster.send(producer, 'orders', ['next'])).toBe(10)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['next'])
  })

  // DelayedDeleteRecords: answered once the low watermark, the smallest log start offset of all live replicas, is there.
  test('do not come back with another leader, nor with the broker that led before', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: TWICE } })
    const producer = cluster.producer({ acks: 'all' })
    await cluster.send(producer, 'orders', values(10))
    await deleteBefore(cluster, 7)
    const leader = await cluster.leaderOf('orders', 0)
    await cluster.killBroker(leader)
    const low = async () => (await cluster.run(cluster.admin().fetchTopicOffsets('orders')))[0]?.low
    expect(await low()).toBe(7)
    expect(await deleteBefore(cluster, 8)).toBe(8)
    await cluster.restartBroker(leader)
    const isr = async () => (await cluster.run(cluster.describe())).topics[0]?.partitions[0]?.isr.length
    while ((await isr()) !== 2) await cluster.run(cluster.admin().listTopics())
    await cluster.killBroker(3 - leader)
    expect(await low()).toBe(8)
  })

  // A follower that is dead is not waited for.
  test('are deleted while a follower is dead', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: TWICE } })
    await cluster.send(cluster.producer({ acks: 'all' }), 'orders', values(3))
    await cluster.killBroker(3 - (await cluster.leaderOf('orders', 0)))
    expect(await deleteBefore(cluster, 2)).toBe(2)
  })

  // Partition.deleteRecordsOnLeader
  test('lie within what is committed, in a topic that is not only compacted', async () => {
    const compacted = { numPartitions: 1, configs: { 'cleanup.policy': 'compact' as const } }
    const cluster = await given({ host, topics: { orders: 1, keyed: compacted } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    await expect(deleteBefore(cluster, 4)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await expect(deleteBefore(cluster, 0, 'keyed')).rejects.toMatchObject({ code: 'POLICY_VIOLATION' })
    await expect(deleteBefore(cluster, 0, 'tea')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(await cluster.run(cluster.admin().fetchTopicOffsets('orders'))).toMatchObject([{ low: 0, high: 3 }])
  })

  test('are those of partitions that are there', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await expect(deleteBefore(cluster, 0, 'orders', 1)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    const partitions = [{ topic: 'orders', partition: 7 }]
    const described = cluster.run(cluster.admin().describeProducers({ partitions }))
    await expect(described).rejects.toThrow("There is no partition 7 of 'orders', which has 1 partition")
  })

  // auto.offset.reset: what to do when the current offset does not exist any more, e.g. because it has been deleted.
  test('are passed over by a reader that was about to read them', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(5))
    await deleteBefore(cluster, 3)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0, offset: 1 }]))
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length === 2)
    expect(textsOf(read)).toEqual(values(5).slice(3))
  })
})
