import { expect, test } from 'vitest'
import {
  baseTimestamp,
  batchBytes,
  isCrcValid,
  maxTimestamp,
  recordCount,
} from '../../../../src/record/record-batch.js'
import { GivenSender } from './given-sender.js'

const LARGE = 'x'.repeat(900)

test('with linger.ms 0 a batch leaves at once, with what has come until then', () => {
  const sender = new GivenSender({ 'linger.ms': 0 }).connect()
  sender.append(0, 'a')
  sender.append(0, 'b')
  sender.settle()
  expect(sender.valuesAt()).toEqual([['a', 'b']])
  expect(sender.counters.totals().batchesByReason.linger).toBe(1)
})

test('a batch leaves when linger.ms has passed, and not before', () => {
  const sender = new GivenSender({ 'linger.ms': 20 }).connect()
  sender.append(0, 'a')
  sender.settle()
  expect(sender.stage.sleepMs('sender-0')).toBe(20)
  sender.pass(19)
  sender.append(0, 'b')
  expect(sender.valuesAt()).toEqual([])
  sender.pass(1)
  expect(sender.valuesAt()).toEqual([['a', 'b']])
  expect(sender.counters.totals()).toMatchObject({ batches: 1, records: 2, queuedMs: 20 })
})

test('a full batch does not linger, and the one after it does', () => {
  const sender = new GivenSender({ 'linger.ms': 1000 }).connect()
  sender.append(0, LARGE)
  sender.append(0, 'a'.repeat(100))
  sender.settle()
  expect(sender.valuesAt()).toEqual([[LARGE]])
  expect(sender.counters.totals().batchesByReason.full).toBe(1)
})

test.each([
  ['a flush', 'flush', (sender: GivenSender) => sender.given.accumulator.setFlushing(true)],
  ['somebody who waits for memory', 'memory', (sender: GivenSender) => sender.given.accumulator.setWaiting(true)],
] as const)('%s ends every linger', (_what, reason, end) => {
  const sender = new GivenSender({ 'linger.ms': 1000 }).connect()
  sender.append(0, 'a')
  sender.append(1, 'b')
  sender.settle()
  end(sender)
  sender.settle()
  expect(sender.valuesAt().flat().sort()).toEqual(['a', 'b'])
  expect(sender.counters.totals().batchesByReason[reason]).toBe(2)
})

test('a request takes at most one batch of each partition', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 5 }).connect()
  for (const partition of [0, 0, 1, 1]) sender.append(partition, LARGE)
  sender.settle()
  const partitionsOf = (): number[] =>
    sender
      .produces()[0]!
      .body.batches.map(({ partition }) => partition)
      .sort()
  expect(partitionsOf()).toEqual([0, 1])
  sender.answer()
  expect(partitionsOf()).toEqual([0, 1])
})

test('batches of one partition are sent in the order in which they were opened', () => {
  const sender = new GivenSender().connect()
  const values = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(900))
  for (const value of values) sender.append(0, value)
  sender.settle()
  const seen: string[][] = []
  while (sender.produces().length > 0) {
    seen.push(...sender.valuesAt())
    sender.answer()
  }
  expect(seen.flat()).toEqual(values)
})

test('each broker gets the batches of partitions that it leads', () => {
  const sender = new GivenSender({}, { leaders: [1, 2, 1] }).connect()
  for (const partition of [0, 1, 2]) sender.append(partition, `${partition}`)
  sender.settle()
  expect(sender.valuesAt(1).flat().sort()).toEqual(['0', '2'])
  expect(sender.valuesAt(2)).toEqual([['1']])
})

test('no more requests are in flight to a broker than max.in.flight.requests.per.connection', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 2 }).connect()
  for (let record = 0; record < 5; record++) sender.append(0, LARGE)
  sender.settle()
  expect(sender.counters.totals()).toMatchObject({ requests: 2, inFlightSum: 3 })
  sender.answer()
  expect(sender.counters.totals()).toMatchObject({ requests: 3, answered: 1 })
  while (sender.produces().length > 0) sender.answer()
  expect(sender.counters.totals()).toMatchObject({ requests: 5, answered: 5, inFlightSum: 9 })
})

test('a request is no larger than max.request.size, unless a single batch is', () => {
  const sender = new GivenSender({ 'max.request.size': 1500 }, { bufferBytes: 1 << 20 }).connect()
  for (const partition of [0, 1, 2]) sender.append(partition, LARGE)
  sender.append(3, 'x'.repeat(5000))
  sender.settle()
  const sizes: number[][] = []
  while (sender.produces().length > 0) {
    sizes.push(sender.produces()[0]!.body.batches.map(({ bytes }) => bytes))
    sender.answer()
  }
  expect(sizes.map((batches) => batches.length)).toEqual([1, 1, 1, 1])
})

test('with room for some of the partitions, all of them get their turn', () => {
  const sender = new GivenSender({ 'max.request.size': 1500, 'max.in.flight.requests.per.connection': 1 }).connect()
  for (let round = 0; round < 4; round++) for (const partition of [0, 1, 2]) sender.append(partition, LARGE)
  sender.settle()
  const turns: number[] = []
  while (sender.produces().length > 0) {
    turns.push(sender.produces()[0]!.body.batches[0]!.partition)
    sender.answer()
  }
  expect([...new Set(turns.slice(0, 4))].sort()).toEqual([0, 1, 2])
  expect(turns).toHaveLength(12)
})

test('a batch that leaves is sealed: its header says what it holds, and its CRC is right', () => {
  const sender = new GivenSender({ 'linger.ms': 5 }).connect()
  const began = sender.clock.time
  sender.append(0, 'a')
  sender.clock.time += 3
  sender.append(0, 'b')
  sender.pass(5)
  const { connection, body } = sender.produces()[0]!
  const { memoryId, position, bytes } = body.batches[0]!
  const memory = connection.memory(memoryId)
  expect([recordCount(memory, position), batchBytes(memory, position)]).toEqual([2, bytes])
  expect([baseTimestamp(memory, position), maxTimestamp(memory, position)]).toEqual([began, began + 3])
  expect([isCrcValid(memory, position), position % 8]).toEqual([true, 0])
})

test("the broker's word is reported for each batch", () => {
  const sender = new GivenSender().connect()
  sender.append(0, 'a')
  sender.settle()
  sender.answer(1, { baseOffset: 42 })
  sender.append(1, 'b')
  sender.settle()
  sender.answer(1, { error: 'MESSAGE_TOO_LARGE' })
  expect(sender.reports()).toEqual([
    { partition: 0, error: 'NONE', baseOffset: 42 },
    { partition: 1, error: 'MESSAGE_TOO_LARGE', baseOffset: -1 },
  ])
})

test('a lent batch is not reported before its answer, so nobody writes over it', () => {
  const sender = new GivenSender({}, { bufferBytes: 2048 }).connect()
  sender.append(0, 'a')
  sender.append(1, 'b')
  sender.settle()
  expect([sender.reports(), sender.given.accumulator.outstanding]).toEqual([[], 2])
  sender.answer()
  expect([sender.reports().length, sender.given.accumulator.outstanding]).toEqual([2, 0])
})

test('with acks=0 a batch is reported once the broker has finished with it', () => {
  const sender = new GivenSender({ acks: 0 }).connect()
  sender.append(0, 'a')
  sender.settle()
  expect([sender.reports(), sender.produces()[0]!.body.acks]).toEqual([[], 0])
  sender.brokers.get(1)!.finish()
  sender.settle()
  expect(sender.reports()).toEqual([{ partition: 0, error: 'NONE', baseOffset: -1 }])
})

// With acks=0 there is no answer that could unmute a partition.
test('with acks=0 and one request in flight the next batch of a partition does not wait', () => {
  const sender = new GivenSender({ acks: 0, 'max.in.flight.requests.per.connection': 1 }).connect()
  for (const value of [LARGE, LARGE, LARGE]) sender.append(0, value)
  sender.settle()
  for (let request = 0; request < 3; request++) {
    sender.brokers.get(1)!.finish()
    sender.settle()
  }
  expect(sender.reports().map(({ error }) => error)).toEqual(['NONE', 'NONE', 'NONE'])
})

test('with acks=0 a connection that is not read within request.timeout.ms is given up', () => {
  const sender = new GivenSender({ acks: 0, 'request.timeout.ms': 1000 }).connect()
  sender.append(0, 'a')
  sender.settle()
  const [stuck] = sender.produces()
  sender.pass(999)
  expect([stuck!.connection.isClosed, sender.reports()]).toEqual([false, []])
  sender.pass(1)
  expect([stuck!.connection.isClosed, sender.reports()]).toEqual([
    true,
    [{ partition: 0, error: 'NETWORK_EXCEPTION', baseOffset: -1 }],
  ])
})

test('a batch that nobody takes fails after delivery.timeout.ms, counted from its first record', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 1, 'delivery.timeout.ms': 500 }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.append(1, 'b')
  sender.pass(499)
  expect(sender.reports()).toEqual([])
  sender.pass(1)
  expect(sender.reports()).toEqual([{ partition: 1, error: 'REQUEST_TIMED_OUT', baseOffset: -1 }])
})

test('a record larger than batch.size travels in memory of its own, lent once', () => {
  const sender = new GivenSender({}, { bufferBytes: 1 << 20 }).connect()
  const values = ['x'.repeat(5000), 'y'.repeat(5000)]
  sender.append(0, values[0]!)
  sender.settle()
  expect(sender.valuesAt()).toEqual([[values[0]]])
  sender.answer()
  expect(sender.reports()).toHaveLength(1)
  sender.append(0, values[1]!)
  sender.settle()
  expect(sender.valuesAt()).toEqual([[values[1]]])
  const { connection, body } = sender.produces()[0]!
  expect(() => connection.attachment(body.batches[0]!.memoryId)).toThrow('A handle is posted before')
})

test('metadata is asked of another broker when the first is gone', () => {
  const sender = new GivenSender({}, { leaders: [2] })
  sender.stage.settle()
  sender.stage.kill('broker-1')
  sender.connect()
  sender.append(0, 'a')
  sender.settle()
  expect(sender.valuesAt(2)).toEqual([['a']])
})

test('with acks=0 a batch that the broker took with it is reported, and nobody waits for ever', () => {
  const sender = new GivenSender({ acks: 0 }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.stage.kill('broker-1')
  expect(sender.reports()).toEqual([{ partition: 0, error: 'NETWORK_EXCEPTION', baseOffset: -1 }])
})

test('the sender wakes by itself when the time of a batch that is held back is over', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 1, 'delivery.timeout.ms': 500 }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.append(1, 'b')
  sender.settle()
  expect(sender.stage.sleepMs('sender-0')).toBe(500)
})

test('a batch that leaves because of the close is counted as such', () => {
  const sender = new GivenSender({ 'linger.ms': 1000 }).connect()
  sender.append(0, 'a')
  sender.given.accumulator.setClosing()
  sender.given.accumulator.setFlushing(true)
  sender.settle()
  expect(sender.counters.totals().batchesByReason).toMatchObject({ close: 1, flush: 0 })
})
