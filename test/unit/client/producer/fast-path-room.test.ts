import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { PartitionAccumulator } from '../../../../src/client/batches/partition-accumulator.js'
import { FastPathRoom } from '../../../../src/client/producer/fast-path-room.js'
import { Flushes } from '../../../../src/client/producer/flushes.js'
import { ProducerCounters } from '../../../../src/client/producer/producer-counters.js'
import { ProducerEvents } from '../../../../src/client/producer/producer-events.js'
import { WaitingRoom } from '../../../../src/client/producer/waiting-room.js'
import { givenAccumulator, HandClock } from '../batches/given-accumulator.js'

const SLOTS = 16
/** As much as the fast path goes on for: an eighth of all slots. */
const ENOUGH = SLOTS / 8

/** A room of 16 batches, whose sender and whose other callers the test plays. */
class GivenRoom {
  readonly clock = new HandClock()
  readonly given = givenAccumulator({ batchBytes: 1024, bufferBytes: SLOTS * 1024 }, this.clock)
  readonly events = new ProducerEvents(() => {})
  readonly counters = new ProducerCounters(this.clock, parseProducerOptions({}))
  readonly waiting: WaitingRoom
  readonly room: FastPathRoom
  /** What a record that waits for memory finds. */
  outcome: 'full' | 'appended' = 'full'
  rings = 0
  drains = 0
  #reported = 0

  constructor() {
    const { accumulator } = this.given
    const flushes = new Flushes(accumulator)
    this.waiting = new WaitingRoom({ flushes, counters: this.counters, askForMemory: () => {} })
    this.room = new FastPathRoom({
      accumulator,
      waiting: this.waiting,
      counters: this.counters,
      events: this.events,
      ownBell: {
        ring: () => {
          this.rings += 1
        },
      },
    })
  }

  /** Opens so many batches: all that there are. */
  fill(batches = SLOTS): this {
    for (let partition = 0; partition < batches; partition++) {
      this.given.accumulator.append(new PartitionAccumulator('orders', 1, partition), null, 'v', null, 0, null)
    }
    return this
  }

  listen(): this {
    this.events.on('drain', () => {
      this.drains += 1
    })
    return this
  }

  /** The sender reports so many batches, and a turn is taken. */
  report(batches: number): void {
    const { shared, accumulator } = this.given
    for (let left = batches; left > 0; left--) {
      shared.reports.write({ slot: shared.announcedSlot(this.#reported++), error: 'NONE' })
    }
    accumulator.takeReports(() => this.room.cameBack())
    this.turn()
  }

  turn(): void {
    this.waiting.tick([], this.clock.now())
    this.room.tick()
  }

  /** Somebody else waits for memory, before whoever comes now. */
  otherWaits(): void {
    const topic = { waiting: { isEmpty: true }, partitions: [{}], error: 'NONE' }
    const deadline = Number.MAX_SAFE_INTEGER
    const records = { topic, recordsLeft: 1, isAwaited: true, metadataDeadline: deadline, memoryDeadline: deadline }
    const methods = { attempt: () => this.outcome, isRefused: () => false, fail: () => {}, lateError: () => null }
    this.waiting.enter({ ...records, ...methods } as never)
  }

  get isSenderAsked(): boolean {
    return this.given.shared.isWaiting
  }
}

test('there is room as long as one more batch has it, and nobody is asked for any', () => {
  const given = new GivenRoom().fill(SLOTS - 1)
  expect([given.room.isThere(), given.isSenderAsked, given.rings]).toEqual([true, false, 0])
  given.fill(1)
  expect([given.room.isThere(), given.isSenderAsked, given.rings]).toEqual([false, true, 1])
})

test('whoever was told that there is no room hears once that he may go on, when enough has come back', () => {
  const given = new GivenRoom().fill().listen()
  given.room.isThere()
  given.report(ENOUGH - 1)
  expect([given.drains, given.isSenderAsked]).toEqual([0, true])
  given.report(1)
  expect([given.drains, given.isSenderAsked]).toEqual([1, false])
  given.report(ENOUGH)
  expect(given.drains).toBe(1)
})

test('nobody is told to go on who was not told to wait', () => {
  const given = new GivenRoom().fill().listen()
  given.report(SLOTS)
  expect(given.drains).toBe(0)
})

test('all who ask for it in the meantime get the same promise, which is kept with the next drain', async () => {
  const given = new GivenRoom().fill()
  await given.room.drained()
  given.room.isThere()
  const [one, other] = [given.room.drained(), given.room.drained()]
  expect(one).toBe(other)
  given.report(ENOUGH)
  await one
  given.fill(ENOUGH).room.isThere()
  expect(given.room.drained()).not.toBe(one)
})

test('records that wait for memory go first, whatever is free', () => {
  const given = new GivenRoom().listen()
  given.otherWaits()
  expect([given.room.isThere(), given.isSenderAsked]).toEqual([false, true])
  given.turn()
  expect([given.drains, given.isSenderAsked]).toEqual([0, true])
  given.outcome = 'appended'
  given.turn()
  expect([given.drains, given.isSenderAsked]).toEqual([1, false])
})

test('a record that found no room is not called back before a batch has come back, though others have room', () => {
  const given = new GivenRoom().fill(1).listen()
  given.room.refused()
  given.turn()
  expect(given.drains).toBe(0)
  given.report(1)
  expect(given.drains).toBe(1)
})

test('a record that found no room is called back at once where nothing is on its way', () => {
  const given = new GivenRoom().listen()
  given.room.refused()
  given.turn()
  expect(given.drains).toBe(1)
})

test('a record whose turn it was not need not wait for a batch', () => {
  const given = new GivenRoom().fill(1).listen()
  given.otherWaits()
  given.room.refused()
  given.outcome = 'appended'
  given.turn()
  expect(given.drains).toBe(1)
})

test.each<[who: string, wait: (given: GivenRoom) => void, isCounted: boolean]>([
  ['somebody listens to drain', (given) => given.listen().room.isThere(), true],
  ['somebody asks for the promise', ({ room }) => void (room.isThere() || room.drained()), true],
  ['a record was refused', ({ room }) => room.refused(), true],
  ['nobody does anything about it', ({ room }) => void room.isThere(), false],
])('the wait for room counts from when it is known that %s', (_, wait, isCounted) => {
  const given = new GivenRoom().fill()
  wait(given)
  expect(given.room.isAwaited).toBe(isCounted)
  given.clock.time += 7
  given.report(ENOUGH)
  expect([given.room.isAwaited, given.counters.sums().waitedNs]).toEqual([false, isCounted ? 7e6 : 0])
})

test('the end of the producer ends the wait for room', async () => {
  const given = new GivenRoom().fill().listen()
  given.room.isThere()
  const drained = given.room.drained()
  given.room.end()
  await drained
  expect(given.drains).toBe(1)
})
