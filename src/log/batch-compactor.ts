import { isOn } from '../base/guards.js'
import type { Timestamp } from '../base/ids.js'
import { Memory } from '../base/memory.js'
import { BatchOpener } from '../record/batch-opener.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { BatchRewriter, type StayingRecord } from '../record/batch-rewriter.js'
import { CONTROL, DELETE_HORIZON } from '../record/layout.js'
import { attributes, baseTimestamp, recordCount } from '../record/record-batch.js'
import type { KeyOffsets } from './key-offsets.js'

/** What decides about the records of a batch. */
export interface CompactionRules {
  readonly keys: KeyOffsets
  /** When the compaction began. */
  readonly now: Timestamp
  readonly deleteRetentionMs: number
}

/**
 * Reads keys, and takes out of batches what compaction does not leave (`Cleaner.shouldRetainRecord` and
 * `checkBatchRetention`):
 *
 *   a record with a key     stays while none with the same key lies behind it
 *   without a value         stays so, too, until the horizon of its batch has passed: a tombstone
 *   without a key           goes
 *
 * A batch gets its horizon when a tombstone in it is compacted for the first time. All older records of the key go in
 * the same round. So where a tombstone has gone, nothing is left that it would have hidden.
 */
export class BatchCompactor {
  readonly #opener = new BatchOpener()
  readonly #reader = new BatchReader(Memory.allocate(8))
  readonly #rewriter = new BatchRewriter()

  /** Notes the offset of each key. Throws a CorruptRecordError. */
  note(memory: Memory, at: number, keys: KeyOffsets): void {
    if (isMarker(memory, at)) return
    const reader = this.#read(memory, at)
    while (reader.next()) if (reader.keyBytes >= 0) keys.note(keyOf(reader), reader.offset)
  }

  /**
   * What is left of a batch: itself, or another one at the start of a memory that is valid until the next call; null:
   * nothing. With `keepsEmpty`, at least its header stays. Without `setsHorizon`, tombstones get their horizon another
   * time.
   */
  compact(
    memory: Memory,
    at: number,
    { keys, now, deleteRetentionMs }: CompactionRules,
    { keepsEmpty, setsHorizon }: { readonly keepsEmpty: boolean; readonly setsHorizon: boolean },
  ): Memory | 'whole' | null {
    if (isMarker(memory, at)) return 'whole'
    const batch = { memory, at }
    const reader = this.#read(memory, at)
    const hasHorizon = (attributes(memory, at) & DELETE_HORIZON) !== 0
    const isOverHorizon = isOn('tombstones-wait') ? hasHorizon && now >= baseTimestamp(memory, at) : true
    const staying: StayingRecord[] = []
    let hasTombstone = false
    for (let start = reader.recordEnd; reader.next(); start = reader.recordEnd) {
      if (reader.keyBytes < 0) continue
      const latest = keys.latest(keyOf(reader))
      if (latest !== undefined && (isOn('latest-value-stays') ? reader.offset < latest : reader.offset <= latest))
        continue
      const isTombstone = reader.valueBytes < 0
      if (isTombstone && isOverHorizon) continue
      hasTombstone ||= isTombstone
      staying.push({ start, end: reader.recordEnd, timestamp: reader.timestamp })
    }
    const isWhole = staying.length === recordCount(memory, at)
    if (staying.length === 0) {
      if (!keepsEmpty) return null
      return isWhole ? 'whole' : this.#rewriter.empty(batch)
    }
    const horizon = hasTombstone && !hasHorizon && setsHorizon ? horizonOf(now, deleteRetentionMs) : null
    if (isWhole && horizon === null) return 'whole'
    const readable = { memory: reader.memory, at: reader.batchPosition }
    return this.#rewriter.rewrite(batch, readable, staying, horizon)
  }

  /** Gives its memory up, until the next call. */
  release(): void {
    this.#opener.release()
    this.#rewriter.release()
  }

  #read(memory: Memory, at: number): BatchReader {
    const readable = this.#opener.open(memory, at)
    if (typeof readable === 'string') throw new CorruptRecordError('A batch cannot be decompressed')
    return this.#reader.reset(readable.memory, readable.at)
  }
}

/** The end of a transaction, which has no key in the sense of a compacted topic. */
function isMarker(memory: Memory, at: number): boolean {
  return (attributes(memory, at) & CONTROL) !== 0
}

/** A horizon without end is as far as a number is exact. */
function horizonOf(now: Timestamp, deleteRetentionMs: number): number {
  return Math.min(Math.floor(now) + deleteRetentionMs, Number.MAX_SAFE_INTEGER)
}

function keyOf({ memory, keyPosition, keyBytes }: BatchReader): Buffer {
  return memory.bytes.subarray(keyPosition, keyPosition + keyBytes)
}
