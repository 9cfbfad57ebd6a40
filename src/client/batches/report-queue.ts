import { type ErrorCode, errorName, errorNumber } from '../../base/error-code.js'

/** What the sender says of a batch. */
export interface WrittenReport {
  readonly slot: number
  readonly error: ErrorCode
  /** The offset of the first record; -1: not known. */
  readonly baseOffset: number
  readonly logAppendTimeMs: number
  /** How often the batch was sent, and the bytes that it had then. */
  readonly sends: number
  readonly bytes: number
  /** How many parts `PartResults` tells of instead; 0: the batch was not split. */
  readonly parts: number
}

const REPORT_BYTES = 40

export interface ReportQueuePlace {
  /** The word that counts the reports ever written. */
  readonly counter: number
  /** Where the queue begins, in bytes. */
  readonly at: number
  /** How many entries it has: a power of two, and not fewer than there are slots, so the queue is never full. */
  readonly entries: number
}

/**
 * The reports of a producer's sender, in shared memory: a queue of 40 bytes each.
 *
 *     i32 slot, error, f64 baseOffset, logAppendTimeMs, i32 sends, bytes, parts
 *
 * Written by the sender, read by the application's thread.
 */
export class ReportQueue {
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #place: ReportQueuePlace

  constructor(shared: SharedArrayBuffer, place: ReportQueuePlace) {
    this.#words = new Int32Array(shared, 0, shared.byteLength / 4)
    this.#floats = new Float64Array(shared, 0, shared.byteLength / 8)
    this.#place = place
  }

  static bytesFor(entries: number): number {
    return entries * REPORT_BYTES
  }

  /** How many reports were ever written. */
  get written(): number {
    return Atomics.load(this.#words, this.#place.counter)
  }

  /** Sender: writes what became of a batch. Its slot belongs to the application again. */
  write(said: Pick<WrittenReport, 'slot' | 'error'> & Partial<WrittenReport>): void {
    const { slot, error, baseOffset = -1, logAppendTimeMs = -1, sends = 0, bytes = 0, parts = 0 } = said
    const written = this.#words[this.#place.counter] as number
    const at = this.#reportAt(written)
    this.#words[at >> 2] = slot
    this.#words[(at >> 2) + 1] = errorNumber(error)
    this.#floats[(at >> 3) + 1] = baseOffset
    this.#floats[(at >> 3) + 2] = logAppendTimeMs
    this.#words[(at >> 2) + 6] = sends
    this.#words[(at >> 2) + 7] = bytes
    this.#words[(at >> 2) + 8] = parts
    Atomics.store(this.#words, this.#place.counter, (written + 1) | 0)
  }

  /** Application: reads report number n. */
  read(number: number): WrittenReport {
    const at = this.#reportAt(number)
    return {
      slot: this.#words[at >> 2] as number,
      error: errorName(this.#words[(at >> 2) + 1] as number),
      baseOffset: this.#floats[(at >> 3) + 1] as number,
      logAppendTimeMs: this.#floats[(at >> 3) + 2] as number,
      sends: this.#words[(at >> 2) + 6] as number,
      bytes: this.#words[(at >> 2) + 7] as number,
      parts: this.#words[(at >> 2) + 8] as number,
    }
  }

  #reportAt(number: number): number {
    const { at, entries } = this.#place
    return at + (number & (entries - 1)) * REPORT_BYTES
  }
}
