/**
 * The segments of one broker, all of one size. Memory that was touched once is kept and reused, so there is never more
 * of it than was in use at once. The first touch of fresh pages costs 30 to 60 times a copy, and dropped memory is not
 * given back before a collection, for which a thread that lives in shared memory has no reason. Only the broker's
 * thread comes here.
 *
 *            take             unlink, no lease left
 *   #free ─────────▶ a log ───────────────────────▶ #free
 *         ─────────▶ a compaction ────────────────▶ a log, or #free again
 *
 * - An id names one memory for ever, so that a reader may keep the handle it was given; a reused segment keeps its id.
 * - The broker counts the leases it granted. A lease whose holder is lost is *abandoned*: its segment stays readable
 *   while it is in its log and is dropped afterwards, never written again.
 */
import { assert } from '../base/assert.js'
import { isOn } from '../base/guards.js'
import { align8, Memory, POISON } from '../base/memory.js'
import { Segment } from './segment.js'
import { type LogHeader, SEGMENT_HEADER_BYTES } from './segment-header.js'
import type { SegmentHandle } from './types.js'

export interface SegmentPoolOptions {
  /** Size of every segment with its header of 64 bytes: `log.segment.bytes`. */
  readonly segmentBytes: number
  /** Called with new memory before it is used: the keeper, which outlives the broker's thread, keeps it for `adopt`. */
  readonly onAllocated?: (handle: SegmentHandle) => void
  /** Called with the id of memory that is out of circulation: the keeper need not keep it any more. */
  readonly onDropped?: (id: number) => void
  /** For tests: overwrites recycled segments, so that a reader without a lease is found out. */
  readonly isPoisoning?: boolean
}

/** A segment that belongs to a log and whose batches are still to be counted. */
export interface AdoptedSegment {
  readonly segment: Segment
  readonly header: LogHeader
}

export class SegmentPool {
  readonly segmentBytes: number
  readonly #isPoisoning: boolean
  readonly #onAllocated: (handle: SegmentHandle) => void
  readonly #onDropped: (id: number) => void
  readonly #segments = new Map<number, Segment>()
  readonly #free: Segment[] = []
  #nextId = 0

  constructor(options: SegmentPoolOptions) {
    // Rounded as memory is: the broker's next incarnation knows a segment by its size.
    this.segmentBytes = align8(options.segmentBytes)
    this.#isPoisoning = options.isPoisoning ?? false
    this.#onAllocated = options.onAllocated ?? (() => {})
    this.#onDropped = options.onDropped ?? (() => {})
  }

  get freeBytes(): number {
    return this.#free.length * this.segmentBytes
  }

  /** A free segment: the one that was used last, whose pages and cache lines are warmest. */
  take(): Segment {
    const reused = this.#free.pop()
    if (reused !== undefined) return reused
    const segment = new Segment(this.#nextId++, Memory.allocate(this.segmentBytes))
    this.#segments.set(segment.id, segment)
    this.#onAllocated({ id: segment.id, memory: segment.memory })
    return segment
  }

  /** The segment of this id, which must be in a log or lent. */
  segmentOf(id: number): Segment {
    const segment = this.#segments.get(id)
    assert(segment !== undefined && segment.state !== 'free', 'A slice names a segment in use')
    return segment
  }

  /** Takes a segment out of its log for good; it is recycled with its last lease. */
  unlink(segment: Segment): void {
    segment.unlink()
    if (segment.leases === 0) this.#retire(segment)
  }

  /** Takes back a segment that was filled and belongs to no log. */
  giveBack(segment: Segment): void {
    assert(segment.state === 'filling', 'Whatever is in a log is unlinked from it')
    this.#retire(segment)
  }

  lease(segmentId: number): void {
    if (!isOn('leases-hold')) return
    const segment = this.segmentOf(segmentId)
    assert(segment.state !== 'unlinked', 'What left its log is lent to nobody any more')
    segment.leases++
  }

  release(segmentId: number): void {
    if (!isOn('leases-hold')) return
    const segment = this.segmentOf(segmentId)
    assert(segment.leases > 0, 'A lease comes back once')
    if (--segment.leases > 0) return
    if (segment.state === 'unlinked') this.#retire(segment)
  }

  /** Ends a lease whose holder is lost and may go on reading. */
  abandon(segmentId: number): void {
    if (!isOn('leases-hold')) return
    this.segmentOf(segmentId).isAbandoned = true
    this.release(segmentId)
  }

  /**
   * Takes over what the broker's dead incarnation left, after that thread's exit; returns the segments of each log by
   * the log's number, for `SharedLog.recover`.
   */
  adopt(handles: Iterable<SegmentHandle>): Map<number, AdoptedSegment[]> {
    const segmentsByLog = new Map<number, AdoptedSegment[]>()
    for (const { id, memory } of handles) {
      assert(!this.#segments.has(id), 'An id names one memory')
      this.#nextId = Math.max(this.#nextId, id + 1)
      if (memory.size !== this.segmentBytes) continue
      const segment = new Segment(id, memory)
      this.#segments.set(id, segment)
      const header = segment.adopt()
      if (header === 'free') this.#free.push(segment)
      else if (header === 'unlinked') this.#retire(segment)
      else {
        const adopted = segmentsByLog.get(header.log) ?? []
        adopted.push({ segment, header })
        segmentsByLog.set(header.log, adopted)
      }
    }
    return segmentsByLog
  }

  checkInvariants(): void {
    for (const segment of this.#segments.values()) {
      assert(segment.state !== 'dropped', 'What was dropped is out of circulation')
      assert(segment.state !== 'unlinked' || segment.leases > 0, 'An unlinked segment without a lease is recycled')
      assert(segment.state !== 'free' || segment.leases === 0, 'A free segment is lent to nobody')
    }
    assert(
      this.#free.every((segment) => segment.state === 'free'),
      'The pool hands out free segments',
    )
  }

  #retire(segment: Segment): void {
    if (segment.isAbandoned) {
      this.#drop(segment)
      return
    }
    segment.recycle()
    if (this.#isPoisoning) segment.memory.bytes.fill(POISON, SEGMENT_HEADER_BYTES)
    this.#free.push(segment)
  }

  #drop(segment: Segment): void {
    segment.drop()
    segment.memory.discard()
    this.#segments.delete(segment.id)
    this.#onDropped(segment.id)
  }
}
