import { expect, test } from 'vitest'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { slotsOf } from '../../../../src/client/batches/buffer-memory.js'
import type { Delivery } from '../../../../src/client/batches/delivery.js'
import { PartitionAccumulator } from '../../../../src/client/batches/partition-accumulator.js'
import { type GivenAccumulator, givenAccumulator, NotingDelivery, sendBatch } from './given-accumulator.js'

const partition = (number = 0): PartitionAccumulator => new PartitionAccumulator('orders', 1, number)

function append(
  { accumulator, clock }: GivenAccumulator,
  to: PartitionAccumulator,
  value: string,
  delivery: Delivery | null = null,
): string {
  return accumulator.append(to, null, value, null, clock.time, delivery)
}

function reports({ accumulator }: GivenAccumulator): BatchReport[] {
  const taken: BatchReport[] = []
  accumulator.takeReports((report) => taken.push(report))
  return taken
}

test('records of one partition share a batch until it is full', () => {
  const given = givenAccumulator({ batchBytes: 1024 })
  const to = partition()
  for (let record = 0; record < 12; record++) expect(append(given, to, `${record}`.padEnd(100, '.'))).toBe('appended')
  expect(given.shared.opened).toBe(2)
  const first = sendBatch(given, 0)
  const second = sendBatch(given, 1)
  expect([...first, ...second].map((value) => Number.parseInt(value, 10))).toEqual(
    Array.from({ length: 12 }, (_, index) => index),
  )
  expect(first.length).toBe(8)
})

test('a batch never grows beyond batch.size', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 1 << 20 })
  const to = partition()
  for (let record = 0; record < 300; record++) append(given, to, 'x'.repeat(record))
  for (let number = 0; number < given.shared.opened; number++) {
    const slot = given.shared.announcedSlot(number)
    expect(given.shared.bytes(slot, given.shared.close(slot))).toBeLessThanOrEqual(1024)
  }
})

test('each partition has a batch of its own', () => {
  const given = givenAccumulator()
  append(given, partition(0), 'a')
  append(given, partition(1), 'b')
  expect([sendBatch(given, 0), sendBatch(given, 1)]).toEqual([['a'], ['b']])
})

test('the sender is told of a batch when it holds its first record, and woken', () => {
  const given = givenAccumulator()
  const to = partition()
  expect(given.shared.opened).toBe(0)
  append(given, to, 'a')
  expect([given.shared.opened, given.rings()]).toEqual([1, 1])
  append(given, to, 'b')
  expect([given.shared.opened, given.rings()]).toEqual([1, 1])
})

test('a full batch is closed, and wakes the sender with the one that follows it', () => {
  const given = givenAccumulator({ batchBytes: 1024 })
  const to = partition()
  append(given, to, 'x'.repeat(600))
  const before = given.rings()
  append(given, to, 'x'.repeat(600))
  expect(given.shared.isClosed(given.shared.announcedSlot(0))).toBe(true)
  expect(given.rings()).toBeGreaterThan(before)
})

test('a record that finds its batch closed by the sender goes into the next one', () => {
  const given = givenAccumulator()
  const to = partition()
  append(given, to, 'a')
  const first = sendBatch(given, 0)
  expect(append(given, to, 'b')).toBe('appended')
  expect([first, sendBatch(given, 1)]).toEqual([['a'], ['b']])
})

test('a slot that is used again belongs to its new partition alone', () => {
  const given = givenAccumulator()
  const [before, after] = [partition(0), partition(1)]
  append(given, before, 'a')
  sendBatch(given, 0)
  reports(given)
  append(given, after, 'b')
  expect(given.shared.announcedSlot(1)).toBe(given.shared.announcedSlot(0))
  expect(append(given, before, 'c')).toBe('appended')
  expect([sendBatch(given, 1), sendBatch(given, 2)]).toEqual([['b'], ['c']])
})

test.each([1, 2, 3, 4, 5])('a row of %i values lies in the open batch as if they had come one by one', (count) => {
  const values = Array.from({ length: count }, (_, index) => (index === 1 ? null : `value ${'.'.repeat(index)}`))
  const [rows, singles] = [givenAccumulator(), givenAccumulator()]
  const [to, other] = [partition(), partition()]
  for (const [given, target] of [
    [rows, to],
    [singles, other],
  ] as const)
    append(given, target, 'first')
  expect(rows.accumulator.appendValuesToOpen(to, ['passed over', ...values], 1, rows.clock.time + 5, null)).toBe(count)
  for (const value of values) singles.accumulator.append(other, null, value, null, singles.clock.time + 5, null)
  expect(rows.pool.bytes.equals(singles.pool.bytes)).toBe(true)
  const known = ({ shared }: GivenAccumulator, { open, bytesEver }: PartitionAccumulator): unknown => {
    const closed = shared.close(0)
    const { bytes, count: records, maxTimestamp } = open as NonNullable<typeof open>
    return [
      closed,
      shared.bytes(0, closed),
      shared.maxTimestamp(0, closed),
      { bytes, records, maxTimestamp, bytesEver },
    ]
  }
  expect(known(rows, to)).toEqual(known(singles, other))
})

test('a row ends before what has no room, is no data or is too large', () => {
  const given = givenAccumulator({ batchBytes: 1024, recordBytesMax: 500 })
  const to = partition()
  const row = (...values: unknown[]): number =>
    given.accumulator.appendValuesToOpen(to, values, 0, given.clock.time, null)
  expect(row('a')).toBe(0)
  append(given, to, 'a')
  expect([row('b', 'c', 7, 'd'), row('e', undefined), row('f', 'x'.repeat(450), 'g'), row(8)]).toEqual([2, 1, 1, 0])
  expect(row(...Array.from({ length: 9 }, () => 'x'.repeat(200)))).toBe(4)
  expect(given.shared.opened).toBe(1)
  expect(sendBatch(given, 0).slice(0, 5)).toEqual(['a', 'b', 'c', 'e', 'f'])
})

test('a row that finds its batch closed by the sender is not in it', () => {
  const given = givenAccumulator()
  const to = partition()
  append(given, to, 'a')
  expect(sendBatch(given, 0)).toEqual(['a'])
  expect([given.accumulator.appendValuesToOpen(to, ['b', 'c'], 0, given.clock.time, null), to.open]).toEqual([0, null])
})

test('the delivery of a row is told of it once, and of the record before it if that is its own', () => {
  const given = givenAccumulator()
  const to = partition()
  const [first, second] = [new NotingDelivery(), new NotingDelivery()]
  const row = (delivery: Delivery, ...values: string[]): number =>
    given.accumulator.appendValuesToOpen(to, values, 0, given.clock.time, delivery)
  append(given, to, 'a', first)
  row(first, 'b', 'c')
  row(second, 'd', 'e', 'f')
  sendBatch(given, 0, 10)
  expect(row(second, 'g')).toBe(0)
  reports(given)
  const told = ({ settlements }: NotingDelivery): unknown =>
    settlements.map(({ index, recordCount }) => [index, recordCount])
  expect([told(first), told(second), second.batches]).toEqual([[[0, 3]], [[3, 3]], 1])
})

test('batch.size 0 is one record a batch', () => {
  const given = givenAccumulator({ batchBytes: 0 })
  const to = partition()
  for (const value of ['a', 'b', 'c']) append(given, to, value)
  expect([0, 1, 2].map((number) => sendBatch(given, number))).toEqual([['a'], ['b'], ['c']])
})

test('the accumulator answers that there is no memory, until a batch was reported', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 2048 })
  const targets = [0, 1, 2].map(partition)
  const outcomes = targets.map((to) => append(given, to, 'a'))
  expect([outcomes, given.accumulator.buffer.hasRoomToGoOn]).toEqual([['appended', 'appended', 'full'], false])
  sendBatch(given, 0)
  expect(append(given, targets[2]!, 'a')).toBe('full')
  expect(reports(given)).toHaveLength(1)
  expect([given.accumulator.buffer.hasRoomToGoOn, append(given, targets[2]!, 'a')]).toEqual([true, 'appended'])
})

test('a caller that was refused goes on when a part of the memory is free, not with the first slot', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 32 * 1024 })
  for (let number = 0; number < 32; number++) append(given, partition(number), 'a')
  const roomAfter = Array.from({ length: 8 }, (_, number) => {
    sendBatch(given, number)
    reports(given)
    return given.accumulator.buffer.hasRoomToGoOn
  })
  expect([roomAfter[0], roomAfter.at(-1)]).toEqual([false, true])
})

test('a record that was refused leaves no trace', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 1024 })
  const to = partition()
  const refused = new NotingDelivery()
  append(given, to, 'x'.repeat(800))
  expect(append(given, to, 'y'.repeat(800), refused)).toBe('full')
  expect(sendBatch(given, 0)).toEqual(['x'.repeat(800)])
  reports(given)
  expect([refused.batches, refused.settlements]).toEqual([0, []])
  expect(append(given, to, 'y'.repeat(800), refused)).toBe('appended')
  expect(sendBatch(given, 1)).toEqual(['y'.repeat(800)])
})

test('a record larger than a slot gets a block of another memory, which the sender has before the batch', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 1 << 20 })
  append(given, partition(), 'x'.repeat(5000))
  expect([...given.lent.keys()]).toEqual([1])
  expect(sendBatch(given, 0)).toEqual(['x'.repeat(5000)])
})

test('a block for a large record counts in buffer.memory, and is used again', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 20_000 })
  const outcomes = [0, 1, 2].map((number) => append(given, partition(number), 'x'.repeat(7000)))
  expect(outcomes).toEqual(['appended', 'appended', 'full'])
  sendBatch(given, 0)
  reports(given)
  expect(append(given, partition(3), 'x'.repeat(7000))).toBe('appended')
  expect(given.lent.size).toBe(1)
})

test('the memory that is lent for large records stays the same, however many are sent', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 1 << 20, recordBytesMax: 1 << 20 })
  let sent = 0
  for (const bytes of [100_000, 3_000, 500_000]) {
    for (; append(given, partition(sent), 'x'.repeat(bytes)) === 'appended'; sent++);
    while (given.accumulator.outstanding > 0) {
      sendBatch(given, sent - given.accumulator.outstanding)
      reports(given)
    }
  }
  expect(sent).toBeGreaterThan(10)
  expect(given.lent.size).toBe(1)
})

test('a record above the limit is too large, whether a batch is open or not', () => {
  const given = givenAccumulator({ recordBytesMax: 300 })
  const to = partition()
  expect(append(given, to, 'x'.repeat(300))).toBe('too-large')
  append(given, to, 'a')
  expect(append(given, to, 'x'.repeat(300))).toBe('too-large')
  expect(append(given, to, 'b')).toBe('appended')
  expect(sendBatch(given, 0)).toEqual(['a', 'b'])
})

test('a report says whose batch it was and how many records it held', () => {
  const given = givenAccumulator()
  const to = partition(4)
  for (const value of ['a', 'b']) append(given, to, value)
  sendBatch(given, 0, 77)
  expect(reports(given)).toEqual([
    { topic: 'orders', partition: 4, error: 'NONE', baseOffset: 77, logAppendTimeMs: -1, recordCount: 2, attempts: 0 },
  ])
  expect([reports(given), given.accumulator.outstanding]).toEqual([[], 0])
})

test('each delivery is told once for each batch, with its own records', () => {
  const given = givenAccumulator()
  const to = partition()
  const [first, second] = [new NotingDelivery(), new NotingDelivery()]
  append(given, to, 'a', first)
  append(given, to, 'b', first)
  append(given, to, 'c', second)
  sendBatch(given, 0, 10)
  append(given, to, 'd', second)
  sendBatch(given, 1, 20)
  reports(given)
  expect(first.settlements).toEqual([{ baseOffset: 10, index: 0, recordCount: 2 }])
  expect(second.settlements).toEqual([
    { baseOffset: 10, index: 2, recordCount: 1 },
    { baseOffset: 20, index: 0, recordCount: 1 },
  ])
  expect([first.batches, second.batches]).toEqual([1, 2])
})

test('records that nobody waits for are not counted as those of the delivery before them', () => {
  const given = givenAccumulator()
  const to = partition()
  const delivery = new NotingDelivery()
  for (const whose of [delivery, delivery, null, delivery]) append(given, to, 'a', whose)
  sendBatch(given, 0, 10)
  reports(given)
  expect(delivery.settlements).toEqual([
    { baseOffset: 10, index: 0, recordCount: 2 },
    { baseOffset: 10, index: 3, recordCount: 1 },
  ])
  expect(delivery.batches).toBe(2)
})

test('a partition counts the bytes of all its batches, records that were refused left out', () => {
  const given = givenAccumulator({ batchBytes: 1024, bufferBytes: 1024, recordBytesMax: 900 })
  const to = partition()
  append(given, to, 'a')
  const bytes = to.bytesEver
  append(given, to, 'aaa')
  expect(to.bytesEver).toBe(61 + 2 * (bytes - 61) + 2)
  append(given, to, 'x'.repeat(900))
  sendBatch(given, 0)
  const before = to.bytesEver
  append(given, to, 'b')
  expect(to.bytesEver).toBe(before)
})

test('a partition counts its batches that were not reported yet, and notes that it was heard of', () => {
  const given = givenAccumulator({ batchBytes: 0 })
  const to = partition()
  const counts = ['a', 'b'].map((value) => {
    append(given, to, value)
    return to.batches
  })
  to.quietSince = 5
  sendBatch(given, 0)
  expect(to.quietSince).toBe(5)
  reports(given)
  expect([...counts, to.batches, to.quietSince]).toEqual([1, 2, 1, -1])
})

test('timestamps may go backwards: the latest one is kept', () => {
  const given = givenAccumulator()
  const to = partition()
  for (const timestamp of [500, 900, 100]) given.accumulator.append(to, null, 'a', null, timestamp, null)
  const slot = given.shared.announcedSlot(0)
  expect([given.shared.baseTimestamp(slot), given.shared.maxTimestamp(slot, given.shared.close(slot))]).toEqual([
    500, 900,
  ])
})

test('batches that the sender leaves behind are settled in the order in which they were opened', () => {
  const given = givenAccumulator()
  const deliveries = [0, 1, 2].map(() => new NotingDelivery())
  for (const [number, delivery] of deliveries.entries()) append(given, partition(number), 'a', delivery)
  sendBatch(given, 1)
  reports(given)
  const abandoned: number[] = []
  given.accumulator.abandon('NETWORK_EXCEPTION', (report) => abandoned.push(report.partition))
  expect([abandoned, given.accumulator.outstanding]).toEqual([[0, 2], 0])
  expect(deliveries.map(({ settlements }) => settlements.length)).toEqual([1, 1, 1])
})

test.each([
  [
    { 'batch.size': 16_384, 'buffer.memory': 33_554_432 },
    { slotBytes: 16_384, slots: 2048 },
  ],
  [
    { 'batch.size': 0, 'buffer.memory': 10_240 },
    { slotBytes: 1024, slots: 10 },
  ],
  [
    { 'batch.size': 10_001, 'buffer.memory': 5000 },
    { slotBytes: 10_008, slots: 1 },
  ],
])('slots are aligned and at least one: %j gives %j', (options, slots) => {
  expect(slotsOf(options)).toEqual(slots)
})

test('an accumulator that has let go of its memory touches it no more, whatever is called', () => {
  const given = givenAccumulator()
  const { accumulator, shared, pool } = given
  const target = partition()
  accumulator.append(target, null, Buffer.from('a'), null, 1, null)
  sendBatch(given, 0)
  accumulator.append(target, null, Buffer.from('b'), null, 1, null)
  accumulator.abandon('UNKNOWN_SERVER_ERROR', () => {})
  accumulator.letGo()
  const memories = [shared.memory.bytes, pool.bytes]
  // As another producer would have them.
  for (const bytes of memories) bytes.fill(0)

  accumulator.setWaiting(true)
  accumulator.setFlushing(true)
  accumulator.setClosing()
  const outcome = accumulator.append(target, null, Buffer.from('c'), null, 1, null)
  const reports = accumulator.takeReports(() => {})
  const { bytesAvailable, bytesTotal } = accumulator.buffer
  expect([outcome, reports, accumulator.takeTopicChange()]).toEqual(['full', 0, false])
  expect(bytesAvailable).toBe(bytesTotal)
  expect(memories.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true)
})
