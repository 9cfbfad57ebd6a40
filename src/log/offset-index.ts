/**
 * The sparse index of one segment: where to start looking. An entry stands for a batch that begins more than
 * `index.interval.bytes` behind the batch of the entry before, so a search by hand never crosses more than one interval
 * and one batch. It lives in the heap of the thread that owns the log and is rebuilt from the batches after a crash.
 *
 *   entry                    0     1     2   …
 *   relative offset          0    31    64       of the batch, counted from the segment's base offset
 *   position                64  4200  8312       of the batch, in the segment
 *   earlier max timestamp   -∞   900   950       over all batches in front of it: never falls from entry to entry
 *
 * Offsets of one segment lie within 31 bits of its base (a segment rolls before), so the columns are typed arrays of 16
 * bytes an entry. They are kept when the segment is recycled.
 */
import { assert } from '../base/assert.js'

const ENTRIES_AT_FIRST = 64

export class OffsetIndex {
  #intervalBytes = 0
  #count = 0
  #relativeOffsets = new Int32Array(ENTRIES_AT_FIRST)
  #positions = new Int32Array(ENTRIES_AT_FIRST)
  #earlierMaxTimestamps = new Float64Array(ENTRIES_AT_FIRST)

  get count(): number {
    return this.#count
  }

  /** Forgets all entries and keeps their memory. */
  reset(intervalBytes: number): void {
    this.#intervalBytes = intervalBytes
    this.#count = 0
  }

  /** Call for each batch in order of position; adds an entry when one is due. The first batch always gets one. */
  note(relativeOffset: number, position: number, earlierMaxTimestamp: number): void {
    const count = this.#count
    if (count > 0 && position - this.#positions[count - 1]! <= this.#intervalBytes) return
    if (count === this.#positions.length) this.#grow()
    this.#relativeOffsets[count] = relativeOffset
    this.#positions[count] = position
    this.#earlierMaxTimestamps[count] = earlierMaxTimestamp
    this.#count = count + 1
  }

  /** Drops the entries of all batches at this position or behind it. */
  truncate(position: number): void {
    while (this.#count > 0 && this.#positions[this.#count - 1]! >= position) this.#count--
  }

  /** The entry of the last indexed batch that begins at or before the offset; -1 if there is none. */
  entryByOffset(relativeOffset: number): number {
    return lastAtMost(this.#relativeOffsets, this.#count, relativeOffset)
  }

  /** The entry of the last indexed batch that begins at or before the position; -1 if there is none. */
  entryByPosition(position: number): number {
    return lastAtMost(this.#positions, this.#count, position)
  }

  /** The last entry with only older batches in front of it; -1 if there is none. */
  entryByTimestamp(timestamp: number): number {
    let low = -1
    let high = this.#count
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#earlierMaxTimestamps[middle]! < timestamp) low = middle
      else high = middle
    }
    return low
  }

  relativeOffsetAt(entry: number): number {
    assert(entry >= 0 && entry < this.#count, 'An index entry exists')
    return this.#relativeOffsets[entry]!
  }

  positionAt(entry: number): number {
    assert(entry >= 0 && entry < this.#count, 'An index entry exists')
    return this.#positions[entry]!
  }

  earlierMaxTimestampAt(entry: number): number {
    assert(entry >= 0 && entry < this.#count, 'An index entry exists')
    return this.#earlierMaxTimestamps[entry]!
  }

  #grow(): void {
    const entries = this.#count * 2
    const relativeOffsets = new Int32Array(entries)
    const positions = new Int32Array(entries)
    const earlierMaxTimestamps = new Float64Array(entries)
    relativeOffsets.set(this.#relativeOffsets)
    positions.set(this.#positions)
    earlierMaxTimestamps.set(this.#earlierMaxTimestamps)
    this.#relativeOffsets = relativeOffsets
    this.#positions = positions
    this.#earlierMaxTimestamps = earlierMaxTimestamps
  }
}

/** Index of the last of `count` ascending values that is at most `limit`; -1 if all are larger. */
function lastAtMost(ascending: Int32Array, count: number, limit: number): number {
  let low = -1
  let high = count
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= limit) low = middle
    else high = middle
  }
  return low
}
