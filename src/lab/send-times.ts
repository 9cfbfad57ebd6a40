/**
 * When one producer sent its records, for whoever computes a latency at the other end. In shared memory, written by the
 * application and read by the consumers' threads.
 *
 *     float64 | measured from | first | start | interval | group | ring of pairs: count, time | …
 *
 * *Paced*: a record's time is when it was meant to be sent, which is computed: a late sender (or one that waits for memory)
 * then shows in the latency of everything it has delayed. Records come in groups of `group` that are due together.
 *
 * *Flat out*: one record in SAMPLE_EVERY is timed as it is sent. Its pair is written before the record is published, so
 * whoever reads the record reads the pair; the count in it tells whether a later one has taken its place.
 *
 * Records below `measured from` are those of the warm-up, and `first` is the first one of the pace.
 */
const MEASURED_FROM = 0
const FIRST = 1
const START = 2
const INTERVAL = 3
const GROUP = 4
const RING_AT = 5
const PAIR = 2

/** A power of two. */
const SAMPLE_EVERY = 64
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
    return times
  }

  /** Latencies are wanted from the record with this count on. */
  measureFrom(count: number): void {
    this.#cells[MEASURED_FROM] = count
  }

  /** From the record with this count on, each has a moment at which it is due. */
  beginPace(first: number, { start, intervalMs, group }: Pace): void {
    const cells = this.#cells
    cells[FIRST] = first
    cells[START] = start
    cells[GROUP] = group
    cells[INTERVAL] = intervalMs
  }

  get isPaced(): boolean {
    return this.#cells[INTERVAL]! > 0
  }

  /** When a record of the pace is due. */
  dueAt(count: number): number {
    const cells = this.#cells
    const group = cells[GROUP]!
    const since = count - cells[FIRST]!
    return cells[START]! + (group === 1 ? since : Math.floor(since / group) * group) * cells[INTERVAL]!
  }

  /** Takes note of a record that is about to be sent. */
  note(count: number, sentAt: number): void {
    const pair = pairOf(count)
    this.#cells[pair] = count
    this.#cells[pair + 1] = sentAt
  }

  /** When a record was sent, or was to be; NaN when that is not known, or of no interest. */
  sentAt(count: number): number {
    const cells = this.#cells
    if (count < cells[MEASURED_FROM]!) return Number.NaN
    if (this.isPaced) return this.dueAt(count)
    const pair = pairOf(count)
    return cells[pair] === count ? cells[pair + 1]! : Number.NaN
  }
}

/** Whether a record is timed flat out. The low 32 bits of its count are enough to tell. */
export function isSampled(count: number): boolean {
  return (count & (SAMPLE_EVERY - 1)) === 0
}

function pairOf(count: number): number {
  return RING_AT + (Math.floor(count / SAMPLE_EVERY) % RING) * PAIR
}
