import { describe, expect, test } from 'vitest'
import type { KafkaError, LentBatch } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

const NAME = { topic: 'orders', partition: 0 }

/** A topic whose oldest segments were recycled: reading at offset 0 is out of range. */
async function givenRecycledLog(host: HostName): Promise<{ cluster: GivenCluster; low: number; high: number }> {
  const configs = { 'segment.bytes': 2048, 'retention.bytes': 4096 }
  const cluster = await given({ host, 'log.segment.bytes': 2048, topics: { orders: { numPartitions: 1, configs } } })
  const producer = cluster.producer({ 'batch.size': 500 })
  for (let round = 0; round < 10; round++) await cluster.send(producer, 'orders', values(60, `round ${round} `))
  const [offsets] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
  return { cluster, low: offsets?.low ?? -1, high: offsets?.high ?? -1 }
}

describe.each(HOSTS)('auto.offset.reset (%s)', (host) => {
  // ConsumerConfig auto.offset.reset: what to do when there is no initial offset in Kafka or if the current offset does
  // not exist any more, for example because that data has been deleted.
  test('earliest: a new consumer begins with the first record', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['old'])
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })

    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)
    await cluster.send(producer, 'orders', ['new'])
    await cluster.until(() => read.length === 2)

    expect(textsOf(read)).toEqual(['old', 'new'])
  })

  test('latest: a new consumer reads what is sent once its subscription is there', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['old'])
    const consumer = cluster.consumer({ 'auto.offset.reset': 'latest' })

    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)
    await cluster.send(producer, 'orders', ['new'])
    await cluster.until(() => read.length > 0)

    expect(textsOf(read)).toEqual(['new'])
  })

  // ConsumerConfig auto.offset.reset: by_duration resets to the current time less the duration (KIP-1106).
  test('by_duration: a new consumer begins with the first record that is no older', async () => {
    const cluster = await given({ host, topics: { orders: 1, empty: 1 } })
    const producer = cluster.producer()
    const messages = [{ value: 'old', timestamp: '1' }, { value: 'new' }]
    await cluster.run(producer.send({ topic: 'orders', messages }))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'by_duration:PT0.9S' })
    await cluster.run(consumer.subscribe({ topics: ['orders', 'empty'] }))
    const position = (topic: string): number => consumer.position({ topic, partition: 0 })
    // On threads the second record is older than 0.9 s when its place is asked for late.
    expect([position('orders') > 0, position('empty')]).toEqual([true, 0])
  })

  // NoOffsetForPartitionException: there is no offset and no reset policy.
  test('none: a consumer without a position fails', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    const error: KafkaError = await cluster.run(consumer.poll(10_000)).catch((thrown) => thrown)

    expect(error.code).toBe('OFFSET_OUT_OF_RANGE')
  })

  test('none: a consumer that is given a position reads on from there', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(5))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })

    await cluster.run(consumer.assign([{ ...NAME, offset: 3 }]))
    const batch = await cluster.run(consumer.poll(10_000))

    expect(textsOf([...(batch ?? [])])).toEqual(['v3', 'v4'])
  })

  test('earliest: a position that was recycled is moved to the log start offset', async () => {
    const { cluster, low } = await givenRecycledLog(host)
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    expect(low).toBeGreaterThan(0)

    await cluster.run(consumer.assign([{ ...NAME, offset: 0 }]))
    const batch = await cluster.run(consumer.poll(10_000))

    expect([...(batch ?? [])][0]?.offset).toBe(low)
  })

  test('latest: a position that was recycled is moved to the end', async () => {
    const { cluster, high } = await givenRecycledLog(host)
    const consumer = cluster.consumer({ 'auto.offset.reset': 'latest' })

    await cluster.run(consumer.assign([{ ...NAME, offset: 0 }]))
    let polled: LentBatch | null = null
    consumer.poll(60_000).then((batch) => {
      polled = batch
    })
    const producer = cluster.producer()
    while (polled === null) await cluster.send(producer, 'orders', ['more'])

    expect([...(polled as LentBatch)][0]?.offset).toBeGreaterThanOrEqual(high)
  })

  // OffsetOutOfRangeException: the offset is out of range and no reset policy has been configured.
  test('none: a position that was recycled is an error, and a seek goes on', async () => {
    const { cluster, low } = await givenRecycledLog(host)
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ ...NAME, offset: 0 }]))

    const error: KafkaError = await cluster.run(consumer.poll(10_000)).catch((thrown) => thrown)
    expect(error.code).toBe('OFFSET_OUT_OF_RANGE')

    await cluster.run(consumer.seek({ ...NAME, offset: low + 1 }))
    const batch = await cluster.run(consumer.poll(10_000))
    expect([...(batch ?? [])][0]?.offset).toBe(low + 1)
  })

  // KafkaConsumer.poll throws until the application has done something about it.
  test('none: each poll throws until the partition is sought or taken away', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(5))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    const poll = (): Promise<LentBatch | null> => cluster.run(consumer.poll(10))
    await cluster.run(consumer.assign([NAME]))
    for (let time = 0; time < 3; time++) await expect(poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })

    await cluster.run(consumer.assign([]))
    await expect(poll()).rejects.toThrow('nothing is assigned')
    await cluster.run(consumer.assign([NAME]))
    await expect(poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })

    await cluster.run(consumer.seek({ ...NAME, offset: 3 }))
    expect(textsOf([...((await cluster.run(consumer.poll(10_000))) ?? [])])).toEqual(['v3', 'v4'])
  })

  test('none: a handler stops with the error', async () => {
    const { cluster } = await givenRecycledLog(host)
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ ...NAME, offset: 0 }]))

    await cluster.run(consumer.run({ eachMessage: () => {} }))

    await expect(cluster.run(consumer.stopped)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  })

  test.each(['poll', 'run'] as const)(
    'a consumer closes after a partition that could not be read (%s)',
    async (way) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
      await cluster.run(consumer.assign([{ ...NAME, offset: 500 }]))
      const failed: Promise<unknown> =
        way === 'poll' ? consumer.poll(10_000) : consumer.run({ eachMessage: () => {} }).then(() => consumer.stopped)
      await expect(cluster.run(failed)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })

      await cluster.run(consumer.close())
    },
  )

  test('a position beyond the end is out of range as well', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })

    await cluster.run(consumer.assign([{ ...NAME, offset: 100 }]))
    const batch = await cluster.run(consumer.poll(10_000))

    expect([...(batch ?? [])][0]?.offset).toBe(0)
  })
})
