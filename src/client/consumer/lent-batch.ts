import { inspect } from 'node:util'
import type { Offset } from '../../base/ids.js'
import type { Memory } from '../../base/memory.js'
import { type BatchReader, parseHeaders, type ReadHeader } from '../../record/batch-reader.js'
import {
  type HeadersByName,
  headersByName,
  LentRecord,
  type ShownRecord,
  shownRecord,
} from '../../record/lent-record.js'
import type { SliceCursor } from './fetching/slice-cursor.js'

/**
 * Records of one partition, in order, at most max.poll.records of them: what `poll` and `eachBatch` hand out.
 *
 * They are lent: keys, values and headers are views of the log itself. They are valid until the handler returns (or,
 * for `poll`, until the next poll), and must not be written to, posted to another thread or kept. Copy what is to stay:
 * `Buffer.from(record.value)`.
 */
export class LentBatch {
  readonly topic: string
  readonly partition: number
  /** The high watermark as of the fetch; exclusive. */
  readonly highWatermark: number
  readonly #cursor: SliceCursor
  readonly #record: LentRecord
  readonly #recordsMax: number
  #recordsRead = 0
  #isFirstRead = false
  /** The first offset that has not been read yet; -1 before anything was read. */
  nextOffset = -1
  #endOffset = -1
  #firstOffset = -1
  /** All of its records; null: nobody has asked for them yet. */
  #messages: readonly LentRecordView[] | null = null
  #isOver = false

  constructor(cursor: SliceCursor, recordsMax: number) {
    this.topic = cursor.slice.topic
    this.partition = cursor.slice.partition
    this.highWatermark = cursor.slice.highWatermark
    this.#cursor = cursor
    this.#record = new LentRecord(cursor.reader)
    this.#recordsMax = recordsMax
  }

  /**
   * Calls the handler with each record, the fastest way: it is the same object every time, showing the next record with
   * each call. Records can be gone through once. Whoever stops half-way has read all of the batch nevertheless, as in
   * Kafka: the next one begins behind it, unless the partition is sought back.
   */
  forEach(handle: (record: LentRecord) => void): void {
    const record = this.#record
    while (this.#next()) handle(record)
  }

  /** Goes through the records with an object for each, which shows the same record for as long as the loan lasts. */
  *[Symbol.iterator](): Generator<LentRecordView> {
    while (this.#next()) yield new LentRecordView(this.#cursor.reader)
  }

  /** Whether a record is left. Moves to it, so that an empty batch is never handed out. */
  get hasRecords(): boolean {
    if (!this.#isFirstRead) this.#isFirstRead = this.#cursor.next()
    if (this.#isFirstRead && this.#firstOffset < 0) this.#firstOffset = this.#cursor.reader.offset
    return this.#isFirstRead
  }

  /**
   * All records of the batch in a list, which may be gone through as often as you like as long as the loan lasts;
   * `forEach` and a loop make none. KafkaJS's.
   */
  get messages(): readonly LentRecordView[] {
    // Nothing may be read any more of a batch whose loan has ended.
    if (this.#messages === null && !this.#isOver && !this.isEmpty()) this.#messages = this.#views()
    return this.#messages ?? []
  }

  /** KafkaJS's: a batch that is handed out has a record. */
  isEmpty(): boolean {
    return this.#firstOffset < 0 && !this.hasRecords
  }

  /** The offset of the first record; null: there is none. */
  firstOffset(): number | null {
    return this.isEmpty() ? null : this.#firstOffset
  }

  /** The offset of the last record, read or not. */
  lastOffset(): number {
    return this.endOffset - 1
  }

  /** The records of the partition behind this batch, as of the fetch. KafkaJS's. */
  offsetLag(): number {
    return Math.max(0, this.highWatermark - this.endOffset)
  }

  /** The records of the partition behind the first one of this batch, as of the fetch. KafkaJS's. */
  offsetLagLow(): number {
    return this.isEmpty() ? 0 : Math.max(0, this.highWatermark - 1 - this.#firstOffset)
  }

  /** The offset behind the last record of this batch, read or not; -1: it is empty. */
  get endOffset(): number {
    if (this.#endOffset >= 0) return this.#endOffset
    if (this.nextOffset < 0 && !this.hasRecords) return -1
    const ahead = this.#fromFirst()
    this.#endOffset = this.nextOffset
    for (let left = this.#recordsMax; left > 0 && ahead.next(); left--) this.#endOffset = ahead.reader.offset + 1
    return this.#endOffset
  }

  /** Ends the loan: whoever still goes through the records sees no more of them. Reads over what was left. */
  end(): void {
    this.#isOver = true
    while (this.#next()) {
      // What a handler did not look at counts as handled, as in Kafka.
    }
  }

  /** A cursor before the first record. The own one stays where it is: somebody may be looking at its record. */
  #fromFirst(): SliceCursor {
    return this.#cursor.rewoundTo(this.#firstOffset)
  }

  #views(): LentRecordView[] {
    const ahead = this.#fromFirst()
    const views: LentRecordView[] = []
    while (views.length < this.#recordsMax && ahead.next()) views.push(new LentRecordView(ahead.reader))
    return views
  }

  #next(): boolean {
    if (this.#recordsRead >= this.#recordsMax) return false
    if (this.#isFirstRead) this.#isFirstRead = false
    else if (!this.#cursor.next()) return false
    this.#recordsRead += 1
    if (this.#firstOffset < 0) this.#firstOffset = this.#cursor.reader.offset
    this.nextOffset = this.#cursor.reader.offset + 1
    return true
  }
}

/** One lent record with an object of its own. */
export class LentRecordView {
  readonly offset: Offset
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly keyPosition: number
  /** The size of the key; -1: it is null. */
  readonly keyBytes: number
  readonly valuePosition: number
  /** The size of the value; -1: it is null. */
  readonly valueBytes: number
  readonly #memory: Memory
  readonly #headersPosition: number
  readonly #headersEnd: number
  readonly #headerCount: number

  constructor(reader: BatchReader) {
    this.offset = reader.offset
    this.timestamp = reader.timestamp
    this.keyPosition = reader.keyPosition
    this.keyBytes = reader.keyBytes
    this.valuePosition = reader.valuePosition
    this.valueBytes = reader.valueBytes
    this.#memory = reader.memory
    this.#headersPosition = reader.headersPosition
    this.#headersEnd = reader.recordEnd
    this.#headerCount = reader.headerCount
  }

  /** The memory in which key and value lie, for readers that parse in place. */
  get memory(): Memory {
    return this.#memory
  }

  /** A new view at each call, as are `value` and `headers`. */
  get key(): Buffer | null {
    return this.keyBytes < 0 ? null : this.#memory.bytes.subarray(this.keyPosition, this.keyPosition + this.keyBytes)
  }

  get value(): Buffer | null {
    return this.valueBytes < 0
      ? null
      : this.#memory.bytes.subarray(this.valuePosition, this.valuePosition + this.valueBytes)
  }

  get headers(): readonly ReadHeader[] {
    return parseHeaders(this.#memory.bytes, this.#headersPosition, this.#headersEnd, this.#headerCount)
  }

  /** The headers by their names, as KafkaJS gives them: a list where a name comes twice. */
  get headersByName(): HeadersByName {
    return headersByName(this.headers)
  }

  toJSON(): ShownRecord {
    return shownRecord(this)
  }

  [inspect.custom](): ShownRecord {
    return shownRecord(this)
  }
}
