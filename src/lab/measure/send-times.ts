/**
 * The times at which one producer sent its records, for whoever computes a latency at the other end. The application
 * writes them to shared memory, and the consumers' threads read them.
 *
 *     float64 | measured from | sample every | first | start | interval | group | ring of pairs: count, time | …
 *
 * *Paced*: a record's time is computed, as the moment it was meant to be sent. A late sender, or one that waits for
 * memory, then shows in the latency of everything it has delayed. Records come in groups of `group` that are due
 * together.
 *
 * *Flat out*: one record in so many is timed as it is sent. Its pair is written before the record is published, so
 * whoever reads the record reads the pair; the count in it tells whether a later one has taken its place.
 *
 * Records below `measured from` are those of the warm-up, and `first` is the first one of the pace.
 */
const MEASURED_FROM = 0
const SAMPLE_EVERY = 1
const FIRST = 2
const START = 3
const INTERVAL = 4
const GROUP = 5
const RING_AT = 6
const PAIR = 2

/** Records for one that is timed: flat out, reading the clock for each would cost as much as sending it. */
const SAMPLE_USUALLY = 64
/** Fewer records than this are timed one by one: a sample of them would say nothing. */
const RECORDS_SAMPLED_MIN = 10_000
/** Pairs: more than there are timed records in any buffer and log that is not extraordinarily large. */
const RING = 2 ** 17

export interface Pace {
  /** Milliseconds of the run's clock at which the first record is due. */
  readonly start: number
  /** Milliseconds between two records. */
  readonly intervalMs: number
  /** Records that are due together: those of one call. */
  readonly group: number
}

export class SendTimes {
  readonly shared: SharedArrayBuffer
  readonly #cells: Float64Array

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared
    this.#cells = new Float64Array(shared)
  }

  static allocate(): SendTimes {
    const times = new SendTimes(new SharedArrayBuffer((RING_AT + RING * PAIR) * Float64Array.BYTES_PER_ELEMENT))
    times.#cells[MEASURED_FROM] = Number.POSITIVE_INFINITY
    times.#cells[SAMPLE_EVERY] = SAMPLE_USUALLY
    return times
  }

  /** Starts measuring latencies at the record with this count; at most so many records follow. */
  measureFrom(count: number, records: number): void {
    this.#cells[SAMPLE_EVERY] = records < RECORDS_SAMPLED_MIN ? 1 : SAMPLE_USUALLY
    this.#cells[MEASURED_FROM] = count
  }

  /** A mask: flat out, a record is timed when these low bits of its count are all 0. */
  get sampleMask(): number {
    return this.#cells[SAMPLE_EVERY]! - 1
  }

  /** Gives each record from this count on a moment at which it is due. */
  beginPace(first: number, { start, intervalMs, group }: Pace): void {
    const cells = this.#cells
    cells[FIRST] = first
    cells[START] = start
    cells[GROUP] = group
    cells[INTERVAL] = intervalMs
  }

  get isPaced(): boolean {
    return this.intervalMs > 0
  }

  /** Milliseconds between two records of the pace; 0 when flat out. */
  get intervalMs(): number {
    return this.#cells[INTERVAL]!
  }

  /** Returns when a record of the pace is due. */
  dueAt(count: number): number {
    const cells = this.#cells
    const group = cells[GROUP]!
    const since = count - cells[FIRST]!
    return cells[START]! + (group === 1 ? since : Math.floor(since / group) * group) * cells[INTERVAL]!
  }

  /** Takes note of a record that is about to be sent. */
  note(count: number, sentAt: number): void {
    const pair = this.#pairOf(count)
    this.#cells[pair] = count
    this.#cells[pair + 1] = sentAt
  }

  /** Returns when a record was sent, or was to be; NaN when that is unknown or of no interest. */
  sentAt(count: number): number {
    const cells = this.#cells
    if (count < cells[MEASURED_FROM]!) return Number.NaN
    if (this.isPaced) return this.dueAt(count)
    const pair = this.#pairOf(count)
    return cells[pair] === count ? cells[pair + 1]! : Number.NaN
  }

  #pairOf(count: number): number {
    return RING_AT + (Math.floor(count / this.#cells[SAMPLE_EVERY]!) % RING) * PAIR
  }
}
