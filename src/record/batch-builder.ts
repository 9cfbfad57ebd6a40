import { assert } from '../base/assert.js'
import { type LeaderEpoch, leaderEpoch, type Offset, offset } from '../base/ids.js'
import { Memory } from '../base/memory.js'
import { codecOf } from './codecs/codecs.js'
import { compressRecords } from './compressed-batch.js'
import {
  BATCH_OVERHEAD,
  COMPRESSION_MASK,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
} from './layout.js'
import type { RecordData, RecordHeader } from './record.js'
import { sealBatch, stampOffset } from './record-batch.js'
import { encodeRecord, recordBytes } from './record-encoder.js'

export interface RecordToBuild {
  readonly key?: RecordData
  readonly value?: RecordData
  readonly headers?: readonly RecordHeader[]
  /** Milliseconds since 1970; the batch's baseTimestamp if absent. */
  readonly timestamp?: number
}

export interface BatchOptions {
  /** Milliseconds since 1970; the first record's timestamp if absent, or else 0. */
  readonly baseTimestamp?: number
  /** The bits of `layout`. With a codec the records are compressed, if that makes them smaller. */
  readonly attributes?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly baseOffset?: Offset
  readonly leaderEpoch?: LeaderEpoch
}

/** Makes one sealed batch at the start of its own memory. For internal topics and tests: simple, not fast. */
export function buildBatch(records: readonly RecordToBuild[], options: BatchOptions = {}): Memory {
  assert(records.length > 0, 'A batch holds at least one record')
  const baseTimestamp = options.baseTimestamp ?? records[0]?.timestamp ?? 0
  const timestamps = records.map((record) => record.timestamp ?? baseTimestamp)
  const encoded = records.map((record, index) => {
    const timestampDelta = (timestamps[index] ?? baseTimestamp) - baseTimestamp
    return [index, timestampDelta, record.key ?? null, record.value ?? null, record.headers ?? null] as const
  })
  const bytes = encoded.reduce((sum, record) => sum + recordBytes(...record), BATCH_OVERHEAD)
  const memory = Memory.allocate(bytes)
  let at = BATCH_OVERHEAD
  for (const record of encoded) at += encodeRecord(memory, at, bytes - at, ...record)
  const { attributes = 0 } = options
  const codec = codecOf(attributes)
  const sealedBytes = codec === undefined ? bytes : compressRecords(memory, 0, bytes, codec)
  sealBatch(memory, 0, {
    bytes: sealedBytes,
    recordCount: records.length,
    baseTimestamp,
    maxTimestamp: timestamps.reduce((latest, timestamp) => Math.max(latest, timestamp)),
    attributes: codec !== undefined && sealedBytes === bytes ? attributes & ~COMPRESSION_MASK : attributes,
    producerId: options.producerId ?? NO_PRODUCER_ID,
    producerEpoch: options.producerEpoch ?? NO_PRODUCER_EPOCH,
    baseSequence: options.baseSequence ?? NO_SEQUENCE,
  })
  stampOffset(memory, 0, options.baseOffset ?? offset(0), options.leaderEpoch ?? leaderEpoch(NO_LEADER_EPOCH))
  return memory
}
