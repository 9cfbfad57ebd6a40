import { type Deferred, deferred } from '../../base/deferred.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'

/** The list of those who wait until a handler is at work on nothing, each up to a time of its own. */
export class HandlerRest {
  #waiting: { readonly deadline: Timestamp; readonly comes: Deferred<void> }[] = []

  /** Resolves when the handler rests, at the deadline, or when nobody is to wait. */
  until(deadline: Timestamp): Promise<void> {
    const comes = deferred<void>()
    this.#waiting.push({ deadline, comes })
    return comes.promise
  }

  /** Looks whether it has come. Returns when to look again at the latest. */
  look(isAtWork: boolean, now: Timestamp): Timestamp {
    if (this.#waiting.length === 0) return NEVER
    if (!isAtWork) this.end()
    for (const { deadline, comes } of this.#waiting) if (deadline <= now) comes.resolve()
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    return this.#waiting.reduce((due, { deadline }) => earliest(due, deadline), NEVER)
  }

  /** Nobody waits any more. */
  end(): void {
    for (const { comes } of this.#waiting) comes.resolve()
    this.#waiting = []
  }
}
