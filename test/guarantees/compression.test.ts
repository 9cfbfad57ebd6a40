import { describe, expect, test } from 'vitest'
import type { KeptRecord, LentBatch } from '../../src/index.js'
import { given, HOSTS, textsOf, values } from '../support/given.js'

const GZIP = { 'compression.type': 'gzip' } as const
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const MIXED = ['none', ...CODECS, 'none'] as const

describe.each(HOSTS)('compression (%s)', (host) => {
  test.each(CODECS)('keys, values, headers and times come back from %s as they were sent', async (codec) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const message = (number: number) => ({
      key: `customer ${number}`,
      value: number === 7 ? null : `order ${number}`,
      headers: { trace: `${number}` },
      timestamp: `${1_700_000_000_000 + number}`,
    })
    const messages = Array.from({ length: 100 }, (_, number) => message(number))
    await cluster.run(cluster.producer({ 'compression.type': codec }).send({ topic: 'orders', messages }))

    const read = await cluster.readAll('orders')

    const shown = ({ key, value, headers, timestamp }: KeptRecord) => ({
      key: String(key),
      value: value === null ? null : String(value),
      headers: Object.fromEntries(headers.map((header) => [header.key, String(header.value)])),
      timestamp: String(timestamp),
    })
    expect(read.map(shown)).toEqual(messages)
  })

  test('a log of batches of which some are compressed is read in order, also by a follower that leads then', async () => {
    const topics = { orders: { numPartitions: 1, replicationFactor: 2 } }
    const cluster = await given({ host, brokers: 2, topics })
    for (const [index, codec] of MIXED.entries()) {
      await cluster.send(cluster.producer({ 'compression.type': codec }), 'orders', values(50, `${index} `))
    }
    await cluster.killBroker(await cluster.leaderOf('orders', 0))

    const read = await cluster.readAll('orders')

    expect(textsOf(read)).toEqual(MIXED.flatMap((_, index) => values(50, `${index} `)))
  })

  test.each(['uncompressed', ...CODECS])('a topic keeps %s, whatever its producers send', async (kept) => {
    const configs = { 'compression.type': kept as 'gzip' }
    const cluster = await given({ host, topics: { orders: { numPartitions: 1, configs } } })
    for (const [index, codec] of MIXED.entries()) {
      await cluster.send(cluster.producer({ 'compression.type': codec }), 'orders', values(50, `${index} `))
    }
    const read = await cluster.readAll('orders')
    expect(textsOf(read)).toEqual(MIXED.flatMap((_, index) => values(50, `${index} `)))
  })

  // Records that do not shrink are sent as they are.
  test.each(CODECS)(
    'the rate of %s says what part of the bytes is left, and is 1 where nothing was gained',
    async (codec) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const rateOf = async (texts: readonly string[]): Promise<number> => {
        // All of them in one batch: the rate is a mean over batches.
        const producer = cluster.producer({ 'compression.type': codec, 'linger.ms': 10_000 })
        await cluster.run(Promise.all([cluster.send(producer, 'orders', texts), producer.flush()]))
        const { compressionRates, batches } = producer.totals()
        return compressionRates / batches
      }
      expect(await rateOf(values(200, 'order number '))).toBeLessThan(0.5)
      expect(await rateOf(['x'])).toBe(1)
    },
  )

  test('views of compressed records stay as they are until their loan ends, and are poisoned then where that is asked for', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ ...GZIP, 'batch.size': 1000 })
    await cluster.send(producer, 'orders', values(100, 'before '))
    const consumer = cluster.consumer({ 'odradek.lend': 'poisoned-copy', 'max.partition.fetch.bytes': 1500 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const viewsOf = (batch: LentBatch | null): Buffer[] => [...(batch ?? [])].map(({ value }) => value as Buffer)
    const views = viewsOf(await cluster.run(consumer.poll(5000)))
    await cluster.send(producer, 'orders', values(100, 'after '))

    expect(views.map(String)).toEqual(values(100, 'before ').slice(0, views.length))
    await cluster.run(consumer.poll(5000))
    await cluster.run(consumer.poll(5000))
    expect(views.every((view) => view.every((byte) => byte === 0xdb))).toBe(true)
  })

  test('a batch that would become too large ends the partition, and the error names it and the offset', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    await cluster.send(cluster.producer(GZIP), 'orders', ['x'.repeat(10_000)])
    const consumer = cluster.consumer({ 'odradek.decompressed.bytes.max': 5000 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    const read = await cluster.collect(consumer)

    await expect(cluster.run(consumer.stopped)).rejects.toThrow(
      /Partition 0 of 'orders' cannot be read on at offset 3, .*odradek.decompressed.bytes.max.*\(CORRUPT_MESSAGE\)$/,
    )
    expect(textsOf(read)).toEqual(values(3))
  })
})
