import { assert } from '../base/assert.js'
import { leaderEpoch, type Offset, offset } from '../base/ids.js'
import { batchOf, RecordLog } from '../log/record-log.js'
import { SegmentPool } from '../log/segment-pool.js'
import { SharedLog } from '../log/shared-log.js'
import type { LogPoint, SegmentKeeper } from '../log/types.js'
import { batchBytes } from '../record/record-batch.js'
import type { ClusterImage } from './cluster-image.js'
import { METADATA_CODEC, type MetadataRecord } from './metadata-records.js'

const READ_BYTES = 1 << 20

export interface MetadataLogOptions {
  readonly segmentBytes: number
  /** Bytes of records after which a snapshot is written. */
  readonly bytesBetweenSnapshots: number
}

/**
 * `__cluster_metadata`: the records of every decision form one batch, so that a decision is there whole or not at all.
 * The log outlives its thread: a new thread begins with what the one before has published, and goes on in the same
 * memory.
 *
 * Now and then it begins anew with a snapshot, a batch like any other, so that its length follows the size of the
 * cluster and not its history. If the thread ends before the older records are deleted, they are read and forgotten
 * again.
 */
export class MetadataLog {
  readonly #log: SharedLog
  readonly #bytesBetweenSnapshots: number
  /** Bytes of the records that are not deleted. */
  #bytes = 0
  #snapshotDue: number

  constructor(segments: SegmentKeeper, point: LogPoint, options: MetadataLogOptions) {
    const { segmentBytes, bytesBetweenSnapshots } = options
    this.#bytesBetweenSnapshots = bytesBetweenSnapshots
    this.#snapshotDue = bytesBetweenSnapshots
    const onAllocated = segments.keep.bind(segments)
    const pool = new SegmentPool({ segmentBytes, onAllocated })
    const keepsAll = { retentionBytes: -1, retentionMs: -1, indexIntervalBytes: 4096, whenFull: 'delete' as const }
    this.#log = new SharedLog(pool, keepsAll, { oldestNeeded: () => offset(0) }, point)
    this.#log.recover(pool.adopt(segments.inherited).get(0) ?? [])
    // There is one replica: what was published is committed, even if the thread ended before it could say so.
    this.#log.advanceHighWatermark(this.#log.logEndOffset)
  }

  /** False: they do not fit into a segment, and nothing was appended. */
  append(records: readonly MetadataRecord[]): boolean {
    return this.#write(records) !== null
  }

  /** To be called when the image is the fold of the log. */
  compact(image: ClusterImage): void {
    if (this.#bytes < this.#snapshotDue) return
    const before = this.#bytes
    const start = this.#write(image.snapshot())
    if (start === null) {
      // The image does not fit into a segment: history is kept, for now.
      this.#snapshotDue = 2 * before
      return
    }
    this.#log.deleteRecordsBefore(start)
    this.#bytes -= before
    // Twice the snapshot's own length, so that writing it costs a step for each record.
    this.#snapshotDue = Math.max(this.#bytesBetweenSnapshots, 2 * this.#bytes) + this.#bytes
  }

  /** The offset of the first record; null if they do not fit into a segment. */
  #write(records: readonly MetadataRecord[]): Offset | null {
    const batch = batchOf(records, METADATA_CODEC)
    const bytes = batchBytes(batch, 0)
    const appended = this.#log.append(batch, 0, bytes, leaderEpoch(0))
    if (appended === 'RECORD_LIST_TOO_LARGE') return null
    assert(typeof appended === 'number', 'The metadata log keeps everything')
    this.#log.advanceHighWatermark(this.#log.logEndOffset)
    this.#bytes += bytes
    return appended
  }

  /** Replays every record into an empty image, oldest first. To be called once. */
  replay(image: ClusterImage): void {
    const records = new RecordLog(this.#log, METADATA_CODEC)
    while (!records.isAtEnd) this.#bytes += records.replay(image, READ_BYTES)
  }
}
