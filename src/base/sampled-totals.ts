/**
 * Totals and maxima with Kafka's window: totals since the beginning, and how much of them came within the last samples.
 * One thread counts; others may read at any time, and pay for it themselves.
 *
 *     int32    begun                  samples ever begun, published last
 *     float64  totals                 one cell each
 *     float64  samples + 2 rows:      startedAt | lastEventAt | the totals as the sample found them | its maxima
 *
 * A sample begins with the first event after metrics.sample.window.ms of the one before it (`SampledStat` in Kafka,
 * where each sensor has samples of its own; here all numbers of one writer share them). A window is the difference
 * between a total now and the same total when the oldest sample began, so counting costs an addition, and a window
 * nothing. Of the rows, one is being written, and metrics.num.samples + 1 overlap the window, as in Kafka. A reader
 * never looks at the row that is written next.
 *
 * A reader may see half of the event that is being counted at that moment: a batch, and not yet its bytes.
 */
export interface SampleWindow {
  readonly 'metrics.sample.window.ms': number
  readonly 'metrics.num.samples': number
}

/** The number of cells of each kind. */
export interface SampledShape {
  readonly totals: number
  readonly maxima: number
}

const BEGUN = 0
const TOTALS_AT = 1
const STARTED_AT = 0
const LAST_EVENT_AT = 1
const FOUND = 2

export class SampledTotals {
  readonly shared: SharedArrayBuffer
  readonly #shape: SampledShape
  readonly #windowMs: number
  readonly #samples: number
  readonly #words: Int32Array
  readonly #cells: Float64Array
  /** The writer's own fields. */
  #startedAt = Number.NEGATIVE_INFINITY
  #row = 0

  /**
   * A view of totals that another thread may be counting, from this byte of the memory on; memory of zeros has counted
   * nothing.
   */
  constructor(shape: SampledShape, window: SampleWindow, shared = allocate(shape, window), from = 0) {
    const cells = cellsOf(shape, window)
    this.shared = shared
    this.#shape = shape
    this.#windowMs = window['metrics.sample.window.ms']
    this.#samples = window['metrics.num.samples']
    this.#words = new Int32Array(shared, from, 1)
    this.#cells = new Float64Array(shared, from, cells)
  }

  /** The bytes that such totals take. */
  static bytesOf(shape: SampledShape, window: SampleWindow): number {
    return cellsOf(shape, window) * Float64Array.BYTES_PER_ELEMENT
  }

  /** Writer: has counted nothing. */
  restart(): void {
    this.#cells.fill(0)
    this.#startedAt = Number.NEGATIVE_INFINITY
    this.#row = 0
  }

  /** Writer: something happens now. To be called before it is counted. */
  happens(now: number): void {
    if (now - this.#startedAt >= this.#windowMs) this.#begin(now)
    this.#cells[this.#row + LAST_EVENT_AT] = now
  }

  /** Writer: adds to a total. */
  add(field: number, amount: number): void {
    const at = TOTALS_AT + field
    this.#cells[at] = (this.#cells[at] as number) + amount
  }

  /** Writer: raises the sample's maximum. */
  max(field: number, value: number): void {
    const at = this.#row + FOUND + this.#shape.totals + field
    if (value > (this.#cells[at] as number)) this.#cells[at] = value
  }

  /** Writer: sets a cell that is a state, not a total. */
  set(field: number, value: number): void {
    this.#cells[TOTALS_AT + field] = value
  }

  /** The total since the beginning. */
  total(field: number): number {
    return this.#cells[TOTALS_AT + field] as number
  }

  /** The contents of the samples with an event within the last windowMs * samples. */
  within(now: number): Sampled {
    const [windowMs, samples] = [this.#windowMs, this.#samples]
    const begun = Atomics.load(this.#words, BEGUN)
    let oldest = begun + 1
    while (oldest > 1 && begun - oldest < samples) {
      if (now - this.#at(oldest - 1, LAST_EVENT_AT) >= windowMs * samples) break
      oldest -= 1
    }
    const isEmpty = oldest > begun
    // The writer's clock may be ahead of the reader's by a little.
    const elapsedMs = isEmpty ? 0 : Math.max(0, now - this.#at(oldest, STARTED_AT))
    // Rate.windowSize: missing samples count as empty ones.
    const missing = Math.max(0, samples - 1 - Math.floor(elapsedMs / windowMs))
    return {
      seconds: (elapsedMs + missing * windowMs) / 1e3,
      sum: (field) => (isEmpty ? 0 : this.total(field) - this.#at(oldest, FOUND + field)),
      max: (field) => {
        let max = Number.NEGATIVE_INFINITY
        for (let sample = oldest; sample <= begun; sample++) {
          max = Math.max(max, this.#at(sample, FOUND + this.#shape.totals + field))
        }
        return max === Number.NEGATIVE_INFINITY ? Number.NaN : max
      },
    }
  }

  #begin(now: number): void {
    const begun = (this.#words[BEGUN] as number) + 1
    const { totals, maxima } = this.#shape
    this.#row = this.#rowOf(begun)
    this.#startedAt = now
    this.#cells[this.#row + STARTED_AT] = now
    this.#cells[this.#row + LAST_EVENT_AT] = now
    this.#cells.copyWithin(this.#row + FOUND, TOTALS_AT, TOTALS_AT + totals)
    const maximaAt = this.#row + FOUND + totals
    this.#cells.fill(Number.NEGATIVE_INFINITY, maximaAt, maximaAt + maxima)
    Atomics.store(this.#words, BEGUN, begun)
  }

  #at(sample: number, cell: number): number {
    return this.#cells[this.#rowOf(sample) + cell] as number
  }

  #rowOf(sample: number): number {
    const { totals, maxima } = this.#shape
    return TOTALS_AT + totals + (sample % (this.#samples + 2)) * (FOUND + totals + maxima)
  }
}

/** The events of a window. To be read at once: later it includes newer events. */
export interface Sampled {
  /** The seconds from the start of the oldest sample until now, and at least windowMs * (samples - 1). */
  readonly seconds: number
  readonly sum: (field: number) => number
  /** The maximum of the window; NaN if there was no event of that kind. */
  readonly max: (field: number) => number
}

function cellsOf({ totals, maxima }: SampledShape, { 'metrics.num.samples': samples }: SampleWindow): number {
  return TOTALS_AT + totals + (samples + 2) * (FOUND + totals + maxima)
}

function allocate(shape: SampledShape, window: SampleWindow): SharedArrayBuffer {
  return new SharedArrayBuffer(SampledTotals.bytesOf(shape, window))
}
