import { LEASE_SLOTS } from '../../../actor/types.js'

/**
 * Where somebody is in each partition, by the partition's index: one thread writes, another one reads. -1: the position
 * is being looked up.
 */
export class SharedPositions {
  static readonly BYTES = LEASE_SLOTS * Float64Array.BYTES_PER_ELEMENT
  readonly shared: SharedArrayBuffer
  readonly from: number
  readonly #offsets: Float64Array

  /** Lies from this byte on in the memory. */
  constructor(shared = new SharedArrayBuffer(SharedPositions.BYTES), from = 0) {
    this.shared = shared
    this.from = from
    this.#offsets = new Float64Array(shared, from, LEASE_SLOTS)
  }

  get(index: number): number {
    return this.#offsets[index] as number
  }

  set(index: number, offset: number | null): void {
    this.#offsets[index] = offset ?? -1
  }
}
