import { assert } from '../base/assert.js'
import type { Offset } from '../base/ids.js'
import { lastOffset } from '../record/record-batch.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'

/** The most places of dropped segments before the list is made anew. */
const DROPPED_MAX = 64

/**
 * The segments of a log, oldest first. The last one is written to and grows; those before it stay as they are. Adding
 * one, dropping the oldest, finding one and summing their bytes cost the same however many there are: a log of small
 * segments may have a hundred thousand.
 */
export class SegmentList {
  /** The list, whose first `#dropped` places are empty, so that dropped segments are collected. */
  #segments: (Segment | null)[]
  #dropped = 0
  /** The bytes of all segments but the last. */
  #sealedBytes = 0
  #shifted = 0

  constructor(segments: readonly Segment[] = []) {
    this.#segments = [...segments]
    for (const segment of segments.slice(0, -1)) this.#sealedBytes += segment.bytes
  }

  get length(): number {
    return this.#segments.length - this.#dropped
  }

  /** How many segments were taken off the oldest end so far: whoever counts from there has to know. */
  get shifted(): number {
    return this.#shifted
  }

  get bytes(): number {
    return this.#sealedBytes + (this.#segments.at(-1)?.bytes ?? 0)
  }

  /** A segment; undefined behind the last one. */
  at(index: number): Segment | undefined {
    return this.#segments[this.#dropped + index] ?? undefined
  }

  /** The last segment; undefined in an empty list. */
  get newest(): Segment | undefined {
    return this.#segments.at(-1) ?? undefined
  }

  /** Adds a segment; the one before it is not written to any more. */
  push(segment: Segment): void {
    this.#sealedBytes = this.bytes
    this.#segments.push(segment)
  }

  /** Takes the oldest segment out, which must not be the last one. */
  shift(): Segment {
    assert(this.length > 1, 'A log goes on in its last segment')
    const oldest = this.#segments[this.#dropped] as Segment
    this.#sealedBytes -= oldest.bytes
    this.#segments[this.#dropped] = null
    this.#dropped += 1
    this.#shifted += 1
    // At least half of the places are empty then, so that each segment is moved once.
    if (this.#dropped > Math.max(DROPPED_MAX, this.length)) {
      this.#segments = this.toArray()
      this.#dropped = 0
    }
    return oldest
  }

  /** Puts segments in place of others, of which the last segment of the list is none. */
  replace(first: number, count: number, by: readonly Segment[]): void {
    assert(count > 0 && first + count < this.length, 'A log goes on in its last segment')
    for (const before of this.#segments.splice(this.#dropped + first, count, ...by))
      this.#sealedBytes -= (before as Segment).bytes
    for (const segment of by) this.#sealedBytes += segment.bytes
  }

  /** Index of the segment that holds the offset, which must lie in the log. */
  indexOf(target: Offset): number {
    let [low, high] = [0, this.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.at(middle) as Segment).baseOffset > target) high = middle - 1
      else low = middle
    }
    return low
  }

  /** The offset behind the last batch in front of this position; where the list begins, if there is none. */
  endBefore(segment: Segment, position: number): number {
    let index = this.indexOf(segment.baseOffset)
    let [behind, end] = [segment, position]
    for (; end === SEGMENT_HEADER_BYTES && index > 0; end = behind.end) behind = this.at(--index) as Segment
    if (end === SEGMENT_HEADER_BYTES) return behind.baseOffset
    return lastOffset(behind.memory, behind.boundaryBefore(end - 1)) + 1
  }

  toArray(): Segment[] {
    return this.#segments.slice(this.#dropped) as Segment[]
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.toArray()[Symbol.iterator]()
  }

  checkInvariants(): void {
    const segments = this.toArray()
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
    assert(bytes === this.bytes, 'What was sealed does not grow')
  }
}
