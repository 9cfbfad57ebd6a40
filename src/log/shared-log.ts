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
 * - Roll: unlink what retention gives up, then open the next segment. Truncate: open a fresh segment at the cut, then
 *   unlink what lies behind. Either is one published word after the other, each of which leaves a log.
 * - `logStartOffset` never passes the high watermark: what is not replicated yet is not given up either, so an append
 *   is refused with `full` when the high watermark stands still for longer than the memory lasts (on disk, Kafka
 *   grows).
 */
import { assert } from '../base/assert.js'
import { isOn } from '../base/guards.js'
import { type LeaderEpoch, type Offset, offset, position, type Timestamp, timestamp } from '../base/ids.js'
import { align8, type Memory } from '../base/memory.js'
import { NO_TIMESTAMP } from '../record/layout.js'
import * as batch from '../record/record-batch.js'
import { LeaderEpochs } from './leader-epochs.js'
import { ProducerStates } from './producer-states.js'
import { recoverSegments } from './recovery.js'
import { segmentsOverAge, segmentsOverSize } from './retention.js'
import { SEGMENT_HEADER_BYTES, type Segment } from './segment.js'
import { SegmentList } from './segment-list.js'
import type { AdoptedSegment, SegmentPool } from './segment-pool.js'
import { findByTimestamp, largestTimestamp } from './timestamp-search.js'
import type {
  AppendRefusal,
  Isolation,
  LogNeeds,
  LogOptions,
  LogPoint,
  LogSlice,
  LogWriter,
  OffsetSpec,
  ReadLimits,
  TimestampedOffset,
} from './types.js'

export class SharedLog implements LogWriter {
  readonly epochs = new LeaderEpochs()
  readonly producers = new ProducerStates()
  readonly #pool: SegmentPool
  readonly #options: LogOptions
  readonly #limits: { readonly bytesMax: number; readonly indexIntervalBytes: number }
  readonly #needs: LogNeeds
  readonly #point: LogPoint
  #segments = new SegmentList()
  #active: Segment | null = null
  #segmentsOpened = 0
  #logStartOffset = offset(0)
  #highWatermark = offset(0)
  #logEndOffset = offset(0)
  #isClosed = false

  constructor(pool: SegmentPool, options: LogOptions, needs: LogNeeds, point: LogPoint) {
    this.#pool = pool
    this.#options = options
    this.#needs = needs
    this.#point = point
    const bytesMax = Math.min(options.segmentBytes ?? pool.segmentBytes, pool.segmentBytes)
    this.#limits = { bytesMax, indexIntervalBytes: options.indexIntervalBytes }
  }

  get logStartOffset(): Offset {
    return this.#logStartOffset
  }

  get lastStableOffset(): Offset {
    return this.#highWatermark
  }

  get highWatermark(): Offset {
    return this.#highWatermark
  }

  get logEndOffset(): Offset {
    return this.#logEndOffset
  }

  append(
    source: Memory,
    at: number,
    bytes: number,
    leaderEpoch: LeaderEpoch,
    logAppendTime: Timestamp | null = null,
  ): Offset | AppendRefusal {
    const count = batch.lastOffset(source, at) - batch.baseOffset(source, at) + 1
    const refusal = this.#makeRoom(bytes, this.#logEndOffset + count - 1)
    if (refusal !== null) return refusal
    const segment = this.#active!
    if (!this.#copyIn(segment, source, at, bytes)) return 'fenced'
    if (logAppendTime !== null) segment.setAppendTime(logAppendTime)
    segment.stamp(this.#logEndOffset, leaderEpoch)
    return this.#publish(segment, bytes)
  }

  appendAsFollower(source: Memory, at: number, bytes: number): Offset | Exclude<AppendRefusal, 'full'> {
    const baseOffset = batch.baseOffset(source, at)
    const lastOffset = batch.lastOffset(source, at)
    // DeleteRecords can leave a leader's log start offset inside a batch. A follower that begins there is sent the
    // whole batch. Source: Partition.appendRecordsToFollowerOrFutureReplica.
    const isEmpty = this.#logStartOffset === this.#logEndOffset
    if (isEmpty && baseOffset < this.#logEndOffset && lastOffset >= this.#logEndOffset) {
      this.truncateFullyAndStartAt(baseOffset)
    }
    assert(baseOffset === this.#logEndOffset, 'A follower appends at the end of its log')
    // What the leader has kept, its followers must hold, however their segments were cut: or neither may ever let it go.
    const refusal = this.#makeRoom(bytes, lastOffset)
    if (refusal === 'full') this.#openAt(this.#logEndOffset)
    else if (refusal !== null) return refusal
    const segment = this.#active!
    if (!this.#copyIn(segment, source, at, bytes)) return 'fenced'
    return this.#publish(segment, bytes)
  }

  read(from: Offset, limits: ReadLimits): LogSlice | null | 'OFFSET_OUT_OF_RANGE' {
    if (from < this.#logStartOffset || from > this.#logEndOffset) return 'OFFSET_OUT_OF_RANGE'
    const upperOffset = this.#upperOffset(limits.isolation)
    if (from >= upperOffset) return null
    const segment = this.#segments.at(this.#segments.indexOf(from))!
    const start = segment.positionOf(from)
    let end = visibleEnd(segment, upperOffset)
    if (end <= start) return null
    if (end - start > limits.bytesMax) {
      end = segment.boundaryBefore(start + limits.bytesMax)
      if (end <= start) end = segment.batchEnd(start)
    }
    const baseOffset = batch.baseOffset(segment.memory, start)
    return { baseOffset, segment: segment.id, position: position(start), bytes: end - start }
  }

  bytesFrom(from: Offset, isolation: Isolation = 'HIGH_WATERMARK', bytesMax = Number.POSITIVE_INFINITY): number {
    const upperOffset = this.#upperOffset(isolation)
    if (from < this.#logStartOffset || from >= upperOffset) return 0
    let index = this.#segments.indexOf(from)
    let bytes = SEGMENT_HEADER_BYTES - this.#segments.at(index)!.positionOf(from)
    for (let segment = this.#segments.at(index); segment !== undefined; segment = this.#segments.at(++index)) {
      if (segment.baseOffset >= upperOffset || bytes >= bytesMax) break
      bytes += visibleEnd(segment, upperOffset) - SEGMENT_HEADER_BYTES
    }
    return Math.min(Math.max(bytes, 0), bytesMax)
  }

  offsetForTimestamp(spec: OffsetSpec, isolation: Isolation = 'HIGH_WATERMARK'): TimestampedOffset | null {
    const upperOffset = this.#upperOffset(isolation)
    if (spec === 'earliest') return { offset: this.#logStartOffset, timestamp: timestamp(NO_TIMESTAMP) }
    if (spec === 'latest') return { offset: upperOffset, timestamp: timestamp(NO_TIMESTAMP) }
    const target = spec === 'max-timestamp' ? largestTimestamp(this.#segments, this.#logStartOffset) : spec
    const found = target === null ? null : findByTimestamp(this.#segments, this.#logStartOffset, target)
    return found === null || found.offset >= upperOffset ? null : found
  }

  memoryOf(segmentId: number): Memory {
    return this.#pool.segmentOf(segmentId).memory
  }

  lease(slice: LogSlice): void {
    this.#pool.lease(slice.segment)
  }

  release(segmentId: number): void {
    this.#pool.release(segmentId)
  }

  abandon(segmentId: number): void {
    this.#pool.abandon(segmentId)
  }

  advanceHighWatermark(to: Offset): void {
    assert(to >= this.#highWatermark, 'A high watermark only grows')
    assert(to <= this.#logEndOffset, 'A high watermark lies within its log')
    this.#highWatermark = to
    this.#checkpoint()
  }

  deleteRecordsBefore(before: Offset): Offset | 'OFFSET_OUT_OF_RANGE' {
    if (before > this.#highWatermark) return 'OFFSET_OUT_OF_RANGE'
    if (before <= this.#logStartOffset) return this.#logStartOffset
    this.#logStartOffset = before
    this.epochs.truncateFromStart(before)
    this.#checkpoint()
    this.#unlinkBelowStart()
    return before
  }

  truncate(to: Offset): Offset {
    if (to >= this.#logEndOffset) return this.#logEndOffset
    if (to <= this.#logStartOffset) return this.truncateFullyAndStartAt(to)
    const before = this.#segments.toArray()
    const cutSegment = before[this.#segments.indexOf(to)]!
    const cutPosition = cutSegment.positionOf(to)
    const end = batch.baseOffset(cutSegment.memory, cutPosition)
    if (end <= this.#logStartOffset) return this.truncateFullyAndStartAt(end)
    this.#highWatermark = offset(Math.min(this.#highWatermark, end))
    this.epochs.truncateFromEnd(end)
    const fresh = this.#openAt(end)
    if (cutSegment.baseOffset < end) cutSegment.cut(cutPosition, end)
    this.#segments = new SegmentList([...before.filter((segment) => segment.baseOffset < end), fresh])
    for (const segment of before) if (segment.baseOffset >= end) this.#unlink(segment)
    this.producers.rebuild(this.#segments.toArray())
    return end
  }

  truncateFullyAndStartAt(start: Offset): Offset {
    const before = this.#segments.toArray()
    this.#segments = new SegmentList()
    this.epochs.clear()
    this.producers.clear()
    this.#logStartOffset = start
    this.#highWatermark = start
    this.#logEndOffset = start
    if (before.length > 0) this.#openAt(start)
    for (const segment of before) this.#unlink(segment)
    return start
  }

  deleteExpired(now: Timestamp): number {
    const before = this.#segments.length
    let count = Math.max(
      segmentsOverSize(this.#segments, this.#options.retentionBytes),
      segmentsOverAge(this.#segments, this.#options.retentionMs, now),
    )
    if (count === 0) return 0
    // All of it goes, the active segment too: something must go on counting the offsets.
    if (count === before && this.#active!.isEmpty) count--
    else if (count === before && this.#mayGo(this.#active!)) this.#openAt(this.#logEndOffset)
    let deleted = 0
    while (deleted < count && this.#segments.length > 1 && this.#mayGo(this.#segments.at(0)!)) {
      this.#unlinkOldest()
      deleted++
    }
    return deleted
  }

  /** Takes over what the thread before left of this log: see `SegmentPool.adopt`. The log must be new. */
  recover(adopted: readonly AdoptedSegment[]): void {
    assert(this.#segments.length === 0 && this.#logEndOffset === 0, 'Only a new log is recovered')
    const { kept, leftover } = recoverSegments(adopted, this.#limits)
    for (const segment of leftover) this.#pool.unlink(segment)
    const active = kept.at(-1)
    if (active === undefined) return
    const header = adopted.find(({ segment }) => segment === active)!.header
    this.#segments = new SegmentList(kept)
    this.#active = active
    this.#segmentsOpened = active.sequence + 1
    this.#logEndOffset = active.nextOffset
    this.#logStartOffset = clamp(header.logStartOffset, this.#segments.at(0)!.baseOffset, this.#logEndOffset)
    this.#highWatermark = clamp(header.highWatermark, this.#logStartOffset, this.#logEndOffset)
    this.epochs.rebuild(kept)
    this.producers.rebuild(kept)
    this.epochs.truncateFromStart(this.#logStartOffset)
    this.#checkpoint()
    this.#unlinkBelowStart()
  }

  close(): void {
    for (const segment of this.#segments) this.#pool.unlink(segment)
    this.#segments = new SegmentList()
    this.#active = null
    this.#isClosed = true
  }

  /** Cheap: segments and offsets. Batches and index entries are checked by `checkBatches`. */
  checkInvariants(): void {
    const segments = this.#segments.toArray()
    this.#segments.checkInvariants()
    assert(this.#logStartOffset <= this.#highWatermark, 'The log start offset never passes the high watermark')
    assert(this.#highWatermark <= this.#logEndOffset, 'The high watermark never passes the log end offset')
    this.epochs.checkInvariants(this.#logEndOffset)
    assert((segments.at(-1) ?? null) === this.#active, 'Appends go to the newest segment')
    segments.forEach((segment, index) => {
      const next = segments[index + 1]
      assert(segment.state === (next === undefined ? 'active' : 'sealed'), 'All segments but the newest are sealed')
      assert(segment.published >= segment.end, 'What can be read was published')
      assert(segment.nextOffset === (next?.baseOffset ?? this.#logEndOffset), 'Segments follow without a gap')
      assert(next === undefined || next.sequence > segment.sequence, 'Segments are in the order of their opening')
      assert(next === undefined || segment.nextOffset > this.#logStartOffset, 'A deleted segment is not kept')
    })
    assert(
      segments.length === 0 || segments[0]!.baseOffset <= this.#logStartOffset,
      'The start lies in the oldest segment',
    )
  }

  /** Walks every batch: they follow without a gap, and the indexes agree with them. */
  checkBatches(): void {
    for (const segment of this.#segments) segment.checkBatches()
  }

  /** Makes the active segment one that takes the batch, or says why there is none. */
  #makeRoom(bytes: number, lastOffset: number): 'full' | 'RECORD_LIST_TOO_LARGE' | null {
    if (this.#active?.hasRoomFor(bytes, lastOffset) === true) return null
    if (SEGMENT_HEADER_BYTES + align8(bytes) > this.#limits.bytesMax) return 'RECORD_LIST_TOO_LARGE'
    const due = segmentsOverSize(this.#segments, this.#options.retentionBytes)
    for (let left = due; left > 0 && this.#segments.length > 1; left--) {
      if (!this.#mayGo(this.#segments.at(0)!)) return 'full'
      this.#unlinkOldest()
    }
    this.#openAt(this.#logEndOffset)
    this.#unlinkBelowStart()
    return null
  }

  /** False: the source may have been used again meanwhile, so what was copied is not looked at, and never published. */
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
    const baseOffset = this.#logEndOffset
    const at = segment.end
    segment.publish(bytes)
    this.epochs.note(batch.partitionLeaderEpoch(segment.memory, at), baseOffset)
    this.producers.note(segment.memory, at)
    this.#logEndOffset = segment.nextOffset
    this.#point('append-published')
    return baseOffset
  }

  /** Seals the active segment and goes on in a fresh one. */
  #openAt(baseOffset: Offset): Segment {
    assert(!this.#isClosed, 'A closed log stays closed')
    const segment = this.#pool.take()
    if (this.#active !== null) this.#active.seal()
    segment.open({
      log: this.#options.log ?? 0,
      sequence: this.#segmentsOpened++,
      baseOffset,
      highWatermark: this.#highWatermark,
      logStartOffset: this.#logStartOffset,
      ...this.#limits,
    })
    this.#active = segment
    this.#segments.push(segment)
    this.#logEndOffset = baseOffset
    this.#point('segment-opened')
    return segment
  }

  #mayGo(segment: Segment): boolean {
    if (segment.nextOffset > this.#highWatermark) return false
    if (this.#options.whenFull === 'delete') return true
    return segment.leases === 0 && segment.nextOffset <= this.#needs.oldestNeeded()
  }

  #unlinkOldest(): void {
    const oldest = this.#segments.shift()
    this.#logStartOffset = offset(Math.max(this.#logStartOffset, oldest.nextOffset))
    this.epochs.truncateFromStart(this.#logStartOffset)
    this.#checkpoint()
    this.#unlink(oldest)
  }

  #unlinkBelowStart(): void {
    while (this.#segments.length > 1 && this.#segments.at(0)!.nextOffset <= this.#logStartOffset) this.#unlinkOldest()
  }

  #unlink(segment: Segment): void {
    this.#pool.unlink(segment)
    this.#point('segment-unlinked')
  }

  #checkpoint(): void {
    this.#active?.checkpoint(this.#highWatermark, this.#logStartOffset)
  }

  #upperOffset(isolation: Isolation): Offset {
    if (isolation === 'LOG_END') return this.#logEndOffset
    return isolation === 'HIGH_WATERMARK' ? this.highWatermark : this.lastStableOffset
  }
}

/** Where the batches end that a reader may see: one that reaches up to `upperOffset` or beyond is left out. */
function visibleEnd(segment: Segment, upperOffset: Offset): number {
  return upperOffset >= segment.nextOffset ? segment.end : segment.positionOf(upperOffset)
}

function clamp(value: Offset, low: Offset, high: Offset): Offset {
  return offset(Math.min(Math.max(value, low), high))
}
