/**
 * A segment: one SharedArrayBuffer with a header of 64 bytes (`SegmentHeader`) and batches behind it.
 *
 *   0        64                                     end               size
 *   ├ header ┼ batch ┬ pad ┬ batch ┬ batch ┬ pad ┬ ─ ┼ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┤
 *                                                   └ published: what lies behind it does not exist
 *
 * - Only the thread of the owning broker writes here. Other threads read what they were lent, and never the header; the
 *   owner's next incarnation reads the header after the owner's exit.
 * - `published` is the one word that makes anything happen, so a kill between any two steps leaves the log before or
 *   the log after.
 * - Batches begin at multiples of 8: a native copy is eight times as fast when source and target agree modulo 8.
 * - Published bytes never change until every lease came back and the segment was recycled.
 *
 * All other state is heap of the owner, and can be rebuilt from the batches.
 */
import { assert } from '../base/assert.js'
import { isOn } from '../base/guards.js'
import { type LeaderEpoch, type Offset, offset, type Timestamp, timestamp } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import {
  baseOffset,
  batchBytes,
  lastOffset,
  latestTimestamp,
  stampAppendTime,
  stampOffset,
} from '../record/record-batch.js'
import { OffsetIndex } from './offset-index.js'
import {
  FREE,
  type LogHeader,
  SEGMENT_HEADER_BYTES,
  SegmentHeader,
  type SegmentOpening,
  UNLINKED,
} from './segment-header.js'

/** Positions are Int32, and a gibibyte leaves room for every sum of two of them. */
const SEGMENT_BYTES_MAX = 2 ** 30
/** Kafka's rule for rolling: an index entry holds the distance to the base offset in 31 bits. */
const RELATIVE_OFFSET_MAX = 2 ** 31 - 1

/**
 * free      in the pool, holds nothing
 * active    takes appends
 * filling   takes what compaction leaves of other segments, and belongs to no log yet; the memory says free
 * sealed    full, or cut by a truncation, or filled by a compaction: read only
 * unlinked  out of its log and still lent, like an open file that was deleted
 * dropped   out of circulation, because a lease was abandoned: its memory is never written again
 */
export type SegmentState = 'free' | 'active' | 'filling' | 'sealed' | 'unlinked' | 'dropped'

export const SEGMENT_TRANSITIONS = {
  free: ['active', 'filling'],
  active: ['sealed', 'unlinked'],
  filling: ['sealed', 'free'],
  sealed: ['unlinked'],
  unlinked: ['free', 'dropped'],
  dropped: [],
} as const satisfies Record<SegmentState, readonly SegmentState[]>

export class Segment {
  /** The segment's id, unique in the pool, and for ever the name of this memory. */
  readonly id: number
  readonly memory: Memory
  readonly index = new OffsetIndex()
  baseOffset = offset(0)
  /** The exclusive end of the segment's offsets: where the next segment begins, if there is one. */
  nextOffset = offset(0)
  /** Position behind the last batch that can be read: `published`, or less after a truncation. */
  end = SEGMENT_HEADER_BYTES
  /** The largest timestamp of all records, in milliseconds; -Infinity while there are none, -1 if they carry none. */
  largestTimestamp = timestamp(Number.NEGATIVE_INFINITY)
  sequence = 0
  /** How often what it holds was compacted. */
  compactions = 0
  /** The number of lent slices of this segment. */
  leases = 0
  /** Whether somebody may hold a lease that will never come back. */
  isAbandoned = false
  readonly #header: SegmentHeader
  #state: SegmentState = 'free'
  #bytesMax = 0

  constructor(id: number, memory: Memory) {
    assert(memory.size > SEGMENT_HEADER_BYTES && memory.size <= SEGMENT_BYTES_MAX, 'A segment has 65 bytes to 1 GiB')
    this.id = id
    this.memory = memory
    this.#header = new SegmentHeader(memory)
  }

  get state(): SegmentState {
    return this.#state
  }

  /** The bytes of the batches, with their padding. */
  get bytes(): number {
    return this.end - SEGMENT_HEADER_BYTES
  }

  get isEmpty(): boolean {
    return this.end === SEGMENT_HEADER_BYTES
  }

  /** Whether one more batch, which counts up to `lastOffset`, may go here. */
  hasRoomFor(bytes: number, lastOffset: number): boolean {
    return align8(bytes) <= this.#bytesMax - this.end && lastOffset - this.baseOffset <= RELATIVE_OFFSET_MAX
  }

  /** Makes it the newest segment of a log. */
  open(opening: SegmentOpening): void {
    this.#enter('active')
    assert(opening.bytesMax > SEGMENT_HEADER_BYTES && opening.bytesMax <= this.memory.size, 'A segment fits its memory')
    this.baseOffset = opening.baseOffset
    this.sequence = opening.sequence
    this.compactions = 0
    this.rewind(opening)
    this.#header.open(opening, SEGMENT_HEADER_BYTES, 0)
  }

  /** Lets it take batches of offsets from this one on, outside of any log; also anew. */
  fill(from: Offset, limits: { readonly bytesMax: number; readonly indexIntervalBytes: number }): void {
    if (this.#state !== 'filling') this.#enter('filling')
    this.baseOffset = from
    this.rewind(limits)
  }

  /** Makes a filled segment exist, in place of those that it was filled from. */
  swapIn(opening: Omit<SegmentOpening, 'bytesMax' | 'indexIntervalBytes'>, compactions: number): void {
    this.#enter('sealed')
    this.sequence = opening.sequence
    this.compactions = compactions
    this.#header.open(opening, this.end, compactions)
  }

  /** Notes that compaction has left it as it is. */
  noteCompaction(): void {
    this.compactions += 1
    this.#header.compactions = this.compactions
  }

  checkpoint(highWatermark: Offset, logStartOffset: Offset): void {
    this.#header.checkpoint(highWatermark, logStartOffset)
  }

  /**
   * Copies a batch behind the last one; it does not exist before `publish`. The copy is fast if the batch begins at a
   * multiple of 8, as it does in a producer's memory; one that a socket has brought may lie anywhere.
   */
  copyIn(source: Memory, at: number, bytes: number): void {
    assert(this.#state === 'active' || this.#state === 'filling', 'Only an active segment takes batches')
    this.memory.bytes.set(new Uint8Array(source.shared, at, bytes), this.end)
  }

  /** Gives the copied batch the time of its append. */
  setAppendTime(logAppendTime: Timestamp): void {
    stampAppendTime(this.memory, this.end, logAppendTime)
  }

  stamp(baseOffset: Offset, leaderEpoch: LeaderEpoch): void {
    stampOffset(this.memory, this.end, baseOffset, leaderEpoch)
  }

  /** Makes the copied batch exist. Its position is the segment's end before the call. */
  publish(bytes: number): void {
    const position = this.end
    this.expose(bytes)
    this.take(position, position + align8(bytes))
  }

  /** Lets a recovery find so many bytes behind the last batch. */
  expose(bytes: number): void {
    this.#header.published = this.end + align8(bytes)
  }

  /** Counts a batch that exists: offsets, timestamp, index. */
  take(position: number, end: number): void {
    const memory = this.memory
    const base = baseOffset(memory, position)
    const timestampMax = latestTimestamp(memory, position)
    const last = lastOffset(memory, position)
    assert(last >= base && last - this.baseOffset <= RELATIVE_OFFSET_MAX, 'A batch counts upwards, within its segment')
    this.index.note(base - this.baseOffset, position, this.largestTimestamp)
    this.nextOffset = offset(last + 1)
    if (timestampMax > this.largestTimestamp) this.largestTimestamp = timestamp(timestampMax)
    this.end = end
  }

  /** Forgets the heap's knowledge of its batches; the memory stays as it is. */
  rewind(limits: { readonly bytesMax: number; readonly indexIntervalBytes: number }): void {
    this.#bytesMax = limits.bytesMax
    this.end = SEGMENT_HEADER_BYTES
    this.nextOffset = this.baseOffset
    this.largestTimestamp = timestamp(Number.NEGATIVE_INFINITY)
    this.index.reset(limits.indexIntervalBytes)
  }

  /** The next segment begins at `nextOffset`. */
  seal(nextOffset: Offset): void {
    this.#enter('sealed')
    this.nextOffset = nextOffset
  }

  /**
   * Takes it out of its log. Holders of leases keep their parts; the pool calls `recycle` when the last lease came
   * back.
   */
  unlink(): void {
    this.#enter('unlinked')
    this.#header.published = UNLINKED
  }

  recycle(): void {
    assert(this.leases === 0 && !this.isAbandoned, 'A segment is recycled only when nobody may read it')
    this.#enter('free')
    this.#header.published = FREE
  }

  drop(): void {
    this.#enter('dropped')
  }

  /** Cuts at a batch boundary. The bytes behind it stay as they are, for holders of leases, and nobody finds them. */
  cut(position: number, nextOffset: Offset): void {
    assert(this.#state === 'sealed' || this.#state === 'filling', 'Only a segment without appends is cut')
    assert(position >= SEGMENT_HEADER_BYTES && position <= this.end, 'A cut lies inside of the segment')
    const indexed = this.index.entryByPosition(position - 1)
    this.largestTimestamp = timestamp(
      indexed < 0 ? Number.NEGATIVE_INFINITY : this.index.earlierMaxTimestampAt(indexed),
    )
    for (let at = indexed < 0 ? position : this.index.positionAt(indexed); at < position; at = this.batchEnd(at)) {
      const timestampMax = latestTimestamp(this.memory, at)
      if (timestampMax > this.largestTimestamp) this.largestTimestamp = timestamp(timestampMax)
    }
    this.index.truncate(position)
    this.end = position
    this.nextOffset = nextOffset
  }

  /** The position behind the batch at this position and its padding. */
  batchEnd(position: number): number {
    return position + align8(batchBytes(this.memory, position))
  }

  /** Position of the first batch whose last offset is at or above the offset; `end` if there is none. */
  positionOf(target: Offset): number {
    if (target >= this.nextOffset) return this.end
    const entry = this.index.entryByOffset(target - this.baseOffset)
    let at = entry < 0 ? SEGMENT_HEADER_BYTES : this.index.positionAt(entry)
    while (at < this.end && lastOffset(this.memory, at) < target) at = this.batchEnd(at)
    return at
  }

  /** The last batch boundary at or before the position. */
  boundaryBefore(position: number): number {
    if (position >= this.end) return this.end
    const entry = this.index.entryByPosition(position)
    let at = entry < 0 ? SEGMENT_HEADER_BYTES : this.index.positionAt(entry)
    for (let next = this.batchEnd(at); next <= position; next = this.batchEnd(at)) at = next
    return at
  }

  /** Position of the first batch that holds a record of this time or later; `end` if there is none. */
  positionByTimestamp(target: Timestamp): number {
    if (this.largestTimestamp < target) return this.end
    const entry = this.index.entryByTimestamp(target)
    let at = entry < 0 ? SEGMENT_HEADER_BYTES : this.index.positionAt(entry)
    while (at < this.end && latestTimestamp(this.memory, at) < target) at = this.batchEnd(at)
    return at
  }

  /**
   * Takes over what the header says, for a new incarnation of the broker, after the old one's exit. A segment of a log
   * comes back active with none of its batches counted yet. A segment that was not free may be lent, and nobody knows
   * to whom.
   */
  adopt(): 'free' | 'unlinked' | LogHeader {
    const { published } = this.#header
    if (published === FREE) return 'free'
    this.#enter('active')
    this.isAbandoned = isOn('leases-outlive-a-crash')
    if (published === UNLINKED) {
      this.#enter('unlinked')
      return 'unlinked'
    }
    this.baseOffset = this.#header.baseOffset
    this.sequence = this.#header.sequence
    this.compactions = this.#header.compactions
    return this.#header.told()
  }

  get published(): number {
    return this.#header.published
  }

  #enter(state: SegmentState): void {
    const allowed: readonly SegmentState[] = SEGMENT_TRANSITIONS[this.#state]
    assert(allowed.includes(state), 'A segment follows the table of its states')
    this.#state = state
  }
}
