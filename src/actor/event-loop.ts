import type { Clock } from '../base/clock.js'
import { isOn } from '../base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { spin, turnAsLongAsThereIsWork } from './duty-cycle.js'
import type { Runner } from './runner.js'
import { AWAITED, BRIEFLY, SpinBudget } from './spin-budget.js'

/** Timers of the thread's event loop, handed in so that actors stay free of them. */
export interface Timers {
  /** Runs it once after that many milliseconds; a negative or zero delay means soon. */
  after(delayMs: number, run: () => void): { cancel(): void }
  /** Runs it once the event loop has done what else is waiting. */
  soon(run: () => void): void
}

/** How long one stretch of turns may keep the event loop from everything else. */
const STRETCH_MS = 2

/**
 * The host of threads that own sockets or run the user's code: takes turns, then sleeps on the doorbell through
 * Atomics.waitAsync, which keeps nothing alive by itself.
 */
export class EventLoopHost {
  readonly #runner: Runner
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #usualBudget: SpinBudget
  readonly #awaitedBudget: SpinBudget
  #timer: { readonly at: Timestamp; cancel(): void } | null = null
  #isAsleep = false
  #fellAsleep = timestamp(0)
  /** The bell on which somebody waits to end a sleep; null: nobody. One waiting serves many sleeps. */
  #waitedBell: number | null = null
  #isStopped = false

  constructor(runner: Runner, clock: Clock, timers: Timers, spins = { usual: BRIEFLY, awaited: AWAITED }) {
    this.#runner = runner
    this.#clock = clock
    this.#timers = timers
    this.#usualBudget = new SpinBudget(spins.usual)
    this.#awaitedBudget = new SpinBudget(spins.awaited)
  }

  start(): void {
    this.#run()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#runner.end()
    // What waits and is never rung keeps all that it waits for: this host, its actor, and whatever they were given.
    if (!this.#isAsleep && this.#waitedBell !== null) this.#runner.control.prepareToPark()
    this.#runner.control.ring()
  }

  /**
   * The thread itself has something for its actor, which has its turn when the event loop has done what it is at. It is
   * sooner awake than by its bell, which has to come round by the system.
   */
  wake(): void {
    if (!this.#isAsleep) return
    this.#isAsleep = false
    this.#goOn()
  }

  readonly #run = (): void => {
    if (this.#isStopped) return
    let hasReturned = false
    try {
      this.#stretch()
      hasReturned = true
    } finally {
      // The user's code runs in here. What it throws is for others to handle; nobody else would take the next turn.
      if (!hasReturned) this.#goOn()
    }
  }

  #stretch(): void {
    const until = timestamp(this.#clock.now() + STRETCH_MS)
    if (turnAsLongAsThereIsWork(this.#runner, this.#clock, until)) return this.#goOn()
    const budget = this.#runner.isAwaited ? this.#awaitedBudget : this.#usualBudget
    if (spin(this.#runner, this.#clock, budget, until)) return this.#goOn()
    const bell = this.#runner.control.prepareToPark()
    const hasWork = isOn('looks-again') && turnAsLongAsThereIsWork(this.#runner, this.#clock, until)
    if (hasWork) return this.#goOn()
    this.#sleep(bell, budget)
  }

  #goOn(): void {
    this.#runner.control.unpark()
    this.#timers.soon(this.#run)
  }

  #sleep(bell: number, budget: SpinBudget): void {
    // Stopped in the turn before: nobody would ring.
    if (this.#isStopped) return this.#runner.control.unpark()
    this.#fellAsleep = this.#clock.now()
    if (this.#waitedBell !== bell && !this.#await(bell, budget) && isOn('rung-is-awake')) return this.#goOn()
    this.#isAsleep = true
    this.#setTimer(this.#runner.deadline)
  }

  /** Has the next ring end the sleep. False: the bell has rung already. */
  #await(bell: number, budget: SpinBudget): boolean {
    const isWaiting = this.#runner.control.parkAsync(bell, () => {
      if (this.#waitedBell === bell) this.#waitedBell = null
      if (!this.#isAsleep) return
      this.#isAsleep = false
      budget.parked(this.#clock.now() - this.#fellAsleep)
      this.#run()
    })
    if (isWaiting) this.#waitedBell = bell
    return isWaiting
  }

  /** One timer is enough: it is moved only when an earlier deadline appears. */
  #setTimer(deadline: Timestamp): void {
    if (this.#timer !== null && this.#timer.at <= deadline) return
    this.#timer?.cancel()
    this.#timer = null
    if (deadline === NEVER) return
    const timer = this.#timers.after(deadline - this.#clock.now(), () => {
      this.#timer = null
      this.#wake()
    })
    this.#timer = { at: deadline, cancel: () => timer.cancel() }
  }

  /** Rings its own bell, so that the sleep ends by one way only. */
  readonly #wake = (): void => this.#runner.control.ring()
}
