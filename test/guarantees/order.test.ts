import { describe, expect, test } from 'vitest'
import { given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('order within a partition (%s)', (host) => {
  // Kafka's introduction: events with the same key go to one partition, and a consumer of it always reads them in
  // exactly the order in which they were written.
  test.each([1, 2, 3, 4, 5])(
    'records of one producer are read in the order of their sends, with %i requests in flight',
    async (inFlight) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const producer = cluster.producer({ 'max.in.flight.requests.per.connection': inFlight, 'batch.size': 200 })
      const sent = values(300)

      await cluster.run(
        Promise.all(sent.map((value) => producer.send({ topic: 'orders', messages: [{ key: 'k', value }] }))),
      )

      expect(producer.totals().batches).toBeGreaterThan(10)
      expect(textsOf(await cluster.readAll('orders'))).toEqual(sent)
    },
  )

  test('the order holds over batches that leave for several reasons', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 300, 'linger.ms': 3 })
    const sent = values(60)

    for (const [index, value] of sent.entries()) {
      if (!producer.produce({ topic: 'orders', value })) await cluster.run(producer.drained())
      if (index % 20 === 7) await cluster.run(producer.flush())
    }
    await cluster.run(producer.close())

    expect(textsOf(await cluster.readAll('orders'))).toEqual(sent)
  })

  // KafkaProducer.send: callbacks for records sent to the same partition are guaranteed to execute in order.
  // ProducerConfig enable.idempotence: with at most 5 requests in flight, message ordering is preserved.
  test('the order of an idempotent producer holds though the very first batch of a partition is refused once', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.addFault({ api: 'Produce', action: 'error', error: 'NOT_ENOUGH_REPLICAS', once: true })
    const texts = values(100)

    await cluster.send(cluster.producer({ 'batch.size': 100 }), 'orders', texts)

    expect(textsOf(await cluster.readAll('orders'))).toEqual(texts)
  })

  test('callbacks of one partition are called in the order of their records', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 100 })
    await cluster.send(producer, 'orders', ['first'])
    const called: number[] = []

    for (let number = 0; number < 50; number++) {
      expect(producer.produce({ topic: 'orders', value: `${number}` }, () => called.push(number))).toBe(true)
    }
    await cluster.run(producer.flush())

    expect(called).toEqual(Array.from({ length: 50 }, (_, number) => number))
  })

  test('the order of one partition is not disturbed by records for others', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 6 } })
    const producer = cluster.producer({ 'batch.size': 200 })
    const sent = values(600)

    await cluster.run(
      Promise.all(
        sent.map((value, index) => producer.send({ topic: 'orders', messages: [{ value, partition: index % 6 }] })),
      ),
    )

    const read = await cluster.readAll('orders')
    for (let partition = 0; partition < 6; partition++) {
      const expected = sent.filter((_, index) => index % 6 === partition)
      expect(textsOf(read.filter((record) => record.partition === partition))).toEqual(expected)
    }
  })
})
