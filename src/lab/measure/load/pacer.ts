import type { Clock } from '../../../base/clock.js'
import { systemTimers } from '../../../cluster/system-timers.js'

/**
 * Waits for a moment without holding the core, which other threads need.
 *
 * A timer of the event loop is good to a millisecond, so the last stretch is slept in Atomics.wait, in short pieces,
 * with a turn of the event loop after each: the producer on this thread must go on taking acknowledgements. The kernel
 * wakes late, always by about the same time: the sleep is asked to end this much earlier. The rest is polled.
 *
 * On a virtual machine a sleep takes 0.1 ms at least, so from about 7,000 records per second on the thread polls all
 * the time, and holds a core: the price of sending on time.
 */

/** Timers may be late by a millisecond and more. */
const TIMER_MARGIN_MS = 2
const SLEEP_MS_MAX = 0.2
const SLEEP_MS_MIN = 0.001
/** Milliseconds after which the event loop has its turn while the rest is polled. */
const POLL_MS_MAX = 0.1
/** Rounds of a pause, about a microsecond: each reading of the clock allocates a number. */
const PAUSE = 200
const LATENESS_MS_MAX = 0.5
/** A wait is slept if it is this many times as long as sleeps are late, and polled away otherwise. */
const SLEEPS_WORTH = 1.5
/** The weight of a new lateness in the smoothed one. */
const SMOOTHING = 0.1

export class Pacer {
  readonly #clock: Clock
  readonly #bell = new Int32Array(new SharedArrayBuffer(4))
  /** Milliseconds by which a sleep ends late, smoothed. */
  #latenessMs = 0.06
  /**
   * Milliseconds that this thread has slept in Atomics.wait, and so was not busy although its event loop stood still.
   */
  sleptMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves at that moment of the clock, or a little later; at once when the moment has passed. */
  async until(dueAt: number): Promise<void> {
    for (let leftMs = this.#leftMs(dueAt); leftMs > 0; leftMs = this.#leftMs(dueAt)) {
      if (leftMs > TIMER_MARGIN_MS) await timer(leftMs - TIMER_MARGIN_MS)
      else {
        this.#sleepOrPoll(leftMs)
        await turn()
      }
    }
  }

  #leftMs(dueAt: number): number {
    return dueAt - this.#clock.now()
  }

  /** Returns a little before the moment, so that a turn of the event loop fits in. */
  #sleepOrPoll(leftMs: number): void {
    // A sleep of this length would end late, and the lateness would be taken for latency.
    if (leftMs < this.#latenessMs * SLEEPS_WORTH) this.#poll(leftMs)
    else this.#sleep(Math.min(leftMs, SLEEP_MS_MAX))
  }

  /**
   * Polls without a turn of the event loop, which allocates: with one in every round, the collector would take more
   * time than the records.
   */
  #poll(ms: number): void {
    const end = this.#clock.now() + Math.min(ms, POLL_MS_MAX)
    while (this.#clock.now() < end) {
      for (let pause = PAUSE; pause > 0; pause--) Atomics.load(this.#bell, 0)
    }
  }

  #sleep(ms: number): void {
    const askedMs = Math.max(SLEEP_MS_MIN, ms - this.#latenessMs)
    const before = this.#clock.now()
    Atomics.wait(this.#bell, 0, 0, askedMs)
    const sleptMs = this.#clock.now() - before
    this.sleptMs += sleptMs
    const latenessMs = Math.min(LATENESS_MS_MAX, sleptMs - askedMs)
    this.#latenessMs += (latenessMs - this.#latenessMs) * SMOOTHING
  }
}

/** Resolves in the next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export function timer(ms: number): Promise<void> {
  return new Promise((resolve) => void systemTimers.after(ms, resolve))
}
