/**
 * A partition's log: a ring of equal segments in shared memory, oldest first.
 *
 *   logStartOffset        lastStableOffset   highWatermark       logEndOffset
 *        │                        │                │                  │
 *   ┌────┼──────────┬─────────────┼──┬─────────────┼──────┬───────────┼ ─ ─ ─ ┐
 *   │ sealed        │ sealed         │ sealed             │ active    │ room  │
 *   └───────────────┴────────────────┴────────────────────┴───────────┴ ─ ─ ─ ┘
 *   the oldest goes first                                  appends go here
 *
 * - Only the owning broker's thread comes here; other threads read the slices that were leased to them.
 * - Append: copy the whole batch, stamp its offset, publish one word. A thread can be killed between any two of these
 *   steps; what was not published does not exist, so the log is the one before or the one after (see `recovery`).
 * - Compaction takes records out of sealed segments, below the high watermark, and joins segments: see `Compaction`.
 * - Roll: unlink what retention gives up, then open the next segment. Truncate: open a fresh segment at the cut, then
 *   unlink what lies behind. Either is one published word after the other, each of which leaves a log.
 * - `logStartOffset` never passes the high watermark: what is not replicated yet is not given up either, so an append
 *   is refused with `full` when the high watermark stands still for longer than the memory lasts (on disk, Kafka
 *   grows).
 */
import { assert } from '../base/assert.js'
import { isOn } from '../base/guards.js'
import { type LeaderEpoch, type Offset, offset, type Timestamp } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import * as batch from '../record/record-batch.js'
import { checkBatches } from './check-batches.js'
import { Compaction } from './compaction.js'
import { isOlderThan } from './dirt.js'
import { LogReader } from './log-reader.js'
import { LogState } from './log-state.js'
import { ProducerStates } from './producer-states.js'
import { recoverSegments } from './recovery.js'
import { segmentsExpired, segmentsOverSize } from './retention.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'
import { SegmentList } from './segment-list.js'
import type { AdoptedSegment, SegmentPool } from './segment-pool.js'
import type { AppendRefusal, LogNeeds, LogOptions, LogPoint } from './types.js'

/** A log with what only its owning thread may do. A holder of a `LogReader` can do none of it: the type is the lock. */
export class SharedLog extends LogReader {
  readonly producers = new ProducerStates()
  readonly #pool: SegmentPool
  #options: LogOptions
  #limits: { readonly bytesMax: number; readonly indexIntervalBytes: number }
  #compaction: Compaction | null
  readonly #needs: LogNeeds
  readonly #point: LogPoint
  readonly #state: LogState
  #active: Segment | null = null
  #segmentsOpened = 0
  #isClosed = false

  constructor(pool: SegmentPool, options: LogOptions, needs: LogNeeds, point: LogPoint) {
    const state = new LogState()
    super(state, pool)
    this.#state = state
    this.#pool = pool
    this.#options = options
    this.#needs = needs
    this.#point = point
    this.#limits = this.#limitsOf(options)
    this.#compaction = this.#compactionOf(options)
  }

  /** Null: this log is not compacted. */
  get compaction(): Compaction | null {
    return this.#compaction
  }

  /**
   * Goes on with other options. What is there stays until it is looked at the next time: segments keep their size, and
   * a round of compaction that is under way is given up.
   */
  reconfigure(options: LogOptions): void {
    this.#options = options
    this.#limits = this.#limitsOf(options)
    this.#compaction?.stop()
    this.#compaction = this.#compactionOf(options)
  }

  #limitsOf({ segmentBytes, indexIntervalBytes }: LogOptions): { bytesMax: number; indexIntervalBytes: number } {
    const { segmentBytes: bytesMax } = this.#pool
    return { bytesMax: Math.min(segmentBytes ?? bytesMax, bytesMax), indexIntervalBytes }
  }

  #compactionOf({ log = 0, compaction }: LogOptions): Compaction | null {
    if (compaction === undefined) return null
    const roll = (): Segment => this.#openAt(this.#state.logEndOffset)
    const parts = { state: this.#state, pool: this.#pool, producers: this.producers, point: this.#point }
    return new Compaction({ ...parts, limits: this.#limits, log, roll, options: compaction })
  }

  /**
   * Appends one batch as the leader: copies it, stamps its offset and epoch, publishes it. `at` must be a multiple of
   * 8. Returns the batch's base offset. With `logAppendTime` (milliseconds) the batch takes that time and a new
   * checksum.
   */
  append(
    source: Memory,
    at: number,
    bytes: number,
    leaderEpoch: LeaderEpoch,
    logAppendTime: Timestamp | null = null,
  ): Offset | AppendRefusal {
    const offsets = batch.lastOffset(source, at) - batch.baseOffset(source, at)
    const lastOffset = this.#state.logEndOffset + offsets
    const time = logAppendTime ?? batch.maxTimestamp(source, at)
    const refusal = this.#makeRoom(bytes, lastOffset, time, this.#limits.bytesMax)
    if (refusal !== null) return refusal
    const segment = this.#active!
    if (!this.#copyIn(segment, source, at, bytes)) return 'fenced'
    if (logAppendTime !== null) segment.setAppendTime(logAppendTime)
    segment.stamp(this.#state.logEndOffset, leaderEpoch)
    return this.#publish(segment, bytes)
  }

  /**
   * Appends one batch as a follower: the leader's offset and epoch stay; it must not start before this log's end. The
   * leader may have compacted what lay between. If nothing may go yet, the log grows beyond its retention.
   */
  appendAsFollower(source: Memory, at: number, bytes: number): Offset | Exclude<AppendRefusal, 'full'> {
    const baseOffset = batch.baseOffset(source, at)
    const lastOffset = batch.lastOffset(source, at)
    // DeleteRecords can leave a leader's log start offset inside a batch. A follower that begins there is sent the
    // whole batch. Source: Partition.appendRecordsToFollowerOrFutureReplica.
    const isEmpty = this.#state.logStartOffset === this.#state.logEndOffset
    if (isEmpty && baseOffset < this.#state.logEndOffset && lastOffset >= this.#state.logEndOffset) {
      this.truncateFullyAndStartAt(baseOffset)
    }
    assert(baseOffset >= this.#state.logEndOffset, 'A follower appends at the end of its log')
    // Followers must hold what the leader has kept, however their segments are cut; otherwise neither may ever let it
    // go.
    const refusal = this.#makeRoom(bytes, lastOffset, batch.maxTimestamp(source, at), this.#pool.segmentBytes)
    if (refusal === 'full') this.#openAt(this.#state.logEndOffset, bytes)
    else if (refusal !== null) return refusal
    // The gap is longer than a segment counts.
    if (!this.#active!.hasRoomFor(bytes, lastOffset)) this.#openAt(baseOffset, bytes)
    const segment = this.#active!
    if (!this.#copyIn(segment, source, at, bytes)) return 'fenced'
    return this.#publish(segment, bytes)
  }

  advanceHighWatermark(to: Offset): void {
    assert(to >= this.#state.highWatermark, 'A high watermark only grows')
    assert(to <= this.#state.logEndOffset, 'A high watermark lies within its log')
    this.#state.highWatermark = to
    this.#checkpoint()
  }

  /** DeleteRecords: returns the new log start offset, which never moves down and never beyond the high watermark. */
  deleteRecordsBefore(before: Offset): Offset | 'OFFSET_OUT_OF_RANGE' {
    if (before > this.#state.highWatermark) return 'OFFSET_OUT_OF_RANGE'
    if (before <= this.#state.logStartOffset) return this.#state.logStartOffset
    this.#state.truncateFromStart(before)
    this.#checkpoint()
    this.#unlinkBelowStart()
    return before
  }

  /**
   * Removes the batch that contains this offset and all after it; returns the log's end, which is that of a batch: a
   * follower of this log could not get further.
   */
  truncate(to: Offset): Offset {
    if (to >= this.#state.logEndOffset) return this.#state.logEndOffset
    if (to <= this.#state.logStartOffset) return this.truncateFullyAndStartAt(to)
    const before = this.#state.segments.toArray()
    const cutSegment = before[this.#state.segments.indexOf(to)]!
    const cutPosition = cutSegment.positionOf(to)
    const end = offset(this.#state.segments.endBefore(cutSegment, cutPosition))
    if (end <= this.#state.logStartOffset) return this.truncateFullyAndStartAt(end)
    this.#state.truncateFromEnd(end)
    const fresh = this.#openAt(end)
    const kept = before.filter((segment) => segment.baseOffset < end)
    if (kept.includes(cutSegment)) cutSegment.cut(cutPosition, end)
    else kept.at(-1)!.nextOffset = end
    this.#state.segments = new SegmentList([...kept, fresh])
    for (const segment of before) if (segment.baseOffset >= end) this.#unlink(segment)
    this.producers.rebuild(this.#state.segments.toArray())
    return end
  }

  /** Drops everything; the next record gets this offset. Source: UnifiedLog.truncateFullyAndStartAt. */
  truncateFullyAndStartAt(start: Offset): Offset {
    const before = this.#state.segments.toArray()
    this.#state.beginAt(start)
    this.producers.clear()
    if (before.length > 0) this.#openAt(start)
    for (const segment of before) this.#unlink(segment)
    return start
  }

  /** Retention by size and by time; returns the number of segments that went. */
  deleteExpired(now: Timestamp): number {
    const before = this.#state.segments.length
    let count = segmentsExpired(this.#state.segments, this.#options, now)
    if (count === 0) return 0
    // All of it goes, the active segment too: something must go on counting the offsets.
    if (count === before && this.#active!.isEmpty) count--
    else if (count === before && this.#mayGo(this.#active!)) this.#openAt(this.#state.logEndOffset)
    let deleted = 0
    for (; deleted < count && this.#state.segments.length > 1 && this.#mayGo(this.#state.segments.at(0)!); deleted++)
      this.#unlinkOldest()
    return deleted
  }

  /** Takes over what the thread before left of this log: see `SegmentPool.adopt`. The log must be new. */
  recover(adopted: readonly AdoptedSegment[]): void {
    assert(this.#state.segments.length === 0 && this.#state.logEndOffset === 0, 'Only a new log is recovered')
    const { kept, leftover } = recoverSegments(adopted, this.#limits)
    for (const segment of leftover) this.#pool.unlink(segment)
    const active = kept.at(-1)
    if (active === undefined) return
    const header = adopted.find(({ segment }) => segment === active)!.header
    this.#state.recover(kept, header)
    this.producers.rebuild(kept)
    this.#active = active
    this.#segmentsOpened = active.sequence + 1
    this.#checkpoint()
    this.#unlinkBelowStart()
  }

  /** Gives all segments back. Lent ones follow with their last lease. */
  close(): void {
    this.#compaction?.stop()
    for (const segment of this.#state.segments) this.#pool.unlink(segment)
    this.#state.segments = new SegmentList()
    this.#active = null
    this.#isClosed = true
  }

  /** Cheap: segments and offsets. Batches and index entries are checked by `checkBatches`. */
  checkInvariants(): void {
    this.#state.checkInvariants()
    assert((this.#state.segments.newest ?? null) === this.#active, 'Appends go to the newest segment')
  }

  /** Walks every batch: they follow one another, and the indexes agree with them. */
  checkBatches(): void {
    for (const segment of this.#state.segments) checkBatches(segment)
  }

  /**
   * Makes the active segment one that takes the batch, or says why there is none. `bytesMax`: a follower takes what its
   * leader has kept, though the topic's segments are to be smaller by now.
   */
  #makeRoom(
    bytes: number,
    lastOffset: number,
    time: number,
    bytesMax: number,
  ): 'full' | 'RECORD_LIST_TOO_LARGE' | null {
    if (this.#active?.hasRoomFor(bytes, lastOffset) === true && this.#goesOn(this.#active, bytes, time)) return null
    if (bytesWith(bytes) > bytesMax) return 'RECORD_LIST_TOO_LARGE'
    const due = segmentsOverSize(this.#state.segments, this.#options.retentionBytes)
    for (let left = due; left > 0 && this.#state.segments.length > 1; left--) {
      if (!this.#mayGo(this.#state.segments.at(0)!)) return 'full'
      this.#unlinkOldest()
    }
    this.#openAt(this.#state.logEndOffset, bytes)
    this.#unlinkBelowStart()
    return null
  }

  /**
   * Whether a segment with one more batch is no larger, and spans no more time, than segments are to by now. The first
   * batch fits. (`LogSegment.shouldRoll`, but a segment whose first batch has no time does not age)
   */
  #goesOn(segment: Segment, bytes: number, time: number): boolean {
    if (segment.isEmpty) return true
    if (segment.end + align8(bytes) > this.#limits.bytesMax) return false
    return !isOlderThan(segment, this.#options.rollMs ?? Number.POSITIVE_INFINITY, time)
  }

  /** Copies a batch in. False if its source may be in use again: then the copy is neither read nor published. */
  #copyIn(segment: Segment, source: Memory, at: number, bytes: number): boolean {
    if (!isOn('publish-after-copy')) segment.expose(bytes)
    this.#point('append-begun')
    segment.copyIn(source, at, bytes)
    this.#point('append-copied')
    return this.#needs.isFenced?.() !== true
  }

  #publish(segment: Segment, bytes: number): Offset {
    assert(batch.batchBytes(segment.memory, segment.end) === bytes, 'A batch is as long as it says')
    this.#point('append-stamped')
    const at = segment.end
    const baseOffset = batch.baseOffset(segment.memory, at)
    segment.publish(bytes)
    this.#state.epochs.note(batch.partitionLeaderEpoch(segment.memory, at), baseOffset)
    this.producers.note(segment.memory, at)
    this.#state.logEndOffset = segment.nextOffset
    this.#point('append-published')
    return baseOffset
  }

  /** Seals the active segment and goes on in a fresh one, which has room for a batch of so many bytes at least. */
  #openAt(baseOffset: Offset, bytes = 0): Segment {
    assert(!this.#isClosed, 'A closed log stays closed')
    const segment = this.#pool.take()
    if (this.#active !== null) this.#active.seal(baseOffset)
    segment.open({
      log: this.#options.log ?? 0,
      sequence: this.#segmentsOpened++,
      baseOffset,
      highWatermark: this.#state.highWatermark,
      logStartOffset: this.#state.logStartOffset,
      ...this.#limits,
      bytesMax: Math.max(this.#limits.bytesMax, bytesWith(bytes)),
    })
    this.#active = segment
    this.#state.segments.push(segment)
    this.#state.logEndOffset = baseOffset
    this.#point('segment-opened')
    return segment
  }

  #mayGo(segment: Segment): boolean {
    if (segment.nextOffset > this.#state.highWatermark) return false
    if (this.#options.whenFull === 'delete') return true
    return segment.leases === 0 && segment.nextOffset <= this.#needs.oldestNeeded()
  }

  #unlinkOldest(): void {
    const oldest = this.#state.segments.shift()
    this.#state.truncateFromStart(offset(Math.max(this.#state.logStartOffset, oldest.nextOffset)))
    this.#checkpoint()
    this.#unlink(oldest)
  }

  #unlinkBelowStart(): void {
    while (this.#state.segments.length > 1 && this.#state.segments.at(0)!.nextOffset <= this.#state.logStartOffset)
      this.#unlinkOldest()
  }

  #unlink(segment: Segment): void {
    this.#pool.unlink(segment)
    this.#point('segment-unlinked')
  }

  #checkpoint(): void {
    this.#active?.checkpoint(this.#state.highWatermark, this.#state.logStartOffset)
  }
}

/** The bytes of a segment that holds one batch of so many bytes. */
const bytesWith = (bytes: number): number => SEGMENT_HEADER_BYTES + align8(bytes)
