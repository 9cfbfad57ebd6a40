import type { Clock } from '../base/clock.js'
import { timestamp } from '../base/ids.js'

/**
 * The clock of a process: milliseconds since 1970 with a fraction. It is set once, by the main thread, and runs with the
 * machine's monotonic clock from then on, so that the threads agree to the microsecond and time never jumps.
 */

/** When the machine's monotonic clock was 0, in milliseconds since 1970. Taken once and given to every thread. */
export function monotonicOrigin(): number {
  return Date.now() - monotonicMs()
}

export function systemClock(originMs: number): Clock {
  // performance.now() is the cheapest clock there is, but each thread counts from its own start.
  const before = monotonicMs()
  const now = performance.now()
  const threadStart = (before + monotonicMs()) / 2 - now
  const offset = originMs + threadStart
  return { now: () => timestamp(performance.now() + offset) }
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
