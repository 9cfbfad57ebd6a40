import type { Address } from '../actor/address.js'
import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Context, Message } from '../actor/types.js'
import { earliest, type Timestamp } from '../base/ids.js'
import type { Request } from '../protocol/api.js'

/**
 * Asks several actors the same, each until it has answered: one that ends before is asked again when it is back. So
 * only what may be asked twice is asked here. Lives on the application's thread.
 */
export class AskingActor implements Actor {
  readonly #network = new NetworkClient()
  readonly #request: Request
  readonly #done: () => void
  /** The actors that have not answered. */
  readonly #open: Set<Address>
  readonly #unasked: Set<Address>

  /** `done` is called once, when all have answered. */
  constructor(asked: readonly Address[], request: Request, done: () => void) {
    this.#request = request
    this.#done = done
    this.#open = new Set(asked)
    this.#unasked = new Set(asked)
  }

  /** The actors that have not answered yet. */
  get open(): readonly Address[] {
    return [...this.#open]
  }

  /** It will not answer, and is not waited for any more. */
  dismiss(address: Address): void {
    this.#unasked.delete(address)
    if (this.#open.delete(address) && this.#open.size === 0) this.#done()
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    let due = this.#network.tick(context)
    for (const address of [...this.#unasked]) {
      const sent = this.#network.send(address, this.#request, context, (response) => {
        if (response !== null) this.dismiss(address)
        else if (this.#open.has(address)) this.#unasked.add(address)
      })
      if (sent === 'sent') this.#unasked.delete(address)
      else if (sent === 'gone') due = earliest(due, this.#network.readyAt(address))
    }
    return due
  }
}
