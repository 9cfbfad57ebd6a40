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
    do {
      let served = 0
      while (served < this.#calls.length && (this.#calls[served] as PendingCall).attempt()) served += 1
      // All at once: to take the first of many out of an array moves all the others.
      if (served > 0) this.#calls.splice(0, served)
    } while (this.#failLate(now))
    return this.#next
  }

  /** Serves none, and fails those whose time is over. Returns the next deadline. */
  expire(now: Timestamp): Timestamp {
    while (this.#failLate(now)) {}
    return this.#next
  }

  /** Lets all of them wait elsewhere, in their order. */
  moveTo(elsewhere: PendingCalls): void {
    const calls = this.#calls
    this.#calls = []
    this.#next = NEVER
    for (const call of calls) elsewhere.add(call)
  }

  /** Fails all calls, each with an error of its own. */
  failAll(newError: (call: PendingCall) => KafkaError): void {
    const calls = this.#calls
    this.#calls = []
    this.#next = NEVER
    for (const call of calls) call.fail(newError(call))
  }

  /** Returns whether some have failed. */
  #failLate(now: Timestamp): boolean {
    if (this.#calls.length === 0) this.#next = NEVER
    // With thousands of calls, to look at each with every tick would be most of the work.
    if (this.#next > now) return false
    const late = this.#calls.filter((call) => call.deadline <= now)
    this.#calls = this.#calls.filter((call) => call.deadline > now)
    this.#next = this.#calls.reduce((next, { deadline }) => earliest(next, deadline), NEVER)
    for (const call of late) call.fail(call.lateError())
    return late.length > 0
  }
}
