import { CONTROLLER } from '../actor/address.js'
import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Context, Message } from '../actor/types.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'

/** How often the controller is asked, as controlled.shutdown.max.retries had it before KRaft. */
const ATTEMPTS_MAX = 3
const RETRY_MS = 50

/**
 * Asks the controller to move the leaders away from a broker that is going to end. It gives up when they cannot be
 * moved, or when there is no controller: then the broker ends as it is.
 */
export class ShutdownActor implements Actor {
  readonly #network = new NetworkClient()
  readonly #broker: { readonly brokerId: number; readonly brokerEpoch: number }
  readonly #done: () => void
  #attempts = 0
  #isAsking = false
  #due: Timestamp = NEVER

  /** `done` is called once. */
  constructor(broker: { readonly brokerId: number; readonly brokerEpoch: number }, done: () => void) {
    this.#broker = broker
    this.#done = done
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    const networkDue = this.#network.tick(context)
    if (this.#isAsking || (this.#due !== NEVER && context.now < this.#due)) return earliest(networkDue, this.#due)
    const sent = this.#network.send(
      CONTROLLER,
      { api: 'ControlledShutdown', ...this.#broker },
      context,
      (response, later) => {
        this.#isAsking = false
        if (response?.api === 'ControlledShutdown' && response.error === 'NONE' && response.remaining === 0)
          this.#finish()
        else this.#tryAgain(later)
      },
    )
    if (sent === 'sent') this.#isAsking = true
    else if (sent === 'gone') this.#tryAgain(context)
    return earliest(networkDue, this.#due)
  }

  #tryAgain({ now }: Context): void {
    this.#attempts += 1
    if (this.#attempts >= ATTEMPTS_MAX) this.#finish()
    else this.#due = timestamp(now + RETRY_MS)
  }

  #finish(): void {
    this.#isAsking = true
    this.#due = NEVER
    this.#done()
  }
}
