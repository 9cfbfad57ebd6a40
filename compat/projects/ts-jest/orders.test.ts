// TypeScript that becomes CommonJS, with the resolver of old.
import * as odradek from 'odradek'
import { Cluster, type KeptRecord } from 'odradek'

const tour: Record<string, (library: typeof odradek) => Promise<void>> = require('../tour.cjs')

test.each(Object.keys(tour))('%s', (part) => tour[part]!(odradek), 60_000)

test('types', async () => {
  const cluster: Cluster = await Cluster.start({ brokers: 1 })
  try {
    await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
    await cluster.producer({ acks: 1 }).send({ topic: 'orders', messages: [{ key: 'alice', value: 'one tea' }] })
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await consumer.subscribe({ topics: ['orders'] })
    const records: KeptRecord[] = []
    for await (const record of consumer) if (records.push(record) === 1) break
    expect(records.map(({ key, value }) => [String(key), String(value)])).toEqual([['alice', 'one tea']])
  } finally {
    await cluster.close()
  }
}, 60_000)
