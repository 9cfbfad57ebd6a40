import { expect, test } from 'vitest'
import { GivenSender } from '../sender/given-sender.js'
import { GivenProducer } from './given-producer.js'

/** A producer whose memory, two batches large, holds two records that are not acknowledged yet. */
function givenFullMemory(): GivenProducer {
  const given = new GivenProducer({}, { batchBytes: 1024, bufferBytes: 2048 })
  given.front.topic('orders')
  given.settle()
  for (const partition of [0, 1]) given.producer.produce({ topic: 'orders', value: 'v', partition })
  return given
}

const FULL = Buffer.alloc(950)
const send = ({ producer }: GivenProducer, records: number): Promise<unknown> =>
  producer.send({ topic: 'orders', messages: Array.from({ length: records }, () => ({ value: FULL, partition: 0 })) })

// BufferPool: the total time in nanoseconds an appender waits for space allocation; the fraction of time.
test('the time that sends wait for memory is counted when they have it, each for itself', async () => {
  const given = givenFullMemory()
  expect(given.producer.metrics()).toMatchObject({ 'waiting-threads': 0, 'buffer-available-bytes': 0 })

  send(given, 1)
  given.settle()
  given.pass(300)
  send(given, 1)
  given.settle()
  given.pass(700)
  expect(given.producer.metrics()).toMatchObject({ 'waiting-threads': 2, 'bufferpool-wait-time-ns-total': 0 })
  given.report(0)
  given.report(1)

  expect(given.producer.metrics()).toMatchObject({
    'waiting-threads': 0,
    'bufferpool-wait-time-ns-total': 1700e6,
    'bufferpool-wait-ratio': 1.7 / 30,
  })
})

test.each<[string, (given: GivenProducer) => void]>([
  ['asks for drained', ({ producer }) => void producer.drained()],
  [
    'finds no room',
    ({ producer }) => expect(() => producer.produce({ topic: 'orders', value: FULL, partition: 0 })).toThrow(),
  ],
])('a caller that %s waits for memory from then until drain', (_, wait) => {
  const given = givenFullMemory()

  wait(given)
  given.pass(200)
  wait(given)
  given.pass(300)
  expect(given.producer.metrics()).toMatchObject({ 'waiting-threads': 1, 'bufferpool-wait-time-ns-total': 0 })
  given.report(0)

  expect(given.producer.metrics()).toMatchObject({ 'waiting-threads': 0, 'bufferpool-wait-time-ns-total': 500e6 })
})

test('a record larger than a slot may take all of the memory, and no more', () => {
  const given = new GivenProducer({}, { batchBytes: 1024, bufferBytes: 4096 })
  given.front.topic('orders')
  given.settle()
  expect(given.producer.produce({ topic: 'orders', value: Buffer.alloc(3000) })).toBe(false)
  expect(given.producer.metrics()).toMatchObject({ 'buffer-total-bytes': 4096, 'buffer-available-bytes': 0 })
})

// BufferPool.recordBufferExhausted, and the errors of KafkaProducer.doSend.
test('records that find no memory within max.block.ms are exhausted, and errors', async () => {
  const given = givenFullMemory()

  const sent = send(given, 3).catch((error: Error) => error.message)
  given.settle()
  given.pass(60_000)

  expect(await sent).toContain('max.block.ms')
  expect(given.producer.metrics()).toMatchObject({
    'buffer-exhausted-total': 3,
    'buffer-exhausted-rate': 0.1,
    'record-error-total': 3,
    'bufferpool-wait-time-ns-total': 60_000e6,
  })
})

test('a record that produce finds no memory for is exhausted, and an error', () => {
  const given = givenFullMemory()
  expect(() => given.producer.produce({ topic: 'orders', value: FULL, partition: 0 })).toThrow('buffer.memory')
  expect(given.producer.metrics()).toMatchObject({ 'buffer-exhausted-total': 1, 'record-error-total': 1 })
})

test('records without metadata in time are errors, and did not wait for memory', async () => {
  const given = new GivenProducer()
  given.errors.set('orders', 'LEADER_NOT_AVAILABLE')

  const sent = send(given, 2).catch((error: Error) => error.message)
  given.settle()
  given.pass(60_000)

  expect(await sent).toContain('metadata')
  expect(given.producer.metrics()).toMatchObject({
    'buffer-exhausted-total': 0,
    'record-error-total': 2,
    'bufferpool-wait-time-ns-total': 0,
  })
})

test('the largest record is known, also when smaller ones come after it', () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  for (const bytes of [100, 500, 200])
    given.producer.produce({ topic: 'orders', value: Buffer.alloc(bytes), partition: 0 })

  given.report(0)

  // Length, attributes, timestamp, offset, key, value length and headers take 2 + 1 + 1 + 1 + 1 + 2 + 1 bytes.
  expect(given.producer.metrics()['record-size-max']).toBe(509)
})

test('a window in which no record was appended has no largest one', () => {
  const given = givenFullMemory()
  given.report(0)

  given.pass(60_000)
  given.report(1)

  expect(given.producer.metrics()['record-size-max']).toBe(Number.NaN)
})

test('a sender counts within its window the batches and requests of that time', () => {
  const sender = new GivenSender({ 'linger.ms': 20 }).connect()
  const start = sender.clock.time

  sender.append(0, 'a')
  sender.append(0, 'b')
  sender.pass(20)
  sender.pass(5)
  sender.answer()
  sender.append(0, 'c')
  sender.pass(30_000)
  sender.answer()

  expect(sender.counters.within(start + 40_000)).toMatchObject({
    seconds: 39.98,
    batches: 2,
    records: 3,
    requests: 2,
    answered: 2,
    requestLatencyMs: 5,
    requestLatencyMsMax: 5,
  })
  expect(sender.counters.within(start + 80_026)).toMatchObject({
    seconds: 50.001,
    batches: 1,
    records: 1,
    requestLatencyMsMax: 0,
  })
})

test('brokers that are connected, and when metadata was learnt, are known', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] })
  expect([sender.counters.connections, sender.counters.metadataAt]).toEqual([0, 0])

  sender.connect()
  expect([sender.counters.connections, sender.counters.metadataAt]).toEqual([2, sender.clock.time])
  sender.stage.kill('broker-2')
  sender.settle()

  expect(sender.counters.connections).toBe(1)
})
