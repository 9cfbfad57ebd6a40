import { describe, expect, test } from 'vitest'
import type { KeptRecord, LentBatch } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf, values } from '../support/given.js'

const HANDLER = new URL('../support/counting-handler.js', import.meta.url).href

/** What is compressed is read no other way. */
const WAYS = HOSTS.flatMap((host) => (['none', 'gzip'] as const).map((codec) => [host, codec] as const))

describe.each(WAYS)('ways to read (%s, compression.type=%s)', (host, codec) => {
  async function givenRecords(count: number): Promise<GivenCluster> {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer({ 'batch.size': 300, 'compression.type': codec }), 'orders', values(count, ''))
    return cluster
  }

  // ConsumerConfig max.poll.records: the maximum number of records returned in a single call to poll.
  test('poll hands out at most max.poll.records', async () => {
    const cluster = await givenRecords(100)
    const consumer = cluster.consumer({ 'max.poll.records': 7 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: string[] = []

    while (read.length < 100) {
      const texts = textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])])
      expect(texts.length).toBeLessThanOrEqual(7)
      read.push(...texts)
    }

    expect(read).toEqual(values(100, ''))
  })

  test('poll returns null when nothing has come in time, and what comes later with the next call', async () => {
    const cluster = await givenRecords(1)
    const consumer = cluster.consumer({ 'auto.offset.reset': 'latest' })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    expect(await cluster.run(consumer.poll(10))).toBe(null)

    await cluster.send(cluster.producer(), 'orders', ['later'])

    expect(textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])])).toEqual(['later'])
  })

  // KafkaConsumer.poll: records that the application does not look at count as consumed.
  test('a record that a poll handed out counts as read, looked at or not', async () => {
    const cluster = await givenRecords(20)
    const consumer = cluster.consumer({ 'max.poll.records': 5 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    await cluster.run(consumer.poll(5000))
    const [first] = (await cluster.run(consumer.poll(5000))) ?? []

    expect(first?.offset).toBe(5)
  })

  // KafkaConsumer.position: the offset of the next record that will be fetched.
  test('position is behind what a poll has handed out', async () => {
    const cluster = await givenRecords(20)
    const consumer = cluster.consumer({ 'max.poll.records': 5 })
    const orders = { topic: 'orders', partition: 0 }
    await cluster.run(consumer.assign([orders]))
    const positions = [consumer.position(orders)]

    for (let poll = 0; poll < 2; poll++) {
      await cluster.run(consumer.poll(5000))
      positions.push(consumer.position(orders))
    }
    await cluster.run(consumer.seek({ ...orders, offset: 2 }))
    positions.push(consumer.position(orders))
    const [first] = (await cluster.run(consumer.poll(5000))) ?? []

    expect([positions, first?.offset, consumer.position(orders)]).toEqual([[0, 5, 10, 2], 2, 7])
  })

  // KafkaConsumer.subscribe: topics are a set.
  test('a topic that is named twice is read once', async () => {
    const cluster = await givenRecords(20)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders', topics: ['orders'] }))
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length >= 20)
    await cluster.send(cluster.producer(), 'orders', ['last'])
    await cluster.until(() => textsOf(read).includes('last'))
    expect(textsOf(read)).toEqual([...values(20, ''), 'last'])
  })

  // KafkaConsumer.assign: an empty list is the same as unsubscribing.
  test('assigning nothing ends what was read', async () => {
    const cluster = await givenRecords(1)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.assign([]))
    expect(consumer.assignment).toEqual([])
  })

  test('eachBatch goes through every record once, in order', async () => {
    const cluster = await givenRecords(200)
    const consumer = cluster.consumer({ 'max.poll.records': 30 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: string[] = []

    const eachBatch = ({ batch }: { batch: LentBatch }): void =>
      batch.forEach(({ value }) => void read.push(String(value)))
    await cluster.run(consumer.run({ eachBatch }))
    await cluster.until(() => read.length >= 200)

    expect(read).toEqual(values(200, ''))
  })

  test('a handler that returns a promise is waited for', async () => {
    const cluster = await givenRecords(20)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const log: string[] = []

    const eachMessage = async ({ message }: { message: KeptRecord }): Promise<void> => {
      log.push(`begin ${message.value}`)
      await Promise.resolve()
      log.push(`end ${message.value}`)
    }
    await cluster.run(consumer.run({ eachMessage }))
    await cluster.until(() => log.length >= 40)

    expect(log).toEqual(values(20, '').flatMap((value) => [`begin ${value}`, `end ${value}`]))
  })

  test('for await gives the records in order, and position follows', async () => {
    const cluster = await givenRecords(30)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: KeptRecord[] = []

    const reading = (async () => {
      for await (const record of consumer) if (read.push(record) === 25) return
    })()
    await cluster.run(reading)

    expect(textsOf(read)).toEqual(values(25, ''))
    expect(consumer.position({ topic: 'orders', partition: 0 })).toBe(25)
  })

  test('a new loop goes on where the last one was left', async () => {
    const cluster = await givenRecords(30)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: KeptRecord[] = []
    const readTo = async (count: number): Promise<void> => {
      for await (const record of consumer) if (read.push(record) === count) return
    }

    for (const count of [3, 7, 30]) await cluster.run(readTo(count))

    expect(textsOf(read)).toEqual(values(30, ''))
  })

  test('a handler module runs beside the fetching half, and shares what it is given', async () => {
    const cluster = await givenRecords(100)
    const consumer = cluster.consumer()
    const shared = new SharedArrayBuffer(8)
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    await cluster.run(consumer.run({ module: HANDLER, options: { shared } }))
    await cluster.until(() => Atomics.load(new Int32Array(shared), 0) === 100)

    expect([...new Int32Array(shared)]).toEqual([100, 4950])
  })

  test('a handler that throws stops, and stopped says why', async () => {
    const cluster = await givenRecords(10)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: string[] = []

    const eachMessage = ({ message }: { message: KeptRecord }): void => {
      if (message.offset === 4) throw new Error('4 is not wanted')
      read.push(String(message.value))
    }
    await cluster.run(consumer.run({ eachMessage }))

    await expect(cluster.run(consumer.stopped)).rejects.toThrow('4 is not wanted')
    expect(read).toEqual(values(4, ''))
  })

  test('a handler module that throws stops, and stopped says why', async () => {
    const cluster = await givenRecords(10)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    await cluster.run(consumer.run({ module: HANDLER, options: { shared: new SharedArrayBuffer(8), failAt: 7 } }))

    await expect(cluster.run(consumer.stopped)).rejects.toThrow('7 is not wanted')
  })

  test('stopped resolves when the consumer, or its cluster, is closed', async () => {
    const cluster = await givenRecords(1)
    const consumers = [cluster.consumer(), cluster.consumer()] as const
    for (const consumer of consumers) {
      await cluster.run(consumer.subscribe({ topic: 'orders' }))
      await cluster.run(consumer.run({ eachMessage: () => {} }))
    }

    await cluster.run(consumers[0].close())
    await cluster.run(consumers[0].stopped)
    await cluster.close()
    await consumers[1].stopped
  })

  // KafkaProducer and KafkaConsumer: what was written is what is read.
  test('key, value, headers and timestamp come through as they were given', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const bytes = Buffer.from([0, 255, 1, 128])
    const headers = { text: 'ä', bytes, empty: '', nothing: null, list: ['1', '2'] }

    const messages = [
      { key: 'k', value: 'v', headers, timestamp: 1234 },
      { key: bytes, value: null },
      { key: '', value: '' },
    ]
    await cluster.run(cluster.producer().send({ topic: 'orders', messages }))

    const [first, second, third] = await cluster.readAll('orders')
    expect(first).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 1234 })
    expect(first?.headers.map(({ key, value }) => [key, value === null ? null : String(value)])).toEqual([
      ['text', 'ä'],
      ['bytes', String(bytes)],
      ['empty', ''],
      ['nothing', null],
      ['list', '1'],
      ['list', '2'],
    ])
    expect(second).toMatchObject({ key: bytes, value: null })
    expect(third).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) })
  })
})
