import * as timers from 'node:timers'
import type { Timers } from '../actor/event-loop.js'

/**
 * The timers as they were when this was loaded, for the reason that `real-time` has; and jsdom's code sees no
 * `setImmediate`.
 */
const { setTimeout, clearTimeout, setImmediate } = timers
export const { setInterval, clearInterval } = timers

/** The longest that a timer of Node's waits; it takes a longer one for 1 ms. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Waits at most TIMER_MS_MAX; returns what takes it back. */
type ShortWait = (delayMs: number, run: () => void) => () => void

/** A wait of any length, made of short ones. Infinity waits for ever. */
export function inPieces(wait: ShortWait): Timers['after'] {
  return (delayMs, run) => {
    let leftMs = Math.max(0, delayMs)
    const next = (): (() => void) => {
      const pieceMs = Math.min(leftMs, TIMER_MS_MAX)
      leftMs -= pieceMs
      return wait(pieceMs, leftMs > 0 ? goOn : run)
    }
    const goOn = (): void => {
      cancel = next()
    }
    let cancel = next()
    return { cancel: () => cancel() }
  }
}

/** The timers of the thread that imports this: the one way in which anything here waits for a time. */
export const systemTimers: Timers = {
  after: inPieces((delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }),
  soon: (run) => void setImmediate(run),
}

/** Timers of this thread that keep it alive, or do not, all together. */
export class HeldTimers implements Timers {
  readonly #pending = new Set<NodeJS.Timeout>()
  #isReferenced = true

  readonly after = inPieces((delayMs, run) => {
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      run()
    }, delayMs)
    this.#pending.add(timer)
    if (!this.#isReferenced) timer.unref()
    return () => {
      this.#pending.delete(timer)
      clearTimeout(timer)
    }
  })

  soon(run: () => void): void {
    systemTimers.soon(run)
  }

  /** How many are to come. */
  get count(): number {
    return this.#pending.size
  }

  reference(isReferenced: boolean): void {
    this.#isReferenced = isReferenced
    for (const timer of this.#pending) {
      if (isReferenced) timer.ref()
      else timer.unref()
    }
  }
}

/** Settles like the promise, or resolves after so many milliseconds of the process, when `late` was called. */
export async function inTime(promise: Promise<void>, timeoutMs: number, late: () => void = () => {}): Promise<void> {
  if (timeoutMs === Number.POSITIVE_INFINITY) return promise
  let cancel = (): void => {}
  const over = new Promise<void>((resolve) => {
    const timer = systemTimers.after(timeoutMs, () => {
      late()
      resolve()
    })
    cancel = () => timer.cancel()
  })
  return Promise.race([promise, over]).finally(cancel)
}
