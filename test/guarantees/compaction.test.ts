import { describe, expect, test } from 'vitest'
import type { Consumer, KeptRecord } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName } from '../support/given.js'

const FIRST = { topic: 'states', partition: 0 }
const KEYS = 5
const PAD = '.'.repeat(150)
/** A segment of 1 KiB takes about four of the records; only what follows them keeps the last ones from being compacted. */
const CONFIGS = { 'cleanup.policy': 'compact', 'segment.bytes': 1_024, 'min.cleanable.dirty.ratio': 0 } as const
const CLEANS_AT_ONCE = { 'log.cleaner.backoff.ms': 1 }

interface Given {
  readonly host: HostName
  readonly brokers?: number
  readonly configs?: object
}

async function givenStates({ host, brokers = 1, configs = {} }: Given): Promise<GivenCluster> {
  const topic = { numPartitions: 1, replicationFactor: brokers, configs: { ...CONFIGS, ...configs } }
  const ofBrokers = { brokers, ...CLEANS_AT_ONCE, 'odradek.restart.intensity': 100, 'replica.fetch.wait.max.ms': 10 }
  return given({ host, topics: { states: topic }, ...ofBrokers })
}

/** Writes the keys in turn, each record in a batch of its own, and then what ends their segments. */
async function write(cluster: GivenCluster, from: number, to: number): Promise<void> {
  const producer = cluster.producer({ 'linger.ms': 0 })
  for (let n = from; n < to; n++) {
    const message = { key: `${n % KEYS}`, value: `${n}${PAD}`, partition: 0 }
    await cluster.run(producer.send({ topic: 'states', messages: [message] }))
  }
  await cluster.run(producer.close())
}

/** All that is there, read until the consumer stands at the end. */
async function readToEnd(cluster: GivenCluster): Promise<KeptRecord[]> {
  const [end] = await cluster.run(cluster.admin().fetchTopicOffsets('states'))
  const consumer = cluster.consumer()
  await cluster.run(consumer.assign([FIRST]))
  const records = await cluster.collect(consumer)
  await cluster.until(() => consumer.position(FIRST) === end?.high)
  await cluster.run(consumer.close())
  return records
}

/** Waits until all replicas are in the isr. */
async function inSync(cluster: GivenCluster): Promise<void> {
  for (;;) {
    const { topics } = await cluster.run(cluster.describe())
    if (topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length)))
      return
    await cluster.simulated.advance(100)
  }
}

const named = (records: readonly KeptRecord[]): string[] =>
  records.map(({ key, value, offset }) => `${offset} ${key}=${value?.toString().replace(PAD, '')}`)

/** Reads all again until there are no more records than so many: the brokers compact while nobody asks for it. */
async function readCompacted(cluster: GivenCluster, recordsMax: number): Promise<KeptRecord[]> {
  for (;;) {
    const records = await readToEnd(cluster)
    if (records.length <= recordsMax) return records
  }
}

function expectLatest(records: readonly KeptRecord[], written: number): void {
  const latest = new Map(records.map(({ key, value }) => [`${key}`, value?.toString().replace(PAD, '')]))
  for (let n = written - KEYS; n < written; n++) expect(latest.get(`${n % KEYS}`)).toBe(`${n}`)
}

// TopicConfig.CLEANUP_POLICY_DOC: "compact" retains the latest value for each key.
describe.each(HOSTS)('a compacted topic (%s)', (host) => {
  test('keeps the latest record of each key at its offset, and readers go over the gaps', async () => {
    const cluster = await givenStates({ host })
    await write(cluster, 0, 40)
    const records = await readCompacted(cluster, KEYS + 5)
    expectLatest(records, 40)
    for (const { key, value, offset } of records)
      expect([`${key}`, value?.toString()]).toEqual([`${offset % KEYS}`, `${offset}${PAD}`])
    expect(await cluster.run(cluster.admin().fetchTopicOffsets('states'))).toMatchObject([{ low: 0, high: 40 }])
  })

  test('is read on from an offset in a gap, by poll, by iteration and by handlers', async () => {
    const cluster = await givenStates({ host })
    await write(cluster, 0, 40)
    const left = named(await readCompacted(cluster, KEYS + 5))
    const behind = (offset: number): string[] => left.filter((record) => Number(record.split(' ')[0]) >= offset)
    const consumerAt = async (offset: number): Promise<Consumer> => {
      const consumer = cluster.consumer({ 'max.poll.records': 2 })
      await cluster.run(consumer.assign([{ ...FIRST, offset }]))
      return consumer
    }
    const polled: string[] = []
    const polling = await consumerAt(3)
    while (polled.length < behind(3).length) {
      for (const record of (await cluster.run(polling.poll(1_000))) ?? [])
        polled.push(`${record.offset} ${record.key}=${record.value?.toString().replace(PAD, '')}`)
    }
    expect(polled).toEqual(behind(3))
    expect(polling.position(FIRST)).toBe(40)
    const handled = await cluster.collect(await consumerAt(11))
    await cluster.until(() => handled.length === behind(11).length)
    expect(named(handled)).toEqual(behind(11))
    const iterated: KeptRecord[] = []
    const iterating = await consumerAt(17)
    const loop = async (): Promise<void> => {
      for await (const record of iterating) if (iterated.push(record) === behind(17).length) break
    }
    await cluster.run(loop())
    expect(named(iterated)).toEqual(behind(17))
  })

  test('refuses a record without a key, and its batch with it', async () => {
    const cluster = await givenStates({ host })
    const producer = cluster.producer({ 'linger.ms': 5 })
    const messages = [
      { key: 'a', value: '1', partition: 0 },
      { value: '2', partition: 0 },
    ]
    await expect(cluster.run(producer.send({ topic: 'states', messages }))).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining('a record in it has no key, and the topic is compacted'),
    })
    await write(cluster, 0, 1)
    expect(named(await readToEnd(cluster))).toEqual(['0 0=0'])
  })

  test('loses nothing to retention.bytes and retention.ms', async () => {
    const configs = { 'retention.bytes': 1_024, 'retention.ms': 1, 'min.cleanable.dirty.ratio': 1 }
    const cluster = await givenStates({ host, configs })
    await write(cluster, 0, 30)
    expect((await readToEnd(cluster)).length).toBe(30)
  })

  test('loses its oldest records to retention as well where its policy is compact,delete', async () => {
    const configs = { 'cleanup.policy': 'compact,delete', 'retention.bytes': 2_048, 'min.cleanable.dirty.ratio': 1 }
    const cluster = await givenStates({ host, configs })
    await write(cluster, 0, 40)
    const [{ low } = { low: 0 }] = await cluster.run(cluster.admin().fetchTopicOffsets('states'))
    expect(low).toBeGreaterThan(0)
  })
})

describe('replicas of a compacted topic', () => {
  test.each(['segment-filled', 'segment-swapped', 'segment-unlinked'] as const)(
    'a broker that dies at %s has the latest record of each key, and compacts on',
    async (point) => {
      const cluster = await givenStates({ host: 'simulation' })
      for (let death = 0; death < 4; death++) {
        const died = cluster.simulated.killAt('broker-1', { point, nth: 1 + death })
        await write(cluster, 40 * death, 40 * (death + 1))
        await cluster.run(died)
        expectLatest(await readToEnd(cluster), 40 * (death + 1))
      }
      expectLatest(await readCompacted(cluster, KEYS + 5), 160)
    },
  )

  test('a broker that has lost its memory fetches what its leader has left, and leads with it', async () => {
    const cluster = await givenStates({ host: 'simulation', brokers: 3, configs: { 'min.insync.replicas': 2 } })
    await write(cluster, 0, 40)
    await readCompacted(cluster, KEYS + 5)
    for (const brokerId of [1, 2, 3]) {
      await cluster.killBroker(brokerId, { loses: 'everything' })
      await cluster.restartBroker(brokerId)
      await write(cluster, 30 + 10 * brokerId, 40 + 10 * brokerId)
      await inSync(cluster)
      expectLatest(await readToEnd(cluster), 40 + 10 * brokerId)
    }
    expectLatest(await readCompacted(cluster, KEYS + 5), 70)
  })

  test('a broker that comes back with its memory knows where it was, and compacts on', async () => {
    const cluster = await givenStates({ host: 'simulation', brokers: 3, configs: { 'min.insync.replicas': 2 } })
    for (let round = 0; round < 6; round++) {
      await write(cluster, 20 * round, 20 * (round + 1))
      const leader = await cluster.leaderOf('states', 0)
      await cluster.killBroker(leader)
      await cluster.restartBroker(leader)
      expectLatest(await readToEnd(cluster), 20 * (round + 1))
    }
    expectLatest(await readCompacted(cluster, KEYS + 5), 120)
  })
})
