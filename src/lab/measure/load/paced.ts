import type { Clock } from '../../../base/clock.js'
import type { Pace, SendTimes } from '../send-times.js'
import type { Load } from './load.js'
import { type Pacer, timer } from './pacer.js'

export interface PacedLoad {
  readonly load: Load
  readonly sendTimes: SendTimes
  /** The count of records at which the load ends, exclusive. */
  readonly end: number
}

/** Milliseconds that a producer with no room is left alone at most, so that it does not hold up the others. */
const BLOCKED_MS_MAX = 1

/** Sends the records of several producers when they are due, until each has come to its end. */
export async function sendPaced(loads: readonly PacedLoad[], pacer: Pacer, clock: Clock): Promise<void> {
  for (;;) {
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    const blocked: Load[] = []
    for (const { load, sendTimes, end } of loads) {
      if (load.sent < end && load.sendDue(now, end) === 'blocked') blocked.push(load)
      else if (load.sent < end) next = Math.min(next, sendTimes.dueAt(load.sent))
    }
    if (blocked.length > 0) {
      const unblocked = blocked.map((load) => load.unblocked())
      await (loads.length === 1 ? unblocked[0] : Promise.race([...unblocked, timer(BLOCKED_MS_MAX)]))
    } else if (next === Number.POSITIVE_INFINITY) return
    else await pacer.until(next)
  }
}

/** Computes the paces of producers that share a rate: the records of all of them together are evenly spaced. */
export function pacesOf(parts: {
  readonly producers: number
  /** Records per second of all producers. */
  readonly rate: number
  readonly group: number
  readonly start: number
}): Pace[] {
  const { producers, rate, group, start } = parts
  const intervalMs = (producers * 1e3) / rate
  return Array.from({ length: producers }, (_, index) => ({
    start: start + (index * group * 1e3) / rate,
    intervalMs,
    group,
  }))
}
