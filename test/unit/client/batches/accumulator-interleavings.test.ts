import { expect, test } from 'vitest'
import { Memory } from '../../../../src/base/memory.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'
import { Choices } from '../../../support/choices.js'

/**
 * The application appends and the sender closes, here as two parties that take turns on one thread, in every order that
 * there is. They use AccumulatorMemory as RecordAccumulator and Sender do. What a thread may lose between two accesses
 * of one call is tried as well: whenever one party is about to exchange or store a word, the other one may run first.
 */
const RECORDS = 6
const RECORDS_PER_BATCH_MAX = 4
/** The sender closes so many batches while the application is at work, and the others afterwards. */
const CLOSES_IN_BETWEEN = 2
const SLOTS = RECORDS
const SLOT_BYTES = 64
const CLOSED = 1 << 31

/** Neither grows with the record's number, so that the wrong length or time shows. */
const bytesOf = (record: number): number => 3 + ((record * 5) % 7)
const timestampOf = (record: number): number => 100 + ((record * 37) % 50)

interface Subject {
  readonly shared: AccumulatorMemory
  /** The order of `stage` and `commit` in the application. */
  readonly commitsFirst?: boolean
  /** How many records the application adds with one exchange, in turns. */
  readonly rows?: readonly number[]
}

interface ClosedBatch {
  readonly count: number
  readonly records: readonly number[]
  readonly maxTimestamp: number
}

class Exploration {
  readonly #choices: Choices
  readonly #subject: Subject
  readonly #shared: AccumulatorMemory
  readonly #pool = Memory.allocate(SLOTS * SLOT_BYTES)
  readonly #closed: ClosedBatch[] = []
  readonly #parties: readonly [Generator<void>, Generator<void>]
  /** The party that is at work. */
  #running: 0 | 1 | null = null
  #isNested = false
  /** The application has appended everything. */
  #isDone = false
  #slotsOpened = 0

  constructor(subject: Subject, choices: Choices) {
    this.#choices = choices
    this.#subject = subject
    this.#shared = subject.shared
    this.#parties = [this.#application(), this.#sender()]
  }

  /** What was wrong with this order, or null. */
  run(): string | null {
    while (!this.#isDone || this.#canClose) {
      if (this.#isDone) this.#step(1)
      else if (!this.#canClose) this.#step(0)
      else this.#step(this.#choices.choose(2) === 0 ? 0 : 1)
    }
    return this.#fault()
  }

  /** Called before a party changes a word. */
  interrupt(): void {
    const running = this.#running
    if (running === null || this.#isNested) return
    const other = running === 0 ? 1 : 0
    this.#isNested = true
    while ((other === 0 ? !this.#isDone : this.#canClose) && this.#choices.choose(2) === 1) this.#step(other)
    this.#isNested = false
    this.#running = running
  }

  #step(party: 0 | 1): void {
    this.#running = party
    if (this.#parties[party].next().done === true) this.#isDone = true
    this.#running = null
  }

  get #canClose(): boolean {
    return this.#shared.opened > this.#closed.length && (this.#isDone || this.#closed.length < CLOSES_IN_BETWEEN)
  }

  *#application(): Generator<void> {
    const { rows = [1], commitsFirst = false } = this.#subject
    let batch = { slot: -1, count: 0, bytes: 0, maxTimestamp: 0 }
    for (let record = 1, turn = 0; record <= RECORDS; ) {
      const wanted = rows[turn % rows.length] as number
      const row = record + wanted > RECORDS + 1 ? 1 : wanted
      const isFull = batch.count + row > RECORDS_PER_BATCH_MAX
      if (isFull) this.#shared.close(batch.slot)
      if (isFull || batch.slot < 0) batch = this.#open()
      let { bytes: end, maxTimestamp } = batch
      for (let one = record; one < record + row; one++) {
        const at = batch.slot * SLOT_BYTES + end
        this.#pool.bytes.fill(one, at, at + bytesOf(one))
        end += bytesOf(one)
        maxTimestamp = Math.max(maxTimestamp, timestampOf(one))
      }
      const count = batch.count + row
      const stage = (): void => this.#shared.stage(batch.slot, count, end, maxTimestamp)
      if (!commitsFirst) stage()
      yield
      const isIn = this.#shared.commit(batch.slot, count, batch.count)
      if (commitsFirst) {
        yield
        stage()
      }
      if (!isIn) {
        batch = { slot: -1, count: 0, bytes: 0, maxTimestamp: 0 }
        continue
      }
      if (batch.count === 0) this.#shared.announce(batch.slot)
      batch = { slot: batch.slot, count, bytes: end, maxTimestamp }
      record += row
      turn += 1
      yield
    }
  }

  #open(): { slot: number; count: number; bytes: number; maxTimestamp: number } {
    const slot = this.#slotsOpened++
    const where = { topicId: 1, partition: 0, memoryId: 0, position: slot * SLOT_BYTES }
    const running = this.#running
    // Nobody knows of the slot yet, so there is nothing to interrupt.
    this.#running = null
    this.#shared.open(slot, { ...where, baseTimestamp: 0, createdAt: 0 })
    this.#running = running
    return { slot, count: 0, bytes: 0, maxTimestamp: 0 }
  }

  *#sender(): Generator<void> {
    for (;;) {
      const slot = this.#shared.announcedSlot(this.#closed.length)
      const count = this.#shared.close(slot)
      yield
      const bytes = this.#shared.bytes(slot, count)
      const maxTimestamp = this.#shared.maxTimestamp(slot, count)
      this.#closed.push({ count, records: this.#parse(slot, bytes), maxTimestamp })
      yield
    }
  }

  /** Numbers of the whole records in the batch; -1 for anything else. */
  #parse(slot: number, bytes: number): number[] {
    const records: number[] = []
    const start = slot * SLOT_BYTES
    for (let at = start; at < start + bytes; at += bytesOf(records.at(-1) as number)) {
      const record = this.#pool.bytes[at] as number
      const end = at + bytesOf(record)
      if (record === 0 || end > start + bytes) return [...records, -1]
      records.push(this.#pool.bytes.subarray(at, end).every((byte) => byte === record) ? record : -1)
    }
    return records
  }

  #fault(): string | null {
    for (const { count, records, maxTimestamp } of this.#closed) {
      if (records.length !== count || records.includes(-1)) return `${count} records were counted, and ${records} found`
      const latest = Math.max(...records.map(timestampOf))
      if (latest !== maxTimestamp) return `the latest of ${records} is of ${latest}, not ${maxTimestamp}`
    }
    const found = this.#closed.flatMap(({ records }) => records)
    const isWhole = found.length === RECORDS && found.every((record, index) => record === index + 1)
    return isWhole ? null : `found ${found}`
  }
}

/** Runs every order; returns the first fault, or null, and how many orders there were. */
function explore(subjectOf: () => Subject): { fault: string | null; orders: number } {
  const choices = new Choices()
  const { compareExchange, store } = Atomics
  let current: Exploration | null = null
  const interrupted = <Access extends (...parts: never[]) => unknown>(access: Access): Access =>
    ((...parts: Parameters<Access>) => {
      current?.interrupt()
      return access(...parts)
    }) as Access
  Atomics.compareExchange = interrupted(compareExchange)
  Atomics.store = interrupted(store)
  try {
    for (let orders = 1; ; orders++) {
      current = null
      const subject = subjectOf()
      current = new Exploration(subject, choices)
      const fault = current.run()
      if (fault !== null || !choices.advance()) return { fault, orders }
    }
  } finally {
    Atomics.compareExchange = compareExchange
    Atomics.store = store
  }
}

test('in every order of appending and closing, each record is in one closed batch, whole and in its turn', () => {
  const { fault, orders } = explore(() => ({ shared: AccumulatorMemory.allocate(SLOTS) }))
  expect(fault).toBeNull()
  expect(orders).toBeGreaterThan(10_000)
})

test.each([[[1, 3]], [[3, 1]]])('so it is with rows of %j records', (rows) => {
  const { fault, orders } = explore(() => ({ shared: AccumulatorMemory.allocate(SLOTS), rows }))
  expect(fault).toBeNull()
  expect(orders).toBeGreaterThan(100)
})

/** The word in which the two threads meet, found by what changes it. */
function stateWord(shared: AccumulatorMemory, slot: number): number {
  const before = Int32Array.from(shared.memory.words)
  AccumulatorMemory.prototype.close.call(shared, slot)
  const word = shared.memory.words.findIndex((value, index) => value !== before[index])
  shared.memory.words.set(before)
  return word
}

class Mutant extends AccumulatorMemory {
  readonly words: readonly number[]

  constructor() {
    super(AccumulatorMemory.allocate(SLOTS).memory.shared, SLOTS)
    this.words = Array.from({ length: SLOTS }, (_, slot) => stateWord(this, slot))
  }
}

class StoringCommit extends Mutant {
  override commit(slot: number, count: number): boolean {
    const word = this.words[slot] as number
    if (Atomics.load(this.memory.words, word) < 0) return false
    Atomics.store(this.memory.words, word, count)
    return true
  }
}

class StoringClose extends Mutant {
  override close(slot: number): number {
    const word = this.words[slot] as number
    const seen = Atomics.load(this.memory.words, word)
    Atomics.store(this.memory.words, word, seen | CLOSED)
    return seen & ~CLOSED
  }
}

class OneLength extends AccumulatorMemory {
  override stage(slot: number, _count: number, bytes: number, maxTimestamp: number): void {
    super.stage(slot, 0, bytes, maxTimestamp)
  }

  override bytes(slot: number, _count: number): number {
    return super.bytes(slot, 0)
  }

  override maxTimestamp(slot: number, _count: number): number {
    return super.maxTimestamp(slot, 0)
  }
}

const oneLength = (): AccumulatorMemory => new OneLength(AccumulatorMemory.allocate(SLOTS).memory.shared, SLOTS)

test.each<[string, () => Subject]>([
  ['a commit that stores instead of exchanging', () => ({ shared: new StoringCommit() })],
  ['a close that stores instead of exchanging', () => ({ shared: new StoringClose() })],
  ['one length instead of two', () => ({ shared: oneLength() })],
  [
    'a length that is staged after the commit',
    () => ({ shared: AccumulatorMemory.allocate(SLOTS), commitsFirst: true }),
  ],
  ['one exchange for two records', () => ({ shared: AccumulatorMemory.allocate(SLOTS), rows: [1, 2] })],
])('exploring all orders finds %s', (_name, subjectOf) => {
  expect(explore(subjectOf).fault).not.toBeNull()
})
