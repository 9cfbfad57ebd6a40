import { assert } from '../base/assert.js'
import { leaderEpoch, offset } from '../base/ids.js'
import { SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import { buildBatch } from '../record/batch-builder.js'
import { batchBytes } from '../record/record-batch.js'
import type { MetadataRecord } from './metadata-records.js'

const SEGMENT_BYTES = 16 << 20

/** `__cluster_metadata`: every decision's records as one batch, so that a decision is there whole or not at all. */
export class MetadataLog {
  readonly #log: SharedLog

  constructor(point: (name: string) => void) {
    const pool = new SegmentPool({ segmentBytes: SEGMENT_BYTES, freeBytesMax: 0 })
    const keepsAll = { retentionBytes: -1, retentionMs: -1, indexIntervalBytes: 4096, whenFull: 'delete' as const }
    this.#log = new SharedLog(pool, keepsAll, { oldestNeeded: () => offset(0) }, point)
  }

  append(records: readonly MetadataRecord[]): void {
    const batch = buildBatch(records.map((record) => ({ value: JSON.stringify(record) })))
    const appended = this.#log.append(batch, 0, batchBytes(batch, 0), leaderEpoch(0))
    assert(typeof appended === 'number', 'The metadata log keeps everything')
    this.#log.advanceHighWatermark(this.#log.logEndOffset)
  }
}
