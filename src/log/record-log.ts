import { type Offset, offset } from '../base/ids.js'
import { align8, Memory } from '../base/memory.js'
import { buildBatch } from '../record/batch-builder.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { decompressedBatch } from '../record/compressed-batch.js'
import type { RecordData } from '../record/record.js'
import { batchBytes, lastOffset } from '../record/record-batch.js'
import type { Fold } from './decision.js'
import type { LogReader } from './log-reader.js'

/** The way in which records of one kind are written to a log, and read from it. */
export interface RecordCodec<Record> {
  encode(record: Record): { readonly key: RecordData; readonly value: RecordData }
  /** The record, or null for one of an unknown kind, which is skipped. Both views are valid only during the call. */
  decode(key: Buffer | null, value: Buffer | null): Record | null
}

/**
 * A decision's records as one batch, so that a decision is in the log whole or not at all. `now` is the time of each,
 * in milliseconds.
 */
export function batchOf<Record>(records: readonly Record[], codec: RecordCodec<Record>, now = 0): Memory {
  return buildBatch(
    records.map((record) => codec.encode(record)),
    { baseTimestamp: now },
  )
}

/**
 * A log as the row of records whose fold is a state, and how far that state has got. It reads in steps, so that a busy
 * caller can take a long log in many turns. It sees all that the log holds, committed or not: its state is that of a
 * leader.
 */
export class RecordLog<Record> {
  readonly #log: LogReader
  readonly #codec: RecordCodec<Record>
  readonly #reader = new BatchReader(Memory.allocate(8))
  #next: Offset

  constructor(log: LogReader, codec: RecordCodec<Record>) {
    this.#log = log
    this.#codec = codec
    this.#next = log.logStartOffset
  }

  /** Whether every record of the log was replayed. */
  get isAtEnd(): boolean {
    return this.#next >= this.#log.logEndOffset
  }

  /** Skips to the end of the log: the caller has appended records there, and replayed them by hand. */
  passOver(): void {
    this.#next = this.#log.logEndOffset
  }

  /**
   * Replays the next whole batches, up to `bytesMax` of them and at least one if there is one. Returns their bytes.
   * Throws a CorruptRecordError at an unreadable batch, and stays in front of what it has read with it.
   */
  replay(state: Fold<Record>, bytesMax: number): number {
    // Records that were deleted meanwhile need no replaying.
    const from = offset(Math.max(this.#next, this.#log.logStartOffset))
    const slice = this.#log.read(from, { bytesMax, isolation: 'LOG_END' })
    // Behind the last batch: it may end before the log does, if what followed was compacted (KAFKA-7286).
    if (slice === null) this.passOver()
    if (slice === null || slice === 'OFFSET_OUT_OF_RANGE') return 0
    const memory = this.#log.memoryOf(slice.segment)
    const end = slice.position + slice.bytes
    let next = from
    for (let at: number = slice.position; at < end; at += align8(batchBytes(memory, at))) {
      next = this.#replayBatch(memory, at, state, from)
    }
    this.#next = next
    return slice.bytes
  }

  /** Returns the offset behind the batch. The first batch may begin before `from`. */
  #replayBatch(memory: Memory, at: number, state: Fold<Record>, from: Offset): Offset {
    const readable = decompressedBatch(memory, at)
    if (typeof readable === 'string') throw new CorruptRecordError('A batch cannot be decompressed')
    const reader = this.#reader.reset(readable.memory, readable.at)
    while (reader.next()) {
      if (reader.offset < from) continue
      const record = this.#codec.decode(
        view(readable.memory, reader.keyPosition, reader.keyBytes),
        view(readable.memory, reader.valuePosition, reader.valueBytes),
      )
      if (record !== null) state.replay(record, reader.offset)
    }
    return offset(lastOffset(memory, at) + 1)
  }
}

function view(memory: Memory, position: number, bytes: number): Buffer | null {
  return bytes < 0 ? null : memory.bytes.subarray(position, position + bytes)
}
