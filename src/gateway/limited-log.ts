import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { counted } from '../base/words.js'

/** The most lines in so long; how many more there were is said when it is over. */
const LINES_MAX = 20
const WINDOW_MS = 10_000

/** A log that whoever tries a port with garbage does not fill. Owned by the gateway's thread. */
export class LimitedLog {
  readonly #write: (says: string) => void
  /** The end of the window in which the last line came. */
  #until: Timestamp = NEVER
  #lines = 0
  #now: Timestamp = timestamp(0)

  constructor(write: (says: string) => void) {
    this.#write = write
  }

  warn(says: string): void {
    if (this.#until === NEVER) this.#until = timestamp(this.#now + WINDOW_MS)
    this.#lines += 1
    if (this.#lines <= LINES_MAX) this.#write(says)
  }

  /** Takes over the time. Returns when something may be due. */
  tick(now: Timestamp): Timestamp {
    this.#now = now
    if (now < this.#until) return this.#until
    if (this.#lines > LINES_MAX) this.#write(`${counted(this.#lines - LINES_MAX, 'line')} like these were left out`)
    this.#until = NEVER
    this.#lines = 0
    return NEVER
  }
}
