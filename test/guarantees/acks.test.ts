import { describe, expect, test } from 'vitest'
import { given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('acks (%s)', (host) => {
  // ProducerConfig acks: 1, the leader has written the record to its local log; all, the full set of in-sync replicas
  // has.
  test.each([1, 'all'] as const)('with acks=%s a record that is acknowledged is in the log', async (acks) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ acks })

    const baseOffset = await cluster.send(producer, 'orders', ['a', 'b'])
    const [offsets] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))

    expect(baseOffset).toBe(0)
    expect(offsets).toMatchObject({ low: 0, high: 2 })
  })

  // acks=0: the producer will not wait for any acknowledgment; the record is considered sent at once.
  test('with acks=0 records reach the log, and nobody answers', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ acks: 0, 'batch.size': 200 })

    await cluster.run(
      Promise.all(values(100).map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))),
    )
    await cluster.send(cluster.producer({ acks: 1 }), 'orders', ['end'])

    expect(producer.totals().answered).toBe(0)
    expect(textsOf(await cluster.readAll('orders'))).toEqual([...values(100), 'end'])
  })

  test('with acks=0 memory is not used again before the broker has copied it', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ acks: 0, 'batch.size': 1024, 'buffer.memory': 4096 })
    const sent = values(500, 'a value long enough to need many batches ')

    for (const value of sent) {
      if (!producer.produce({ topic: 'orders', value })) await cluster.run(producer.drained())
    }
    await cluster.run(producer.close())

    expect(textsOf(await cluster.readAll('orders'))).toEqual(sent)
  })

  test('a batch that the broker refuses fails with its error', async () => {
    const configs = { 'max.message.bytes': 500 }
    const cluster = await given({ host, topics: { orders: { numPartitions: 1, configs } } })
    const producer = cluster.producer({ acks: 1 })

    const refused = producer.send({ topic: 'orders', messages: [{ value: Buffer.alloc(1000) }] })

    await expect(cluster.run(refused)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(await cluster.send(producer, 'orders', ['fits'])).toBe(0)
  })

  // KafkaProducer: with acks=0 no guarantee can be made that the server has received the record.
  test('with acks=0 nobody hears of a refusal', async () => {
    const configs = { 'max.message.bytes': 500 }
    const cluster = await given({ host, topics: { orders: { numPartitions: 1, configs } } })
    const producer = cluster.producer({ acks: 0 })

    expect(await cluster.send(producer, 'orders', [Buffer.alloc(1000)])).toBe(-1)
  })

  test('fire and forget tells of a batch that was given up', async () => {
    const configs = { 'max.message.bytes': 500 }
    const cluster = await given({ host, topics: { orders: { numPartitions: 1, configs } } })
    const producer = cluster.producer({ acks: 1 })
    const undelivered: unknown[] = []
    producer.on('undelivered', (report) => undelivered.push(report))
    await cluster.send(producer, 'orders', ['fits'])

    producer.produce({ topic: 'orders', value: Buffer.alloc(1000) })
    await cluster.run(producer.flush())

    expect(undelivered).toMatchObject([{ topic: 'orders', partition: 0, error: 'MESSAGE_TOO_LARGE', recordCount: 1 }])
  })
})

// Kafka: the producer does not wait for an answer, so neither does whoever sends.
test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'with acks=0 a send settles as soon as the broker has copied it (seed %i)',
  async (seed) => {
    const cluster = await given({ host: 'simulation', seed, topics: { orders: 1 } })
    const producer = cluster.producer({ acks: 0 })
    await cluster.hearOf(producer, 'orders')
    const before = cluster.simulated.now

    await cluster.send(producer, 'orders', ['v'])

    expect(cluster.simulated.now - before).toBeLessThan(100)
  },
)
