/**
 * The findings of one consumer's handler so far, in shared memory.
 *
 *     float64 | read | duplicated | outOfOrder | handledAt | next offset of partition 0 | of 1 | …
 *
 * The thread that runs the handler writes after each batch, the offsets last; the application reads at any time.
 * Once it sees an offset, it also sees all that was counted before: it has waited a turn of its event loop in between.
 */
import type { Verifier } from './verifier.js'

const READ = 0
const DUPLICATED = 1
const OUT_OF_ORDER = 2
const HANDLED_AT = 3
const OFFSETS_AT = 4

export class ConsumerTally {
  readonly shared: SharedArrayBuffer
  readonly #cells: Float64Array

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared
    this.#cells = new Float64Array(shared)
  }

  static allocate(partitions: number): ConsumerTally {
    return new ConsumerTally(new SharedArrayBuffer((OFFSETS_AT + partitions) * Float64Array.BYTES_PER_ELEMENT))
  }

  publish(
    verifier: Verifier,
    batch: { readonly handledAt: number; readonly partition: number; readonly nextOffset: number },
  ): void {
    const cells = this.#cells
    cells[READ] = verifier.read
    cells[DUPLICATED] = verifier.duplicated
    cells[OUT_OF_ORDER] = verifier.outOfOrder
    cells[HANDLED_AT] = batch.handledAt
    cells[OFFSETS_AT + batch.partition] = batch.nextOffset
  }

  get read(): number {
    return this.#cells[READ]!
  }

  get duplicated(): number {
    return this.#cells[DUPLICATED]!
  }

  get outOfOrder(): number {
    return this.#cells[OUT_OF_ORDER]!
  }

  /** The time at which the last batch was handled, in milliseconds of the run's clock; 0 before the first. */
  get handledAt(): number {
    return this.#cells[HANDLED_AT]!
  }

  /** The next offset, exclusive: every record of the partition below it was handled. */
  nextOffset(partition: number): number {
    return this.#cells[OFFSETS_AT + partition]!
  }
}
