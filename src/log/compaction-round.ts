/**
 * One compaction of a log, in steps. (`Cleaner` in Kafka.)
 *
 *   segments of the log    │ compacted before │ dirty │ dirty │ dirty │ not yet, and the active one …
 *   1. mapping                                ├──────────────────────▶│  the latest offset of each key
 *   2. rewriting           ├─────────────────────────────────────────▶│  what stays goes into segments of the pool:
 *
 *            group: whole segments whose rest fits into one
 *          ┌────────────┴───────────┐
 *          │ source │ source │ source │ …
 *          └─ target ─┘        a target that is full takes the place of its sources, which are unlinked
 *
 * - Offsets stay as they are, so gaps come into being, and the base and last offset of a batch that stays never change.
 * - A target belongs to no log until it is published by one word; a kill before that leaves the log as it was. A kill
 *   after it leaves sources that recovery knows to be replaced. Groups are swapped oldest first, so that what hides
 *   older records goes after them, wherever the thread ends.
 * - The batches of a source go into one target: if they do not fit behind those of the sources before it, these are
 *   the group, and they begin the next one. A source that is full, and grows because of horizons, goes into two
 *   targets: the first one is older than the source, by its sequence, and does not count before that is unlinked; the
 *   second one is newer, and counts at once.
 * - These batches stay, if need be without records: the last committed one of a producer that is remembered, since it
 *   tells the sequence; the first one of a leader epoch, since `LeaderEpochs` reads it there; and the last one of the round, up
 *   to which followers must be able to get (KAFKA-17076).
 * - The log may be appended to, read, and cut at its oldest end between two steps. A truncation ends the round.
 *
 * Lives in the broker's thread.
 */
import { COMPACTED_KEYS_MAX } from '../base/config/internal-limits.js'
import type { Offset, Timestamp } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import { baseOffset, batchBytes, lastOffset, partitionLeaderEpoch } from '../record/record-batch.js'
import { BatchCompactor, type CompactionRules } from './batch-compactor.js'
import type { Dirt } from './dirt.js'
import { KeyOffsets } from './key-offsets.js'
import type { LogState } from './log-state.js'
import type { ProducerStates } from './producer-states.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'
import type { SegmentList } from './segment-list.js'
import type { SegmentPool } from './segment-pool.js'
import type { CompactionOptions, LogPoint } from './types.js'

export interface CompactionParts {
  readonly state: LogState
  readonly pool: SegmentPool
  readonly producers: ProducerStates
  readonly options: CompactionOptions
  readonly limits: { readonly bytesMax: number; readonly indexIntervalBytes: number }
  /** The log's number at its broker. */
  readonly log: number
  readonly point: LogPoint
}

/** Less than every leader epoch. */
const NO_EPOCH = -2

export class CompactionRound {
  readonly #parts: CompactionParts
  /** The log's segments as they were when it began: a truncation makes another list. */
  readonly #segments: SegmentList
  readonly #compactor = new BatchCompactor()
  readonly #rules: CompactionRules
  /** The number of segments that the list had lost at its oldest end when it was looked at last. */
  #shifted: number
  #phase: 'mapping' | 'rewriting' | 'over' = 'mapping'
  /** Exclusive; a segment begins here. */
  #endOffset: Offset
  /** The last offset of the last batch before the end. */
  #lastOffset = -1
  /** The place of the next batch: the index of its segment, the source, and its position there. */
  #index: number
  #position = SEGMENT_HEADER_BYTES
  /** Index of the first source of the target. */
  #group = 0
  #target: Segment | null = null
  /** The target before that one, of the same group; null: there is none. */
  #spilled: Segment | null = null
  /** Position in the target behind the batches of all sources before this one. */
  #mark = SEGMENT_HEADER_BYTES
  /** Leader epoch of the batch before the next one. */
  #epoch = NO_EPOCH
  /** Whether anything has changed in the sources of the group before this one, and in this one. */
  #isGroupChanged = false
  #isChanged = false

  constructor(parts: CompactionParts, { firstDirty, end }: Dirt, now: Timestamp) {
    this.#parts = parts
    this.#segments = parts.state.segments
    this.#shifted = this.#segments.shifted
    this.#index = firstDirty
    this.#endOffset = this.#at(end).baseOffset
    this.#rules = { keys: new KeyOffsets(), now, deleteRetentionMs: parts.options.deleteRetentionMs }
  }

  get isOver(): boolean {
    return this.#phase === 'over'
  }

  /** Goes through so many bytes of the log, and at least one batch. Throws a CorruptRecordError. */
  step(bytesMax: number): void {
    if (!this.#findPlace()) return this.stop()
    for (let left = bytesMax; left > 0 && !this.isOver; ) {
      if (this.#position >= this.#at(this.#index).end) this.#endSource()
      else left -= this.#phase === 'mapping' ? this.#map() : this.#rewrite()
    }
  }

  /** Ends it: what was not swapped stays as it was. */
  stop(): void {
    this.#phase = 'over'
    this.#giveTargetsBack()
    this.#compactor.release()
  }

  /** Finds its place again in a log that may have lost its oldest segments. False: there is none any more. */
  #findPlace(): boolean {
    if (this.#parts.state.segments !== this.#segments) return false
    const lost = this.#segments.shifted - this.#shifted
    if (lost === 0) return true
    this.#shifted += lost
    this.#index -= lost
    this.#group -= lost
    if (this.#at(0).baseOffset >= this.#endOffset) return false
    if (this.#phase === 'rewriting' && this.#group < 0) this.#beginGroup(0)
    else if (this.#index < 0) [this.#index, this.#position] = [0, SEGMENT_HEADER_BYTES]
    return true
  }

  #map(): number {
    const { memory } = this.#at(this.#index)
    const at = this.#position
    this.#compactor.note(memory, at, this.#rules.keys)
    this.#lastOffset = lastOffset(memory, at)
    return this.#passBatch()
  }

  #rewrite(): number {
    const { memory } = this.#at(this.#index)
    const at = this.#position
    const target = this.#target as Segment
    const left = this.#leftOf(memory, at)
    if (left !== null) {
      const [from, fromAt] = left === 'whole' ? [memory, at] : [left, 0]
      const bytes = batchBytes(from, fromAt)
      if (!target.hasRoomFor(bytes, lastOffset(memory, at))) return this.#makeRoom(baseOffset(memory, at))
      copyBatch(from, fromAt, target)
    }
    if (left !== 'whole') this.#isChanged = true
    this.#epoch = partitionLeaderEpoch(memory, at)
    return this.#passBatch()
  }

  #leftOf(memory: Memory, at: number): Memory | 'whole' | null {
    const keepsEmpty = this.#keepsEmpty(memory, at)
    const left = this.#compactor.compact(memory, at, this.#rules, { keepsEmpty, setsHorizon: true })
    if (left === null || left === 'whole') return left
    const isTooLong = SEGMENT_HEADER_BYTES + align8(batchBytes(left, 0)) > this.#parts.limits.bytesMax
    // It fills a segment alone, and its tombstones wait until other records in it have gone.
    return isTooLong ? this.#compactor.compact(memory, at, this.#rules, { keepsEmpty, setsHorizon: false }) : left
  }

  #keepsEmpty(memory: Memory, at: number): boolean {
    if (lastOffset(memory, at) === this.#lastOffset || partitionLeaderEpoch(memory, at) !== this.#epoch) return true
    const { producers, state } = this.#parts
    return producers.mayBeLastBefore(state.highWatermark, memory, at)
  }

  /** Returns the bytes of the batch. */
  #passBatch(): number {
    const next = this.#at(this.#index).batchEnd(this.#position)
    const bytes = next - this.#position
    this.#position = next
    return bytes
  }

  /** The next segment is the source from now on, unless the round ends in front of it. */
  #endSource(): void {
    this.#index += 1
    this.#position = SEGMENT_HEADER_BYTES
    const { baseOffset } = this.#at(this.#index)
    if (this.#phase === 'mapping') {
      const isFull = this.#rules.keys.size >= COMPACTED_KEYS_MAX
      if (isFull) this.#endOffset = baseOffset
      if (baseOffset >= this.#endOffset) this.#beginGroup(0)
      return
    }
    this.#isGroupChanged ||= this.#isChanged
    if (baseOffset >= this.#endOffset) {
      this.#swap(this.#target as Segment, baseOffset)
      this.#target = null
      this.stop()
    } else this.#beginSource()
  }

  #beginSource(): void {
    this.#mark = (this.#target as Segment).end
    this.#isChanged = false
  }

  /** Begins to rewrite with this segment, into an empty target. */
  #beginGroup(index: number): void {
    this.#phase = 'rewriting'
    this.#group = index
    this.#index = index
    this.#position = SEGMENT_HEADER_BYTES
    this.#epoch = index === 0 ? NO_EPOCH : this.#epoch
    this.#isGroupChanged = false
    this.#giveTargetsBack()
    this.#target = this.#begunAt(this.#at(index).baseOffset)
    this.#beginSource()
  }

  #begunAt(from: Offset): Segment {
    const target = this.#parts.pool.take()
    target.fill(from, this.#parts.limits)
    return target
  }

  #giveTargetsBack(): void {
    for (const target of [this.#spilled, this.#target]) if (target !== null) this.#parts.pool.giveBack(target)
    this.#spilled = null
    this.#target = null
  }

  /** The next batch does not fit into the target. Returns 0: no batch was passed. */
  #makeRoom(from: Offset): number {
    const target = this.#target as Segment
    if (this.#mark > SEGMENT_HEADER_BYTES) this.#endGroup(target)
    else if (this.#spilled === null && !target.isEmpty) {
      this.#spilled = target
      this.#target = this.#begunAt(from)
    } else this.stop()
    return 0
  }

  /** The sources before this one are a group. What was left of this one begins the next. */
  #endGroup(full: Segment): void {
    const source = this.#at(this.#index)
    const next = this.#begunAt(source.baseOffset)
    for (let at = this.#mark; at < full.end; at = full.batchEnd(at)) copyBatch(full.memory, at, next)
    full.cut(this.#mark, source.baseOffset)
    this.#swap(full, source.baseOffset)
    this.#group = this.#segments.indexOf(source.baseOffset)
    this.#index = this.#group
    this.#target = next
    this.#mark = SEGMENT_HEADER_BYTES
    this.#isGroupChanged = false
  }

  /** Puts targets in place of the segments of their group, behind which `nextOffset` begins. */
  #swap(target: Segment, nextOffset: Offset): void {
    const { pool, log, point, state } = this.#parts
    const sources: Segment[] = []
    for (let index = this.#group; index < this.#index; index++) sources.push(this.#at(index))
    const [first, last] = [sources[0], sources.at(-1)] as [Segment, Segment]
    if (sources.length === 1 && !this.#isGroupChanged) {
      pool.giveBack(target)
      return last.noteCompaction()
    }
    const { highWatermark, logStartOffset } = state
    const compactions = 1 + sources.reduce((most, source) => Math.max(most, source.compactions), 0)
    const swapIn = (segment: Segment, sequence: number, end: Offset): void => {
      point('segment-filled')
      const { baseOffset } = segment
      segment.nextOffset = end
      segment.swapIn({ log, sequence, baseOffset, highWatermark, logStartOffset }, compactions)
      point('segment-swapped')
    }
    const spilled = this.#spilled
    if (spilled === null) swapIn(target, last.sequence, nextOffset)
    else {
      const before = this.#group === 0 ? first.sequence - 1 : this.#at(this.#group - 1).sequence
      swapIn(spilled, (before + first.sequence) / 2, target.baseOffset)
      swapIn(target, (last.sequence + this.#at(this.#index).sequence) / 2, nextOffset)
    }
    this.#spilled = null
    this.#segments.replace(this.#group, sources.length, spilled === null ? [target] : [spilled, target])
    for (const source of sources) {
      pool.unlink(source)
      point('segment-unlinked')
    }
  }

  #at(index: number): Segment {
    return this.#segments.at(index) as Segment
  }
}

function copyBatch(from: Memory, at: number, target: Segment): void {
  target.copyIn(from, at, batchBytes(from, at))
  target.take(target.end, target.batchEnd(target.end))
}
