import { allocateShared, Memory } from '../../base/memory.js'
import { PART_RESULTS_BYTES, PartResults } from './part-results.js'
import { ReportQueue } from './report-queue.js'

/**
 * What the application thread and the sender's thread share of a producer's batches.
 *
 *     word 0   waiting     1 while the application waits for memory
 *     word 16  flushing    1 while a flush is under way
 *     word 17  closing     1 once the producer is being closed; the flush that goes with it is its last
 *     word 32  opened      slots ever announced by the application
 *     word 48  reported    reports ever written by the sender
 *     word 49  topics      how often the sender has found that a topic is not there any more
 *     byte 256             queue of announced slots (int32 each)
 *     then                 queue of reports: see ReportQueue
 *     then                 what became of the parts of split batches: see PartResults
 *     then                 one control block of 64 bytes for each slot:
 *
 *       i32 0    state          closed:1 | count:31     the word in which the two threads meet
 *       i32 1,2  bytes          of the batch with an even, an odd number of records
 *       i32 3,4  topicId, partition
 *       i32 5,6  memoryId, position   where the batch lies
 *       i32 7    awaited        1 if the application does nothing more until it hears of this batch
 *       f64 4    baseTimestamp
 *       f64 5,6  maxTimestamp   with an even, an odd number of records
 *       f64 7    createdAt
 *
 * The application writes record n+1 beyond the end, writes the length that goes with n+1 into the slot of that parity,
 * and only then exchanges n for n+1. The sender closes by exchanging n for closed|n and reads the length that goes
 * with n: an append under way cannot touch it. Whoever loses an exchange has lost: the application encodes the record
 * again in a new batch. A row of records needs one exchange, if their number is odd: an even one would write over the
 * length that goes with n. Both queues hold as many entries as there are slots, so they are never full.
 *
 * Written by the application: waiting, flushing, closing, opened, control blocks until closed. Written by the sender:
 * reported, reports, topics, and the closed bit. Both exchange the state.
 */
const WAITING = 0
const FLUSHING = 16
const CLOSING = 17
const OPENED = 32
const REPORTED = 48
const TOPICS = 49
const QUEUES = 256
const SLOT_BYTES = 64
const CLOSED = 1 << 31
const COUNT = 0x7fffffff

const STATE = 0
const BYTES = 1
const TOPIC = 3
const PARTITION = 4
const MEMORY = 5
const POSITION = 6
const AWAITED = 7
const BASE_TIMESTAMP = 4
const MAX_TIMESTAMP = 5
const CREATED_AT = 7

export class AccumulatorMemory {
  readonly memory: Memory
  readonly slots: number
  readonly reports: ReportQueue
  readonly partResults: PartResults
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #queueMask: number
  readonly #controls: number

  constructor(shared: SharedArrayBuffer, slots: number) {
    const layout = layoutOf(slots)
    this.memory = new Memory(shared)
    this.slots = slots
    const entries = layout.queueEntries
    this.reports = new ReportQueue(shared, { counter: REPORTED, at: layout.reports, entries })
    this.partResults = new PartResults(shared, layout.parts)
    this.#words = this.memory.words
    this.#floats = new Float64Array(shared, 0, shared.byteLength / 8)
    this.#queueMask = entries - 1
    this.#controls = layout.controls
  }

  static allocate(slots: number): AccumulatorMemory {
    return new AccumulatorMemory(allocateShared(AccumulatorMemory.bytesFor(slots)), slots)
  }

  static bytesFor(slots: number): number {
    return layoutOf(slots).bytes
  }

  /** Makes memory that another producer has used what new memory is: nothing was announced or reported. */
  clear(): void {
    this.memory.bytes.fill(0, 0, QUEUES)
    this.partResults.clear()
  }

  // The exchanged word. Each of these touches shared memory once, so a test can run all their interleavings.

  /** Application: takes a slot into use, before anybody else knows of it. */
  open(
    slot: number,
    batch: {
      topicId: number
      partition: number
      memoryId: number
      position: number
      baseTimestamp: number
      createdAt: number
    },
  ): void {
    const word = this.#word(slot)
    const float = word >> 1
    this.#words[word + TOPIC] = batch.topicId
    this.#words[word + PARTITION] = batch.partition
    this.#words[word + MEMORY] = batch.memoryId
    this.#words[word + POSITION] = batch.position
    this.#words[word + AWAITED] = 0
    this.#floats[float + BASE_TIMESTAMP] = batch.baseTimestamp
    this.#floats[float + CREATED_AT] = batch.createdAt
    Atomics.store(this.#words, word + STATE, 0)
  }

  /** Application: notes what the batch will be with `count` records. */
  stage(slot: number, count: number, bytes: number, maxTimestamp: number): void {
    const word = this.#word(slot)
    const parity = count & 1
    this.#words[word + BYTES + parity] = bytes
    this.#floats[(word >> 1) + MAX_TIMESTAMP + parity] = maxTimestamp
  }

  /**
   * Application: makes the records up to number `count` part of the batch, which had `before` until now. False: the
   * sender has closed it, write elsewhere.
   */
  commit(slot: number, count: number, before = count - 1): boolean {
    return Atomics.compareExchange(this.#words, this.#word(slot) + STATE, before, count) === before
  }

  /** Application: a hint to the sender, which may see it late. */
  markAwaited(slot: number): void {
    this.#words[this.#word(slot) + AWAITED] = 1
  }

  isAwaited(slot: number): boolean {
    return this.#words[this.#word(slot) + AWAITED] === 1
  }

  /** Either side: no record is added after this. Returns the number of records. */
  close(slot: number): number {
    const word = this.#word(slot) + STATE
    for (;;) {
      const seen = Atomics.load(this.#words, word)
      if (seen < 0 || Atomics.compareExchange(this.#words, word, seen, seen | CLOSED) === seen) return seen & COUNT
    }
  }

  isClosed(slot: number): boolean {
    return Atomics.load(this.#words, this.#word(slot) + STATE) < 0
  }

  // What a closed batch is.

  bytes(slot: number, count: number): number {
    return this.#words[this.#word(slot) + BYTES + (count & 1)] as number
  }

  maxTimestamp(slot: number, count: number): number {
    return this.#floats[(this.#word(slot) >> 1) + MAX_TIMESTAMP + (count & 1)] as number
  }

  baseTimestamp(slot: number): number {
    return this.#floats[(this.#word(slot) >> 1) + BASE_TIMESTAMP] as number
  }

  createdAt(slot: number): number {
    return this.#floats[(this.#word(slot) >> 1) + CREATED_AT] as number
  }

  topicId(slot: number): number {
    return this.#words[this.#word(slot) + TOPIC] as number
  }

  partition(slot: number): number {
    return this.#words[this.#word(slot) + PARTITION] as number
  }

  memoryId(slot: number): number {
    return this.#words[this.#word(slot) + MEMORY] as number
  }

  position(slot: number): number {
    return this.#words[this.#word(slot) + POSITION] as number
  }

  // The application tells the sender.

  /** Application: tells the sender of a batch that holds its first record. */
  announce(slot: number): void {
    const opened = this.#words[OPENED] as number
    this.#words[(QUEUES >> 2) + (opened & this.#queueMask)] = slot
    Atomics.store(this.#words, OPENED, (opened + 1) | 0)
  }

  /** Sender: how many slots were ever announced. */
  get opened(): number {
    return Atomics.load(this.#words, OPENED)
  }

  announcedSlot(number: number): number {
    return this.#words[(QUEUES >> 2) + (number & this.#queueMask)] as number
  }

  set isWaiting(value: boolean) {
    Atomics.store(this.#words, WAITING, value ? 1 : 0)
  }

  get isWaiting(): boolean {
    return Atomics.load(this.#words, WAITING) === 1
  }

  set isFlushing(value: boolean) {
    Atomics.store(this.#words, FLUSHING, value ? 1 : 0)
  }

  get isFlushing(): boolean {
    return Atomics.load(this.#words, FLUSHING) === 1
  }

  get isClosing(): boolean {
    return Atomics.load(this.#words, CLOSING) === 1
  }

  set isClosing(value: boolean) {
    Atomics.store(this.#words, CLOSING, value ? 1 : 0)
  }

  // The sender tells the application, by `reports` and:

  /**
   * Sender: the application knows a topic that is not there any more, whether or not there is another one of that name.
   */
  noteTopicChange(): void {
    Atomics.add(this.#words, TOPICS, 1)
  }

  get topicChanges(): number {
    return Atomics.load(this.#words, TOPICS)
  }

  #word(slot: number): number {
    return (this.#controls >> 2) + slot * (SLOT_BYTES >> 2)
  }
}

function layoutOf(slots: number): {
  queueEntries: number
  reports: number
  parts: number
  controls: number
  bytes: number
} {
  const queueEntries = 2 ** Math.ceil(Math.log2(Math.max(16, slots)))
  const reports = QUEUES + queueEntries * 4
  const parts = reports + ReportQueue.bytesFor(queueEntries)
  const controls = parts + PART_RESULTS_BYTES
  return { queueEntries, reports, parts, controls, bytes: controls + slots * SLOT_BYTES }
}
