import { expect, test } from 'vitest'
import { errorName } from '../../../../src/base/error-code.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'

const SLOTS = 3
const BATCH = {
  topicId: 7,
  partition: 2,
  memoryId: 5,
  position: 4096,
  baseTimestamp: 1e12 + 0.5,
  createdAt: 1e12 + 1.5,
}

/** The two ends, each with its own view of the same memory. */
function givenShared(): { application: AccumulatorMemory; sender: AccumulatorMemory } {
  const application = AccumulatorMemory.allocate(SLOTS)
  return { application, sender: new AccumulatorMemory(application.memory.shared, SLOTS) }
}

test('the sender sees what a batch was opened with', () => {
  const { application, sender } = givenShared()
  application.open(1, BATCH)
  const { topicId, partition, memoryId, position, baseTimestamp, createdAt } = BATCH
  expect([sender.topicId(1), sender.partition(1), sender.memoryId(1), sender.position(1)]).toEqual([
    topicId,
    partition,
    memoryId,
    position,
  ])
  expect([sender.baseTimestamp(1), sender.createdAt(1)]).toEqual([baseTimestamp, createdAt])
})

test('a close tells how many records there are, with their bytes and their latest time', () => {
  const { application, sender } = givenShared()
  application.open(0, BATCH)
  for (const [count, bytes, maxTimestamp] of [
    [1, 70, 10],
    [2, 80, 12.5],
    [3, 95, 12.5],
  ] as const) {
    application.stage(0, count, bytes, maxTimestamp)
    expect(application.commit(0, count)).toBe(true)
  }
  const count = sender.close(0)
  expect([count, sender.bytes(0, count), sender.maxTimestamp(0, count)]).toEqual([3, 95, 12.5])
})

test('a record that comes after the close is not part of the batch', () => {
  const { application, sender } = givenShared()
  application.open(0, BATCH)
  application.stage(0, 1, 70, 10)
  application.commit(0, 1)
  application.stage(0, 2, 80, 20)
  const count = sender.close(0)
  expect(application.commit(0, 2)).toBe(false)
  expect([count, sender.bytes(0, count), sender.maxTimestamp(0, count)]).toEqual([1, 70, 10])
})

test('closing again changes nothing, whoever does it', () => {
  const { application, sender } = givenShared()
  application.open(0, BATCH)
  application.stage(0, 1, 70, 10)
  application.commit(0, 1)
  expect(sender.isClosed(0)).toBe(false)
  expect([application.close(0), sender.close(0), sender.isClosed(0)]).toEqual([1, 1, true])
})

test('a slot that is opened again begins empty', () => {
  const { application, sender } = givenShared()
  application.open(0, BATCH)
  application.stage(0, 1, 70, 10)
  application.commit(0, 1)
  sender.close(0)
  application.open(0, BATCH)
  expect([sender.isClosed(0), sender.close(0)]).toEqual([false, 0])
})

test('slots do not touch one another', () => {
  const { application, sender } = givenShared()
  for (let slot = 0; slot < SLOTS; slot++) {
    application.open(slot, { ...BATCH, position: slot * 100 })
    application.stage(slot, 1, slot + 70, slot)
    application.commit(slot, 1)
  }
  sender.close(1)
  expect([0, 1, 2].map((slot) => sender.isClosed(slot))).toEqual([false, true, false])
  expect([0, 1, 2].map((slot) => [sender.position(slot), sender.bytes(slot, 1)])).toEqual([
    [0, 70],
    [100, 71],
    [200, 72],
  ])
})

test('announced slots are taken in the order of their announcement, however often the queue wraps', () => {
  const { application, sender } = givenShared()
  for (let number = 0; number < 1000; number++) {
    application.announce(number % SLOTS)
    expect(sender.opened).toBe(number + 1)
    expect(sender.announcedSlot(number)).toBe(number % SLOTS)
  }
})

test('reports are read in the order of their writing, however often the queue wraps', () => {
  const { application, sender } = givenShared()
  for (let number = 0; number < 1000; number++) {
    const report = {
      slot: number % SLOTS,
      error: errorName(number % 100),
      baseOffset: 2 ** 40 + number,
      logAppendTimeMs: 1e12 + number + 0.5,
      sends: number % 7,
      bytes: 61 + number,
      parts: number % 3,
    }
    sender.reports.write(report)
    expect(application.reports.written).toBe(number + 1)
    expect(application.reports.read(number)).toEqual(report)
  }
})

test('as many slots as there are can be announced and reported at once', () => {
  const slots = 100
  const shared = AccumulatorMemory.allocate(slots)
  const all = Array.from({ length: slots }, (_, slot) => slot)
  for (const slot of all) shared.announce(slot)
  for (const slot of all) shared.reports.write({ slot, error: 'NONE' })
  expect(all.map((number) => shared.announcedSlot(number))).toEqual(all)
  expect(all.map((number) => shared.reports.read(number).slot)).toEqual(all)
})

test('waiting for memory and flushing are told apart', () => {
  const { application, sender } = givenShared()
  application.isWaiting = true
  expect([sender.isWaiting, sender.isFlushing]).toEqual([true, false])
  application.isFlushing = true
  application.isWaiting = false
  expect([sender.isWaiting, sender.isFlushing]).toEqual([false, true])
})
