import { threadMs } from '../cluster/real-time.js'
import { systemTimers } from '../cluster/system-timers.js'

/** How often a state is looked at that nobody tells of. */
const LOOK_MS = 10
/** How long brokers have to tell what there is when a wait was in vain. They may be what the test has broken. */
export const ANSWER_MS_MAX = 2_000

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
