import { createHook } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { PRODUCER_MEMORIES } from '../../src/client/batches/producer-memory.js'
import { Cluster, type ClusterDescription, type MemoryDescription } from '../../src/index.js'
import { type GivenCluster, given, values } from '../support/given.js'
import { startGuest } from '../support/guest.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Enough for every pool to have what it needs. */
const FIRST = 2
const ROUNDS = 8

interface Holdings {
  readonly threads: readonly string[]
  readonly memory: Omit<MemoryDescription, 'unused'>
  /** Of the process. */
  readonly listeners: number
}

async function holdingsOf(cluster: Pick<Cluster, 'describe'>): Promise<Holdings> {
  const { threads, memory } = await cluster.describe()
  const { unused: _, ...held } = memory
  return { threads: threads.map(({ address }) => address), memory: held, listeners: listeners() }
}

function listeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
}

const OPEN = new Set<number>()

/** Notes the ports and threads of the application's thread, those that Node makes for itself included. */
createHook({
  init: (id, type) => void ((type === 'MESSAGEPORT' || type === 'WORKER') && OPEN.add(id)),
  destroy: (id) => void OPEN.delete(id),
}).enable()

/** Waits: what was closed is freed in a later turn of the event loop, or when it is collected. */
async function areNoMoreThan(handlesBefore: number): Promise<void> {
  while (OPEN.size > handlesBefore) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
}

/** What is held when a few have come and gone, and again when many more have. */
async function churn(
  cluster: Pick<Cluster, 'describe'>,
  one: () => Promise<void>,
): Promise<readonly [Holdings, Holdings]> {
  const usedBefore = used(await cluster.describe())
  const oneAndGone = async (): Promise<void> => {
    await one()
    // Brokers hear of a closed client a moment later, and only then its memory is the next one's.
    while (used(await cluster.describe()) > usedBefore);
  }
  for (let round = 0; round < FIRST; round++) await oneAndGone()
  const early = await holdingsOf(cluster)
  const handlesBefore = OPEN.size
  for (let round = 0; round < ROUNDS; round++) await oneAndGone()
  await areNoMoreThan(handlesBefore)
  return [early, await holdingsOf(cluster)]
}

/** Bytes of the connections and producers that there are. */
function used({ memory: { connections, producers, unused } }: ClusterDescription): number {
  return connections + producers - unused
}

/** Collects until none of them is left. */
async function areCollected(closed: readonly WeakRef<object>[]): Promise<void> {
  while (closed.some((ref) => ref.deref() !== undefined)) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
}

/**
 * Every replica's log takes its first segment with its first record: none is left to be taken later. The producer stays,
 * because brokers hear of its end in some later moment.
 */
async function fill(cluster: GivenCluster, topic: string, partitions: number): Promise<void> {
  const producer = cluster.producer({ acks: 'all' })
  for (let partition = 0; partition < partitions; partition++)
    await cluster.send(producer, { topic, partition }, values(3))
}

test('consumers that come and go leave no thread, no port, no listener and no shared memory behind', async () => {
  const cluster = await given({ host: 'threads', brokers: 2, topics: { orders: 2 } })
  await cluster.send(cluster.producer(), 'orders', values(10))
  const [early, late] = await churn(cluster, async () => {
    const consumer = cluster.consumer()
    await consumer.subscribe({ topic: 'orders' })
    await consumer.poll(1000)
    await consumer.close()
  })
  expect(late).toEqual(early)
})

test('producers that come and go leave no thread, no port, no listener and no shared memory behind', async () => {
  const cluster = await given({ host: 'threads', brokers: 2, topics: { orders: 2 } })
  await fill(cluster, 'orders', 2)
  const [early, late] = await churn(cluster, async () => {
    const producer = cluster.producer({ 'buffer.memory': 3_000_000, 'batch.size': 1000 })
    // One of them in memory of its own, because it is larger than a slot.
    await cluster.send(producer, 'orders', [...values(10), 'x'.repeat(10_000)])
    await producer.close()
  })
  expect(late).toEqual(early)
})

test('admins that come and go leave no port, no listener and no shared memory behind', async () => {
  const cluster = await given({ host: 'threads', brokers: 2 })
  const [early, late] = await churn(cluster, async () => {
    const admin = cluster.admin()
    await admin.listTopics()
    await admin.close()
  })
  expect(late).toEqual(early)
})

test('guests that are killed leave no thread, no port, no listener and no shared memory behind', async () => {
  const cluster = await Cluster.start({ brokers: 2 })
  onTestFinished(() => cluster.close())
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', configs: { 'retention.bytes': 1_000_000 } }] })
  const threadsOf = async (): Promise<number> => (await cluster.describe()).threads.length
  const threadsBefore = await threadsOf()
  const one = async (): Promise<void> => {
    const guest = startGuest(
      cluster,
      'const consumer = cluster.consumer()',
      "await consumer.subscribe({ topics: ['orders'] })",
      'const producer = cluster.producer()',
      "await producer.send({ topic: 'orders', messages: [{ value: 'a' }] })",
      "for (let left = 10_000; left > 0; left--) producer.produce({ topic: 'orders', value: Buffer.alloc(2_000) })",
      "say('at work')",
    )
    await guest.next()
    await guest.worker.terminate()
    // Nobody tells when the thread of its consumer, which had been asked to end, has ended.
    while ((await threadsOf()) > threadsBefore);
  }
  await one()
  const residentBefore = process.memoryUsage.rss()
  const [early, late] = await churn(cluster, one)
  // How many segments a log has depends on what has arrived of each of them.
  expect(late).toEqual({ ...early, memory: { ...early.memory, segments: expect.any(Number) } })
  // Each has had 20 MB. What waits to be collected is less than of four of them, now or after one more.
  while (process.memoryUsage.rss() - residentBefore > 80_000_000) await one()
})

test('a broker that is started again and again leaves no thread, no port and no shared memory behind', async () => {
  const cluster = await given({
    host: 'threads',
    brokers: 2,
    topics: { orders: { numPartitions: 2, replicationFactor: 2 } },
  })
  await fill(cluster, 'orders', 2)
  const producer = cluster.producer({ acks: 'all' })
  const one = async (): Promise<void> => {
    await cluster.stopBroker(1)
    await cluster.restartBroker(1)
    await cluster.send(producer, 'orders', values(3))
  }
  // The first one moves the leaders to the other broker for good, and clients with them.
  await one()
  const [early, late] = await churn(cluster, one)
  expect(late).toEqual(early)
})

test('clusters that come and go leave no thread, no port, no listener and no memory of producers behind', async () => {
  const one = async (): Promise<void> => {
    const cluster = await Cluster.start()
    await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })
    await cluster.producer().send({ topic: 'orders', messages: [{ value: 'tea' }] })
    await cluster.consumer().subscribe({ topic: 'orders' })
    await cluster.close()
  }
  await one()
  const early = [listeners(), PRODUCER_MEMORIES.bytes]
  const handlesBefore = OPEN.size
  for (let round = 0; round < 4; round++) await one()
  await areNoMoreThan(handlesBefore)
  expect([listeners(), PRODUCER_MEMORIES.bytes]).toEqual(early)
})

test('closed clusters, and clients that were not closed before them, are collected', async () => {
  const one = async (): Promise<WeakRef<object>[]> => {
    const cluster = await Cluster.start()
    const [producer, consumer, admin] = [cluster.producer(), cluster.consumer(), cluster.admin()]
    await producer.send({ topic: 'orders', messages: [{ value: 'tea' }] })
    await consumer.subscribe({ topic: 'orders' })
    await admin.listTopics()
    await cluster.close()
    return [cluster, producer, consumer, admin].map((closed) => new WeakRef<object>(closed))
  }
  await areCollected(await one())
})

test('closed clients are collected while their cluster runs, and so is what they were given', async () => {
  const cluster = await given({ host: 'threads', topics: { orders: 1 } })
  const one = async (): Promise<WeakRef<object>[]> => {
    const partitioner = (): number => 0
    const eachMessage = (): void => {}
    const [producer, consumer, admin] = [cluster.producer({}, { partitioner }), cluster.consumer(), cluster.admin()]
    await cluster.send(producer, 'orders', values(3))
    await consumer.subscribe({ topic: 'orders' })
    await consumer.run({ eachMessage })
    await admin.listTopics()
    for (const client of [producer, consumer, admin]) await client.close()
    return [producer, consumer, admin, partitioner, eachMessage].map((closed) => new WeakRef<object>(closed))
  }
  await areCollected(await one())
})
