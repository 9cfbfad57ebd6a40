import { earliest, NEVER, type Timestamp } from '../../base/ids.js'

/**
 * The earliest of many moments, or an earlier one: moments that are moved back are forgotten only when somebody counts
 * anew. So a heartbeat moves a deadline at no cost.
 */
export class Alarm {
  #at: Timestamp = NEVER
  readonly #above: Alarm | null

  /** `above` rings whenever this one does. */
  constructor(above: Alarm | null) {
    this.#above = above
  }

  get at(): Timestamp {
    return this.#at
  }

  set(at: Timestamp): void {
    this.#at = earliest(this.#at, at)
    this.#above?.set(at)
  }

  /** The moments were counted anew, and this is the earliest. */
  settle(at: Timestamp): void {
    this.#at = at
  }
}
