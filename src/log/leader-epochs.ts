import { assert } from '../base/assert.js'
import type { LeaderEpoch, Offset } from '../base/ids.js'
import { baseOffset, partitionLeaderEpoch } from '../record/record-batch.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'

export interface EpochEnd {
  readonly leaderEpoch: LeaderEpoch
  /** The exclusive end. */
  readonly endOffset: Offset
}

interface EpochStart {
  readonly leaderEpoch: LeaderEpoch
  startOffset: Offset
}

/**
 * The leader epoch of each part of a log: epochs strictly growing, start offsets growing. It says nothing that the
 * batches do not say, so it needs no memory of its own. (`LeaderEpochFileCache` in Kafka, KIP-101 and KIP-279; there, a
 * leader notes its epoch before its first batch, which leaves epochs without batches behind.)
 */
export class LeaderEpochs {
  #starts: EpochStart[] = []

  /** The epoch of the last batch; null if there is none. */
  get latest(): LeaderEpoch | null {
    return this.#starts.at(-1)?.leaderEpoch ?? null
  }

  /** A batch of this epoch begins here, at the end of the log. */
  note(epoch: LeaderEpoch, at: Offset): void {
    const last = this.#starts.at(-1)
    if (last !== undefined && last.leaderEpoch === epoch) return
    assert(last === undefined || last.leaderEpoch < epoch, 'Leader epochs grow along a log')
    this.truncateFromEnd(at)
    this.#starts.push({ leaderEpoch: epoch, startOffset: at })
  }

  /**
   * The largest epoch that is not above this one, and its end. If all are above, the batches of this one were deleted
   * since: it ends where the first one begins. Null if there is no batch.
   */
  endOf(epoch: LeaderEpoch, logEndOffset: Offset): EpochEnd | null {
    const first = this.#starts[0]
    if (first === undefined) return null
    if (epoch < first.leaderEpoch) return { leaderEpoch: epoch, endOffset: first.startOffset }
    const index = this.#starts.findLastIndex((start) => start.leaderEpoch <= epoch)
    const { leaderEpoch } = this.#starts[index] as EpochStart
    return { leaderEpoch, endOffset: this.#starts[index + 1]?.startOffset ?? logEndOffset }
  }

  /** The epoch in which the record at this offset was written; null: before all that is known. */
  at(offset: Offset): LeaderEpoch | null {
    return this.#starts.findLast(({ startOffset }) => startOffset <= offset)?.leaderEpoch ?? null
  }

  /** Forgets epochs that begin at this offset or after it. */
  truncateFromEnd(end: Offset): void {
    this.#starts = this.#starts.filter((start) => start.startOffset < end)
  }

  /** Forgets epochs that end at this offset or before it. */
  truncateFromStart(logStartOffset: Offset): void {
    const first = this.#starts.findLastIndex((start) => start.startOffset <= logStartOffset)
    if (first < 0) return
    this.#starts = this.#starts.slice(first)
    ;(this.#starts[0] as EpochStart).startOffset = logStartOffset
  }

  clear(): void {
    this.#starts = []
  }

  /** Reads the batches of a recovered log. */
  rebuild(segments: readonly Segment[]): void {
    this.clear()
    for (const segment of segments) {
      for (let at = SEGMENT_HEADER_BYTES; at < segment.end; at = segment.batchEnd(at)) {
        this.note(partitionLeaderEpoch(segment.memory, at), baseOffset(segment.memory, at))
      }
    }
  }

  /** Cheap. `logEndOffset` is the end of the log that it belongs to. */
  checkInvariants(logEndOffset: Offset): void {
    this.#starts.forEach((start, index) => {
      const next = this.#starts[index + 1]
      assert(next === undefined || start.leaderEpoch < next.leaderEpoch, 'Leader epochs grow')
      assert(next === undefined || start.startOffset < next.startOffset, 'Only the last leader epoch may be empty')
      assert(start.startOffset <= logEndOffset, 'A leader epoch begins within the log')
    })
  }
}
