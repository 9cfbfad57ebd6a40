/** Real clients, and raw frames, at the ports of a cluster on threads. */
import { createServer, type Server } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { deferred } from '../../src/base/deferred.js'
import { Cluster } from '../../src/index.js'
import { apiVersions } from '../../src/protocol/apis/api-versions.js'
import { deleteRecords } from '../../src/protocol/apis/delete-records.js'
import { heardWarning } from '../support/heard-warning.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, FETCH, METADATA, PRODUCE, toFetch, toProduce } from '../support/raw-requests.js'
import { sentBatch } from '../unit/gateway/sent-batch.js'

let cluster: Cluster

beforeAll(async () => {
  cluster = await Cluster.start({ brokers: 3, listen: { port: 0, threads: 2 }, 'default.replication.factor': 3 })
})
afterAll(async () => {
  const { unexpectedExits } = cluster
  await cluster.close()
  expect(unexpectedExits).toEqual([])
})

async function rawClient(index = 0, of = cluster): Promise<RawClient> {
  const client = await RawClient.to(of.bootstrapServers, index)
  onTestFinished(() => client.close())
  return client
}

function kafka(of = cluster): Kafka {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
  return new Kafka({ brokers: of.bootstrapServers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } })
}

/** A topic, and where its leader is among the bootstrap servers. */
async function givenTopic(name: string, of = cluster): Promise<{ readonly leader: number; readonly topicId: string }> {
  const client = await rawClient(0, of)
  const admin = of.admin()
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }] })
  await admin.close()
  const { topics } = await client.ask(METADATA, 12, allOf(name))
  const topic = topics[0]
  return { leader: (topic?.partitions[0]?.leaderId ?? 0) - 1, topicId: topic?.topicId ?? '' }
}

describe('kafkajs', () => {
  test.each([-1, 1, 0])('produces with acks=%i, and a group of one consumes it', async (acks) => {
    const topic = `kafkajs${acks}`
    const admin = kafka().admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 3 }], waitForLeaders: true })
    expect(await admin.listTopics()).toContain(topic)
    const producer = kafka().producer()
    await producer.connect()
    const values = Array.from({ length: 20 }, (_, index) => `value ${index}`)
    await producer.send({ topic, acks, messages: values.map((value) => ({ key: value, value })) })
    const consumer = kafka().consumer({ groupId: `readers of ${topic}`, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const read: string[] = []
    const done = deferred<void>()
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (read.push(String(message.value)) === values.length) done.resolve()
      },
    })
    await done.promise
    expect(read.sort()).toEqual(values.sort())
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
  })

  test('goes on when the leader is killed, and the port of the dead broker refuses until it is back', async () => {
    const own = await Cluster.start({ brokers: 3, listen: { port: 0 }, 'default.replication.factor': 3 })
    onTestFinished(() => own.close())
    const { leader } = await givenTopic('failover', own)
    const producer = kafka(own).producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    await producer.send({ topic: 'failover', messages: [{ value: 'before' }] })
    const watching = await rawClient(leader, own)
    await own.killBroker(leader + 1)
    expect(await watching.ended).toBe('reset')
    const [told] = await producer.send({ topic: 'failover', messages: [{ value: 'after' }] })
    expect(told?.baseOffset).toBe('1')
    await expect(RawClient.to(own.bootstrapServers, leader)).rejects.toThrow()
    const before = own.bootstrapServers
    await own.restartBroker(leader + 1)
    const again = await rawClient(leader, own)
    const { brokers, topics } = await again.ask(METADATA, 12, allOf('failover'))
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(leader + 1)
    expect(topics[0]?.partitions).toHaveLength(1)
    expect(own.bootstrapServers).toBe(before)
  })
})

/** A gateway that was started again opens its doors when it sees the brokers. */
async function untilConnected(of: Cluster, index: number): Promise<RawClient> {
  for (;;) {
    const client = await RawClient.to(of.bootstrapServers, index).catch(() => null)
    if (client === null) continue
    onTestFinished(() => client.close())
    return client
  }
}

describe('raw frames', () => {
  test('one connection is served in order, however many requests are on their way', async () => {
    const { leader, topicId } = await givenTopic('in-order')
    const client = await rawClient(leader)
    const batch = sentBatch('a', 'b')
    const frames = [
      client.frame(PRODUCE, 11, toProduce('in-order', batch)),
      client.frame(METADATA, 12, allOf('in-order')),
      client.frame(PRODUCE, 12, toProduce('in-order', batch)),
      client.frame(FETCH, 13, toFetch('', topicId)),
    ]
    client.socket.write(Buffer.concat(frames))
    const first = await client.answer(PRODUCE, 11)
    const second = await client.answer(METADATA, 12)
    const third = await client.answer(PRODUCE, 12)
    const fourth = await client.answer(FETCH, 13)
    expect(first.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 'NONE', baseOffset: 0 })
    expect(second.topics[0]).toMatchObject({ errorCode: 'NONE', topicId })
    expect(third.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 'NONE', baseOffset: 2 })
    const records = fourth.responses[0]?.partitions[0]?.records as Uint8Array
    // The batches stand one behind the other, as they were sent but for what the broker stamps.
    expect(records.length).toBe(2 * batch.length)
    for (const at of [0, batch.length]) {
      expect(Buffer.from(records).subarray(at + 16, at + batch.length)).toEqual(Buffer.from(batch).subarray(16))
    }
  })

  test('the first request of a connection may be a long one, as those of KafkaJS are', async () => {
    const { leader } = await givenTopic('long')
    const client = await rawClient(leader)
    const { responses } = await client.ask(PRODUCE, 7, toProduce('long', sentBatch('x'.repeat(900_000))))
    expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 'NONE', baseOffset: 0 })
  })

  test('a frame may come byte by byte', async () => {
    const client = await rawClient()
    for (const byte of client.frame(METADATA, 9, allOf('nothing'))) client.socket.write(Buffer.of(byte))
    expect(await client.answer(METADATA, 9)).toMatchObject({
      topics: [{ errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', name: 'nothing' }],
    })
  })

  test('a fetch that finds nothing answers records without bytes, and waits as long as it was told to', async () => {
    const { leader, topicId } = await givenTopic('empty')
    const client = await rawClient(leader)
    for (const version of [12, 17]) {
      const { responses } = await client.ask(FETCH, version, toFetch('empty', topicId, 0, 20))
      const partition = responses[0]?.partitions[0]
      expect(partition).toMatchObject({ errorCode: 'NONE', highWatermark: 0 })
      expect(partition?.records).toHaveLength(0)
    }
  })

  test('an offset is out of range however far it lies beyond the log', async () => {
    const { leader } = await givenTopic('far')
    const client = await rawClient(leader)
    const marked = 0x0102030405060
    const mark = Buffer.alloc(8)
    mark.writeBigInt64BE(BigInt(marked))
    const partitions = [{ partitionIndex: 0, offset: marked }]
    for (const far of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n]) {
      const fetching = client.frame(FETCH, 12, toFetch('far', '', marked))
      const deleting = client.frame(deleteRecords, 2, { topics: [{ name: 'far', partitions }], timeoutMs: 1 })
      for (const frame of [fetching, deleting]) frame.writeBigInt64BE(far, frame.indexOf(mark))
      client.socket.write(Buffer.concat([fetching, deleting]))
      const told = [{ partitions: [{ errorCode: 'OFFSET_OUT_OF_RANGE' }] }]
      expect(await client.answer(FETCH, 12)).toMatchObject({ responses: told })
      expect(await client.answer(deleteRecords, 2)).toMatchObject({ topics: told })
    }
  })

  test('ApiVersions of an unknown version is answered in version 0', async () => {
    const client = await rawClient()
    const frame = client.frame(apiVersions, 4, { clientSoftwareName: 'raw', clientSoftwareVersion: '1' })
    frame.writeInt16BE(77, 6)
    client.socket.write(frame)
    expect(await client.answer(apiVersions, 0)).toMatchObject({ errorCode: 'UNSUPPORTED_VERSION' })
    const told = await client.ask(apiVersions, 3, { clientSoftwareName: 'raw', clientSoftwareVersion: '1' })
    expect(told.apiKeys).toContainEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 })
  })

  test('with acks=0 nothing is answered, and an error closes the connection', async () => {
    const { leader } = await givenTopic('silent')
    const client = await rawClient(leader)
    client.socket.write(client.frame(PRODUCE, 9, toProduce('silent', sentBatch('a'), 0)))
    await client.ask(METADATA, 12, allOf('silent'))
    client.socket.write(client.frame(PRODUCE, 9, toProduce('silent', new Uint8Array(0), 0)))
    expect(await client.ended).toBe('closed')
  })

  test('what is wrong with records is said of their partition, and the connection goes on', async () => {
    const { leader } = await givenTopic('wrong')
    const client = await rawClient(leader)
    const broken = sentBatch('a')
    broken[broken.length - 1] = 0xff
    const said = await client.ask(PRODUCE, 9, toProduce('wrong', broken))
    expect(said.responses[0]?.partitionResponses[0]?.errorCode).toBe('CORRUPT_MESSAGE')
    const old = sentBatch('a').fill(1, 16, 17)
    const refused = await client.ask(PRODUCE, 9, toProduce('wrong', old))
    expect(refused.responses[0]?.partitionResponses[0]?.errorCode).toBe('INVALID_RECORD')
    const unknown = await client.ask(PRODUCE, 9, toProduce('nowhere', sentBatch('a')))
    expect(unknown.responses[0]?.partitionResponses[0]?.errorCode).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('nobody outside fetches as a follower', async () => {
    const { leader, topicId } = await givenTopic('followed')
    const client = await rawClient(leader)
    const asked = { ...toFetch('', topicId), replicaState: { replicaId: 2, replicaEpoch: 1 } }
    const { responses } = await client.ask(FETCH, 17, asked)
    expect(responses[0]?.partitions[0]?.errorCode).toBe('TOPIC_AUTHORIZATION_FAILED')
  })
})

describe('what is not of the protocol ends its own connection alone, with a line in the log', () => {
  const tooLong = Buffer.alloc(8)
  tooLong.writeInt32BE(600_000)
  tooLong.writeInt16BE(METADATA.key, 4)
  const unknownApi = Buffer.alloc(12)
  unknownApi.writeInt32BE(8)
  unknownApi.writeInt16BE(999, 4)
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['garbage', Buffer.from('ffffffff', 'hex')],
    ['too long', tooLong],
    ['API 999', unknownApi],
  ])('%s', async (says, bytes) => {
    const neighbour = await rawClient()
    const heard = heardWarning(says)
    const client = await rawClient()
    client.socket.write(bytes)
    expect(['closed', 'reset']).toContain(await client.ended)
    expect(await heard).toContain('was closed')
    expect(await neighbour.ask(METADATA, 12, allOf('nothing'))).toMatchObject({ topics: [{ name: 'nothing' }] })
  })
})

describe('a cluster that cannot listen does not start', () => {
  async function takenPort(): Promise<{ readonly port: number; readonly server: Server }> {
    const server = createServer()
    const listening = deferred<void>()
    server.listen(0, '127.0.0.1', () => listening.resolve())
    await listening.promise
    onTestFinished(() => void server.close())
    return { port: (server.address() as { port: number }).port, server }
  }

  test('since a port is taken', async () => {
    const { port } = await takenPort()
    const started = Cluster.start({ listen: { port } })
    await expect(started).rejects.toMatchObject({
      name: 'ConfigError',
      option: 'listen.port',
      message: `Cannot listen for broker 1: port ${port} of 127.0.0.1 is taken`,
    })
  })

  test('since the host is not of this machine', async () => {
    const started = Cluster.start({ listen: { host: '192.0.2.1' } })
    await expect(started).rejects.toMatchObject({ name: 'ConfigError', option: 'listen.host' })
  })

  test('and one that was not told to listen says so', async () => {
    const silent = await Cluster.start()
    onTestFinished(() => silent.close())
    expect(() => silent.bootstrapServers).toThrow('start it with listen')
  })
})

test('a client that says no more is still answered', async () => {
  const client = await rawClient()
  client.socket.end(Buffer.concat([client.frame(METADATA, 12, allOf('a')), client.frame(METADATA, 12, allOf('b'))]))
  expect(await client.answer(METADATA, 12)).toMatchObject({ topics: [{ name: 'a' }] })
  expect(await client.answer(METADATA, 12)).toMatchObject({ topics: [{ name: 'b' }] })
  expect(await client.ended).toBe('closed')
})

test('a connection that says nothing is closed after connections.max.idle.ms', async () => {
  const own = await Cluster.start({ listen: {}, 'connections.max.idle.ms': 50 })
  onTestFinished(() => own.close())
  const client = await rawClient(0, own)
  expect(await client.ended).toBe('closed')
})

test('a gateway that is killed is started again, at the same ports', async () => {
  const own = await Cluster.start({ brokers: 2, listen: {} })
  onTestFinished(() => own.close())
  const before = own.bootstrapServers
  const client = await rawClient(0, own)
  await own.kill('gateway-1')
  await client.ended
  const again = await untilConnected(own, 0)
  expect(await again.ask(METADATA, 12, allOf('nothing'))).toMatchObject({ topics: [{ name: 'nothing' }] })
  expect(own.bootstrapServers).toBe(before)
})

test('clients that go in the middle of an answer, or never read one, disturb nobody', async () => {
  const { leader, topicId } = await givenTopic('lent')
  const neighbour = await rawClient(leader)
  const batch = sentBatch('x'.repeat(100_000))
  for (let count = 0; count < 12; count++) await neighbour.ask(PRODUCE, 12, toProduce('lent', batch))
  const leaving = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const client = await rawClient(leader)
      if (index % 2 === 0) client.socket.pause()
      for (let count = 0; count < 20; count++) client.socket.write(client.frame(FETCH, 13, toFetch('', topicId)))
      if (index % 2 === 1) await client.nextFrame()
      client.socket.destroy()
      return client.ended
    }),
  )
  expect(leaving).toHaveLength(10)
  const { responses } = await neighbour.ask(FETCH, 13, toFetch('', topicId, 11))
  expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: 'NONE', highWatermark: 12 })
  expect(responses[0]?.partitions[0]?.records).toHaveLength(batch.length)
})
