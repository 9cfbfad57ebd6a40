import { describe, expect, test } from 'vitest'
import type { Consumer } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('offsets (%s)', (host) => {
  // Kafka's documentation of the log: each record of a partition is assigned a sequential number, its offset.
  test('offsets count from 0 without a gap', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 150 })

    await cluster.run(
      Promise.all(values(200).map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))),
    )

    const read = await cluster.readAll('orders')
    expect(read.map(({ offset }) => offset)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  // RecordMetadata.offset: the offset of the record in its partition.
  test('the offset that send returns is the one at which the record is read', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const producer = cluster.producer({ 'batch.size': 200 })
    const told = new Map<string, string>()

    for (const value of values(100)) {
      const [metadata] = await cluster.run(producer.send({ topic: 'orders', messages: [{ key: value, value }] }))
      told.set(`${metadata?.partition}@${metadata?.baseOffset}`, value)
    }

    const read = await cluster.readAll('orders')
    expect(read.map(({ partition, offset }) => told.get(`${partition}@${offset}`))).toEqual(textsOf(read))
    expect(read).toHaveLength(told.size)
  })

  test('a send that spans batches is told the base offset and the number of its records in each', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 300, 'linger.ms': 5 })
    const sent = values(40, 'a value of some length ')

    const metadata = await cluster.run(producer.send({ topic: 'orders', messages: sent.map((value) => ({ value })) }))

    expect(metadata.length).toBeGreaterThan(1)
    expect(metadata.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(40)
    let next = 0
    for (const { baseOffset, recordCount } of metadata) {
      expect(baseOffset).toBe(next)
      next += recordCount
    }
    expect(textsOf(await cluster.readAll('orders'))).toEqual(sent)
  })

  test('a callback is told the offset of its own record', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['before'])
    const offsets: number[] = []

    for (const value of values(5))
      producer.produce({ topic: 'orders', value }, (_, delivered) => offsets.push(delivered?.offset ?? -1))
    await cluster.run(producer.flush())

    expect(offsets).toEqual([1, 2, 3, 4, 5])
  })

  // KafkaConsumer: the position is the offset of the next record that will be given out, one larger than the highest
  // seen.
  test('the position is the offset of the next record', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(10))
    const consumer = cluster.consumer({ 'max.poll.records': 4 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    expect(consumer.position({ topic: 'orders', partition: 0 })).toBe(0)

    const positions = []
    for (let poll = 0; poll < 3; poll++) {
      await cluster.run(consumer.poll(10_000))
      positions.push(consumer.position({ topic: 'orders', partition: 0 }))
    }

    expect(positions).toEqual([4, 8, 10])
  })

  // KafkaConsumer.seek: overrides the fetch offsets that the consumer will use on the next poll.
  test('after a seek, the next record is the one at the offset sought', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(10))
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.poll(10_000))

    const firsts: (number | undefined)[] = []
    for (const offset of [7, 2, 9]) {
      await cluster.run(consumer.seek({ topic: 'orders', partition: 0, offset }))
      firsts.push([...((await cluster.run(consumer.poll(10_000))) ?? [])][0]?.offset)
    }

    expect(firsts).toEqual([7, 2, 9])
  })

  // OffsetsForTimes: the earliest offset whose timestamp is at or after the given one.
  test('after a seek to a moment, the next record is the first one that is as young, or the next one written', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const messages = [1_000, 2_000, 3_000].map((timestamp) => ({ value: String(timestamp), timestamp }))
    await cluster.run(producer.send({ topic: 'orders', messages }))
    const consumer = cluster.consumer()
    const name = { topic: 'orders', partition: 0 }
    await cluster.run(consumer.assign([{ ...name, offset: 0 }]))

    const found: number[] = []
    for (const timestamp of [1_500, 0, '3000', 3_001]) {
      await cluster.run(consumer.seek({ ...name, timestamp }))
      found.push(consumer.position(name))
    }
    expect(found).toEqual([1, 0, 2, 3])
    await cluster.send(producer, 'orders', ['new'])
    const [next] = (await cluster.run(consumer.poll(10_000))) ?? []
    expect(String(next?.value)).toBe('new')
  })

  test('a record that was being fetched when a seek came is not handed out', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10))
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    for (let read = 0; read < 10; ) read += [...((await cluster.run(consumer.poll(10_000))) ?? [])].length
    expect(await cluster.run(consumer.poll(5))).toBe(null)

    const sought = cluster.run(consumer.seek({ topic: 'orders', partition: 0, offset: 2 }))
    await cluster.send(producer, 'orders', ['new'])
    await sought
    const offsets: number[] = []
    while (offsets.length < 9)
      for (const { offset } of (await cluster.run(consumer.poll(10_000))) ?? []) offsets.push(offset)

    expect(offsets).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('seeking to the earliest and the latest offset finds the ends of the log', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10))
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0, offset: 5 }]))
    const name = { topic: 'orders', partition: 0 }
    expect(consumer.position(name)).toBe(5)

    await cluster.run(consumer.seek({ ...name, offset: 'latest' }))
    expect(consumer.position(name)).toBe(10)
    await cluster.run(consumer.seek({ ...name, offset: 'earliest' }))
    expect(consumer.position(name)).toBe(0)
  })

  // ProducerConfig acks=0: the offset given back for each record will always be set to -1.
  test('with acks=0 the offset is -1', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    expect(await cluster.send(cluster.producer({ acks: 0 }), 'orders', values(3))).toBe(-1)
  })
})

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)

async function givenReader(seed: number): Promise<{ cluster: GivenCluster; consumer: Consumer }> {
  const cluster = await given({ host: 'simulation', seed, topics: { orders: 2 } })
  const producer = cluster.producer()
  for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, values(10))
  return { cluster, consumer: cluster.consumer() }
}

// What is read and what is answered come by two connections: a seek must hold whichever is first.
test.each(SEEDS)('a seek finds its record, again and again (seed %i)', async (seed) => {
  const { cluster, consumer } = await givenReader(seed)
  await cluster.run(consumer.assign([{ topic: 'orders', partition: 0 }]))

  for (let round = 0; round < 30; round++) {
    await cluster.run(consumer.seek({ topic: 'orders', partition: 0, offset: round % 10 }))
    const [record] = (await cluster.run(consumer.poll(10_000))) ?? []
    expect(record?.offset).toBe(round % 10)
  }
})

// KafkaConsumer.assign: this interface does not allow for incremental assignment and will replace the previous one.
test.each(SEEDS)('an assignment replaces the one before (seed %i)', async (seed) => {
  const { cluster, consumer } = await givenReader(seed)

  for (let round = 0; round < 10; round++) {
    const name = { topic: 'orders', partition: round % 2 }
    await cluster.run(consumer.assign([round % 3 === 0 ? { ...name, offset: round } : name]))
    expect(consumer.assignment).toEqual([name])
    const batch = await cluster.run(consumer.poll(10_000))
    expect(batch?.partition).toBe(name.partition)
    expect([...(batch ?? [])][0]?.offset).toBe(round % 3 === 0 ? round : 0)
  }
})
