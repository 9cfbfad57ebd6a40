import { assert } from '../../base/assert.js'
import { SeenNumbers } from './seen-numbers.js'

/**
 * Checks every record that one consumer reads, by its number, exactly: a record counts as duplicated if its number was
 * read before, and as out of order if its first reading comes after a higher number of the same producer and partition.
 *
 * The consumer's thread owns it. One consumer reads a partition, and a record never changes its partition, so the
 * findings of several consumers add up.
 */
export class Verifier {
  readonly #producers: number
  readonly #seen: readonly SeenNumbers[]
  /** Highest counts, by partition, then by producer; -1 when nothing was read. */
  readonly #highest: Float64Array
  /** Readings, repeated ones included. */
  read = 0
  duplicated = 0
  outOfOrder = 0

  constructor(shape: { readonly producers: number; readonly partitions: number }) {
    this.#producers = shape.producers
    this.#seen = Array.from({ length: shape.producers }, () => new SeenNumbers())
    this.#highest = new Float64Array(shape.producers * shape.partitions).fill(-1)
  }

  take(partition: number, producer: number, count: number): void {
    const seen = this.#seen[producer]
    assert(seen !== undefined, 'A record has the number of one of the producers')
    this.read += 1
    const stream = partition * this.#producers + producer
    const isLate = count < this.#highest[stream]!
    if (!isLate) this.#highest[stream] = count
    if (!seen.add(count)) this.duplicated += 1
    else if (isLate) this.outOfOrder += 1
  }
}

export interface Findings {
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
}

/**
 * Joins what several verifiers have found, after everything that can be read was read. Some unacknowledged records may
 * have been read all the same, as after a timeout: `lost` then counts what is surely lost.
 */
export function findings(
  verifiers: readonly { readonly read: number; readonly duplicated: number; readonly outOfOrder: number }[],
  acknowledged: number,
): Findings {
  const sum = (of: 'read' | 'duplicated' | 'outOfOrder'): number => verifiers.reduce((total, one) => total + one[of], 0)
  const duplicated = sum('duplicated')
  return { lost: Math.max(0, acknowledged - (sum('read') - duplicated)), duplicated, outOfOrder: sum('outOfOrder') }
}
