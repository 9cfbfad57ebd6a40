import { expect, test } from 'vitest'
import type { Memory } from '../../../../src/base/memory.js'
import { buildBatch } from '../../../../src/record/batch-builder.js'
import { MAGIC_AT } from '../../../../src/record/layout.js'
import { GivenBroker, ordersOf, partitionOf, produced } from '../given-broker.js'

const BLOCKING = { 'segment.bytes': 1024, 'retention.bytes': 800, 'odradek.log.full': 'block' }
const LARGE = 'x'.repeat(800)

test('each batch is appended to its partition, and answered with its base offset', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  expect(produced(client.produce({ 0: ['a', 'b'], 1: ['c'] }))).toMatchObject([
    { partition: 0, error: 'NONE', baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 },
    { partition: 1, error: 'NONE', baseOffset: 0 },
  ])
  expect(produced(client.produce({ 0: ['d'] }))).toMatchObject([{ baseOffset: 2 }])
  expect(client.valuesOf(client.fetch())).toEqual([['a', 'b', 'd']])
})

test('a batch that is refused keeps no other batch of the request from being appended', () => {
  const client = new GivenBroker().publish(ordersOf({ leaders: [2, 1] })).client()
  expect(produced(client.produce({ 0: ['a'], 1: ['b'], 7: ['c'] }))).toMatchObject([
    { partition: 0, error: 'NOT_LEADER_OR_FOLLOWER', baseOffset: -1 },
    { partition: 1, error: 'NONE', baseOffset: 0 },
    { partition: 7, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
  ])
})

test('a batch whose header is wrong is refused', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  const broken = buildBatch([{ value: 'a' }])
  broken.view.setInt8(MAGIC_AT, 3)
  expect(produced(client.produce({ 0: broken }))).toMatchObject([{ error: 'CORRUPT_MESSAGE' }])
})

test('a batch above max.message.bytes is refused', () => {
  const client = new GivenBroker().publish(ordersOf({ configs: { 'max.message.bytes': 200 } })).client()
  expect(produced(client.produce({ 0: [LARGE] }))).toMatchObject([{ error: 'MESSAGE_TOO_LARGE' }])
})

test('a topic with LogAppendTime answers with the time of the append', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: { 'message.timestamp.type': 'LogAppendTime' } }))
  const now = Math.floor(broker.stage.now)
  expect(produced(broker.client().produce({ 0: ['a'] }))).toMatchObject([{ logAppendTimeMs: now }])
})

test('with acks=0 nothing is answered, and the next request is served', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  const unanswered = client.produce({ 0: ['a'] }, { acks: 0 })
  const { cursor } = client.connection
  expect([unanswered.answer, client.connection.isRead(cursor)]).toEqual([undefined, true])
  expect(produced(client.produce({ 0: ['b'] }))).toMatchObject([{ baseOffset: 1 }])
})

test('a full log that blocks keeps the request until its readers have moved on', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer] = [broker.client(), broker.client()]
  consumer.fetch({ waitMsMax: 0 })
  expect([produced(producer.produce({ 0: [LARGE] })), produced(producer.produce({ 0: [LARGE] }))]).toHaveLength(2)
  const waiting = producer.produce({ 0: [LARGE] })
  expect(waiting.answer).toBeUndefined()
  consumer.fetch({ waitMsMax: 0, partitions: [{ fetchOffset: 1 }] })
  consumer.connection.giveBack(0, 1)
  broker.stage.pass(5)
  expect(produced(waiting)).toMatchObject([{ error: 'NONE', baseOffset: 2 }])
})

test('a full log that blocks waits for leases too, not for positions alone', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer] = [broker.client(), broker.client()]
  producer.produce({ 0: [LARGE] })
  consumer.fetch({ partitions: [{ bytesMax: 1 }] })
  consumer.fetch({ waitMsMax: 0, partitions: [{ fetchOffset: 1 }] })
  producer.produce({ 0: [LARGE] })
  const waiting = producer.produce({ 0: [LARGE] })
  broker.stage.pass(5)
  expect(waiting.answer).toBeUndefined()
  consumer.connection.giveBack(0, 1)
  broker.stage.pass(5)
  expect(produced(waiting)).toMatchObject([{ error: 'NONE' }])
})

test('a reader that ends with a lease in its hands blocks nobody', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer] = [broker.client(), broker.client()]
  producer.produce({ 0: [LARGE] })
  consumer.fetch()
  producer.produce({ 0: [LARGE] })
  const waiting = producer.produce({ 0: [LARGE] })
  expect(waiting.answer).toBeUndefined()
  broker.stage.kill(consumer.address)
  broker.stage.pass(5)
  expect(produced(waiting)).toMatchObject([{ error: 'NONE', baseOffset: 2 }])
})

test('a request that waits for room holds up its own connection, and no other', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer, other] = [broker.client(), broker.client(), broker.client()]
  consumer.fetch({ waitMsMax: 0 })
  producer.produce({ 0: [LARGE] })
  producer.produce({ 0: [LARGE] })
  const waiting = [producer.produce({ 0: [LARGE] }), producer.produce({ 1: ['a'] })]
  expect(waiting.map(({ answer }) => answer)).toEqual([undefined, undefined])
  expect(produced(other.produce({ 1: ['b'] }))).toMatchObject([{ baseOffset: 0 }])
})

test('a request that waits in vain is refused after its timeout, and what was appended stays', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer] = [broker.client(), broker.client()]
  consumer.fetch({ waitMsMax: 0 })
  producer.produce({ 0: [LARGE] })
  producer.produce({ 0: [LARGE] })
  const waiting = producer.produce({ 0: [LARGE], 1: ['a'] }, { timeoutMs: 100 })
  broker.stage.pass(99)
  expect(waiting.answer).toBeUndefined()
  broker.stage.pass(1)
  expect(produced(waiting)).toMatchObject([{ error: 'KAFKA_STORAGE_ERROR' }, { error: 'NONE', baseOffset: 0 }])
})

test('a request whose producer has ended is forgotten', () => {
  const broker = new GivenBroker().publish(ordersOf({ configs: BLOCKING }))
  const [producer, consumer] = [broker.client(), broker.client()]
  consumer.fetch({ waitMsMax: 0 })
  for (let batch = 0; batch < 3; batch++) producer.produce({ 0: [LARGE] })
  broker.stage.kill(producer.address)
  broker.stage.kill(consumer.address)
  broker.stage.pass(1000)
  const last = broker.client()
  expect(produced(last.produce({ 0: ['b'] }))).toMatchObject([{ baseOffset: 2 }])
})

test('a batch that the isr has had stays committed while others of its request wait, also if its partition moves', () => {
  const alone = partitionOf({ replicas: [1, 2], isr: [1] })
  const replicated = partitionOf({ partition: 1, replicas: [1, 2], isr: [1, 2] })
  const moved = partitionOf({ replicas: [1, 2], leader: 2, leaderEpoch: 1 })
  const broker = new GivenBroker().publish({ ...ordersOf(), partitions: [alone, replicated] })
  const waiting = broker.client().produce({ 0: ['a'], 1: ['b'] }, { acks: -1 })
  broker.publish({ ...ordersOf(), partitions: [moved, replicated] })
  expect(waiting.answer).toBeUndefined()
  broker.client('broker-2').fetch({ replicaId: 2, replicaEpoch: 2, partitions: [{ partition: 1, fetchOffset: 1 }] })
  expect(produced(waiting)).toMatchObject([
    { error: 'NONE', baseOffset: 0 },
    { error: 'NONE', baseOffset: 0 },
  ])
})

test('a batch that is committed while another has no room stays so, also if its partition moves', () => {
  const configs = BLOCKING
  const broker = new GivenBroker().publish(ordersOf({ configs }))
  const [producer, consumer] = [broker.client(), broker.client()]
  consumer.fetch({ waitMsMax: 0, partitions: [{ partition: 1 }] })
  for (let batch = 0; batch < 2; batch++) producer.produce({ 1: [LARGE] })
  const waiting = producer.produce({ 0: ['a'], 1: [LARGE] }, { acks: -1 })
  const moved = partitionOf({ replicas: [1, 2], leader: 2, leaderEpoch: 1 })
  broker.publish({ ...ordersOf({ configs }), partitions: [moved, partitionOf({ partition: 1 })] })
  broker.stage.kill(consumer.address)
  broker.stage.pass(5)
  expect(produced(waiting)).toMatchObject([
    { error: 'NONE', baseOffset: 0 },
    { error: 'NONE', baseOffset: 2 },
  ])
})

test('the lent batch is copied: writing over it after the answer changes nothing', () => {
  const client = new GivenBroker().publish(ordersOf()).client()
  const memory: Memory = buildBatch([{ value: 'a' }])
  client.produce({ 0: memory })
  memory.bytes.fill(0)
  expect(client.valuesOf(client.fetch())).toEqual([['a']])
})
