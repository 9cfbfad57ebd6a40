import { describe, expect, test } from 'vitest'
import { murmur2 } from '../../src/client/producer/key-hash.js'
import { type GivenProducerOptions, type Partitioner, partitionForKey, type RecordData } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

// UtilsTest.testMurmur2 in Kafka's own tests.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('murmur2 of %s is what Kafka computes', (key, hash) => {
  expect(murmur2(key)).toBe(hash)
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('a key is hashed by its UTF-8 bytes, as a string and as bytes alike', () => {
  for (const key of ['', 'a', 'ab', 'abc', 'Käse', '鍵', 'x'.repeat(100)]) {
    expect(partitionForKey(key, 97)).toBe(partitionForKey(Buffer.from(key), 97))
  }
})

async function partitionsOf(cluster: GivenCluster, topic: string): Promise<Map<string, number[]>> {
  const partitions = new Map<string, number[]>()
  for (const { key, partition } of await cluster.readAll(topic)) {
    const before = partitions.get(String(key)) ?? []
    partitions.set(String(key), [...before, partition])
  }
  return partitions
}

/**
 * Two partitions, and the broker of the first one does not answer. `sent` tells how many of 40 records went to the
 * other one.
 */
async function givenSilentBroker(
  host: HostName,
): Promise<{ cluster: GivenCluster; sent: (config: GivenProducerOptions, pauseMs?: number) => Promise<number> }> {
  const cluster = await given({ host, brokers: 2, topics: { orders: 2 }, seed: 1 })
  const silent = {
    api: 'Produce',
    broker: await cluster.leaderOf('orders', 0),
    action: 'drop',
    until: 'removed',
  } as const
  await cluster.addFault(silent)
  const sent = async (config: GivenProducerOptions, pauseMs = 0): Promise<number> => {
    const producer = cluster.producer({ ...config, 'batch.size': 0 })
    let delivered = 0
    for (let record = 0; record < 40; record++) {
      // When it is acknowledged, nothing is on its way to this partition any more.
      await cluster.send(producer, { topic: 'orders', partition: 1 }, ['named'])
      producer.produce({ topic: 'orders', value: 'keyless' }, () => (delivered += 1))
      if (pauseMs > 0) await cluster.simulated.advance(pauseMs)
    }
    await cluster.send(producer, { topic: 'orders', partition: 1 }, ['named'])
    return delivered
  }
  return { cluster, sent }
}

describe.each(HOSTS)('key to partition (%s)', (host) => {
  // ProducerConfig partitioner.class: if no partition is specified but a key is present, a partition is chosen based on
  // a hash of the key (BuiltInPartitioner.partitionForKey).
  test('all records with one key go to the partition that its hash names', async () => {
    const cluster = await given({ host, topics: { orders: 7 } })
    const producer = cluster.producer()
    const keys = values(20, 'key ')

    for (let round = 0; round < 3; round++) {
      await cluster.run(producer.send({ topic: 'orders', messages: keys.map((key) => ({ key, value: `${round}` })) }))
    }

    const partitions = await partitionsOf(cluster, 'orders')
    for (const key of keys) expect(partitions.get(key)).toEqual(Array(3).fill(partitionForKey(key, 7)))
  })

  // KIP-480, KIP-794: without a key, the sticky partition changes when at least batch.size bytes were produced to it.
  test('records without a key stay on one partition until about a batch has gone there', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    const producer = cluster.producer({ 'batch.size': 1000, 'linger.ms': 1000 })
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: Buffer.alloc(100), partition: 0 }] }))
    await cluster.run(
      Promise.all([
        producer.send({ topic: 'orders', messages: Array(400).fill({ value: Buffer.alloc(100) }) }),
        producer.flush(),
      ]),
    )

    const counts = new Map<number, number>()
    for (const { partition } of await cluster.readAll('orders')) counts.set(partition, (counts.get(partition) ?? 0) + 1)
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3])
    // 9 records of 100 bytes fill a batch: far fewer batches than records, and none of one record.
    expect(producer.totals().batches).toBeLessThan(80)
  })

  test('RoundRobinPartitioner takes one partition after the other', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const producer = cluster.producer({ 'partitioner.class': 'RoundRobinPartitioner' })

    const metadata = []
    for (const value of values(9))
      metadata.push(...(await cluster.run(producer.send({ topic: 'orders', messages: [{ key: 'same', value }] }))))

    expect(metadata.map(({ partition }) => partition)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
  })

  // ProducerRecord: if a valid partition number is specified, that partition will be used when sending the record.
  test('a partition that is named is taken, whatever the key', async () => {
    const cluster = await given({ host, topics: { orders: 5 } })
    const producer = cluster.producer()

    await cluster.run(
      producer.send({
        topic: 'orders',
        messages: [4, 2, 0].map((partition) => ({ key: 'same', value: 'v', partition })),
      }),
    )

    expect((await cluster.readAll('orders')).map(({ partition }) => partition).sort()).toEqual([0, 2, 4])
  })

  test('partitioner.ignore.keys treats a record with a key as one without', async () => {
    const cluster = await given({ host, topics: { orders: 8 } })
    const producer = cluster.producer({ 'partitioner.ignore.keys': true, 'batch.size': 100 })

    await cluster.run(
      producer.send({ topic: 'orders', messages: Array(100).fill({ key: 'same', value: Buffer.alloc(30) }) }),
    )

    expect(new Set((await partitionsOf(cluster, 'orders')).get('same')).size).toBeGreaterThan(1)
  })

  // librdkafka's partitioner=consistent_random, its default.
  test('consistent_random puts a key where librdkafka puts it', async () => {
    const cluster = await given({ host, topics: { orders: 17 } })
    const producer = cluster.producer({ 'partitioner.class': 'consistent_random' })

    await cluster.run(producer.send({ topic: 'orders', messages: [{ key: 'hejsan', value: 'v' }] }))

    expect((await partitionsOf(cluster, 'orders')).get('hejsan')).toEqual([0xd077037e % 17])
  })

  // KIP-794: the probability of choosing a partition is inverse to the length of its queue.
  test('a partition whose broker does not answer gets fewer of the records without a key', async () => {
    const { sent } = await givenSilentBroker(host)
    expect(await sent({})).toBeGreaterThan(28)
    expect(await sent({ 'partitioner.adaptive.partitioning.enable': false })).toBeLessThan(25)
  })

  test("a partitioner of the user's own decides, and knows key, value and how many there are", async () => {
    const cluster = await given({ host, topics: { orders: 6 } })
    const partitioner = ({
      topic,
      key,
      value,
      partitionCount,
    }: {
      topic: string
      key: unknown
      value: unknown
      partitionCount: number
    }): number => {
      return topic === 'orders' && key === 'k' && value === 'v' ? partitionCount - 1 : 0
    }
    const producer = cluster.producer({}, { partitioner })

    const metadata = await cluster.run(producer.send({ topic: 'orders', messages: [{ key: 'k', value: 'v' }] }))

    expect(metadata[0]?.partition).toBe(5)
  })

  test.each([null, undefined, Object.freeze({ not: 'an error' })])(
    'a partitioner that throws %o fails its own record alone, with an error',
    async (thrown) => {
      const cluster = await given({ host, topics: { orders: 2 } })
      const partitioner = ({ value }: { value: RecordData }): number => {
        if (value === 'bad') throw thrown
        return 1
      }
      const producer = cluster.producer({}, { partitioner })
      const send = (value: string): Promise<unknown> => producer.send({ topic: 'orders', messages: [{ value }] })
      const told: unknown[] = []
      producer.produce({ topic: 'orders', value: 'bad' }, (error) => told.push(error?.code))

      const [, bad] = await cluster.run(Promise.allSettled([send('good'), send('bad'), send('good')]))

      expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'KafkaError', code: 'INVALID_REQUEST' } })
      expect(told).toEqual(['INVALID_REQUEST'])
      expect(() => producer.produce({ topic: 'orders', value: 'bad' })).toThrow('The partitioner')
      expect(textsOf(await cluster.readAll('orders'))).toEqual(['good', 'good'])
    },
  )

  test('a partitioner that answers nonsense fails its own record alone', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const byValue: Partitioner = ({ value }) => Number(value)
    const producer = cluster.producer({}, { partitioner: byValue })

    const [bad, good] = await cluster.run(
      Promise.allSettled(['7', '1'].map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))),
    )

    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_REQUEST', retriable: false } })
    expect(String((bad as PromiseRejectedResult).reason)).toContain("The partitioner 'byValue' gave 7")
    expect(good).toMatchObject({ status: 'fulfilled', value: [{ partition: 1 }] })
  })
})

// KIP-794: a partition that is not available for partitioner.availability.timeout.ms is excluded.
test('nothing more goes to a partition once partitioner.availability.timeout.ms have passed without a word of it', async () => {
  const { sent } = await givenSilentBroker('simulation')
  expect(await sent({ 'partitioner.availability.timeout.ms': 15 }, 10)).toBeGreaterThan(36)
})
