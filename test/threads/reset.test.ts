/** A cluster that was used and reset: the next one who uses it sees nothing of the last. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../src/base/deferred.js'
import { Cluster } from '../../src/index.js'
import { metadata, metadataWire } from '../../src/protocol/apis/metadata.js'
import { RawClient } from '../support/raw-client.js'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const METADATA = { name: metadata.name, key: metadata.key, wire: metadataWire }
let cluster: Cluster

beforeAll(async () => {
  cluster = await Cluster.start({ brokers: 3, listen: { port: 0, threads: 2 }, 'default.replication.factor': 3 })
})
afterEach(async () => {
  await cluster.reset()
  expect(await left()).toEqual({ topics: [], groups: [], brokers: [1, 2, 3], exits: [], failures: [] })
})
afterAll(() => cluster.close())

/** What somebody who comes now finds. */
async function left(): Promise<object> {
  const admin = cluster.admin()
  const [{ topics, brokers }, { groups }] = [await cluster.describe(), await admin.listGroups()]
  await admin.close()
  const { unexpectedExits: exits, failures } = cluster
  return { topics: topics.map(({ name }) => name), groups, brokers, exits: [...exits], failures: [...failures] }
}

async function createOrders(): Promise<void> {
  const admin = cluster.admin()
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 3 }] })
  await admin.close()
}

async function sendOrder(value: string): Promise<void> {
  const producer = cluster.producer({ acks: 'all' })
  await producer.send({ topic: 'orders', messages: [{ partition: 0, value }] })
  await producer.close()
}

const leadersOf = async (): Promise<readonly (number | undefined)[] | undefined> => {
  const { topics } = await cluster.describe()
  return topics.find(({ name }) => name === 'orders')?.partitions.map(({ leader }) => leader)
}

test('a client that is connected sees its connection reset, and finds an empty cluster', async () => {
  const kafka = new Kafka({ brokers: cluster.bootstrapServers.split(','), logLevel: logLevel.NOTHING })
  const [producer, consumer] = [
    kafka.producer(),
    kafka.consumer({ groupId: 'billing', retry: { retries: 0 }, maxWaitTimeInMs: 50 }),
  ]
  const [disconnected, read] = [deferred<void>(), deferred<void>()]
  consumer.on(consumer.events.CRASH, () => disconnected.resolve())
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'one tea' }] })
  await producer.disconnect()
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({ eachMessage: async () => read.resolve() })
  await read.promise
  const raw = await RawClient.to(cluster.bootstrapServers)
  await cluster.reset()
  expect(await raw.ended).toBe('reset')
  await disconnected.promise
  await consumer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  expect(await admin.listTopics()).toEqual([])
  expect((await admin.listGroups()).groups).toEqual([])
  await admin.disconnect()
})

test('what clients have asked for when they are disconnected is not done afterwards', async () => {
  const clients = await Promise.all([0, 1, 2].map((index) => RawClient.to(cluster.bootstrapServers, index)))
  for (const [index, client] of clients.entries()) {
    const names = Array.from({ length: 100 }, (_, number) => `topic-${index}-${number}`)
    for (const name of names) client.socket.write(client.frame(METADATA, 12, creating(name)))
    await client.answer(METADATA, 12)
  }
  await cluster.reset()
  await Promise.all(clients.map(({ ended }) => ended))
})

const creating = (name: string) => ({
  topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  allowAutoTopicCreation: true,
  includeTopicAuthorizedOperations: false,
})

test('clients of the process are closed, with their threads', async () => {
  await createOrders()
  const [producer, consumer, admin] = [cluster.producer(), cluster.consumer({ 'group.id': 'g' }), cluster.admin()]
  await consumer.subscribe({ topics: ['orders'] })
  const polled = consumer.poll(60_000)
  const heard = expect(polled).rejects.toMatchObject({ name: 'ClosedError', message: 'The cluster was reset' })
  await cluster.reset()
  await heard
  await expect(producer.send({ topic: 'orders', messages: [{ value: 'x' }] })).rejects.toThrow('The cluster was reset')
  await expect(admin.listTopics()).rejects.toThrow('The cluster was reset')
  const { threads } = await cluster.describe()
  const roles = threads.map(({ address }) => address.replace(/-\d+$/, ''))
  expect(roles.sort()).toEqual(['broker', 'broker', 'broker', 'controller', 'gateway', 'gateway'])
})

test('a topic of the same name begins at offset 0, with the leaders that it would have in a new cluster', async () => {
  await createOrders()
  const leaders = await leadersOf()
  await sendOrder('old')
  await cluster.reset()
  await createOrders()
  expect(await leadersOf()).toEqual(leaders)
  await sendOrder('new')
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topics: ['orders'] })
  for await (const { offset, value } of consumer) {
    expect([offset, String(value)]).toEqual([0, 'new'])
    break
  }
})

test('a group of the same name has committed nothing', async () => {
  await createOrders()
  await sendOrder('old')
  const reader = async (): Promise<void> => {
    const consumer = cluster.consumer({ 'group.id': 'billing', 'auto.offset.reset': 'earliest' })
    await consumer.subscribe({ topics: ['orders'] })
    for await (const _ of consumer) break
    await consumer.close()
  }
  await reader()
  await cluster.reset()
  await createOrders()
  await sendOrder('new')
  const admin = cluster.admin()
  expect(await admin.fetchOffsets({ groupId: 'billing', topics: ['orders'] })).toMatchObject([
    { partitions: [{ offset: -1 }, { offset: -1 }, { offset: -1 }] },
  ])
  // It begins at the first record again.
  await reader()
})

test('brokers that are down come back, those that stand still go on, and links are healed', async () => {
  await createOrders()
  await cluster.cutLink(1, 3)
  await cluster.killBroker(1)
  await cluster.stopBroker(2)
  await cluster.pauseBroker(3)
  await cluster.kill('gateway-1')
  await cluster.reset()
  await createOrders()
  // Every broker is a replica, and all of them are waited for.
  await sendOrder('all')
  for (const index of [0, 1, 2]) {
    const client = await RawClient.to(cluster.bootstrapServers, index)
    onTestFinished(() => client.close())
  }
})

test('scripted faults are gone, with the silence that they have made', async () => {
  await createOrders()
  const { hit } = await cluster.faults.add({ api: 'Fetch', action: 'drop', times: 100 })
  // Followers fetch, and their connections are mute from then on.
  await hit(2)
  const never = hit(1_000)
  const heard = expect(never).rejects.toThrow('was removed')
  await cluster.reset()
  await heard
  await createOrders()
  await sendOrder('all')
})

describe('what is made to go wrong', () => {
  const brokers = async (): Promise<readonly number[]> => (await cluster.describe()).brokers

  test.each([
    ['is killed', () => cluster.killBroker(2)],
    ['is stopped', () => cluster.stopBroker(2)],
  ])('while a reset runs comes behind it: a broker %s', async (_, strike) => {
    const [reset, struck] = [cluster.reset(), strike()]
    await reset
    await struck
    await untilBrokers(2)()
    expect(await brokers()).toEqual([1, 3])
  })

  test('while a reset runs comes behind it: a broker stands still', async () => {
    const [reset, paused] = [cluster.reset(), cluster.pauseBroker(2)]
    await reset
    await paused
    cluster.resumeBroker(2)
  })

  test('while a reset runs comes behind it: what the reset asks for is lost', async () => {
    const [reset, added] = [
      cluster.reset(),
      cluster.faults.add({ api: 'DeleteTopics', action: 'drop', until: 'removed' }),
    ]
    await reset
    expect((await added).count).toBe(0)
  })

  test('before a reset is made whole by it, though it is under way', async () => {
    const [killed, stopped, reset] = [cluster.killBroker(2), cluster.stopBroker(3), cluster.reset()]
    await Promise.all([killed, stopped, reset])
    expect(await brokers()).toEqual([1, 2, 3])
  })

  test('and cannot be made whole ends the reset', async () => {
    const own = await Cluster.start({ brokers: 2, 'odradek.restart.intensity': 0 })
    onTestFinished(() => own.close())
    const crashed = own.kill('broker-2')
    const [reset] = await Promise.allSettled([own.reset(), crashed])
    if (reset.status === 'rejected') expect(String(reset.reason)).toContain('it stays down until it is started by hand')
    else expect((await own.describe()).brokers).toEqual([1, 2])
  })
})

test('a thread may crash as often again before it stays down', async () => {
  for (let round = 0; round < 3; round++) {
    for (let crash = 0; crash < 2; crash++) {
      const brokerBack = untilBrokers(3)
      await cluster.kill('broker-1')
      await brokerBack()
      await cluster.killSupervisor()
    }
    await cluster.reset()
  }
  expect(cluster.failures).toEqual([])
})

/** Resolves when so many brokers are in, once the end of one was noticed. */
const untilBrokers = (count: number) => async (): Promise<void> => {
  for (;;) if ((await cluster.describe()).brokers.length === count) return
}

test('resets in a row are as many new clusters, and two at once are one', async () => {
  for (let round = 0; round < 30; round++) {
    await createOrders()
    await sendOrder(`round ${round}`)
    await Promise.all([cluster.reset(), cluster.reset()])
    expect(await left()).toMatchObject({ topics: [], groups: [] })
  }
})

test('a closed cluster is not reset', async () => {
  const own = await Cluster.start()
  await own.close()
  await expect(own.reset()).rejects.toMatchObject({ name: 'ClosedError' })
})
