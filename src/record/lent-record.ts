/**
 * The two ways in which a consumer gets records. A *lent* record is a window on the batch where it lies: it costs
 * nothing, and shows something else after the next step. A *kept* record is the user's: its bytes lie in a private copy
 * of the batch. One copy is made for all records of a batch, because one large copy costs far less than many small
 * ones.
 */
import { inspect } from 'node:util'
import { type Offset, offset } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import { BatchReader, parseHeaders, type ReadHeader, readHeaders } from './batch-reader.js'
import { batchBytes } from './record-batch.js'

/** A record that the user may keep. */
export interface KeptRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly ReadHeader[]
  /** The headers by their names, as KafkaJS gives them: a list where a name comes twice. Made anew at each call. */
  readonly headersByName: HeadersByName
}

/** Values by the names of headers. */
export interface HeadersByName {
  readonly [name: string]: Buffer | null | readonly (Buffer | null)[] | undefined
}

export function headersByName(headers: readonly ReadHeader[]): HeadersByName {
  const names = new Map<string, Buffer | null | (Buffer | null)[]>()
  for (const { key, value } of headers) {
    const before = names.get(key)
    if (Array.isArray(before)) before.push(value)
    else names.set(key, before === undefined ? value : [before, value])
  }
  return Object.fromEntries(names)
}

/** A record of a private copy of its batch. Positional: one is made for each record. */
class RecordOfCopy implements KeptRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly ReadHeader[]

  constructor(
    topic: string,
    partition: number,
    at: Offset,
    timestamp: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly ReadHeader[],
  ) {
    this.topic = topic
    this.partition = partition
    this.offset = at
    this.timestamp = timestamp
    this.key = key
    this.value = value
    this.headers = headers
  }

  get headersByName(): HeadersByName {
    return headersByName(this.headers)
  }
}

const NO_HEADERS: readonly ReadHeader[] = []

/** What a lent record shows of itself, in a console and in JSON: its memory is that of the log, and as large. */
export type ShownRecord = Pick<KeptRecord, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'>

export function shownRecord({ offset, timestamp, key, value, headers }: ShownRecord): ShownRecord {
  return { offset, timestamp, key, value, headers }
}

/** The current record of a reader. Every view it hands out dies with the lease of the batch. */
export class LentRecord {
  readonly #reader: BatchReader

  constructor(reader: BatchReader) {
    this.#reader = reader
  }

  get offset(): Offset {
    return this.#reader.offset
  }

  /** Milliseconds since 1970. */
  get timestamp(): number {
    return this.#reader.timestamp
  }

  /** A new view at each call, as are `value` and `headers`. */
  get key(): Buffer | null {
    return viewOf(this.memory.bytes, this.keyPosition, this.keyBytes)
  }

  get value(): Buffer | null {
    return viewOf(this.memory.bytes, this.valuePosition, this.valueBytes)
  }

  get headers(): readonly ReadHeader[] {
    return this.#reader.headerCount === 0 ? NO_HEADERS : readHeaders(this.#reader)
  }

  get headersByName(): HeadersByName {
    return headersByName(this.headers)
  }

  toJSON(): ShownRecord {
    return shownRecord(this)
  }

  [inspect.custom](): ShownRecord {
    return shownRecord(this)
  }

  /** The memory, and the places of key and value in it, for readers that parse in place, without any view. */
  get memory(): Memory {
    return this.#reader.memory
  }

  get keyPosition(): number {
    return this.#reader.keyPosition
  }

  /** The key's bytes; -1: null. */
  get keyBytes(): number {
    return this.#reader.keyBytes
  }

  get valuePosition(): number {
    return this.#reader.valuePosition
  }

  /** The value's bytes; -1: null. */
  get valueBytes(): number {
    return this.#reader.valueBytes
  }
}

/** A private copy of the batch. It starts on an 8-byte boundary as the batch does: only then is the copy fast. */
export function copyBatch(memory: Memory, at: number): Buffer {
  const bytes = batchBytes(memory, at)
  const copy = Buffer.from(new ArrayBuffer(align8(bytes)), 0, bytes)
  copy.set(memory.bytes.subarray(at, at + bytes))
  return copy
}

/**
 * Adds the records of the batch from offset `from` on to `into`; returns their number. A fetch may start inside a
 * batch, so the records before its position are left out here.
 */
export function keepableRecords(
  memory: Memory,
  at: number,
  topic: string,
  partition: number,
  into: KeptRecord[],
  from: Offset = offset(0),
): number {
  const reader = new BatchReader(memory).reset(memory, at)
  const copy = copyBatch(memory, at)
  const before = into.length
  while (reader.next()) {
    if (reader.offset < from) continue
    const headers =
      reader.headerCount === 0
        ? NO_HEADERS
        : parseHeaders(copy, reader.headersPosition - at, reader.recordEnd - at, reader.headerCount)
    const key = viewOf(copy, reader.keyPosition - at, reader.keyBytes)
    const value = viewOf(copy, reader.valuePosition - at, reader.valueBytes)
    into.push(new RecordOfCopy(topic, partition, reader.offset, reader.timestamp, key, value, headers))
  }
  return into.length - before
}

function viewOf(bytes: Buffer, position: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(position, position + length)
}
