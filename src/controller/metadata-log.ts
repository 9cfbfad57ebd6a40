import { assert } from '../base/assert.js'
import { leaderEpoch, offset } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import { SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import type { LogSlice, SegmentKeeper } from '../log/types.js'
import { buildBatch } from '../record/batch-builder.js'
import { BatchReader } from '../record/batch-reader.js'
import { batchBytes } from '../record/record-batch.js'
import type { ClusterImage } from './cluster-image.js'
import type { MetadataRecord } from './metadata-records.js'

const READ_BYTES = 1 << 20

/**
 * `__cluster_metadata`: every decision's records as one batch, so that a decision is there whole or not at all. It outlives its
 * thread: a new one begins with what the one before has published, and goes on in the same memory.
 */
export class MetadataLog {
  readonly #log: SharedLog

  constructor(segments: SegmentKeeper, point: (name: string) => void, segmentBytes: number) {
    const onAllocated = segments.keep.bind(segments)
    const pool = new SegmentPool({ segmentBytes, onAllocated })
    const keepsAll = { retentionBytes: -1, retentionMs: -1, indexIntervalBytes: 4096, whenFull: 'delete' as const }
    this.#log = new SharedLog(pool, keepsAll, { oldestNeeded: () => offset(0) }, point)
    this.#log.recover(pool.adopt(segments.inherited).get(0) ?? [])
    // There is one replica: what was published is committed, even if the thread ended before it could say so.
    this.#log.advanceHighWatermark(this.#log.logEndOffset)
  }

  append(records: readonly MetadataRecord[]): void {
    const batch = buildBatch(records.map((record) => ({ value: JSON.stringify(record) })))
    const appended = this.#log.append(batch, 0, batchBytes(batch, 0), leaderEpoch(0))
    assert(typeof appended === 'number', 'The metadata log keeps everything')
    this.#log.advanceHighWatermark(this.#log.logEndOffset)
  }

  /** Makes an empty image what every record says, oldest first. */
  replay(image: ClusterImage): void {
    for (let from = this.#log.logStartOffset; from < this.#log.logEndOffset; ) {
      const slice = this.#log.read(from, { bytesMax: READ_BYTES, isolation: 'HIGH_WATERMARK' })
      assert(slice !== null && typeof slice === 'object', 'The metadata log can be read to its end')
      from = offset(from + readSlice(this.#log.memoryOf(slice.segment), slice, image))
    }
  }
}

/** Returns how many records there were. */
function readSlice(memory: Memory, slice: LogSlice, image: ClusterImage): number {
  const reader = new BatchReader(memory)
  const end = slice.position + slice.bytes
  let count = 0
  for (let at: number = slice.position; at < end; at += align8(batchBytes(memory, at))) {
    reader.reset(memory, at)
    for (; reader.next(); count++) {
      const { valuePosition, valueBytes } = reader
      image.replay(
        JSON.parse(memory.bytes.toString('utf8', valuePosition, valuePosition + valueBytes)) as MetadataRecord,
      )
    }
  }
  return count
}
