import { describe, expect, test } from 'vitest'
import { SimulatedCluster } from '../../src/index.js'
import { values } from '../support/given.js'

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1)
const RECORDS = values(120)

interface Outcome {
  readonly trace: string
  readonly digest: string
  /** What each partition gave, in the order of reading. */
  readonly read: Map<number, { readonly offset: number; readonly value: string }[]>
  readonly acknowledged: Map<string, string>
}

/** Two producers, a slow and a quick consumer, three brokers, a log that is recycled and blocks. */
async function runWorkload(seed: number | string): Promise<Outcome> {
  const cluster = await SimulatedCluster.start({
    brokers: 3,
    seed,
    'log.segment.bytes': 4096,
    'log.retention.bytes': 8192,
    'odradek.log.full': 'block',
  })
  await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 4 }] }))
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest', 'max.partition.fetch.bytes': 2000 })
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  const read: Outcome['read'] = new Map([0, 1, 2, 3].map((partition) => [partition, []]))
  const eachMessage = async ({
    partition,
    message,
  }: {
    partition: number
    message: { offset: number; value: Buffer | null }
  }): Promise<void> => {
    read.get(partition)?.push({ offset: message.offset, value: String(message.value) })
    if (message.offset % 7 === 0) await Promise.resolve()
  }
  await cluster.run(consumer.run({ eachMessage }))
  const acknowledged = new Map<string, string>()
  const sends = ['a', 'b'].flatMap((name) => {
    const producer = cluster.producer({
      'batch.size': 400,
      'linger.ms': name === 'a' ? 0 : 3,
      acks: name === 'a' ? 1 : 'all',
      'buffer.memory': 8192,
    })
    return RECORDS.map(async (value, index) => {
      const messages = [{ value: `${name}-${value}`, partition: index % 4 }]
      const [metadata] = await producer.send({ topic: 'orders', messages })
      acknowledged.set(`${metadata?.partition}@${metadata?.baseOffset}`, `${name}-${value}`)
    })
  })
  await cluster.run(Promise.all(sends))
  await cluster.runUntil(() => [...read.values()].reduce((sum, records) => sum + records.length, 0) >= sends.length)
  await cluster.advance(5000)
  await cluster.run(consumer.close())
  await cluster.close()
  return { trace: cluster.trace.text, digest: cluster.trace.digest, read, acknowledged }
}

describe('the simulation', () => {
  test('the same seed gives the same trace, byte for byte', async () => {
    for (const seed of [1, 'odradek']) {
      const first = await runWorkload(seed)
      const second = await runWorkload(seed)
      expect(second.trace).toBe(first.trace)
      expect(second.digest).toBe(first.digest)
      expect(first.trace.split('\n').length).toBeGreaterThan(300)
    }
  })

  test('another seed gives another trace', async () => {
    const digests = new Set<string>()
    for (const seed of SEEDS.slice(0, 5)) digests.add((await runWorkload(seed)).digest)
    expect(digests.size).toBe(5)
  })

  test.each(SEEDS)('nothing is lost, duplicated or reordered under seed %i', async (seed) => {
    const { read, acknowledged } = await runWorkload(seed)

    const placed = new Map<string, string>()
    for (const [partition, records] of read) {
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => index))
      for (const { offset, value } of records) placed.set(`${partition}@${offset}`, value)
      for (const name of ['a', 'b']) {
        const own = records.map(({ value }) => value).filter((value) => value.startsWith(name))
        expect(own).toEqual(RECORDS.filter((_, index) => index % 4 === partition).map((value) => `${name}-${value}`))
      }
    }
    expect(placed).toEqual(new Map([...placed.keys()].map((where) => [where, acknowledged.get(where)])))
    expect(acknowledged.size).toBe(2 * RECORDS.length)
  })
})
