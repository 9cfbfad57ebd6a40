import { threadMs } from '../cluster/real-time.js'
import { systemTimers } from '../cluster/system-timers.js'

/** How often a state is looked at that nobody tells of. */
const LOOK_MS = 10
/**
 * When a wait was in vain: how long brokers have to give what there is to read, and then to tell what else there is.
 * They may be what the test has broken; and both are over before a test of jest and vitest is, if its wait was the
 * usual one.
 */
export const READ_MS_MAX = 300
export const ANSWER_MS_MAX = 500

/** The end of a wait, by a clock that no test can fake. */
export class Deadline {
  readonly #at: number

  constructor(timeoutMs: number) {
    this.#at = threadMs() + timeoutMs
  }

  /** Milliseconds that are left, 0 when it is over. */
  get leftMs(): number {
    return Math.max(0, this.#at - threadMs())
  }

  get isOver(): boolean {
    return this.leftMs === 0
  }

  /** Resolves when it is worth to look again. */
  pause(): Promise<void> {
    return new Promise((resolve) => void systemTimers.after(Math.min(LOOK_MS, this.leftMs), resolve))
  }

  /** Settles like the promise, or resolves with null when the deadline comes first. */
  async limit<Value>(promise: Promise<Value>): Promise<Value | null> {
    let cancel = (): void => {}
    const late = new Promise<null>((resolve) => {
      const timer = systemTimers.after(this.leftMs, () => resolve(null))
      cancel = () => timer.cancel()
    })
    return Promise.race([promise, late]).finally(cancel)
  }
}
