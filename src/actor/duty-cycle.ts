import type { Clock } from '../base/clock.js'
import type { Timestamp } from '../base/ids.js'
import type { Runner } from './runner.js'
import { SpinBudget } from './spin-budget.js'

/** A parked thread looks around at least this often, unless it is told otherwise. */
const PARK_MS_MAX = 1000

export interface DutyCycleOptions {
  /** A parked thread looks around at least this often, so that its heartbeat is seen to grow. Default 1000. */
  readonly parkMsMax?: number
}

/** See `Context.noteStream`. */
const NAP_MS = 0.1

/**
 * The host of threads that own no sockets and run no user code: a loop that never returns to the event loop. It spins
 * a little, then parks: see SpinBudget.
 */
export function runDutyCycle(runner: Runner, clock: Clock, options: DutyCycleOptions = {}): never {
  const { control } = runner
  const { parkMsMax = PARK_MS_MAX } = options
  const budget = new SpinBudget()
  control.started(clock.now())
  for (;;) {
    if (turnAsLongAsThereIsWork(runner, clock) || spin(runner, clock, budget)) continue
    if (runner.isStreaming) {
      control.nap(Math.min(NAP_MS, runner.deadline - clock.now()))
      continue
    }
    const bell = control.prepareToPark()
    const now = clock.now()
    if (!turnAsLongAsThereIsWork(runner, clock)) {
      const waitMs = Math.min(parkMsMax, runner.deadline - now)
      if (waitMs > 0) control.park(bell, waitMs)
      budget.parked(clock.now() - now)
    }
    control.unpark()
  }
}

/** Until then or until there is no work; counts the time as busy. Returns whether there was any. A thread that is paused stands still here, between two turns. */
export function turnAsLongAsThereIsWork(runner: Runner, clock: Clock, until?: Timestamp): boolean {
  const { control } = runner
  control.waitWhilePaused()
  const began = clock.now()
  if (!runner.turn(began)) return false
  let now = clock.now()
  while ((until === undefined || now < until) && !control.isPaused && runner.turn(now)) now = clock.now()
  control.addBusy(now - began)
  return true
}

/** Looks for work without sleeping, and does it. Returns whether it came within the budget. */
export function spin(runner: Runner, clock: Clock, budget: SpinBudget, until?: Timestamp): boolean {
  for (let turns = budget.turns; turns > 0; turns--) {
    if (runner.deadline <= clock.now() || turnAsLongAsThereIsWork(runner, clock, until)) {
      budget.succeeded()
      return true
    }
  }
  budget.failed()
  return false
}
