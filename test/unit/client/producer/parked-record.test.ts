import { expect, test } from 'vitest'
import type { KafkaError } from '../../../../src/base/errors.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import type { Partitioner } from '../../../../src/client/producer/partitioner.js'
import type { RecordData } from '../../../../src/record/record.js'
import { GivenProducer } from './given-producer.js'

type Told = [value: string, outcome: number | string | undefined]

/** A producer that has not heard of `orders` yet: its sender says so when `learn` is called. */
class GivenUnknownTopic {
  readonly given: GivenProducer<RecordData>
  readonly told: Told[] = []
  readonly undelivered: BatchReport[] = []

  constructor(...parameters: ConstructorParameters<typeof GivenProducer<RecordData>>) {
    this.given = new GivenProducer(...parameters)
    this.given.errors.set('orders', 'LEADER_NOT_AVAILABLE')
    this.given.producer.on('undelivered', (report) => this.undelivered.push(report))
  }

  produce(value: string, partition?: number): boolean {
    const onDelivery = (error: KafkaError | null, record: { offset: number } | null): void => {
      this.told.push([value.slice(0, 5), error?.message ?? record?.offset])
    }
    return this.given.producer.produce(
      { topic: 'orders', value, ...(partition !== undefined && { partition }) },
      onDelivery,
    )
  }

  learn(): void {
    this.given.errors.delete('orders')
    this.given.pass(100)
  }
}

test('records for a topic that is not known yet are taken, and written before those that come later', () => {
  const unknown = new GivenUnknownTopic()
  expect([unknown.produce('first', 0), unknown.produce('then', 0)]).toEqual([true, true])
  unknown.given.settle()
  expect(unknown.told).toEqual([])
  unknown.learn()
  unknown.produce('last', 0)
  unknown.given.report(0)
  expect(unknown.told).toEqual([
    ['first', 0],
    ['then', 1],
    ['last', 2],
  ])
})

test('the bytes of a record that is kept may be used again when produce has returned', () => {
  const given = new GivenProducer()
  const [key, value, header] = ['a', 'b', 'c'].map((text) => Buffer.from(text))
  const seen: string[] = []
  given.producer.produce({
    topic: 'orders',
    key: key!,
    value: value!,
    headers: [{ key: 'h', value: header! }],
    partition: 1,
  })
  for (const bytes of [key!, value!, header!]) bytes.fill('x')
  given.settle()
  const { shared, pool } = given.given
  const slot = shared.announcedSlot(0)
  seen.push(pool.bytes.toString('latin1', shared.position(slot), shared.position(slot) + shared.bytes(slot, 1)))
  expect(seen[0]).toMatch(/a.*b.*h.*c/s)
  expect(seen[0]).not.toContain('x')
})

test('kept records count in buffer.memory, and one that finds no room is thrown for and not taken', () => {
  const unknown = new GivenUnknownTopic({}, { bufferBytes: 4096 })
  const answers: unknown[] = []
  for (let record = 0; record < 6; record++) {
    try {
      answers.push(unknown.produce(`${record}`.repeat(500)))
    } catch (error) {
      answers.push((error as KafkaError).code)
    }
  }
  expect(answers).toEqual([true, true, true, false, 'BUFFER_EXHAUSTED', 'BUFFER_EXHAUSTED'])
  expect(unknown.given.producer.metrics()['buffer-available-bytes']).toBeLessThan(1024)
})

test('a buffer full of kept records finds its way into batches, in order', () => {
  const unknown = new GivenUnknownTopic({}, { bufferBytes: 4096 })
  for (let record = 0; record < 4; record++) unknown.produce(`${record}`.repeat(600), 0)
  unknown.learn()
  for (let batch = 0; batch < 4; batch++) unknown.given.report(batch)
  expect(unknown.told.map(([value]) => value)).toEqual(['00000', '11111', '22222', '33333'])
  expect(unknown.given.producer.metrics()['buffer-available-bytes']).toBe(4096)
})

test('drained waits until kept records have left room', async () => {
  const unknown = new GivenUnknownTopic({}, { bufferBytes: 1024 })
  expect(unknown.produce('x'.repeat(300))).toBe(false)
  let isDrained = false
  void unknown.given.producer.drained().then(() => (isDrained = true))
  unknown.given.settle()
  await null
  expect(isDrained).toBe(false)
  unknown.learn()
  unknown.given.report(0)
  await null
  expect(isDrained).toBe(true)
})

test('a kept record fails when max.block.ms have passed since its own produce, and is told as undelivered', () => {
  const unknown = new GivenUnknownTopic({ 'max.block.ms': 1000 })
  unknown.produce('first', 1)
  unknown.given.pass(600)
  unknown.produce('then')
  unknown.given.pass(400)
  const late = expect.stringContaining("No metadata of the topic 'orders' arrived within max.block.ms (1000 ms)")
  expect(unknown.told).toEqual([['first', late]])
  unknown.given.pass(600)
  expect(unknown.told).toEqual([
    ['first', late],
    ['then', late],
  ])
  const report = { topic: 'orders', error: 'REQUEST_TIMED_OUT', recordCount: 1, attempts: 0 }
  expect(unknown.undelivered).toMatchObject([
    { ...report, partition: 1 },
    { ...report, partition: -1 },
  ])
})

test('delivery.timeout.ms counts from produce, also where it is shorter than max.block.ms', () => {
  const timeouts = { 'request.timeout.ms': 100, 'delivery.timeout.ms': 500 }
  const unknown = new GivenUnknownTopic(timeouts)
  unknown.produce('v')
  unknown.given.pass(500)
  expect(unknown.told).toEqual([
    ['v', expect.stringContaining('delivery.timeout.ms (500 ms) has passed since produce')],
  ])
})

test('a kept record that finds no batch in time has expired, whatever max.block.ms says', () => {
  const timeouts = { 'max.block.ms': 1000, 'request.timeout.ms': 1000, 'delivery.timeout.ms': 30_000 }
  const unknown = new GivenUnknownTopic(timeouts, { bufferBytes: 1024 + 600 })
  void unknown.given.producer.send({ topic: 'users', messages: [{ value: 'v' }] })
  unknown.given.settle()
  unknown.produce('v')
  unknown.learn()
  unknown.given.pass(29_899)
  expect(unknown.told).toEqual([])
  unknown.given.pass(1)
  expect(unknown.told).toEqual([
    ['v', expect.stringContaining('delivery.timeout.ms (30000 ms) has passed since produce')],
  ])
})

test('a call that waits for memory is not held up by what was kept behind it', () => {
  const unknown = new GivenUnknownTopic({}, { bufferBytes: 1024 })
  void unknown.given.producer.send({ topic: 'orders', messages: [{ value: 'x'.repeat(900), partition: 0 }] })
  unknown.produce('y'.repeat(300), 0)
  unknown.learn()
  unknown.given.report(0)
  unknown.given.report(1)
  expect(unknown.told).toEqual([['yyyyy', 0]])
})

test('a batch is as old as the first kept record in it', () => {
  const unknown = new GivenUnknownTopic()
  const { clock, given } = unknown.given
  const producedAt = clock.time
  unknown.produce('v')
  unknown.given.pass(300)
  unknown.learn()
  const { shared } = given
  expect(shared.createdAt(shared.announcedSlot(0))).toBe(producedAt)
  expect(shared.baseTimestamp(shared.announcedSlot(0))).toBe(producedAt)
})

test('the partitioner is asked once for a kept record, when it is known how many partitions there are', () => {
  const asked: number[] = []
  const partitioner: Partitioner = ({ partitionCount }) => asked.push(partitionCount) % 2
  const unknown = new GivenUnknownTopic({}, { bufferBytes: 2048 }, {}, partitioner)
  unknown.produce('a'.repeat(600))
  unknown.produce('b'.repeat(600))
  expect(asked).toEqual([])
  unknown.learn()
  for (let turn = 0; turn < 3; turn++) unknown.given.settle()
  unknown.given.report(0)
  unknown.given.report(1)
  expect(asked).toEqual([2, 2])
  expect(unknown.told.map(([value]) => value)).toEqual(['aaaaa', 'bbbbb'])
})

test('a kept record whose partition is not there holds up none behind it, and its callback tells of it', () => {
  const unknown = new GivenUnknownTopic()
  unknown.produce('wrong', 7)
  unknown.produce('right', 1)
  unknown.learn()
  unknown.given.report(0)
  unknown.given.pass(1_000)
  expect(unknown.told).toEqual([
    ['right', 0],
    ['wrong', "The topic 'orders' has partitions 0 to 1, not 7"],
  ])
})

test('kept records for a topic that nobody knows are told its error', () => {
  const unknown = new GivenUnknownTopic()
  unknown.given.errors.set('orders', 'UNKNOWN_TOPIC_OR_PARTITION')
  unknown.produce('a')
  unknown.produce('b')
  unknown.given.settle()
  const refused = "Records for the topic 'orders' cannot be sent: UNKNOWN_TOPIC_OR_PARTITION"
  expect(unknown.told).toEqual([
    ['a', refused],
    ['b', refused],
  ])
})

test('a flush waits for records that are kept', async () => {
  const unknown = new GivenUnknownTopic()
  unknown.produce('v')
  let isFlushed = false
  void unknown.given.producer.flush().then(() => (isFlushed = true))
  unknown.given.pass(1000)
  await null
  expect([isFlushed, unknown.told]).toEqual([false, []])
  unknown.learn()
  unknown.given.report(0)
  await new Promise((resolve) => setImmediate(resolve))
  expect([isFlushed, unknown.told]).toEqual([true, [['v', 0]]])
})

test('a record that produce is given while sends wait for memory goes behind them', () => {
  const given = new GivenProducer({}, { bufferBytes: 2048 + 600 })
  given.front.topic('orders')
  given.settle()
  const messages = [{ value: 'x'.repeat(900), partition: 0 }]
  for (let sends = 0; sends < 3; sends++) void given.producer.send({ topic: 'orders', messages })
  const offsets: unknown[] = []
  const tell = (_: unknown, record: { offset: number } | null): void => void offsets.push(record?.offset)
  expect(given.producer.produce({ topic: 'orders', value: 'last', partition: 0 }, tell)).toBe(false)
  for (let batch = 0; batch < 3; batch++) given.report(batch)
  // In one batch with the third of them.
  expect(offsets).toEqual([1])
})
