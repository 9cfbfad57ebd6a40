import { getHeapStatistics } from 'node:v8'
import { meantName } from '../../base/config/meant-name.js'
import {
  ACKNOWLEDGED,
  type FlatHistory,
  Numbering,
  REFUSED,
  ReadColumns,
  SentColumns,
  UNKNOWN,
  UNSENT,
} from './flat-history.js'
import {
  BrokenField,
  BrokenOperation,
  broken,
  isGiven,
  nameOf,
  numberOr,
  type Operation,
  offsetOf,
  offsetOrNone,
  partitionOr,
  shown,
  truthOr,
} from './operation-fields.js'
import { promisingOptions } from './promises.js'
import { PromisingProducers } from './promising-producers.js'
import { TopicPartitions, UNSAID } from './topic-partitions.js'

/** The most records of a history: a Map of V8 holds 16.7 million keys. */
const RECORDS_MAX = 16_000_000
/**
 * Bytes of heap that a record takes until its history is checked, and that each of its readings adds: measured, and
 * some more.
 */
const RECORD_BYTES = 300
const READING_BYTES = 100
/** Bytes of the heap for the program itself. */
const PROGRAM_BYTES = 64 * 2 ** 20

/** A history that was told line by line. A record's number is the line of its sending, a poll's number is its line. */
export interface ToldHistory extends FlatHistory {
  readonly topicPartitions: TopicPartitions
  readonly producers: number
  readonly polls: number
  /** The line that says what became of each record; 0 without one. */
  readonly answeredIn: readonly number[]
}

const EXAMPLES = {
  producer: '{"op":"producer","producer":"p1","acks":"all","enable.idempotence":false}',
  send: '{"op":"send","producer":"p1","id":"p1-17","topic":"orders"}',
  ack: '{"op":"ack","id":"p1-17","partition":0,"offset":42}',
  fail: '{"op":"fail","id":"p1-17"}',
  poll: '{"op":"poll","consumer":"c1","topic":"orders","partition":0,"records":[{"id":"p1-17","offset":42}]}',
  assign: '{"op":"assign","consumer":"c1"}',
  end: '{"op":"end","topic":"orders","partition":0}',
} as const

type Op = keyof typeof EXAMPLES

/**
 * Makes a history of operations. Throws a BrokenOperation; when a field is wrong, it shows a right one.
 */
export class HistoryBuilder {
  readonly #sent = new SentColumns()
  readonly #read = new ReadColumns()
  readonly #answeredIn: number[] = []
  readonly #names = new Numbering<string>()
  readonly #topicPartitions = new TopicPartitions()
  readonly #producers = new PromisingProducers()
  readonly #consumers = new Numbering<string>()
  /** The session that each consumer is reading in. */
  readonly #sessions: number[] = []
  readonly #consumerOfSession: number[] = []
  readonly #readers = new Set<number>()
  #areAllReaders = false
  #polls = 0
  readonly #heapBytes: number

  /**
   * Takes the bytes of heap that a history must fit into. A larger one is refused before V8 ends the process for want
   * of heap.
   */
  constructor(heapBytes: number = getHeapStatistics().heap_size_limit) {
    this.#heapBytes = heapBytes
  }

  take(operation: Operation, line: number): void {
    try {
      this.#take(operation, line)
    } catch (error) {
      if (!(error instanceof BrokenField) || !isOp(operation.op)) throw error
      throw new BrokenField(`${error.message}; for example ${EXAMPLES[operation.op]}`)
    }
  }

  #take(operation: Operation, line: number): void {
    const { op } = operation
    switch (op) {
      case 'producer':
        return this.#set(operation)
      case 'send':
        return this.#send(operation, line)
      case 'ack':
        return this.#acknowledge(operation, line)
      case 'fail':
        return this.#fail(operation, line)
      case 'poll':
        return this.#poll(operation, line)
      case 'assign':
        return this.#openSession(this.#consumer(operation))
      case 'end':
        return this.#end(operation)
      default: {
        const names = Object.keys(EXAMPLES)
        throw broken(operation, 'op', `one of ${names.join(', ')}${meantName(shown(op), names, '; ')}`)
      }
    }
  }

  /** Returns the history. A record without a partition takes that of its first reading. */
  finish(): ToldHistory {
    const [sent, read, places] = [this.#sent, this.#read, this.#topicPartitions]
    for (let at = 0; at < read.offset.length; at++) {
      const record = read.record[at]!
      const partition = sent.partition[record]!
      if (partition >= 0 && places.isUnsaid(partition) && places.areOfOneTopic(partition, read.partition[at]!))
        sent.partition[record] = read.partition[at]!
    }
    // An offset says nothing without a partition.
    for (let record = 0; record < sent.offset.length; record++) {
      if (sent.offset[record]! >= 0 && places.isUnsaid(sent.partition[record]!)) sent.offset[record] = -1
    }
    return {
      sent,
      read,
      partitions: places.count,
      consumers: this.#consumerOfSession,
      readers: this.#areAllReaders ? new Set(this.#consumerOfSession) : this.#readers,
      isOver: places.isOver(),
      recordName: (record) => this.#names.keys[record]!,
      consumerName: (consumer) => this.#consumers.keys[consumer]!,
      topicPartitions: places,
      producers: this.#producers.count,
      polls: this.#polls,
      answeredIn: this.#answeredIn,
    }
  }

  #set(operation: Operation): void {
    this.#producers.set(this.#producers.of(nameOf(operation, 'producer')), promisingOptions(operation))
  }

  #send(operation: Operation, line: number): void {
    const record = this.#record(operation)
    const sent = this.#sent
    if (sent.outcome[record] !== UNSENT)
      throw new BrokenOperation(
        `${shown(operation.id)} was sent in line ${sent.number[record]} already; every record needs an id of its own`,
      )
    const producer = this.#producers.of(nameOf(operation, 'producer'))
    sent.producer[record] = producer
    sent.number[record] = line
    sent.partition[record] = this.#topicPartitions.of(nameOf(operation, 'topic'), partitionOr(operation, UNSAID))
    sent.promises[record] = this.#producers.promises(producer, promisingOptions(operation))
    sent.invokedAt[record] = numberOr(operation, 'time', Number.NEGATIVE_INFINITY)
    sent.outcome[record] = UNKNOWN
  }

  #acknowledge(operation: Operation, line: number): void {
    const record = this.#answered(operation)
    const sent = this.#sent
    const partition = partitionOr(operation, UNSAID)
    const offset = offsetOrNone(operation)
    const completedAt = numberOr(operation, 'time', Number.POSITIVE_INFINITY)
    if (partition !== UNSAID) sent.partition[record] = this.#settledPartition(record, partition)
    sent.offset[record] = offset
    sent.completedAt[record] = completedAt
    sent.outcome[record] = ACKNOWLEDGED
    this.#answeredIn[record] = line
  }

  #settledPartition(record: number, partition: number): number {
    const places = this.#topicPartitions
    const before = this.#sent.partition[record]!
    const settled = places.inTopicOf(before, partition)
    if (before === settled || places.isUnsaid(before)) return settled
    const { topic, partition: sentTo } = places.at(before)
    throw new BrokenOperation(
      `"partition" is ${partition}, and line ${this.#sent.number[record]} sends the record to partition ${sentTo} of ${shown(topic)}`,
    )
  }

  #fail(operation: Operation, line: number): void {
    const record = this.#answered(operation)
    if (truthOr(operation, 'refused', false)) this.#sent.outcome[record] = REFUSED
    this.#answeredIn[record] = line
  }

  /** Returns the record that was sent and has had no answer. */
  #answered(operation: Operation): number {
    const record = this.#names.get(nameOf(operation, 'id'))
    const id = shown(operation.id)
    if (record === undefined || this.#sent.outcome[record] === UNSENT)
      throw new BrokenOperation(`no line before this one sends ${id}`)
    if (this.#answeredIn[record] !== 0)
      throw new BrokenOperation(`line ${this.#answeredIn[record]} has said already what became of ${id}`)
    return record
  }

  #poll(operation: Operation, line: number): void {
    const session = this.#sessions[this.#consumer(operation)]!
    const records: unknown = operation.records
    if (!Array.isArray(records)) throw broken(operation, 'records', 'an array of objects with id and offset')
    const usual =
      isGiven(operation, 'topic') && isGiven(operation, 'partition') ? this.#placeOf(operation, operation) : UNSAID
    const highWatermark = numberOr(operation, 'highWatermark', Number.POSITIVE_INFINITY)
    const read = this.#read
    for (const one of records as readonly Operation[]) {
      if (typeof one !== 'object' || one === null)
        throw new BrokenOperation(`${shown(one)} is in "records"; each must be an object with id and offset`)
      const isUsual = usual !== UNSAID && one.topic === undefined && one.partition === undefined
      const partition = isUsual ? usual : this.#placeOf(one, operation)
      const offset = offsetOf(one)
      const isIntact = truthOr(one, 'intact', true)
      const watermark = numberOr(one, 'highWatermark', highWatermark)
      read.record.push(this.#record(one))
      read.session.push(session)
      read.poll.push(line)
      read.partition.push(partition)
      read.offset.push(offset)
      read.isIntact.push(isIntact)
      read.highWatermark.push(watermark)
    }
    this.#polls += 1
    this.#checkRoom()
  }

  /** Returns the partition of a record; what the record leaves out stands in its poll. */
  #placeOf(record: Operation, poll: Operation): number {
    const topic = nameOf(isGiven(record, 'topic') ? record : poll, 'topic')
    const partition = partitionOr(isGiven(record, 'partition') ? record : poll, UNSAID)
    if (partition === UNSAID) throw broken(poll, 'partition', 'in the poll or in each of its records')
    return this.#topicPartitions.of(topic, partition)
  }

  #end(operation: Operation): void {
    const partition = partitionOr(operation, UNSAID)
    if (isGiven(operation, 'topic')) this.#topicPartitions.end(nameOf(operation, 'topic'), partition)
    else if (partition !== UNSAID) throw broken(operation, 'topic', 'given with a partition')
    else this.#topicPartitions.endAll()
    if (isGiven(operation, 'consumer')) this.#readers.add(this.#consumer(operation))
    else this.#areAllReaders = true
  }

  #record(operation: Operation): number {
    const record = this.#names.of(nameOf(operation, 'id'))
    if (record < this.#sent.outcome.length) return record
    if (record >= RECORDS_MAX)
      throw new BrokenOperation(`there are more than ${RECORDS_MAX} records; check them in parts`)
    this.#checkRoom()
    this.#answeredIn.push(0)
    return this.#sent.addUnsent()
  }

  #checkRoom(): void {
    const [records, readings] = [this.#sent.outcome.length, this.#read.offset.length]
    if (PROGRAM_BYTES + records * RECORD_BYTES + readings * READING_BYTES <= this.#heapBytes) return
    const megabytes = Math.ceil(this.#heapBytes / 2 ** 20)
    throw new BrokenOperation(
      `${records} records and ${readings} readings are what fits into a heap of ${megabytes} MB; ` +
        `give Node a larger one, such as NODE_OPTIONS=--max-old-space-size=${2 * megabytes}, or check them in parts`,
    )
  }

  #consumer(operation: Operation): number {
    const consumer = this.#consumers.of(nameOf(operation, 'consumer'))
    if (consumer === this.#sessions.length) this.#openSession(consumer)
    return consumer
  }

  /** Begins a session: what the consumer reads from now on may begin anywhere. */
  #openSession(consumer: number): void {
    this.#sessions[consumer] = this.#consumerOfSession.push(consumer) - 1
  }
}

function isOp(op: unknown): op is Op {
  return typeof op === 'string' && Object.hasOwn(EXAMPLES, op)
}
