import { LEASE_SLOTS } from '../../../actor/types.js'

/**
 * Where a handler module is in each partition, by the partition's index: its thread writes, the application reads. -1:
 * the position is being looked up.
 */
export class SharedPositions {
  readonly shared: SharedArrayBuffer
  readonly #offsets: Float64Array

  constructor(shared = new SharedArrayBuffer(LEASE_SLOTS * Float64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#offsets = new Float64Array(shared)
  }

  get(index: number): number {
    return this.#offsets[index] as number
  }

  set(index: number, offset: number | null): void {
    this.#offsets[index] = offset ?? -1
  }
}
