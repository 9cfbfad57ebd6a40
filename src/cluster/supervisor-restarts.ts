import type { BrokerOptions } from '../base/config/broker-options.js'
import type { Timestamp } from '../base/ids.js'
import { counted } from '../base/words.js'
import { type RestartLimits, RestartPolicy } from '../controller/restart-policy.js'

/** In its policy, the supervisor is the one controller that there is. */
const SUPERVISOR = 0

export function restartLimitsOf(options: BrokerOptions): RestartLimits {
  return { intensity: options['odradek.restart.intensity'], periodMs: options['odradek.restart.period.ms'] }
}

/** Whether a supervisor that has crashed is started again: by the rule by which it decides that of brokers itself. */
export class SupervisorRestarts {
  readonly #limits: RestartLimits
  readonly #policy: RestartPolicy

  constructor(limits: RestartLimits) {
    this.#limits = limits
    this.#policy = new RestartPolicy(limits)
  }

  forget(): void {
    this.#policy.forget(SUPERVISOR)
  }

  /** Null: it is to be started again. Otherwise what is to be said of it, now that it stays down. */
  crashed(now: Timestamp): string | null {
    if (this.#policy.crashed(SUPERVISOR, now) === 'restart') return null
    const { intensity, periodMs } = this.#limits
    return `The supervisor has crashed more than ${counted(intensity, 'time')} in ${periodMs} ms: it stays down`
  }
}
