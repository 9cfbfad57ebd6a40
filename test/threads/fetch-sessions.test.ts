/** Fetch sessions of clients that come in by sockets (KIP-227), on threads. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/index.js'
import { RawClient } from '../support/raw-client.js'
import { allOf, FETCH, METADATA, PRODUCE, toFetch, toProduce } from '../support/raw-requests.js'
import { sentBatch } from '../unit/gateway/sent-batch.js'

/** Versions in which topics are named, and in which they have ids. */
const VERSIONS = [7, 11, 12, 13, 17, 18] as const
const QUIET = 1_000

let cluster: Cluster

beforeAll(async () => {
  cluster = await Cluster.start({ brokers: 1, listen: {}, 'log.segment.bytes': 65_536 })
})
afterAll(() => cluster.close())

async function rawClient(): Promise<RawClient> {
  const client = await RawClient.to(cluster.bootstrapServers)
  onTestFinished(() => client.close())
  return client
}

async function givenTopic(topic: string, numPartitions: number): Promise<string> {
  const admin = cluster.admin()
  await admin.createTopics({ topics: [{ topic, numPartitions }] })
  await admin.close()
  const client = await rawClient()
  const { topics } = await client.ask(METADATA, 12, allOf(topic))
  return topics[0]?.topicId ?? ''
}

type Fetch = ReturnType<typeof toFetch>

/** A request that opens a session for so many partitions. */
function opening(topic: string, topicId: string, count: number): Fetch {
  const request = toFetch(topic, topicId)
  const [asked] = request.topics as [Fetch['topics'][0]]
  const [first] = asked.partitions as [Fetch['topics'][0]['partitions'][0]]
  const partitions = Array.from({ length: count }, (_, partition) => ({ ...first, partition }))
  return { ...request, sessionEpoch: 0, topics: [{ ...asked, partitions }] }
}

/** A request that goes on with a session, and says nothing new. */
function goingOn(sessionId: number, sessionEpoch: number, maxWaitMs = 0): Fetch {
  return { ...toFetch('', '', 0, maxWaitMs), sessionId, sessionEpoch, topics: [] }
}

test.each(VERSIONS)('a session of version %i tells what has changed, and nothing else', async (version) => {
  const topic = `changes-${version}`
  const topicId = await givenTopic(topic, 3)
  const client = await rawClient()
  const full = await client.ask(FETCH, version, opening(topic, topicId, 3))
  expect(full.sessionId).toBeGreaterThan(0)
  expect(full.responses.map(({ partitions }) => partitions.length)).toEqual([3])

  const quiet = await client.ask(FETCH, version, goingOn(full.sessionId, 1))
  expect(quiet).toMatchObject({ errorCode: 'NONE', sessionId: full.sessionId, responses: [] })

  const waiting = client.ask(FETCH, version, goingOn(full.sessionId, 2, 30_000))
  await (await rawClient()).ask(PRODUCE, 9, toProduce(topic, sentBatch('a')))
  const told = await waiting
  const partitions = told.responses.flatMap((one) => one.partitions)
  expect(partitions).toMatchObject([{ partitionIndex: 0, errorCode: 'NONE', highWatermark: 1 }])
  expect(partitions[0]?.records).not.toHaveLength(0)
})

test('a session of a thousand quiet partitions costs its client nothing', async () => {
  const topicId = await givenTopic('quiet', QUIET)
  const client = await rawClient()
  const full = await client.ask(FETCH, 17, opening('', topicId, QUIET))
  expect(full.responses[0]?.partitions).toHaveLength(QUIET)
  const request = client.frame(FETCH, 17, goingOn(full.sessionId, 1))
  client.socket.write(request)
  const answer = await client.nextFrame()
  // A header, and what there is to say of a session in which nothing happens.
  expect([request.length, answer.length].every((bytes) => bytes < 60)).toBe(true)
})

test('a client that connects again goes on with its session', async () => {
  const topicId = await givenTopic('again', 1)
  const first = await rawClient()
  const { sessionId } = await first.ask(FETCH, 13, opening('', topicId, 1))
  first.close()
  await first.ended
  const second = await rawClient()
  expect(await second.ask(FETCH, 13, goingOn(sessionId, 1))).toMatchObject({ errorCode: 'NONE', sessionId })
})

test('what is wrong with a session is told at the top of the answer, and the client asks in full', async () => {
  const topicId = await givenTopic('wrong', 1)
  const client = await rawClient()
  const { sessionId } = await client.ask(FETCH, 13, opening('', topicId, 1))
  const errorOf = async (version: number, request: Fetch) => {
    const { errorCode, sessionId: told, responses } = await client.ask(FETCH, version, request)
    return [errorCode, told, responses.length]
  }
  expect(await errorOf(13, goingOn(sessionId, 9))).toEqual(['INVALID_FETCH_SESSION_EPOCH', 0, 0])
  expect(await errorOf(13, goingOn(sessionId ^ 1, 1))).toEqual(['FETCH_SESSION_ID_NOT_FOUND', 0, 0])
  expect(await errorOf(12, goingOn(sessionId, 1))).toEqual(['FETCH_SESSION_TOPIC_ID_ERROR', 0, 0])
  expect(await errorOf(13, goingOn(sessionId, 1))).toEqual(['NONE', sessionId, 0])
})

test('a topic that is deleted is told as long as it is read, by its id as an unknown id', async () => {
  const topicId = await givenTopic('gone', 1)
  const client = await rawClient()
  const { sessionId } = await client.ask(FETCH, 13, opening('', topicId, 1))
  const named = await rawClient()
  const { sessionId: namedId } = await named.ask(FETCH, 12, opening('gone', topicId, 1))
  const admin = cluster.admin()
  await admin.deleteTopics({ topics: ['gone'] })
  await admin.close()
  for (const epoch of [1, 2]) {
    const byId = await client.ask(FETCH, 13, goingOn(sessionId, epoch, 1_000))
    expect(byId.responses[0]?.partitions).toMatchObject([{ errorCode: 'UNKNOWN_TOPIC_ID' }])
    const byName = await named.ask(FETCH, 12, goingOn(namedId, epoch, 1_000))
    expect(byName.responses[0]?.partitions).toMatchObject([{ errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' }])
  }
})

test('a partition that a topic does not have is unknown, and its topic is not', async () => {
  const topicId = await givenTopic('narrow', 1)
  const client = await rawClient()
  const { responses } = await client.ask(FETCH, 13, opening('', topicId, 2))
  expect(responses[0]?.partitions).toMatchObject([{ errorCode: 'NONE' }, { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' }])
})

test('sessions end with their broker, and the slots are an option', async () => {
  const own = await Cluster.start({ brokers: 1, listen: {}, 'max.incremental.fetch.session.cache.slots': 1 })
  onTestFinished(() => own.close())
  const admin = own.admin()
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
  const client = await RawClient.to(own.bootstrapServers)
  const { sessionId } = await client.ask(FETCH, 12, opening('orders', '', 1))
  const { sessionId: none, responses } = await client.ask(FETCH, 12, opening('orders', '', 1))
  expect([none, responses[0]?.partitions.length]).toEqual([0, 1])

  await own.killBroker(1)
  await client.ended
  await own.restartBroker(1)
  const next = await RawClient.to(own.bootstrapServers)
  onTestFinished(() => next.close())
  const { errorCode } = await next.ask(FETCH, 12, goingOn(sessionId, 1))
  expect(errorCode).toBe('FETCH_SESSION_ID_NOT_FOUND')
})
