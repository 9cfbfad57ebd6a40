/**
 * How long a host looks for work before it parks. A hand-over to a spinning thread takes a tenth of a microsecond, a
 * wake-up of a parked one 20 or more, and there are more threads than cores: so the budget grows while spinning finds
 * work and shrinks to nothing when peers answer later than it lasts. A short sleep earns it back.
 */
const TURNS_MAX = 64
const SHORT_SLEEP_MS = 0.06

export class SpinBudget {
  turns = TURNS_MAX

  succeeded(): void {
    this.turns = Math.min(TURNS_MAX, this.turns + 8)
  }

  failed(): void {
    this.turns = Math.max(0, this.turns - 4)
  }

  parked(forMs: number): void {
    if (forMs < SHORT_SLEEP_MS) this.turns = Math.min(TURNS_MAX, this.turns + 4)
  }
}
