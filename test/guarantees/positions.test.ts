import { describe, expect, test } from 'vitest'
import type { Consumer, LentBatch } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

const FIRST = { topic: 'orders', partition: 0 }
const SECOND = { topic: 'orders', partition: 1 }
const HANDLER = new URL('../support/counting-handler.js', import.meta.url).href

async function givenRecords(host: HostName, count = 20): Promise<GivenCluster> {
  const cluster = await given({ host, topics: { orders: 2 } })
  await cluster.send(cluster.producer(), FIRST, values(count))
  return cluster
}

const offsetsOf = (batch: LentBatch | null): number[] => [...(batch ?? [])].map(({ offset }) => offset)

// KafkaConsumer.position: the offset of the next record that will be fetched.
describe.each(HOSTS)('position (%s)', (host) => {
  test('is where the partition was assigned, sought or moved to, before anything is read', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ ...FIRST, offset: 7 }, SECOND]))
    expect([consumer.position(FIRST), consumer.position(SECOND)]).toEqual([7, 0])
    await cluster.run(consumer.seek({ ...FIRST, offset: 'latest' }))
    expect(consumer.position(FIRST)).toBe(20)
    await cluster.run(consumer.seek({ ...FIRST, offset: 'earliest' }))
    expect(consumer.position(FIRST)).toBe(0)
  })

  test('is behind the reset of an offset that is out of range', async () => {
    const cluster = await givenRecords(host)
    for (const [reset, position] of [
      ['latest', 20],
      ['earliest', 0],
    ] as const) {
      const consumer = cluster.consumer({ 'auto.offset.reset': reset, 'max.poll.records': 5 })
      await cluster.run(consumer.assign([{ ...FIRST, offset: 5000 }]))
      const polled = consumer.poll(reset === 'latest' ? 1000 : 10_000)
      expect(offsetsOf(await cluster.run(polled))).toEqual(reset === 'latest' ? [] : [0, 1, 2, 3, 4])
      expect(consumer.position(FIRST)).toBe(reset === 'latest' ? position : 5)
    }
  })

  test('of a handler module is behind what it has handled, also after a seek', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    const shared = new SharedArrayBuffer(8)
    const count = (): number => Atomics.load(new Int32Array(shared), 0)
    await cluster.run(consumer.assign([FIRST, SECOND]))
    await cluster.run(consumer.run({ module: HANDLER, options: { shared } }))
    await cluster.until(() => count() === 20 && consumer.position(FIRST) === 20)
    expect(consumer.position(SECOND)).toBe(0)

    const sought = consumer.seek({ ...FIRST, offset: 15 })
    expect(consumer.position(FIRST)).toBe(15)
    await cluster.run(sought)
    await cluster.until(() => count() === 25)
    await cluster.until(() => consumer.position(FIRST) === 20)

    await cluster.run(consumer.seek({ ...FIRST, offset: 3000 }))
    await cluster.until(() => count() === 45)
    await cluster.until(() => consumer.position(FIRST) === 20)
  })

  test('counts from the seek, in the middle of what was polled too, and so does what is polled next', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer({ 'max.poll.records': 5 })
    await cluster.run(consumer.assign([FIRST]))
    const batch = await cluster.run(consumer.poll(5000))
    const [first] = batch ?? []
    const sought = consumer.seek({ ...FIRST, offset: 12 })
    expect([first?.offset, consumer.position(FIRST)]).toEqual([0, 12])

    // Nobody has waited for the seek: what was fetched before it is not handed out any more.
    const next = await cluster.run(consumer.poll(5000))
    await cluster.run(sought)

    expect([offsetsOf(next), consumer.position(FIRST)]).toEqual([[12, 13, 14, 15, 16], 17])
  })

  test('follows a loop that seeks in its body', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([FIRST]))
    const read: number[] = []
    const loop = async (): Promise<void> => {
      for await (const { offset } of consumer) {
        read.push(offset)
        if (read.length === 3) void consumer.seek({ ...FIRST, offset: 10 })
        if (read.length === 5) return
      }
    }
    await cluster.run(loop())
    expect([read, consumer.position(FIRST)]).toEqual([[0, 1, 2, 10, 11], 12])
  })

  test('a handler that seeks gets nothing more of what was fetched before', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([FIRST]))
    const read: number[] = []
    const eachMessage = ({ message }: { message: { offset: number } }): void => {
      read.push(message.offset)
      if (read.length === 3) void consumer.seek({ ...FIRST, offset: 18 })
    }
    await cluster.run(consumer.run({ eachMessage }))
    await cluster.until(() => read.length === 5)
    expect([read, consumer.position(FIRST)]).toEqual([[0, 1, 2, 18, 19], 20])
  })
})

describe.each(HOSTS)('assign and subscribe (%s)', (host) => {
  const readAll = async (cluster: GivenCluster, consumer: Consumer, count: number): Promise<string[]> => {
    const read: string[] = []
    while (read.length < count) read.push(...textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])]))
    return read
  }

  test('partitions that stay go on where they were, those with an offset are read from there', async () => {
    const cluster = await givenRecords(host)
    await cluster.send(cluster.producer(), SECOND, values(20, 'w'))
    const consumer = cluster.consumer({ 'max.poll.records': 5 })
    await cluster.run(consumer.assign([FIRST]))
    await cluster.run(consumer.poll(5000))
    await cluster.run(consumer.assign([FIRST, { ...SECOND, offset: 15 }]))
    expect([consumer.position(FIRST), consumer.position(SECOND)]).toEqual([5, 15])
    const read = await readAll(cluster, consumer, 20)
    expect(read.filter((text) => text.startsWith('v'))).toEqual(values(20).slice(5))
    expect(read.filter((text) => text.startsWith('w'))).toEqual(values(20, 'w').slice(15))

    await cluster.run(consumer.assign([{ ...FIRST, offset: 18 }, SECOND]))
    expect(await readAll(cluster, consumer, 2)).toEqual(['v18', 'v19'])
  })

  // KafkaConsumer.subscribe: an empty list is the same as unsubscribing. KafkaConsumer.poll: IllegalStateException.
  test('a consumer that subscribes to nothing reads nothing, and a poll says so', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    await expect(cluster.run(consumer.poll(10))).rejects.toThrow('nothing is assigned to this consumer')
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.poll(5000))
    await cluster.run(consumer.subscribe({ topics: [] }))
    expect(consumer.assignment).toEqual([])
    await expect(cluster.run(consumer.poll(10))).rejects.toThrow('nothing is assigned to this consumer')
    await cluster.run(consumer.assign([{ ...FIRST, offset: 19 }]))
    expect(await readAll(cluster, consumer, 1)).toEqual(['v19'])
  })

  test('a poll may wait while its subscription is on its way', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    const subscribed = consumer.subscribe({ topic: 'orders' })
    const [batch] = await cluster.run(Promise.all([consumer.poll(5000), subscribed]))
    expect(offsetsOf(batch)).toHaveLength(20)
  })

  test('the later of two subscriptions at once counts', async () => {
    const cluster = await givenRecords(host)
    const consumer = cluster.consumer()
    const both = [consumer.subscribe({ topic: 'orders' }), consumer.assign([{ ...FIRST, offset: 18 }])]
    await cluster.run(Promise.all(both))
    expect(consumer.assignment).toEqual([FIRST])
    expect(await readAll(cluster, consumer, 2)).toEqual(['v18', 'v19'])
  })

  test('a topic that is deleted and made again is read from its start, in each way of reading', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumers = [cluster.consumer(), cluster.consumer(), cluster.consumer()] as const
    const [polling, running, module] = consumers
    const shared = new SharedArrayBuffer(8)
    for (const consumer of consumers) await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.send(cluster.producer(), FIRST, values(5, 'old '))
    expect(await readAll(cluster, polling, 5)).toEqual(values(5, 'old '))
    const read = await cluster.collect(running)
    await cluster.run(module.run({ module: HANDLER, options: { shared } }))
    await cluster.until(() => read.length === 5 && module.position(FIRST) === 5)

    await cluster.run(cluster.admin().deleteTopics({ topics: ['orders'] }))
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] }))
    await cluster.send(cluster.producer(), FIRST, values(3, 'new '))

    expect(await readAll(cluster, polling, 3)).toEqual(values(3, 'new '))
    await cluster.until(() => read.length === 8 && Atomics.load(new Int32Array(shared), 0) === 8)
    expect(textsOf(read)).toEqual([...values(5, 'old '), ...values(3, 'new ')])
    await cluster.until(() => consumers.every((consumer) => consumer.position(FIRST) === 3))
    for (const consumer of consumers) await cluster.run(consumer.seek({ ...FIRST, offset: 2 }))
    expect(await readAll(cluster, polling, 1)).toEqual(['new 2'])
  })
})

// Milliseconds of the simulation's own clock: nothing else takes its time.
test('a position is read from at once, though a fetch waits for records at the end', async () => {
  const cluster = await givenRecords('simulation')
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await cluster.run(consumer.assign([FIRST]))
  expect(offsetsOf(await cluster.run(consumer.poll(1000)))).toHaveLength(20)
  expect(await cluster.run(consumer.poll(0))).toBe(null)
  await cluster.run(consumer.seek({ ...FIRST, offset: 18 }))
  expect(offsetsOf(await cluster.run(consumer.poll(50)))).toEqual([18, 19])
  await cluster.run(consumer.assign([{ ...FIRST, offset: 17 }]))
  expect(offsetsOf(await cluster.run(consumer.poll(50)))).toEqual([17, 18, 19])
})
