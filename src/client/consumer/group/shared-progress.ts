import { type Timestamp, timestamp } from '../../../base/ids.js'
import { SharedPositions } from '../fetching/shared-positions.js'

/**
 * Where both halves of a consumer in a group are, in memory that both see, so that a poll costs no message:
 *
 *     polled     int32   application   when it polled last, modulo 2^31 ms; WAITING while it waits in a poll
 *     newestStep int32   consumer      the newest step of a rebalance; the application looks before it hands out more
 *     turned     int32   consumer      when its thread has taken a turn last, modulo 2^31 ms
 *     step       int32   application   when it began the step of a rebalance that it is at, modulo 2^31 ms; 0: it is at
 *                                      none
 *     positions          application   what was handed out in earlier polls of each partition, by its index: what may be
 *                                      committed. While a handler module runs, the consumer's thread writes them
 *
 * The application asks for News when `newestStep` is not the last one that it has taken. So whatever is revoked is not
 * handed out from the next poll on, however many slices lie with the application.
 */
export class SharedProgress {
  readonly shared: SharedArrayBuffer
  readonly positions: SharedPositions
  readonly #words: Int32Array

  constructor(shared = new SharedArrayBuffer(WORDS_BYTES + SharedPositions.BYTES)) {
    this.shared = shared
    this.#words = new Int32Array(shared, 0, WORDS_BYTES / Int32Array.BYTES_PER_ELEMENT)
    this.positions = new SharedPositions(shared, WORDS_BYTES)
  }

  /** Notes that the application polls now, and has what it came for. */
  notePoll(now: Timestamp): void {
    Atomics.store(this.#words, POLLED, Math.floor(now % WRAP) || 1)
  }

  /** Notes that the application waits in a poll, for as long as it takes. */
  noteWaiting(): void {
    Atomics.store(this.#words, POLLED, WAITING)
  }

  /** Notes that the application begins a step of a rebalance: it asks for nothing until that has ended. */
  beginStep(now: Timestamp): void {
    Atomics.store(this.#words, STEP, Math.floor(now % WRAP) || 1)
  }

  endStep(): void {
    Atomics.store(this.#words, STEP, NO_STEP)
  }

  /** Notes that the consumer's thread takes a turn. */
  noteTurn(now: Timestamp): void {
    Atomics.store(this.#words, TURNED, Math.floor(now % WRAP) || 1)
  }

  /** When the consumer's thread has taken its last turn; null: it never did. */
  turnedAt(now: Timestamp): Timestamp | null {
    const turned = Atomics.load(this.#words, TURNED)
    return turned === NEVER_POLLED ? null : momentOf(turned, now)
  }

  /**
   * When the application polled last, or began the step that it is at; `now` if it waits in a poll; null: it never did.
   * A step that does not end is one that no poll of elsewhere, such as a handler module's, makes good for.
   */
  polledAt(now: Timestamp): Timestamp | null {
    const step = Atomics.load(this.#words, STEP)
    if (step !== NO_STEP) return momentOf(step, now)
    const polled = Atomics.load(this.#words, POLLED)
    if (polled === NEVER_POLLED) return null
    if (polled === WAITING) return now
    return momentOf(polled, now)
  }

  /** Tells one poll from the next: see `hasPolledSince`. */
  get lastPoll(): number {
    return Atomics.load(this.#words, POLLED)
  }

  /** Whether the application has polled since `lastPoll` was this, or waits in a poll. */
  hasPolledSince(lastPoll: number): boolean {
    const polled = Atomics.load(this.#words, POLLED)
    return polled === WAITING || polled !== lastPoll
  }

  get newestStep(): number {
    return Atomics.load(this.#words, NEWEST_STEP)
  }

  set newestStep(step: number) {
    Atomics.store(this.#words, NEWEST_STEP, step)
  }
}

const POLLED = 0
const NEWEST_STEP = 1
const TURNED = 2
const STEP = 3
/** A multiple of 8, so that positions lie where they can. */
const WORDS_BYTES = 16
/** Milliseconds, 24 days. */
const WRAP = 2 ** 31
const NEVER_POLLED = 0
const NO_STEP = 0
const WAITING = -1

/**
 * The moment that a word says, in whole milliseconds, so that it is the same whenever it is asked for. The clock of
 * whoever wrote it may be a little ahead of this one.
 */
function momentOf(word: number, now: Timestamp): Timestamp {
  const nowMs = Math.floor(now)
  const agoMs = ((nowMs % WRAP) - word + WRAP) % WRAP
  return agoMs > WRAP / 2 ? now : timestamp(nowMs - agoMs)
}
