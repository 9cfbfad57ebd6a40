import type { History, Read, Sent } from './history.js'

/**
 * A history as columns, an array of numbers for each field: the same million objects would cost the collector more than
 * the check. Its builder writes it; from then on it is only read.
 *
 *     records      whatever was sent or read, each by its index; those of one producer in any order
 *     partitions   0 … partitions - 1, of all topics
 *     sessions     what one consumer has read with one assignment
 */
export interface FlatHistory {
  readonly sent: SentColumns
  readonly read: ReadColumns
  readonly partitions: number
  /** The consumer of each session. */
  readonly consumers: readonly number[]
  /** Consumers that have, together, read everything in the partitions that are over. */
  readonly readers: ReadonlySet<number>
  /** Whether the readers have read everything that can be read, by partition. */
  readonly isOver: readonly boolean[]
  recordName(record: number): string
  consumerName(consumer: number): string
}

/** The promises that a record was sent with, as a set of bits. */
export const PROMISES = {
  /** acks=all: it is kept. */
  kept: 1,
  /** One request in flight: it keeps its place among the records of its producer. */
  order: 2,
  /** Idempotence: it keeps its place, and is there once. */
  once: 4,
} as const

/** The outcomes of a record; an UNSENT one was only read. */
export const UNSENT = 0
export const UNKNOWN = 1
export const ACKNOWLEDGED = 2
export const REFUSED = 3

/** Columns by record. For an UNSENT one the other columns say nothing. */
export class SentColumns {
  readonly producer: number[] = []
  /** The record's number, which grows from one record of a producer to the next one that it sends. */
  readonly number: number[] = []
  readonly partition: number[] = []
  readonly promises: number[] = []
  readonly outcome: number[] = []
  /** The time of sending; -Infinity when nobody has said. */
  readonly invokedAt: number[] = []
  /** The time of the acknowledgement; Infinity without one, or when nobody has said. */
  readonly completedAt: number[] = []
  /** The acknowledged offset; -1 when nobody has said. */
  readonly offset: number[] = []

  /** Adds a record that was only read so far. Returns its index. */
  addUnsent(): number {
    this.producer.push(-1)
    this.number.push(-1)
    this.partition.push(-1)
    this.promises.push(0)
    this.invokedAt.push(Number.NEGATIVE_INFINITY)
    this.completedAt.push(Number.POSITIVE_INFINITY)
    this.offset.push(-1)
    return this.outcome.push(UNSENT) - 1
  }
}

/** Columns by reading, in the order of reading of each session. */
export class ReadColumns {
  readonly session: number[] = []
  readonly poll: number[] = []
  readonly partition: number[] = []
  readonly offset: number[] = []
  readonly record: number[] = []
  readonly isIntact: boolean[] = []
  /** The high watermark, exclusive; Infinity when nobody has said. */
  readonly highWatermark: number[] = []
}

/** Numbers things in the order in which they first come. */
export class Numbering<Key> {
  readonly #numbers = new Map<Key, number>()
  readonly keys: Key[] = []

  get(key: Key): number | undefined {
    return this.#numbers.get(key)
  }

  of(key: Key): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.keys.length)
    return this.keys.push(key) - 1
  }
}

const OUTCOMES = { unknown: UNKNOWN, acknowledged: ACKNOWLEDGED, refused: REFUSED } as const

/** A history in columns; `partitionOf` gives the partition's own number. */
export interface Flattened extends FlatHistory {
  partitionOf(partition: number): number
}

export function flatten({ sent, read, readers }: History): Flattened {
  const partitions = new Numbering<number>()
  const consumers = new Numbering<number>()
  const names: Name[] = []
  const byProducer = new Map<number, Map<number, number>>()
  const columns = { sent: new SentColumns(), read: new ReadColumns() }
  const recordOf = (name: Name): number => {
    const numbers = numbersOf(byProducer, name.producer)
    const known = numbers.get(name.number)
    if (known !== undefined) return known
    names.push(name)
    const record = columns.sent.addUnsent()
    numbers.set(name.number, record)
    return record
  }
  for (const one of sent) set(columns.sent, recordOf(one), one, partitions.of(one.partition))
  for (const one of read) {
    const session = consumers.of(one.consumer)
    add(columns.read, one, { record: recordOf(one), partition: partitions.of(one.partition), session })
  }
  return {
    ...columns,
    partitions: partitions.keys.length,
    consumers: consumers.keys.map((_, consumer) => consumer),
    readers: new Set(readers.map((reader) => consumers.of(reader))),
    isOver: partitions.keys.map(() => readers.length > 0),
    recordName: (record) => nameOf(names[record]!),
    consumerName: (consumer) => String(consumers.keys[consumer]),
    partitionOf: (partition) => partitions.keys[partition]!,
  }
}

type Name = Pick<Sent, 'producer' | 'number'>

/** Names a record, as in `1:17`. */
export const nameOf = ({ producer, number }: Name): string => `${producer}:${number}`

function set(columns: SentColumns, record: number, sent: Sent, partition: number): void {
  columns.producer[record] = sent.producer
  columns.number[record] = sent.number
  columns.partition[record] = partition
  columns.promises[record] =
    (sent.acks === -1 ? PROMISES.kept : 0) |
    (sent.keepsOrder === true ? PROMISES.order : 0) |
    (sent.isOnce === true ? PROMISES.once : 0)
  columns.outcome[record] = OUTCOMES[sent.outcome]
  columns.invokedAt[record] = sent.invokedAt
  columns.completedAt[record] = sent.completedAt
  columns.offset[record] = sent.offset
}

type Place = { readonly record: number; readonly partition: number; readonly session: number }

function add(columns: ReadColumns, read: Read, { record, partition, session }: Place): void {
  columns.session.push(session)
  columns.poll.push(read.poll)
  columns.partition.push(partition)
  columns.offset.push(read.offset)
  columns.record.push(record)
  columns.isIntact.push(read.isIntact)
  columns.highWatermark.push(read.highWatermark)
}

function numbersOf(byProducer: Map<number, Map<number, number>>, producer: number): Map<number, number> {
  let numbers = byProducer.get(producer)
  if (numbers === undefined) {
    numbers = new Map()
    byProducer.set(producer, numbers)
  }
  return numbers
}
