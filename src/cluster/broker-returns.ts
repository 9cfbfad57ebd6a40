import type { Address } from '../actor/address.js'
import { type Deferred, deferred } from '../base/deferred.js'
import type { KafkaError } from '../base/errors.js'

/** Tells those who wait for brokers to come back when one will not. Lives on the application's thread. */
export class BrokerReturns {
  readonly #awaited = new Map<Address, Deferred<never>>()
  readonly #needAll = new Set<Deferred<never>>()

  isAwaited(broker: Address): boolean {
    return this.#awaited.has(broker)
  }

  /** Settles like what is begun, which rejects like the promise that it is given when the broker is lost before. */
  async of<Value>(broker: Address, begin: (lost: Promise<never>) => Promise<Value>): Promise<Value> {
    const lost = deferred<never>()
    this.#awaited.set(broker, lost)
    try {
      return await begin(lost.promise)
    } finally {
      if (this.#awaited.get(broker) === lost) this.#awaited.delete(broker)
    }
  }

  /** The same, when any broker has crashed too often before. */
  async ofAll<Value>(begin: (lost: Promise<never>) => Promise<Value>): Promise<Value> {
    const lost = deferred<never>()
    this.#needAll.add(lost)
    try {
      return await begin(lost.promise)
    } finally {
      this.#needAll.delete(lost)
    }
  }

  /** The broker stays down, since somebody wants it so. */
  lost(broker: Address, error: KafkaError): void {
    this.#awaited.get(broker)?.reject(error)
  }

  /** The broker stays down, since it has crashed too often. */
  gaveUp(broker: Address, error: KafkaError): void {
    this.lost(broker, error)
    for (const { reject } of this.#needAll) reject(error)
  }
}
