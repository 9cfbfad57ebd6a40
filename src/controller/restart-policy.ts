import type { Timestamp } from '../base/ids.js'

export interface RestartLimits {
  /** `odradek.restart.intensity`: restarts within a period. */
  readonly intensity: number
  /** `odradek.restart.period.ms` */
  readonly periodMs: number
}

/**
 * Decides which broker is started again after its thread has ended: within a period, as often as the intensity says.
 * (The restart intensity of supervisors in Erlang; each broker has a history of its own.)
 */
export class RestartPolicy {
  readonly #limits: RestartLimits
  readonly #restarts = new Map<number, readonly Timestamp[]>()

  constructor(limits: RestartLimits) {
    this.#limits = limits
  }

  /** The broker has crashed. A restart counts from now on. */
  crashed(brokerId: number, now: Timestamp): 'restart' | 'give up' {
    const { intensity, periodMs } = this.#limits
    const recent = (this.#restarts.get(brokerId) ?? []).filter((restartedAt) => now - restartedAt < periodMs)
    if (recent.length >= intensity) return 'give up'
    this.#restarts.set(brokerId, [...recent, now])
    return 'restart'
  }

  /** The broker was started by hand: its history is forgotten. */
  forget(brokerId: number): void {
    this.#restarts.delete(brokerId)
  }

  forgetAll(): void {
    this.#restarts.clear()
  }
}
