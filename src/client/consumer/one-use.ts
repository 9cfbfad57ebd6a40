import { ConfigError } from '../../base/errors.js'

export type Use = 'run' | 'poll' | 'iterate'

/**
 * The one way in which a consumer hands out its records at a time, to one caller:
 *
 *     run, iterate    until it ends
 *     poll            while it waits. Another poll or a loop may follow, but once it has handed out records, no run:
 *                     that would take away the records that the next poll is to have
 *
 * (Kafka: `KafkaConsumer.acquire`, which throws a `ConcurrentModificationException`.)
 */
export class OneUse {
  readonly #isPolling: () => boolean
  /** The use that goes on until it ends; null: none does. */
  #current: Exclude<Use, 'poll'> | null = null
  #hasPolled = false

  /** `isPolling` says whether a poll waits. */
  constructor(isPolling: () => boolean) {
    this.#isPolling = isPolling
  }

  get isRun(): boolean {
    return this.#current === 'run'
  }

  /** Throws a ConfigError while there is another use. */
  begin(use: Use): void {
    if (use === 'run' && this.#hasPolled && this.#current === null)
      throw new ConfigError(use, 'Cannot run after poll has handed out records: make another consumer for the handler')
    const current = this.#isPolling() ? 'poll' : this.#current
    if (current !== null) {
      const says = `Cannot ${use} while this consumer is used by ${current}`
      throw new ConfigError(use, `${says}: a consumer hands out its records in one way at a time, and to one caller`)
    }
    if (use !== 'poll') this.#current = use
  }

  /** Notes that a poll has handed out records. */
  polled(): void {
    this.#hasPolled = true
  }

  /** The use has ended: another one may follow. */
  readonly end = (): void => {
    this.#current = null
  }
}
