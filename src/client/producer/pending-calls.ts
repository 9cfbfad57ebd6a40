import type { KafkaError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'

export interface PendingCall {
  readonly deadline: Timestamp
  /** Tries to do it; false: not yet. */
  readonly attempt: () => boolean
  readonly fail: (error: KafkaError) => void
  readonly lateError: () => KafkaError
}

/** Calls that cannot be served yet, first come first served, each until its deadline. */
export class PendingCalls {
  #calls: PendingCall[] = []
  /** No call's deadline comes before it. */
  #next = NEVER

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  add(call: PendingCall): void {
    this.#calls.push(call)
    this.#next = earliest(this.#next, call.deadline)
  }

  /** Serves as many as can be served, in order; fails those whose time is over. Returns the next deadline. */
  tick(now: Timestamp): Timestamp {
    let served = 0
    while (served < this.#calls.length && (this.#calls[served] as PendingCall).attempt()) served += 1
    // All at once: to take the first of many out of an array moves all the others.
    if (served > 0) this.#calls.splice(0, served)
    if (this.#calls.length === 0) this.#next = NEVER
    // With thousands of calls, to look at each with every tick would be most of the work.
    if (this.#next > now) return this.#next
    const late = this.#calls.filter((call) => call.deadline <= now)
    this.#calls = this.#calls.filter((call) => call.deadline > now)
    this.#next = this.#calls.reduce((next, { deadline }) => earliest(next, deadline), NEVER)
    if (late.length === 0) return this.#next
    for (const call of late) call.fail(call.lateError())
    return this.tick(now)
  }

  /** Fails all calls, each with an error of its own. */
  failAll(newError: () => KafkaError): void {
    const calls = this.#calls
    this.#calls = []
    this.#next = NEVER
    for (const call of calls) call.fail(newError())
  }
}
