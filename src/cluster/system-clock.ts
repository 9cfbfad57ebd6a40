import type { Clock } from '../base/clock.js'
import { timestamp } from '../base/ids.js'
import { monotonicNs, systemMs, threadMs } from './real-time.js'

/**
 * The clock of a process: milliseconds since 1970 with a fraction. It is set once, by the main thread, and runs with
 * the machine's monotonic clock from then on, so that the threads agree to the microsecond and time never jumps.
 */

/** When the machine's monotonic clock was 0, in milliseconds since 1970. Taken once and given to every thread. */
export function monotonicOrigin(): number {
  return systemMs() - monotonicMs()
}

export function systemClock(originMs: number): Clock {
  // performance.now() is the cheapest clock there is, but each thread counts from its own start.
  const offset = originMs + threadStartMs()
  return { now: () => timestamp(threadMs() + offset) }
}

const READINGS = 20

/**
 * When this thread's performance.now() was 0, on the machine's clock: read between two readings of that clock. A thread
 * that is interrupted in between learns nothing, and threads that start together interrupt one another: so the tightest
 * pair counts.
 */
function threadStartMs(): number {
  let tightest = Number.POSITIVE_INFINITY
  let start = 0
  for (let reading = 0; reading < READINGS; reading++) {
    const before = monotonicMs()
    const now = threadMs()
    const after = monotonicMs()
    if (after - before >= tightest) continue
    tightest = after - before
    start = (before + after) / 2 - now
  }
  return start
}

function monotonicMs(): number {
  return Number(monotonicNs()) / 1e6
}
