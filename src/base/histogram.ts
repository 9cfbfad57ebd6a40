/**
 * Latencies, counted in buckets that grow with the value, in shared memory: one thread records, others may read and
 * merge at any time. They see counts that are a few records behind one another, never a torn one: an aligned
 * float64 is one store on every machine that Node runs on.
 *
 *     float64 | 0 count | 1 sum | 2 max | 3 … bucket 0 | bucket 1 | …
 *
 * Each power of two is cut into 128 equal buckets. Where a value belongs is read off its bits: exponent and first
 * seven bits of the mantissa of a float32, taken as one integer, are the number of its bucket. A bucket is reported
 * by its middle, so a percentile is wrong by 1/256 at most, from 1/64 of a microsecond to 71 minutes.
 */
import { assert } from './assert.js'

const COUNT = 0
const SUM = 1
const MAX = 2
const BUCKETS_AT = 3

const MANTISSA_BITS = 23
const BUCKET_BITS = 7
const SHIFT = MANTISSA_BITS - BUCKET_BITS
const EXPONENT_BIAS = 127
/** Values below 2^-6 microseconds share bucket 0, values from 2^32 on the last one. */
const LOWEST = 2 ** -6
const LOWEST_BITS = (EXPONENT_BIAS - 6) << BUCKET_BITS
const HIGHEST = 2 ** 32
const BUCKETS = ((6 + 32) << BUCKET_BITS) + 1

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** Bytes of the shared memory behind one histogram. */
export const HISTOGRAM_BYTES = (BUCKETS_AT + BUCKETS) * Float64Array.BYTES_PER_ELEMENT

/** Counts of latencies in microseconds. */
export class Histogram {
  readonly shared: SharedArrayBuffer
  readonly #cells: Float64Array

  /** A view of a histogram that another thread may be writing; memory of zeros is an empty one. */
  constructor(shared: SharedArrayBuffer) {
    assert(shared.byteLength === HISTOGRAM_BYTES, 'A histogram has HISTOGRAM_BYTES bytes')
    this.shared = shared
    this.#cells = new Float64Array(shared)
  }

  static allocate(): Histogram {
    return new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES))
  }

  /** Records that were counted. */
  get count(): number {
    return this.#cells[COUNT]!
  }

  /** The largest value, exactly, in microseconds; 0 when empty. */
  get max(): number {
    return this.#cells[MAX]!
  }

  /** The mean, exactly, in microseconds; 0 when empty. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#cells[SUM]! / this.count
  }

  /** Counts one value. Two clocks may disagree by a little, so a value below zero counts as zero. */
  record(micros: number): void {
    const cells = this.#cells
    const value = Math.max(micros, 0)
    const cell = BUCKETS_AT + bucketOf(value)
    cells[cell] = cells[cell]! + 1
    cells[SUM] = cells[SUM]! + value
    if (value > cells[MAX]!) cells[MAX] = value
    cells[COUNT] = cells[COUNT]! + 1
  }

  /** The value, in microseconds, that this percentage (0 to 100) of the records does not exceed; 0 when empty. */
  percentile(percentage: number): number {
    assert(percentage >= 0 && percentage <= 100, 'A percentile lies between 0 and 100')
    const rank = Math.max(1, Math.ceil((percentage / 100) * this.count))
    if (rank >= this.count) return this.max
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#cells[BUCKETS_AT + bucket]!
      if (seen >= rank) return Math.min(middleOf(bucket), this.max)
    }
    return this.max
  }

  /** Forgets all values; to be called while nobody records. */
  clear(): void {
    this.#cells.fill(0)
  }

  /** Adds the values that the other one counted. */
  merge(other: Histogram): void {
    const max = Math.max(this.max, other.max)
    for (let cell = 0; cell < this.#cells.length; cell++) this.#cells[cell]! += other.#cells[cell]!
    this.#cells[MAX] = max
  }
}

function bucketOf(micros: number): number {
  if (micros < LOWEST) return 0
  if (micros >= HIGHEST) return BUCKETS - 1
  float[0] = micros
  // Rounding to a float32 can reach HIGHEST itself, which is the last bucket all the same.
  return (bits[0]! >> SHIFT) - LOWEST_BITS
}

function middleOf(bucket: number): number {
  bits[0] = (bucket + LOWEST_BITS) << SHIFT
  const low = float[0]!
  bits[0] = (bucket + LOWEST_BITS + 1) << SHIFT
  return (low + float[0]!) / 2
}
