import type { Timers } from '../actor/event-loop.js'
import { systemTimers } from './system-timers.js'

/**
 * Keeps the process alive for a cluster that does not do so itself (`Cluster.unref`), as long as somebody waits for an
 * answer of it: threads that are unreferenced answer nobody whose event loop has nothing left to do.
 *
 * Told when something may have begun, it is a timer, which looks whether something is pending and goes on if so. That
 * costs the calls nothing beyond a look at two fields, and the end of the process at most LOOK_MS. Lives on the
 * application's thread.
 */
export class PendingHold {
  readonly #hasPending: () => boolean
  #timer: ReturnType<Timers['after']> | null = null
  #isOn = false
  /** Promises that are waited for. */
  #promises = 0

  constructor(hasPending: () => boolean) {
    this.#hasPending = hasPending
  }

  /** On: the cluster does not keep the process alive itself. */
  switch(isOn: boolean): void {
    this.#isOn = isOn
    if (isOn) return this.#look()
    this.#timer?.cancel()
    this.#timer = null
  }

  /** Something may have begun: it is looked at soon. */
  noteBegun(): void {
    if (this.#isOn) this.#timer ??= systemTimers.after(LOOK_MS, () => this.#look())
  }

  /** Holds until the promise has settled. */
  async during<Value>(promise: Promise<Value>): Promise<Value> {
    this.#promises += 1
    this.noteBegun()
    try {
      return await promise
    } finally {
      this.#promises -= 1
    }
  }

  #look(): void {
    this.#timer = null
    if (this.#promises > 0 || this.#hasPending()) this.noteBegun()
  }
}

const LOOK_MS = 20
