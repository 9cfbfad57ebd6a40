/**
 * The state of a connection as whoever joins threads sets it, in the first word of its memory:
 *
 *     bit 0   closed              for good; set before the `disconnected` mail is posted
 *     bit 1   requests are cut    the serving end sees no new request until they are healed
 *     bit 2   responses are cut   the asking end sees no new response until they are healed
 *
 * A cut direction is a network that carries nothing and loses nothing: what is written meanwhile is read afterwards.
 *
 * Written by: the thread that joins others (the launcher, or the simulation). Read by: both ends, at each look at a
 * ring.
 */
export const CLOSED = 1
export const REQUESTS_CUT = 2
export const RESPONSES_CUT = 4

export type Direction = 'requests' | 'responses'

const bitOf = (direction: Direction): number => (direction === 'requests' ? REQUESTS_CUT : RESPONSES_CUT)

export class ConnectionState {
  readonly #word: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory, 0, 1)
  }

  /** The bits above. */
  read(): number {
    return Atomics.load(this.#word, 0)
  }

  get isClosed(): boolean {
    return (this.read() & CLOSED) !== 0
  }

  close(): void {
    Atomics.or(this.#word, 0, CLOSED)
  }

  cut(direction: Direction): void {
    Atomics.or(this.#word, 0, bitOf(direction))
  }

  /** The reader is to be woken afterwards: it may have gone to sleep over what it was not shown. */
  heal(direction: Direction): void {
    Atomics.and(this.#word, 0, ~bitOf(direction))
  }
}
