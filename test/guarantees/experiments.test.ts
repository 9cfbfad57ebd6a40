import { expect, test } from 'vitest'
import { acks } from '../../src/lab/experiments/acks.js'
import { awaitingEachSend } from '../../src/lab/experiments/awaiting-each-send.js'
import { batchSizeAndLinger } from '../../src/lab/experiments/batch-size-and-linger.js'
import { bufferFull } from '../../src/lab/experiments/buffer-full.js'
import { failover } from '../../src/lab/experiments/failover.js'
import { fetchMinBytesAndWait } from '../../src/lab/experiments/fetch-min-bytes-and-wait.js'
import { cellOf, runOn } from '../unit/lab/experiments/given-experiment.js'

// ProducerConfig acks: with 1, "should the leader fail immediately after acknowledging the record but before the
// followers have replicated it then the record will be lost"; with all, "the record will not be lost as long as at
// least one in-sync replica remains alive".
test('on threads, too, the leader takes with it what acks=0 and acks=1 have acknowledged, and nothing of acks=all', async () => {
  const cells = [0, 1, -1].map((of) => cellOf({ acks: of, 'min.insync.replicas': 2 }))
  const { result } = await runOn('threads', acks, cells)
  expect(result.verdict).toBe('holds')
  expect(result.runs.map(({ lost }) => lost > 0)).toEqual([true, true, false])
})

test('on threads, too, min.insync.replicas at the factor stops all writes while one broker is down', async () => {
  const { result, shown } = await runOn('threads', acks, [cellOf({ acks: -1, 'min.insync.replicas': 3 })])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'while one broker is down': 'NOT_ENOUGH_REPLICAS' })
})

test('on threads, too, a failover loses nothing and ends by itself', async () => {
  const { result } = await runOn('threads', failover, [cellOf({ acks: -1, 'min.insync.replicas': 2 })])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0 })
})

// KafkaProducer.send: "If you want to simulate a simple blocking call you can call the get() method immediately";
// batching needs several records that wait at once.
test('on threads, too, awaiting each send makes a batch and a request of every record', async () => {
  const cells = [0, 5].map((linger) => ({
    ...cellOf({ 'linger.ms': linger, 'max.in.flight.requests.per.connection': 5 }),
    records: 100,
  }))
  const { result, shown } = await runOn('threads', awaitingEachSend, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(shown.map(({ outcome }) => outcome?.facts['one by one: batches'])).toEqual([100, 100])
})

// ProducerConfig linger.ms: "once we get batch.size worth of records for a partition it will be sent immediately
// regardless of this setting".
test('on threads, too, batches leave when they are full or when linger.ms has passed', async () => {
  const cells = [512, 16_384].map((size) => cellOf({ 'batch.size': size, 'linger.ms': 30 }))
  const { result, shown } = await runOn('threads', batchSizeAndLinger, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(shown[1]?.outcome?.facts).toMatchObject({ 'left full': 0 })
})

// ProducerConfig buffer.memory: "If records are sent faster than they can be delivered to the server the producer will
// block for max.block.ms after which it will fail with an exception."
test('on threads, too, a full buffer refuses and loses nothing', async () => {
  const { result, shown } = await runOn('threads', bufferFull, [
    cellOf({ 'batch.size': 1_024, 'buffer.memory': 4_096, 'max.block.ms': 50 }),
  ])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'send() meanwhile': 'REQUEST_TIMED_OUT' })
})

// ConsumerConfig fetch.min.bytes: "If insufficient data is available the request will wait for that much data to
// accumulate before answering the request"; fetch.max.wait.ms: "the maximum amount of time the server will block".
test('on threads, too, a fetch is answered when fetch.min.bytes have come or fetch.max.wait.ms has passed', async () => {
  const shape = { brokers: 1, replicationFactor: 1 }
  const cells = [1, 1_760, 2 ** 20].map((bytes) => ({
    ...cellOf({ 'fetch.min.bytes': bytes, 'fetch.max.wait.ms': 50, 'linger.ms': 0 }, shape),
    records: 100,
  }))
  const { result, shown } = await runOn('threads', fetchMinBytesAndWait, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'for the time': 0 })
  expect(shown[2]?.outcome?.facts).toMatchObject({ 'for their bytes': 0 })
})
