/**
 * Walks the records of a batch where they lie. Nothing is allocated per record: `next` moves on and leaves positions
 * and numbers in the reader's own fields, and a caller makes a view of the bytes only if it wants them.
 */
import { assert } from '../base/assert.js'
import { KafkaError } from '../base/errors.js'
import { offset } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { BATCH_OVERHEAD, COMPRESSION_MASK, LOG_APPEND_TIME } from './layout.js'
import type { RecordHeader } from './record.js'
import { attributes, baseOffset, baseTimestamp, batchBytes, maxTimestamp, recordCount } from './record-batch.js'
import { readVarint, skipVarint } from './varint.js'

/**
 * A record contradicts its batch's length. A broker checks the CRC of every batch from outside, so either the sender
 * sealed nonsense, or the memory changed under the reader. Kafka: `CorruptRecordException`.
 */
export class CorruptRecordError extends KafkaError {
  override readonly name = 'CorruptRecordError'

  constructor(message: string) {
    super('CORRUPT_MESSAGE', message)
  }
}

/** The least value of two joined bytes whose second byte announces a third. */
const LONG = 0x4000

/** A header of a record that was read; the value is a view of the record's memory. */
export interface ReadHeader extends RecordHeader {
  readonly value: Buffer | null
}

/** One reader serves many batches, and stays on the thread that made it. Its fields are for reading only. */
export class BatchReader {
  memory: Memory
  /** Position of the batch, and the first position behind it. */
  batchPosition = 0
  batchEnd = 0
  /** Fields of the batch's header; times in milliseconds since 1970. */
  baseOffset = offset(0)
  baseTimestamp = 0
  recordCount = 0
  attributes = 0

  /** The current record, valid after `next` said true. */
  offset = offset(0)
  timestamp = 0
  keyPosition = 0
  /** The key's bytes; -1: null. */
  keyBytes = -1
  valuePosition = 0
  /** The value's bytes; -1: null. */
  valueBytes = -1
  /** The position of the first header, behind the headers' count. */
  headersPosition = 0
  headerCount = 0
  /** The exclusive end; the position of the next record. */
  recordEnd = 0

  #recordsLeft = 0
  /** The broker's time, if it replaces the records' own. */
  #appendTimestamp = -1

  /** Stands on no batch until `reset`: `next` says false. */
  constructor(memory: Memory) {
    this.memory = memory
  }

  /** Starts at the batch at this position, whose header must have been checked. The batch must not be compressed. */
  reset(memory: Memory, at: number): this {
    this.memory = memory
    this.batchPosition = at
    this.batchEnd = at + batchBytes(memory, at)
    this.baseOffset = baseOffset(memory, at)
    this.baseTimestamp = baseTimestamp(memory, at)
    this.recordCount = recordCount(memory, at)
    this.attributes = attributes(memory, at)
    assert((this.attributes & COMPRESSION_MASK) === 0, 'A compressed batch is decompressed before it is read')
    this.recordEnd = at + BATCH_OVERHEAD
    this.#recordsLeft = this.recordCount
    this.#appendTimestamp = (this.attributes & LOG_APPEND_TIME) === 0 ? -1 : maxTimestamp(memory, at)
    return this
  }

  /** Moves to the next record; false behind the last. Throws CorruptRecordError rather than leave the batch. */
  next(): boolean {
    if (this.#recordsLeft <= 0) return this.#finish()
    const bytes = this.memory.bytes
    let at = this.recordEnd
    // Nearly every record has numbers of one or two bytes only. Taking these apart here saves a quarter of the time. A
    // longer number shows in a bit that two bytes cannot set; then the record is read again, the long way.
    let length = bytes[at++]!
    if (length >= 0x80) length = joined(length, bytes[at++]!)
    const recordStart = at
    at++ // attributes: no bit of them is in use
    let timestampDelta = bytes[at++]!
    if (timestampDelta >= 0x80) timestampDelta = joined(timestampDelta, bytes[at++]!)
    let offsetDelta = bytes[at++]!
    if (offsetDelta >= 0x80) offsetDelta = joined(offsetDelta, bytes[at++]!)
    let key = bytes[at++]!
    if (key >= 0x80) key = joined(key, bytes[at++]!)
    const keyPosition = at
    const keyBytes = unzigzag(key)
    if (keyBytes > 0) at += keyBytes
    let value = bytes[at++]!
    if (value >= 0x80) value = joined(value, bytes[at++]!)
    if ((length | timestampDelta | offsetDelta | key | value) >= LONG) return this.#nextLong()
    const valuePosition = at
    const valueBytes = unzigzag(value)
    if (valueBytes > 0) at += valueBytes
    const headerCount = bytes[at++]!
    if (headerCount >= 0x80) return this.#nextLong()

    this.keyPosition = keyPosition
    this.keyBytes = keyBytes
    this.valuePosition = valuePosition
    this.valueBytes = valueBytes
    this.headersPosition = at
    this.headerCount = unzigzag(headerCount)
    return this.#accept(recordStart + unzigzag(length), unzigzag(timestampDelta), unzigzag(offsetDelta))
  }

  /** The same walk for numbers of any size. */
  #nextLong(): boolean {
    const bytes = this.memory.bytes
    const length = readVarint(bytes, this.recordEnd)
    const recordStart = skipVarint(bytes, this.recordEnd)
    let at = recordStart + 1
    const timestampDelta = readVarint(bytes, at)
    at = skipVarint(bytes, at)
    const offsetDelta = readVarint(bytes, at)
    at = skipVarint(bytes, at)
    this.keyBytes = readVarint(bytes, at)
    this.keyPosition = skipVarint(bytes, at)
    at = this.keyPosition + Math.max(this.keyBytes, 0)
    this.valueBytes = readVarint(bytes, at)
    this.valuePosition = skipVarint(bytes, at)
    at = this.valuePosition + Math.max(this.valueBytes, 0)
    this.headerCount = readVarint(bytes, at)
    this.headersPosition = skipVarint(bytes, at)
    return this.#accept(recordStart + length, timestampDelta, offsetDelta)
  }

  /** The last position bounds all before it: a length that leaves the record pushes it out too. */
  #accept(recordEnd: number, timestampDelta: number, offsetDelta: number): true {
    if (recordEnd > this.batchEnd || this.headersPosition > recordEnd) throw this.#corrupt('a length leaves the batch')
    if (this.keyBytes < -1 || this.valueBytes < -1 || this.headerCount < 0) throw this.#corrupt('a length is negative')
    if (this.headerCount === 0 && this.headersPosition < recordEnd) throw this.#corrupt('bytes follow its value')
    this.offset = offset(this.baseOffset + offsetDelta)
    this.timestamp = this.#appendTimestamp === -1 ? this.baseTimestamp + timestampDelta : this.#appendTimestamp
    this.recordEnd = recordEnd
    this.#recordsLeft--
    return true
  }

  #finish(): false {
    if (this.recordEnd < this.batchEnd) throw this.#corrupt('bytes follow the last record')
    return false
  }

  #corrupt(reason: string): CorruptRecordError {
    const index = this.recordCount - this.#recordsLeft
    return new CorruptRecordError(`Record ${index} of the batch at offset ${this.baseOffset} is corrupt: ${reason}`)
  }
}

/** The first two bytes of a varint as one number, still zigzag. */
function joined(first: number, second: number): number {
  return (first & 0x7f) | (second << 7)
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

/** The headers of the reader's current record. Their values are views of the batch: they live as long as it does. */
export function readHeaders(reader: BatchReader): ReadHeader[] {
  return parseHeaders(reader.memory.bytes, reader.headersPosition, reader.recordEnd, reader.headerCount)
}

/** Goes over `count` headers as `parseHeaders` does, and makes nothing of them. */
export function skipHeaders(bytes: Buffer, at: number, end: number, count: number): void {
  for (let left = count; left > 0; left--) at = headerEnd(bytes, at, end)
  if (at !== end) throw new CorruptRecordError('Bytes follow the last header of a record')
}

function headerEnd(bytes: Buffer, at: number, end: number): number {
  const keyBytes = readVarint(bytes, at)
  const keyEnd = skipVarint(bytes, at) + keyBytes
  if (!(keyBytes >= 0 && keyEnd < end)) throw new CorruptRecordError('The key of a header leaves its record')
  const valueBytes = readVarint(bytes, keyEnd)
  const valueEnd = skipVarint(bytes, keyEnd) + Math.max(valueBytes, 0)
  if (!(valueBytes >= -1 && valueEnd <= end)) throw new CorruptRecordError('The value of a header leaves its record')
  return valueEnd
}

/** Reads `count` headers that must fill `bytes[at, end)` to its last byte. */
export function parseHeaders(bytes: Buffer, at: number, end: number, count: number): ReadHeader[] {
  const headers: ReadHeader[] = []
  for (let left = count; left > 0; left--) {
    const keyBytes = readVarint(bytes, at)
    const keyStart = skipVarint(bytes, at)
    const keyEnd = keyStart + keyBytes
    if (keyBytes < 0 || keyEnd >= end) throw new CorruptRecordError('The key of a header leaves its record')
    const valueBytes = readVarint(bytes, keyEnd)
    const valueStart = skipVarint(bytes, keyEnd)
    at = valueBytes > 0 ? valueStart + valueBytes : valueStart
    if (valueBytes < -1 || at > end) throw new CorruptRecordError('The value of a header leaves its record')
    const value = valueBytes < 0 ? null : bytes.subarray(valueStart, at)
    headers.push({ key: bytes.toString('utf8', keyStart, keyEnd), value })
  }
  if (at !== end) throw new CorruptRecordError('Bytes follow the last header of a record')
  return headers
}
