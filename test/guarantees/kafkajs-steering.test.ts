import { describe, expect, test } from 'vitest'
import { type GivenCluster, given, HOSTS, type HostName, values } from '../support/given.js'

const MEMBER = { 'group.id': 'readers', 'auto.offset.reset': 'earliest', 'heartbeat.interval.ms': 50 } as const

/** Two partitions of `orders`, with ten records in each. */
async function givenOrders(host: HostName): Promise<GivenCluster> {
  const cluster = await given({ host, topics: { orders: 2, others: 1 } })
  for (const partition of [0, 1])
    await cluster.send(cluster.producer(), { topic: 'orders', partition }, values(10, 'v'))
  return cluster
}

/** A member that runs, and what its handler was given. */
async function givenRun(cluster: GivenCluster, before: 'seek' | 'run' = 'run') {
  const consumer = cluster.consumer(MEMBER)
  const read: string[] = []
  const seek = () => consumer.seek({ topic: 'orders', partition: 0, offset: '7' })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  if (before === 'seek') await seek()
  await cluster.run(
    consumer.run({ eachMessage: ({ partition, message }) => void read.push(`${partition}:${message.offset}`) }),
  )
  return { consumer, read, seek }
}

const offsetsOf = (read: readonly string[], partition: number): number[] =>
  read.filter((one) => one.startsWith(`${partition}:`)).map((one) => Number(one.slice(2)))

describe.each(HOSTS)('a consumer that is steered as KafkaJS shows it (%s)', (host) => {
  test.each(['run', 'seek'] as const)(
    'reads from where it was sought, before the group has shared out (%s)',
    async (before) => {
      const cluster = await givenOrders(host)
      const { consumer, read, seek } = await givenRun(cluster, before)
      expect(consumer.assignment).toEqual([])
      if (before === 'run') await seek()
      await cluster.until(() => read.length === 13)
      expect(offsetsOf(read, 0)).toEqual([7, 8, 9])
      expect(offsetsOf(read, 1)).toHaveLength(10)
    },
  )

  test('is refused a seek of what it cannot get, or has not got', async () => {
    const cluster = await givenOrders(host)
    const { consumer, read } = await givenRun(cluster)
    await expect(consumer.seek({ topic: 'others', partition: 0, offset: 0 })).rejects.toThrow('is not assigned')
    await consumer.seek({ topic: 'orders', partition: 7, offset: 0 })
    await cluster.until(() => read.length === 20)
    await expect(consumer.seek({ topic: 'orders', partition: 7, offset: 0 })).rejects.toThrow('is not assigned')
  })

  test('forgets a seek when it unsubscribes before it was assigned anything', async () => {
    const cluster = await givenOrders(host)
    const consumer = cluster.consumer(MEMBER)
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await consumer.seek({ topic: 'orders', partition: 0, offset: 7 })
    await cluster.run(consumer.unsubscribe())
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    const read: number[] = []
    await cluster.run(consumer.run({ eachMessage: ({ message }) => void read.push(message.offset) }))
    await cluster.until(() => read.length === 20)
  })

  test('pauses and resumes a topic, or some of its partitions', async () => {
    const cluster = await givenOrders(host)
    const consumer = cluster.consumer()
    const both = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    await cluster.run(consumer.assign(both.map((one) => ({ ...one, offset: 0 }))))
    await cluster.run(consumer.pause([{ topic: 'orders' }]))
    expect(consumer.paused()).toEqual(both)
    await cluster.run(consumer.resume([{ topic: 'orders', partitions: [1] }]))
    expect(consumer.paused()).toEqual([both[0]])
    await cluster.run(consumer.resume([{ topic: 'orders' }]))
    await cluster.run(consumer.pause([{ topic: 'orders', partitions: [0, 1] }]))
    expect(consumer.paused()).toEqual(both)
    await expect(consumer.pause([{ topic: 'orders', partitions: [5] }])).rejects.toThrow('is not assigned')
    await expect(consumer.pause([{ topic: 'order' }])).rejects.toThrow("Topic 'order' is not assigned")
    await expect(consumer.resume([{ topic: 'order' }])).rejects.toThrow("Topic 'order' is not assigned")
    await expect(consumer.pause([{ ...both[0]!, partitions: [1] }])).rejects.toThrow('at most')
  })

  test('has nothing of a topic that it paused before the group has shared it out', async () => {
    const cluster = await givenOrders(host)
    const { consumer, read } = await givenRun(cluster)
    await cluster.run(consumer.pause([{ topic: 'orders' }]))
    await cluster.until(() => consumer.paused().length === 2)
    expect(read).toEqual([])
    await cluster.run(consumer.resume([{ topic: 'orders' }]))
    await cluster.until(() => read.length === 20)
  })
})
