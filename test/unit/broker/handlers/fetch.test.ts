import { expect, test } from 'vitest'
import { LEASE_SLOTS } from '../../../../src/actor/types.js'
import type { Asked } from '../../../support/scripted-actor.js'
import { fetched, GivenBroker, type GivenClient, ordersOf, partitionOf, produced, TOPIC_ID } from '../given-broker.js'

function given(configs: Record<string, unknown> = {}): {
  broker: GivenBroker
  producer: GivenClient
  consumer: GivenClient
} {
  const broker = new GivenBroker().publish(ordersOf({ configs }))
  return { broker, producer: broker.client(), consumer: broker.client() }
}

test('a fetch of records that are there is answered at once', () => {
  const { producer, consumer } = given()
  producer.produce({ 0: ['a', 'b'] })
  const asked = consumer.fetch()
  expect(consumer.valuesOf(asked)).toEqual([['a', 'b']])
  expect(fetched(asked)).toMatchObject([{ error: 'NONE', highWatermark: 2, lastStableOffset: 2, logStartOffset: 0 }])
})

test('a fetch waits for its first byte', () => {
  const { producer, consumer } = given()
  const asked = consumer.fetch()
  expect(asked.answer).toBeUndefined()
  producer.produce({ 0: ['a'] })
  expect(consumer.valuesOf(asked)).toEqual([['a']])
})

test('a fetch waits until there are fetch.min.bytes in all of its partitions together', () => {
  const { producer, consumer } = given()
  const asked = consumer.fetch({ bytesMin: 400, partitions: [{ partition: 0 }, { partition: 1, leaseSlot: 1 }] })
  producer.produce({ 0: ['x'.repeat(150)] })
  expect(asked.answer).toBeUndefined()
  producer.produce({ 1: ['y'.repeat(150)] })
  expect(consumer.valuesOf(asked)).toEqual([['x'.repeat(150)], ['y'.repeat(150)]])
})

test('a fetch is answered after fetch.max.wait.ms with what there is', () => {
  const { broker, producer, consumer } = given()
  const asked = consumer.fetch({ bytesMin: 10_000, waitMsMax: 300 })
  producer.produce({ 0: ['a'] })
  broker.stage.pass(299)
  expect(asked.answer).toBeUndefined()
  broker.stage.pass(1)
  expect(consumer.valuesOf(asked)).toEqual([['a']])
})

// FetchRequest.MaxBytes, FetchPartition.PartitionMaxBytes: soft limits, so that a consumer always gets on.
test.each([
  ['fetch.max.bytes 0', { bytesMax: 0 }],
  ['fetch.max.bytes below fetch.min.bytes', { bytesMax: 10, bytesMin: 10_000 }],
  ['max.partition.fetch.bytes 0', { partitions: [{ partition: 0, bytesMax: 0 }] }],
])('the first batch is returned with %s, there or still to come', (_limit, limits) => {
  const { producer, consumer } = given()
  const waiting = consumer.fetch(limits)
  expect(waiting.answer).toBeUndefined()
  producer.produce({ 0: ['a'] })
  producer.produce({ 0: ['b'] })
  expect(consumer.valuesOf(waiting)).toEqual([['a']])
  expect(consumer.valuesOf(consumer.fetch(limits))).toEqual([['a']])
})

test('a fetch for nothing in particular is answered at once', () => {
  const { consumer } = given()
  expect(consumer.valuesOf(consumer.fetch({ bytesMin: 0 }))).toEqual([[]])
  expect(consumer.valuesOf(consumer.fetch({ partitions: [] }))).toEqual([])
  expect(consumer.valuesOf(consumer.fetch({ waitMsMax: 0 }))).toEqual([[]])
})

test.each([
  ['a partition that is not there', { partition: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['a topic that is not there', { topicId: TOPIC_ID + 1 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['an offset beyond the end', { fetchOffset: 7 }, 'OFFSET_OUT_OF_RANGE'],
  ['an offset before the start', { fetchOffset: -1 }, 'OFFSET_OUT_OF_RANGE'],
  ['a lease slot that a connection has not', { leaseSlot: LEASE_SLOTS }, 'INVALID_REQUEST'],
  ['an offset that is no number', { fetchOffset: Number.NaN }, 'INVALID_REQUEST'],
  ['an offset between two records', { fetchOffset: 0.5 }, 'INVALID_REQUEST'],
  ['a lease slot that is none', { leaseSlot: -1 }, 'INVALID_REQUEST'],
])('a fetch with %s is answered at once', (_what, partition, error) => {
  const { consumer } = given()
  expect(fetched(consumer.fetch({ partitions: [partition] }))).toMatchObject([{ error, slice: null }])
})

test('a reader that is refused needs nothing of the log', () => {
  const { producer, consumer } = given({ 'segment.bytes': 1024, 'retention.bytes': 800, 'odradek.log.full': 'block' })
  consumer.fetch({ partitions: [{ currentLeaderEpoch: 7 }] })
  const appended = ['a', 'b', 'c'].map((value) => produced(producer.produce({ 0: [value.repeat(800)] }))[0]?.baseOffset)
  expect(appended).toEqual([0, 1, 2])
})

test('a broker that is not a replica does not follow', () => {
  const { broker } = given()
  expect(fetched(broker.client('broker-3').fetch({ replicaId: 3, replicaEpoch: 3 }))).toMatchObject([
    { error: 'REPLICA_NOT_AVAILABLE', slice: null },
  ])
})

test('only a follower fetches in its own name', () => {
  const partitions = [partitionOf({ replicas: [1, 2], isr: [1, 2] })]
  const broker = new GivenBroker().publish({ ...ordersOf(), partitions })
  expect(fetched(broker.client().fetch({ replicaId: 2, replicaEpoch: 2 }))).toMatchObject([
    { error: 'INVALID_REQUEST' },
  ])
})

test('a follower that does not ask for all that it could is answered soon', () => {
  const partitions = [0, 1].map((partition) => partitionOf({ partition, replicas: [1, 2], isr: [1, 2] }))
  const broker = new GivenBroker().publish({ ...ordersOf(), partitions })
  const follower = broker.client('broker-2')
  const fetch = (partitions: readonly object[]): Asked => follower.fetch({ replicaId: 2, replicaEpoch: 2, partitions })
  const some = fetch([{ partition: 0 }])
  broker.stage.pass(4)
  expect(some.answer).toBeUndefined()
  broker.stage.pass(1)
  expect(some.answer?.api).toBe('Fetch')
  const all = fetch([{ partition: 0 }, { partition: 1, leaseSlot: 1 }])
  broker.stage.pass(5)
  expect(all.answer).toBeUndefined()
})

test('a partition that changes hands answers whoever waits for it', () => {
  const { broker, consumer } = given()
  const asked = consumer.fetch()
  broker.publish(ordersOf({ leaders: [2, 1], leaderEpoch: 1 }))
  expect(fetched(asked)).toMatchObject([{ error: 'NOT_LEADER_OR_FOLLOWER' }])
})

test('a topic that is deleted answers whoever waits for it', () => {
  const { broker, consumer } = given()
  const asked = consumer.fetch()
  broker.publish()
  expect(fetched(asked)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }])
})

test('the limits of a fetch are soft: the first batch is always returned', () => {
  const { producer, consumer } = given()
  producer.produce({ 0: ['x'.repeat(500)] })
  producer.produce({ 0: ['y'.repeat(500)] })
  expect(consumer.valuesOf(consumer.fetch({ partitions: [{ bytesMax: 1 }] }))).toEqual([['x'.repeat(500)]])
  expect(consumer.valuesOf(consumer.fetch({ bytesMax: 1 }))).toEqual([['x'.repeat(500)]])
})

test('fetch.max.bytes bounds all partitions together', () => {
  const { producer, consumer } = given()
  producer.produce({ 0: ['x'.repeat(500)], 1: ['y'.repeat(500)] })
  const partitions = [{ partition: 0 }, { partition: 1, leaseSlot: 1 }]
  expect(consumer.valuesOf(consumer.fetch({ bytesMax: 300, partitions }))).toEqual([['x'.repeat(500)], []])
})

test('leases of a slot are numbered from one', () => {
  const { producer, consumer } = given()
  const leases = ['a', 'b', 'c'].map((value, fetchOffset) => {
    producer.produce({ 0: [value] })
    return fetched(consumer.fetch({ partitions: [{ fetchOffset, leaseSlot: 5 }] }))[0]?.slice?.lease
  })
  expect(leases).toEqual([1, 2, 3])
})

test('lent bytes stay as they are when retention takes their segment away', () => {
  const { producer, consumer } = given({ 'segment.bytes': 1024, 'retention.bytes': 1024 })
  producer.produce({ 0: ['a'.repeat(700)] })
  const asked = consumer.fetch()
  for (let batch = 0; batch < 20; batch++) producer.produce({ 0: ['z'.repeat(700)] })
  expect(fetched(consumer.fetch({ partitions: [{ fetchOffset: 0 }] }))).toMatchObject([
    { error: 'OFFSET_OUT_OF_RANGE' },
  ])
  expect(consumer.valuesOf(asked)).toEqual([['a'.repeat(700)]])
})

test('a segment that a lost reader held is not written again, and one that it gave back is', () => {
  const { broker, producer, consumer } = given({ 'segment.bytes': 1024, 'retention.bytes': 1024 })
  producer.produce({ 0: ['a'.repeat(700)] })
  const asked = consumer.fetch()
  const connection = consumer.connection
  const { segment, position, bytes } = fetched(asked)[0]!.slice!
  const before = Buffer.from(connection.memory(segment).bytes.subarray(position, position + bytes))
  broker.stage.kill(consumer.address)
  for (let batch = 0; batch < 20; batch++) producer.produce({ 0: ['z'.repeat(700)] })
  expect(
    connection
      .memory(segment)
      .bytes.subarray(position, position + bytes)
      .equals(before),
  ).toBe(true)
})

test('a reader need not keep memory that the broker has given up', () => {
  const { broker, producer, consumer } = given({ 'segment.bytes': 1024, 'retention.bytes': 1024 })
  producer.produce({ 0: ['a'.repeat(700)] })
  const { segment, lease } = fetched(consumer.fetch())[0]!.slice!
  consumer.connection.memory(segment)
  consumer.connection.giveBack(0, lease)
  const lost = broker.client()
  lost.fetch()
  broker.stage.kill(lost.address)
  for (let batch = 0; batch < 20; batch++) producer.produce({ 0: ['z'.repeat(700)] })
  const next = consumer.fetch({ partitions: [{ fetchOffset: 20 }] })
  expect(consumer.valuesOf(next)).toEqual([['z'.repeat(700)]])
  expect(() => consumer.connection.memory(segment)).toThrow('A handle is posted before')
})

test('a fetch of a reader that has ended is forgotten', () => {
  const { broker, producer, consumer } = given()
  consumer.fetch()
  broker.stage.kill(consumer.address)
  producer.produce({ 0: ['a'] })
  broker.stage.pass(1000)
  const other = broker.client()
  expect(other.valuesOf(other.fetch())).toEqual([['a']])
})

test('an answer is made after everything that arrived with it was appended', () => {
  const { broker, consumer } = given()
  const producers = [broker.client(), broker.client()]
  const asked = consumer.fetch()
  for (const [number, producer] of producers.entries()) producer.produceLater({ 0: [`${number}`] })
  // Both batches are there before the broker takes its turn.
  for (const { address } of producers) broker.stage.turn(address)
  broker.stage.turn('broker-1')
  broker.stage.settle()
  expect(consumer.valuesOf(asked)).toEqual([['0', '1']])
})
