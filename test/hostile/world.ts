/** A small cluster with everything that can be called, and the means to ask it afterwards what has become of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Admin,
  Cluster,
  type Consumer,
  type Producer,
  SimulatedCluster,
  type TopicOffsets,
} from '../../src/index.js'

export const BROKERS = 2
/** Topics that are there from the beginning, with this many partitions; nothing deletes them. */
export const TOPICS: Readonly<Record<string, number>> = { orders: 2, 'a.b-c': 1 }
export const LIMIT_MS = 20_000

export interface World {
  readonly cluster: Cluster
  readonly simulated: SimulatedCluster
  readonly admin: Admin
  readonly producer: Producer
  /** Has all partitions of `orders`, from their beginning. */
  readonly consumer: Consumer
  /** For files. */
  readonly folder: string
  /** How many things calls have made. */
  made: number
  /** How many threads calls have killed. */
  killed: number
}

const CLIENT_TIMES = { 'request.timeout.ms': 3_000, 'default.api.timeout.ms': 6_000 }
export const PRODUCER_TIMES = { 'request.timeout.ms': 3_000, 'delivery.timeout.ms': 9_000, 'max.block.ms': 6_000 }

export async function openWorld(): Promise<World> {
  const cluster = await Cluster.start({ brokers: BROKERS, 'odradek.restart.intensity': 1_000_000 })
  const simulated = await SimulatedCluster.start({ brokers: BROKERS, keepsTrace: false })
  const admin = cluster.admin(CLIENT_TIMES)
  const topics = Object.entries(TOPICS).map(([topic, numPartitions]) => ({
    topic,
    numPartitions,
    replicationFactor: 2,
  }))
  await admin.createTopics({ topics })
  const producer = cluster.producer(PRODUCER_TIMES)
  await producer.send({
    topic: 'orders',
    messages: [0, 1].flatMap((partition) => [
      { partition, value: 'first' },
      { partition, value: 'second' },
    ]),
  })
  const consumer = cluster.consumer({ ...CLIENT_TIMES, 'auto.offset.reset': 'earliest' })
  await consumer.assign([0, 1].map((partition) => ({ topic: 'orders', partition, offset: 0 })))
  const folder = mkdtempSync(join(tmpdir(), 'odradek-hostile-'))
  return { cluster, simulated, admin, producer, consumer, folder, made: 0, killed: 0 }
}

export async function closeWorld({ cluster, simulated, folder }: World): Promise<void> {
  await cluster.close()
  await simulated.close()
  rmSync(folder, { recursive: true })
}

/** Where the log of a partition ends. */
export async function endOf(world: World, topic: string, partition: number): Promise<number> {
  return (await offsetsOf(world, topic, partition)).high
}

/** Where it starts: records may have been deleted. */
export async function startOf(world: World, topic: string, partition: number): Promise<number> {
  return (await offsetsOf(world, topic, partition)).low
}

async function offsetsOf({ admin }: World, topic: string, partition: number): Promise<TopicOffsets> {
  const offsets = await admin.fetchTopicOffsets(topic)
  const found = offsets.find((one) => one.partition === partition)
  if (found === undefined) throw new Error(`There is no partition ${partition} of '${topic}'`)
  return found
}

export async function endsOf({ admin }: World, topic: string): Promise<number> {
  return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + high, 0)
}

/** A plain send is read by a plain consumer: the cluster does what clusters do. */
export async function plainRoundTrip(world: World): Promise<void> {
  const topic = `plain-${++world.made}`
  const [producer, consumer] = [
    world.cluster.producer(PRODUCER_TIMES),
    world.cluster.consumer({ 'auto.offset.reset': 'earliest' }),
  ]
  await producer.send({ topic, messages: [{ key: 'k', value: 'plain' }] })
  await consumer.subscribe({ topic })
  const batch = await consumer.poll(LIMIT_MS)
  const values = [...(batch ?? [])].map(({ value }) => String(value))
  if (values.join() !== 'plain') throw new Error(`A plain send of 'plain' was read as [${values.join()}]`)
  await Promise.all([producer.close(), consumer.close()])
  await world.admin.deleteTopics({ topics: [topic] })
}
