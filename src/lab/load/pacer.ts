import type { Clock } from '../../base/clock.js'

/**
 * Waits for a moment, to a few microseconds, without holding the core.
 *
 * A timer of the event loop is good to a millisecond, so the last stretch is slept in Atomics.wait, in short pieces, with a
 * turn of the event loop after each: the producer on this thread must go on taking acknowledgements. The kernel wakes late,
 * about always by the same time: this much earlier the sleep is asked to end. What is left is polled.
 *
 * While something is on its way that this thread has to take (an acknowledgement that is timed, a record for a closure), it
 * polls instead of sleeping, or the latency would be that of the sleep; but not for longer than POLL_MS_MAX at a stretch.
 */
export interface PacerParts {
  readonly clock: Clock
  /** Whether something is on its way to this thread. */
  readonly isExpecting: () => boolean
}

/** Timers may be late by a millisecond and more. */
const TIMER_MARGIN_MS = 2
const SLEEP_MS_MAX = 0.2
const SLEEP_MS_MIN = 0.001
const POLL_MS_MAX = 0.2
/** How much of a new lateness is believed. */
const SMOOTHING = 0.1
const LATENESS_MS_MAX = 0.5

export class Pacer {
  readonly #parts: PacerParts
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  /** How late a sleep ends, smoothed. */
  #latenessMs = 0.06
  /** Milliseconds that this thread has slept in Atomics.wait, and so was not busy although its event loop stood still. */
  sleptMs = 0

  constructor(parts: PacerParts) {
    this.#parts = parts
  }

  /** Resolves at that moment of the clock, or a little later; at once when it has passed. */
  async until(dueAt: number): Promise<void> {
    const { clock, isExpecting } = this.#parts
    let pollingSince = clock.now()
    for (let now = pollingSince; now < dueAt; now = clock.now()) {
      const leftMs = dueAt - now
      const mayPoll = isExpecting() && now - pollingSince < POLL_MS_MAX
      if (leftMs > TIMER_MARGIN_MS && !mayPoll) await timer(leftMs - TIMER_MARGIN_MS)
      else {
        if (!mayPoll && this.#sleep(Math.min(leftMs, SLEEP_MS_MAX))) pollingSince = clock.now()
        await turn()
      }
    }
  }

  /** False: there is too little time for it. */
  #sleep(ms: number): boolean {
    // Rather half a lateness too late than half a core polled away.
    if (ms < this.#latenessMs / 2) return false
    const askedMs = Math.max(SLEEP_MS_MIN, ms - this.#latenessMs)
    const before = this.#parts.clock.now()
    Atomics.wait(this.#bell, 0, 0, askedMs)
    const sleptMs = this.#parts.clock.now() - before
    this.sleptMs += sleptMs
    const latenessMs = Math.min(LATENESS_MS_MAX, sleptMs - askedMs)
    this.#latenessMs += (latenessMs - this.#latenessMs) * SMOOTHING
    return true
  }
}

/** Resolves in the next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
