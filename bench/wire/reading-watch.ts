import { deferred } from '../../src/base/deferred.js'
import type { Clocks } from './process-reading.js'

interface Counts {
  readonly warmUp: number
  readonly records: number
}

/**
 * Times the records that come behind those of the warm-up. They come in batches: those that end the warm-up together
 * with others do not count.
 */
export class ReadingWatch {
  readonly #clocks: () => Clocks
  readonly #counts: Counts
  readonly #times = deferred<Clocks>()
  #count = 0
  #start: { readonly count: number; readonly clocks: Clocks } | null = null

  constructor(clocks: () => Clocks, counts: Counts) {
    this.#clocks = clocks
    this.#counts = counts
  }

  /** The times of as many records as are to count. */
  get times(): Promise<Clocks> {
    return this.#times.promise
  }

  note(count: number): void {
    this.#count += count
    const { warmUp, records } = this.#counts
    if (this.#start === null) {
      if (this.#count >= warmUp) this.#start = { count: this.#count, clocks: this.#clocks() }
      return
    }
    if (this.#count < warmUp + records) return
    const [{ count: before, clocks: start }, end] = [this.#start, this.#clocks()]
    const share = records / (this.#count - before)
    this.#times.resolve({ ms: (end.ms - start.ms) * share, cpuMs: (end.cpuMs - start.cpuMs) * share })
  }
}
