import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Address, Context, Message } from '../actor/types.js'
import { type KafkaError, WorkerDiedError } from '../base/errors.js'
import { NEVER, type Timestamp } from '../base/ids.js'
import type { Api, RequestOf, Response, ResponseOf } from '../protocol/messages.js'
import { type Deferred, deferred } from './pending-calls.js'

interface Call {
  readonly to: Address | null
  readonly request: RequestOf<Api>
  readonly answer: Deferred<Response>
  isSent: boolean
}

/** Topics and offsets, asked of the brokers. Lives on the application's thread. */
export class AdminActor implements Actor {
  readonly #bootstrap: readonly Address[]
  readonly #wake: () => void
  readonly #network = new NetworkClient()
  #calls: Call[] = []
  #fatal: KafkaError | null = null

  constructor(bootstrap: readonly Address[], wake: () => void) {
    this.#bootstrap = bootstrap
    this.#wake = wake
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    for (const call of this.#calls) {
      if (call.isSent) continue
      const to = call.to ?? this.#bootstrap.find((address) => !this.#network.isGone(address))
      const sent =
        to === undefined
          ? 'gone'
          : this.#network.send(to, call.request, context, (response) => this.#settle(call, response))
      if (sent === 'gone') this.#settle(call, null)
      call.isSent = sent === 'sent'
    }
    return NEVER
  }

  /** Asks one broker, or with `to: null` whichever is there. */
  ask<A extends Api>(request: RequestOf<A>, _api: A, to: Address | null = null): Promise<ResponseOf<A>> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    const call: Call = { to, request, answer: deferred<Response>(), isSent: false }
    this.#calls.push(call)
    this.#wake()
    return call.answer.promise as Promise<ResponseOf<A>>
  }

  end(error: KafkaError): void {
    this.#fatal = error
    for (const call of this.#calls) call.answer.reject(error)
    this.#calls = []
  }

  #settle(call: Call, response: Response | null): void {
    this.#calls = this.#calls.filter((other) => other !== call)
    if (response === null) call.answer.reject(new WorkerDiedError('The broker that was asked has ended'))
    else call.answer.resolve(response)
  }
}
