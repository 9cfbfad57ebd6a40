import { describe, expect, test } from 'vitest'
import type { KeptRecord } from '../../src/index.js'
import { given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('many clients (%s)', (host) => {
  test('several producers write one partition: each keeps its order, and no offset is given twice', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producers = ['a', 'b', 'c'].map((name) => ({ name, producer: cluster.producer({ 'batch.size': 200 }) }))

    const sends = producers.flatMap(({ name, producer }) =>
      values(100, name).map((value) => producer.send({ topic: 'orders', messages: [{ value }] })),
    )
    const metadata = (await cluster.run(Promise.all(sends))).flat()

    expect(new Set(metadata.map(({ baseOffset }) => baseOffset)).size).toBe(300)
    const read = textsOf(await cluster.readAll('orders'))
    for (const { name } of producers) expect(read.filter((value) => value.startsWith(name))).toEqual(values(100, name))
  })

  // Kafka: consumers that are in no group each read everything.
  test('every consumer reads everything, at its own pace', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const consumers = [
      cluster.consumer(),
      cluster.consumer({ 'max.poll.records': 1 }),
      cluster.consumer({ 'max.partition.fetch.bytes': 1 }),
    ]
    const producer = cluster.producer({ 'batch.size': 300 })
    await cluster.send(producer, { topic: 'orders', partition: 0 }, values(100, 'a'))
    const reads: KeptRecord[][] = []
    for (const consumer of consumers) {
      await cluster.run(consumer.subscribe({ topic: 'orders' }))
      reads.push(await cluster.collect(consumer))
    }

    await cluster.send(producer, { topic: 'orders', partition: 1 }, values(100, 'b'))
    await cluster.until(() => reads.every((read) => read.length >= 200))

    for (const read of reads) {
      for (const partition of [0, 1]) {
        expect(textsOf(read.filter((record) => record.partition === partition))).toEqual(
          values(100, partition === 0 ? 'a' : 'b'),
        )
      }
    }
  })

  test('one consumer reads several topics', async () => {
    const cluster = await given({ host, brokers: 2, topics: { a: 1, b: 2, c: 3 } })
    const producer = cluster.producer()
    for (const topic of ['a', 'b', 'c']) await cluster.send(producer, topic, values(20, topic))
    const consumer = cluster.consumer()

    await cluster.run(consumer.subscribe({ topics: ['a', 'b', 'c'] }))
    expect(consumer.assignment).toHaveLength(6)
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length >= 60)

    for (const { topic, value } of read) expect(String(value).startsWith(topic)).toBe(true)
    expect(new Set(textsOf(read)).size).toBe(60)
  })

  test('clients come and go without disturbing those that stay', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)

    for (const value of values(5)) {
      const [passing, reader] = [cluster.producer(), cluster.consumer()]
      await cluster.run(reader.subscribe({ topic: 'orders' }))
      await cluster.send(passing, 'orders', [`passing ${value}`])
      await cluster.send(producer, 'orders', [value])
      await cluster.run(Promise.all([passing.close(), reader.close()]))
    }
    await cluster.until(() => read.length >= 10)

    expect(textsOf(read)).toEqual(values(5).flatMap((value) => [`passing ${value}`, value]))
  })
})
