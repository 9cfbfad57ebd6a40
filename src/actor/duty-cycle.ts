import type { Clock } from '../base/clock.js'
import type { Timestamp } from '../base/ids.js'
import type { Runner } from './runner.js'
import { SpinBudget } from './spin-budget.js'

/** A parked thread looks around at least this often, unless it is told otherwise. */
const PARK_MS_MAX = 1000

export interface DutyCycleOptions {
  /** A parked thread looks around at least this often, so that its heartbeat is seen to grow. Default 1000. */
  readonly parkMsMax?: number
  /** Lets the thread's event loop turn, and goes on. Without it what only that can free stays until the thread ends. */
  readonly turnEventLoop?: (goOn: () => void) => void
}

/** See `Context.noteStream`. */
const NAP_MS = 0.1

/**
 * The host of threads that own no sockets and run no user code: a loop that returns to the event loop only to have
 * closed ports freed, when there is nothing else to do. It spins a little, then parks: see SpinBudget.
 */
export function runDutyCycle(runner: Runner, clock: Clock, options: DutyCycleOptions = {}): void {
  cycle(runner, clock, options, new SpinBudget())
}

function cycle(runner: Runner, clock: Clock, options: DutyCycleOptions, budget: SpinBudget): void {
  const { control } = runner
  const { parkMsMax = PARK_MS_MAX, turnEventLoop } = options
  for (;;) {
    if (turnAsLongAsThereIsWork(runner, clock) || spin(runner, clock, budget)) continue
    if (turnEventLoop !== undefined && runner.takeLetGo())
      return turnEventLoop(() => cycle(runner, clock, options, budget))
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

/**
 * Takes turns until then or until there is no work; counts the time as busy. Returns whether there was any. A thread
 * that is paused stands still here, between two turns.
 */
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
