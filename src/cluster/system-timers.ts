import type { Timers } from '../actor/event-loop.js'

/** The timers of the thread that imports this. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs))
    return { cancel: () => clearTimeout(timer) }
  },
  soon: (run) => void setImmediate(run),
}

/** Settles like the promise, or resolves after so many milliseconds of the process. */
export async function inTime(promise: Promise<void>, timeoutMs: number): Promise<void> {
  if (timeoutMs === Number.POSITIVE_INFINITY) return promise
  let cancel = (): void => {}
  const over = new Promise<void>((resolve) => {
    const timer = systemTimers.after(timeoutMs, resolve)
    cancel = () => timer.cancel()
  })
  return Promise.race([promise, over]).finally(cancel)
}
