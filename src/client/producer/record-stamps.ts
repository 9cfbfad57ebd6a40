import type { Clock } from '../../base/clock.js'

/** The clock is read again after this many records; reading it for each would cost as much as encoding it. */
const STAMPS_PER_READING = 16

/** The timestamps of records that have none of their own, in whole milliseconds. */
export class RecordStamps {
  readonly #clock: Clock
  #stamp = 0
  #left = 0
  #isEnding = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): number {
    if (this.#left === 0) {
      this.#stamp = Math.floor(this.#clock.now())
      this.#left = STAMPS_PER_READING
      if (!this.#isEnding) {
        this.#isEnding = true
        queueMicrotask(this.#end)
      }
    }
    this.#left -= 1
    return this.#stamp
  }

  /** A stamp serves one stretch of synchronous code at most. */
  readonly #end = (): void => {
    this.#left = 0
    this.#isEnding = false
  }
}
