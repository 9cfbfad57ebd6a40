import { describe, expect, test } from 'vitest'
import { given, HOSTS, noise, textsOf, values } from '../support/given.js'

const WAYS = HOSTS.flatMap((host) => (['none', 'gzip'] as const).map((codec) => [host, codec] as const))
const SMALL_BATCHES = { orders: { numPartitions: 1, configs: { 'max.message.bytes': 400 } } }

describe.each(WAYS)('batches that the topic finds too large (%s, compression.type=%s)', (host, codec) => {
  const options = { 'batch.size': 8192, 'linger.ms': 5, 'compression.type': codec }

  // Sender.completeBatch: a batch that is too large is split and sent again, without an attempt being counted.
  test('are split, and every record is there once, in its order', async () => {
    const cluster = await given({ host, topics: SMALL_BATCHES })
    const producer = cluster.producer({ ...options, retries: 1 })
    const texts = values(300, 'order number ')

    const metadata = await cluster.run(producer.send({ topic: 'orders', messages: texts.map((value) => ({ value })) }))

    expect(textsOf(await cluster.readAll('orders'))).toEqual(texts)
    // The promise says of each stretch of records where it is.
    expect(metadata.map(({ recordCount }) => recordCount).reduce((sum, count) => sum + count)).toBe(300)
    expect(producer.totals().splits).toBeGreaterThan(0)
  })

  test('give each callback the offset of its record, and the record that is too large by itself an error', async () => {
    const cluster = await given({ host, topics: SMALL_BATCHES })
    const producer = cluster.producer(options)
    const texts = [...values(20, 'before '), noise(1500), ...values(20, 'after ')]
    const told = new Map<string, number | string>()
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'first' }] }))
    for (const text of texts) {
      producer.produce({ topic: 'orders', value: text, partition: 0 }, (error, metadata) =>
        told.set(text, metadata?.offset ?? String(error)),
      )
    }
    await cluster.run(producer.flush())

    const read = await cluster.readAll('orders')

    expect(told.size).toBe(41)
    for (const { value, offset } of read.slice(1)) expect(told.get(String(value))).toBe(offset)
    expect([...told.values()].filter((told) => typeof told === 'string')).toEqual([
      expect.stringContaining('MESSAGE_TOO_LARGE'),
    ])
  })
})

test.each(HOSTS)(
  'a batch of 1,100 records that only fit one by one is written, and each callback told (%s)',
  async (host) => {
    const topics = { orders: { numPartitions: 1, configs: { 'max.message.bytes': 150 } } }
    const cluster = await given({ host, topics })
    const producer = cluster.producer({ 'batch.size': 1_000_000, 'linger.ms': 100 })
    const texts = values(1100, 'a value of so many letters that no two fit, and this is number ')
    const offsets: (number | undefined)[] = []

    for (const value of texts) producer.produce({ topic: 'orders', value }, (_, record) => offsets.push(record?.offset))
    await cluster.run(producer.flush())

    expect(offsets).toEqual(texts.map((_, offset) => offset))
    expect(textsOf(await cluster.readAll('orders'))).toEqual(texts)
  },
)
