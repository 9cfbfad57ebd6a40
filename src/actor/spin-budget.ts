/**
 * How long a host looks for work before it parks. A hand-over to a spinning thread takes a tenth of a microsecond, a
 * wake-up of a parked one 20 or more, and there are more threads than cores: so the budget is earned by sleeps that
 * were short, grows while spinning finds work, and shrinks to nothing when peers answer later than it lasts. A thread
 * begins with none, because a turn of code that has never run takes ten microseconds or more.
 */
export interface SpinLimits {
  /** Turns, each of about 0.2 microseconds when there is nothing to do and the code is warm. */
  readonly turnsMax: number
  /** A sleep that was not longer would better have been spun. */
  readonly shortSleepMs: number
}

export const BRIEFLY: SpinLimits = { turnsMax: 64, shortSleepMs: 0.06 }
/** Limits while the user's code only waits for an answer: as long as one takes, four wake-ups in a row. */
export const AWAITED: SpinLimits = { turnsMax: 1024, shortSleepMs: 0.25 }

/** So many successes make a full budget. */
const STEPS = 8

export class SpinBudget {
  readonly #limits: SpinLimits
  turns = 0

  constructor(limits = BRIEFLY) {
    this.#limits = limits
  }

  succeeded(): void {
    const { turnsMax } = this.#limits
    this.turns = Math.min(turnsMax, this.turns + turnsMax / STEPS)
  }

  failed(): void {
    this.turns = this.turns >> 1
  }

  parked(forMs: number): void {
    if (forMs < this.#limits.shortSleepMs) this.succeeded()
  }
}
