import { Cluster } from '../../src/index.js'

/** Something that programs make and close again and again; `one` makes one, uses it and closes it. */
export interface Churn {
  readonly one: () => Promise<void>
  /** The cluster that runs all the while; null if `one` starts its own. */
  readonly cluster: Cluster | null
}

export const KINDS = ['clusters', 'consumers', 'producers', 'admins', 'restarts', 'loadedRestarts'] as const
export type ChurnKind = (typeof KINDS)[number]

/** The number of things that are made. */
export const COUNTS: Readonly<Record<ChurnKind, number>> = {
  clusters: 1000,
  consumers: 3000,
  producers: 3000,
  admins: 1000,
  restarts: 1000,
  loadedRestarts: 1000,
}

const TOPIC = { topic: 'orders', numPartitions: 2 }
const MESSAGES = Array.from({ length: 100 }, (_, index) => ({ value: String(index).padEnd(1000, '.') }))
const BUFFER_BYTES = 30_000_000
/**
 * Logs reach their full length before anything is measured: growth with the number of records is not what is looked
 * for.
 */
const CALLS_TO_FILL = 50
/**
 * As many records as 400 restarts under load send: V8 lets the young generation of each thread grow with its work, up
 * to some 48 MB.
 */
const CALLS_TO_GROW_OLD = 24_000
const SMALL_LOGS = { 'log.segment.bytes': 2 ** 20, 'log.retention.bytes': 2 ** 21 }

export const CHURNS: Readonly<Record<ChurnKind, () => Promise<Churn>>> = {
  async clusters() {
    return {
      cluster: null,
      async one() {
        const cluster = await Cluster.start()
        await cluster.admin().createTopics({ topics: [TOPIC] })
        await cluster.producer().send({ topic: TOPIC.topic, messages: MESSAGES })
        await readOne(cluster)
        await cluster.close()
      },
    }
  },
  async consumers() {
    const cluster = await givenCluster()
    return { cluster, one: () => readOne(cluster) }
  },
  async producers() {
    const cluster = await givenCluster()
    return {
      cluster,
      async one() {
        const producer = cluster.producer({ 'buffer.memory': BUFFER_BYTES })
        await producer.send({ topic: TOPIC.topic, messages: MESSAGES })
        await producer.close()
      },
    }
  },
  async admins() {
    const cluster = await givenCluster()
    return {
      cluster,
      async one() {
        const admin = cluster.admin()
        await admin.listTopics()
        await admin.close()
      },
    }
  },
  async restarts() {
    const cluster = await givenCluster(2)
    const producer = cluster.producer({ acks: 'all' })
    return {
      cluster,
      async one() {
        await cluster.stopBroker(1)
        await cluster.restartBroker(1)
        await producer.send({ topic: TOPIC.topic, messages: MESSAGES })
      },
    }
  },
  /** Each restart is of a broker whose segments have been written over since the last one, while a consumer reads. */
  async loadedRestarts() {
    const cluster = await givenCluster(2)
    const producer = cluster.producer({ acks: 'all' })
    const consumer = cluster.consumer()
    await consumer.subscribe({ topics: [TOPIC.topic] })
    const sendAndPoll = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call++) {
        await producer.send({ topic: TOPIC.topic, messages: MESSAGES })
        await consumer.poll(0)
      }
    }
    await sendAndPoll(CALLS_TO_GROW_OLD)
    return {
      cluster,
      async one() {
        await sendAndPoll(60)
        await cluster.killBroker(1)
        await cluster.restartBroker(1)
      },
    }
  },
}

async function givenCluster(replicationFactor = 1): Promise<Cluster> {
  const cluster = await Cluster.start({ brokers: 2, ...SMALL_LOGS })
  await cluster.admin().createTopics({ topics: [{ ...TOPIC, replicationFactor }] })
  const producer = cluster.producer()
  for (const partition of [0, 1]) {
    const messages = MESSAGES.map((message) => ({ ...message, partition }))
    for (let call = 0; call < CALLS_TO_FILL; call++) await producer.send({ topic: TOPIC.topic, messages })
  }
  await producer.close()
  return cluster
}

async function readOne(cluster: Cluster): Promise<void> {
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topics: [TOPIC.topic] })
  await consumer.poll(1000)
  await consumer.close()
}
