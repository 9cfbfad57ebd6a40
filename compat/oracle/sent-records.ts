import { crc32c } from '../../src/base/crc32c.js'
import type { Memory } from '../../src/base/memory.js'
import { type BatchOptions, buildBatch, type RecordToBuild } from '../../src/record/batch-builder.js'
import * as layout from '../../src/record/layout.js'
import { batchBytes } from '../../src/record/record-batch.js'

/** 2001-09-09, so that times of scripts are told apart from those that a broker stamps. */
export const THEN = 1_000_000_000_000

/** What the header of a batch says instead of what is right. */
interface Header extends Omit<BatchOptions, 'producerId'> {
  /** A number, or the name of a value that a broker has chosen. */
  readonly producerId?: number | string
  readonly magic?: number
  readonly recordCount?: number
  readonly lastOffsetDelta?: number
  readonly maxTimestamp?: number
  readonly batchLength?: number
  /** A position in the batch, and the byte that is there. */
  readonly rewrite?: readonly [at: number, byte: number]
}

/** Records that a script sends: a batch is made of them when it is known what a name in them stands for. */
export class SentRecords {
  readonly #records: readonly RecordToBuild[]
  readonly #header: Header
  readonly #spoil: (bytes: Buffer) => Buffer

  constructor(records: readonly RecordToBuild[], header: Header = {}, spoil = (bytes: Buffer): Buffer => bytes) {
    this.#records = records
    this.#header = header
    this.#spoil = spoil
  }

  bytes(meant: (name: unknown) => unknown): Buffer {
    const { magic, recordCount, lastOffsetDelta, maxTimestamp, batchLength, producerId, rewrite, ...options } =
      this.#header
    const id = producerId === undefined ? {} : { producerId: Number(meant(producerId)) }
    const memory = buildBatch(this.#records, { baseTimestamp: THEN, ...options, ...id })
    const size = batchBytes(memory, 0)
    const { view } = memory
    if (magic !== undefined) view.setInt8(layout.MAGIC_AT, magic)
    if (recordCount !== undefined) view.setInt32(layout.RECORD_COUNT_AT, recordCount)
    if (lastOffsetDelta !== undefined) view.setInt32(layout.LAST_OFFSET_DELTA_AT, lastOffsetDelta)
    if (maxTimestamp !== undefined) view.setBigInt64(layout.MAX_TIMESTAMP_AT, BigInt(maxTimestamp))
    if (batchLength !== undefined) view.setInt32(layout.BATCH_LENGTH_AT, batchLength)
    if (rewrite !== undefined) view.setUint8(...rewrite)
    view.setUint32(layout.CRC_AT, checksum(memory, size))
    return this.#spoil(Buffer.from(memory.bytes.subarray(0, size)))
  }
}

function checksum(memory: Memory, size: number): number {
  return crc32c(memory.bytes, layout.ATTRIBUTES_AT, size)
}

/** Records with these values, and nothing about them that is unusual. */
export const records = (...values: readonly string[]): SentRecords =>
  new SentRecords(values.map((value) => ({ value })))

/** The same with a header that says something else. */
export const recordsWith = (header: Header, ...values: readonly string[]): SentRecords =>
  new SentRecords(
    values.map((value) => ({ value })),
    header,
  )

/** The same, with bytes that were changed behind the checksum. */
export const spoilt = (spoil: (bytes: Buffer) => Buffer, ...values: readonly string[]): SentRecords =>
  new SentRecords(
    values.map((value) => ({ value })),
    {},
    spoil,
  )
