import { type Deferred, deferred } from '../../base/deferred.js'
import type { RecordAccumulator } from '../batches/record-accumulator.js'

interface Flush {
  /** It waits for the records that began to wait for a batch before this number. */
  readonly upToWait: number
  waitsLeft: number
  /** It waits for the batches that were opened before this number. */
  upToBatch: number
  batchesLeft: number
  readonly done: Deferred<void>
}

/**
 * Flushes wait until all that was given to a producer so far is acknowledged or given up: first for the records that
 * have no batch yet, then for the batches. Lives on the application's thread.
 */
export class Flushes {
  readonly #accumulator: Pick<RecordAccumulator, 'outstanding' | 'batchesOpened' | 'setFlushing'>
  #flushes: Flush[] = []
  #waits = 0
  #waitsBegun = 0

  constructor(accumulator: Pick<RecordAccumulator, 'outstanding' | 'batchesOpened' | 'setFlushing'>) {
    this.#accumulator = accumulator
  }

  get hasPending(): boolean {
    return this.#waits > 0 || this.#accumulator.outstanding > 0
  }

  /** How many wait for a batch. */
  get waits(): number {
    return this.#waits
  }

  /** Resolves when everything so far is acknowledged or given up. */
  flush(): Promise<void> {
    const { batchesOpened, outstanding } = this.#accumulator
    if (this.#waits === 0 && outstanding === 0) return Promise.resolve()
    const flush = {
      upToWait: this.#waitsBegun,
      waitsLeft: this.#waits,
      upToBatch: batchesOpened,
      batchesLeft: outstanding,
      done: deferred<void>(),
    }
    this.#flushes.push(flush)
    if (outstanding > 0) this.#accumulator.setFlushing(true)
    return flush.done.promise
  }

  /** Begins a wait of records for a batch. Returns the number under which it ends. */
  waitBegins(): number {
    this.#waits += 1
    return this.#waitsBegun++
  }

  /** Ends the wait of records: they have a batch, or have failed. */
  waitEnds(number: number): void {
    this.#waits -= 1
    if (this.#flushes.length === 0) return
    const { batchesOpened, outstanding } = this.#accumulator
    let hasBatches = false
    for (const flush of this.#flushes) {
      if (number >= flush.upToWait) continue
      flush.waitsLeft -= 1
      if (flush.waitsLeft > 0) continue
      flush.upToBatch = batchesOpened
      flush.batchesLeft = outstanding
      hasBatches ||= outstanding > 0
    }
    if (hasBatches) this.#accumulator.setFlushing(true)
    this.#resolve()
  }

  /** Notes that a batch is acknowledged or given up. */
  reported(batchNumber: number): void {
    if (this.#flushes.length === 0) return
    for (const flush of this.#flushes) if (batchNumber < flush.upToBatch) flush.batchesLeft -= 1
    if (!this.#flushes.some(({ batchesLeft }) => batchesLeft > 0)) this.#accumulator.setFlushing(false)
    this.#resolve()
  }

  #resolve(): void {
    const isOver = ({ waitsLeft, batchesLeft }: Flush): boolean => waitsLeft === 0 && batchesLeft === 0
    const over = this.#flushes.filter(isOver)
    if (over.length === 0) return
    this.#flushes = this.#flushes.filter((flush) => !isOver(flush))
    // The promises of the last batch itself come first.
    for (const { done } of over) queueMicrotask(done.resolve)
  }
}
