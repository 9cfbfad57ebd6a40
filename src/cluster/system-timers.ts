import type { Timers } from '../actor/event-loop.js'

/** The timers of the thread that imports this. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs))
    return { cancel: () => clearTimeout(timer) }
  },
  soon: (run) => void setImmediate(run),
}

/** As `systemTimers.after`; a process that has nothing else to do ends without it. */
export function afterInBackground(delayMs: number, run: () => void): { cancel(): void } {
  const timer = setTimeout(run, delayMs).unref()
  return { cancel: () => clearTimeout(timer) }
}
