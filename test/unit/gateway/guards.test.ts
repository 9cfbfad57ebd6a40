/**
 * What a gateway does about clients that want to hurt: each guard that Kafka's brokers have, and each of their
 * advisories, as far as clients without a password reach it. What is wrong with records is in `sent-records`, and what
 * clients may do before they have authenticated in `sasl`.
 */
import { describe, expect, test } from 'vitest'
import { apiVersionsFrame, FETCH, frameOf, GivenGateway, LIST_OFFSETS, metadataFrame } from './given-gateway.js'

const MEBIBYTE = 2 ** 20

/** The frame of a request whose list promises so many items and holds so many bytes. */
function listOf(count: number, bytes: number): Buffer {
  const frame = metadataFrame()
  // The list is followed by a byte that tells whether topics are created.
  const head = frame.subarray(4, -5)
  const body = Buffer.alloc(head.length + 4 + bytes)
  body.set(head)
  body.writeInt32BE(count, head.length)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

const given = (): GivenGateway => new GivenGateway({ frameBytesMax: 100 * MEBIBYTE })

/** A client whose first request was understood, so that the next ones may be long. */
function knownClient(gateway: GivenGateway) {
  const client = gateway.client()
  gateway.say(client, apiVersionsFrame())
  client.frames()
  client.take()
  return client
}

describe('CVE-2022-34917: memory that was never sent is not allocated', () => {
  test.each([2 ** 31 - 1, 2 ** 24, 100])('a list that promises %i items and has none', (count) => {
    const gateway = given()
    const client = knownClient(gateway)
    gateway.say(client, listOf(count, 8))
    expect([client.state, gateway.log.at(-1)]).toEqual(['closed', expect.stringContaining('promises')])
  })

  test('a frame that promises 100 MB and sends a little of it', () => {
    const gateway = given()
    const before = process.memoryUsage().arrayBuffers
    for (let count = 0; count < 100; count++) {
      const head = apiVersionsFrame().subarray(0, 14)
      head.writeInt32BE(100 * MEBIBYTE)
      // The API is Produce, version 9, so that any length may be the first.
      head.writeInt32BE(9, 4)
      gateway.say(gateway.client(), head)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MEBIBYTE)
  })

  test('a list of the shortest items there are is no longer than any cluster needs', () => {
    const gateway = given()
    const client = knownClient(gateway)
    gateway.say(client, listOf(1_000_000, 2_000_001))
    const says = "'topics' is beyond the 250,000 items that a message may have"
    expect([client.state, gateway.log.at(-1)]).toEqual(['closed', expect.stringContaining(says)])
    const other = knownClient(gateway)
    gateway.say(other, listOf(1_000, 2_001))
    expect(other.frames()).toHaveLength(1)
  })
})

test('the longest list of partitions there may be is gone through once, and not once for each of them', () => {
  const gateway = given()
  const client = knownClient(gateway)
  const partitions = Array.from({ length: 240_000 }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
  gateway.say(client, frameOf(LIST_OFFSETS, 2, { replicaId: -1, topics: [{ name: 'nowhere', partitions }] }))
  expect(client.frames()).toHaveLength(1)
})

test('CVE-2018-1288: nobody outside fetches as a follower, in any version', () => {
  const gateway = given()
  for (const version of [4, 11, 12, 17]) {
    const client = gateway.client()
    const wanted = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 1_000 }
    const partition = { ...wanted, lastFetchedEpoch: -1, logStartOffset: -1, ...NEWER }
    const who = version < 15 ? { replicaId: 2 } : { replicaState: { replicaId: 2, replicaEpoch: 1 } }
    const topic = version < 13 ? { topic: 'orders' } : { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }
    const message = { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000, isolationLevel: 0, rackId: '', ...who }
    const asked = { ...message, sessionId: 0, sessionEpoch: -1, topics: [{ ...topic, partitions: [partition] }] }
    gateway.say(client, frameOf(FETCH, version, { ...asked, forgottenTopicsData: [] }))
    for (const fetch of gateway.asked('Fetch')) expect(fetch).toMatchObject({ replicaId: -1, partitions: [] })
    while (gateway.asked('Fetch').length > 0) gateway.answer({ api: 'Fetch', partitions: [] })
    expect(client.frames()).toHaveLength(1)
  }
})

/** What the newest versions have of a partition. */
const NEWER = { replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA', highWatermark: 2n ** 63n - 1n }

test('frames that wait for their rest cost hardly more than has come of them', () => {
  const gateway = given()
  const before = process.memoryUsage().arrayBuffers
  const clients = Array.from({ length: 500 }, () => gateway.client())
  const connections = process.memoryUsage().arrayBuffers - before
  for (const client of clients) for (const byte of [0, 0, 1, 0, 0, 3, 0]) client.say(Buffer.of(byte))
  gateway.stage.settle()
  expect(process.memoryUsage().arrayBuffers - before - connections).toBeLessThan(2 * MEBIBYTE)
})
