import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Connection, Context, Message } from '../../actor/types.js'
import { deferred } from '../../base/deferred.js'
import { throwLater } from '../../base/throw-later.js'
import { EMITTED_ATTACHMENT } from './emitter.js'

/** What the application does with a value that its handler module emits. A promise is waited for. */
export type OnEmit = (value: unknown) => unknown

export interface EmissionsParts {
  readonly consumer: Address
  readonly onEmit: OnEmit
  readonly wake: () => void
}

/**
 * What a handler module emits, as it arrives here: one value after the other is handed to `onEmit`, and more are asked
 * for when all of them were. Its other half is the Emitter. Lives on the application's thread; its connection is its
 * own, because a question waits there until something is emitted.
 */
export class Emissions {
  readonly #parts: EmissionsParts
  readonly #over = deferred<void>()
  readonly #network: NetworkClient
  #connection: Connection | null = null
  /** Values that have arrived and were not handed over. */
  #values: readonly unknown[] = []
  #next = 0
  /** Whether a promise of `onEmit` has not settled. */
  #isWaiting = false
  #isAsking = false
  #isLast = false

  constructor(parts: EmissionsParts) {
    this.#parts = parts
    this.#network = new NetworkClient((connection) => {
      this.#connection = connection
    })
  }

  /** Resolves when the last value was handed over, or none will come. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** Takes a message that concerns its connection; false: it concerns another one. */
  receive(message: Message, context: Context): boolean {
    return this.#network.receive(message, context)
  }

  tick(context: Context): void {
    while (!this.#isWaiting && this.#next < this.#values.length) this.#handOver(this.#values[this.#next++])
    if (this.#isWaiting || this.#isAsking) return
    if (this.#isLast) this.#over.resolve()
    else this.#ask(context)
  }

  /** The other half has ended: nothing comes any more. */
  end(): void {
    this.#isLast = true
    this.#over.resolve()
  }

  #ask(context: Context): void {
    const sent = this.#network.send(this.#parts.consumer, { api: 'Emitted' }, context, (response, later) => {
      this.#isAsking = false
      if (response?.api !== 'Emitted') return this.end()
      const { count, isLast } = response
      this.#values = count === 0 ? [] : (this.#connection?.attachment(EMITTED_ATTACHMENT) as readonly unknown[])
      this.#next = 0
      this.#isLast = isLast
      later.noteWork()
    })
    this.#isAsking = sent === 'sent'
  }

  #handOver(value: unknown): void {
    const { onEmit, wake } = this.#parts
    try {
      const outcome = onEmit(value) as Partial<PromiseLike<unknown>> | undefined
      if (typeof outcome?.then !== 'function') return
      this.#isWaiting = true
      const settled = (): void => {
        this.#isWaiting = false
        wake()
      }
      Promise.resolve(outcome).then(settled, (error) => {
        settled()
        throwLater(error)
      })
    } catch (error) {
      throwLater(error)
    }
  }
}
