import { ACKNOWLEDGED, type FlatHistory, PROMISES } from './flat-history.js'

/**
 * Every offset that somebody has named, reading it or acknowledging with acks=all, in order: a slot for each.
 *
 *     | slots of partition 0, by offset | of partition 1 | …
 */
export class NamedOffsets {
  /** The offset of each slot. */
  readonly offsets: Float64Array
  /** The first slot of each partition; one more at the end. */
  readonly starts: Float64Array
  /** The slot of each reading. */
  readonly slotOfRead: Int32Array
  /** The slot of each record; -1 when no offset was named that is promised to stay. */
  readonly slotOfSent: Int32Array

  constructor(history: FlatHistory) {
    const { sent, read, partitions } = history
    const records = sent.outcome.length
    const isNamed = (record: number): boolean =>
      sent.outcome[record] === ACKNOWLEDGED &&
      (sent.promises[record]! & PROMISES.kept) !== 0 &&
      sent.offset[record]! >= 0
    // Visits what is read and what is named, each as a partition and an offset.
    const forEach = (take: (partition: number, offset: number) => void): void => {
      for (let at = 0; at < read.offset.length; at++) take(read.partition[at]!, read.offset[at]!)
      for (let record = 0; record < records; record++) {
        if (isNamed(record)) take(sent.partition[record]!, sent.offset[record]!)
      }
    }
    const bounds = new Float64Array(partitions + 1)
    forEach((partition) => {
      bounds[partition + 1]! += 1
    })
    for (let partition = 0; partition < partitions; partition++) bounds[partition + 1]! += bounds[partition]!
    const all = new Float64Array(bounds[partitions]!)
    const ends = bounds.slice()
    forEach((partition, offset) => {
      all[ends[partition]!++] = offset
    })
    this.starts = sortedAndDistinct(all, bounds)
    this.offsets = all.subarray(0, this.starts[partitions]!)
    const finder = new Finder(this.offsets, this.starts)
    this.slotOfRead = new Int32Array(read.offset.length)
    for (let at = 0; at < read.offset.length; at++)
      this.slotOfRead[at] = finder.slotOf(read.partition[at]!, read.offset[at]!)
    this.slotOfSent = new Int32Array(records).fill(-1)
    for (let record = 0; record < records; record++) {
      if (isNamed(record)) this.slotOfSent[record] = finder.slotOf(sent.partition[record]!, sent.offset[record]!)
    }
  }
}

/** Sorts what lies between each two bounds, moves it together without repetitions, and returns the new bounds. */
function sortedAndDistinct(all: Float64Array, bounds: Float64Array): Float64Array {
  const starts = new Float64Array(bounds.length)
  let length = 0
  for (let partition = 0; partition + 1 < bounds.length; partition++) {
    const [from, to] = [bounds[partition]!, bounds[partition + 1]!]
    all.subarray(from, to).sort()
    for (let at = from; at < to; at++) {
      if (at === from || all[at] !== all[length - 1]) all[length++] = all[at]!
    }
    starts[partition + 1] = length
  }
  return starts
}

/** Offsets are mostly looked up one after the other, so the slot behind the last one is tried first. */
class Finder {
  readonly #offsets: Float64Array
  readonly #starts: Float64Array
  readonly #next: Float64Array

  constructor(offsets: Float64Array, starts: Float64Array) {
    this.#offsets = offsets
    this.#starts = starts
    this.#next = starts.slice()
  }

  slotOf(partition: number, offset: number): number {
    const offsets = this.#offsets
    let low = this.#starts[partition]!
    const next = this.#next[partition]!
    if (next < this.#starts[partition + 1]! && offsets[next] === offset) low = next
    else {
      for (let high = this.#starts[partition + 1]! - 1; low < high; ) {
        const middle = (low + high) >>> 1
        if (offsets[middle]! < offset) low = middle + 1
        else high = middle
      }
    }
    this.#next[partition] = low + 1
    return low
  }
}
