import type { Address } from '../actor/address.js'
import type { GivenAdminOptions } from '../base/config/admin-options.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import { ClosedError } from '../base/errors.js'
import type { Admin } from '../client/admin/admin.js'
import type { Consumer } from '../client/consumer/consumer.js'
import type { ConsumerConfig } from '../client/consumer/group/front/consumer-config.js'
import { CLOSE, type ClientEnd, type CloseOptions } from '../client/lifetime.js'
import type { Producer } from '../client/producer/producer.js'
import type { ProducerExtras } from '../client/producer/producer-extras.js'
import type { RecordData } from '../record/record.js'
import type { Clients } from './clients.js'
import { inTime } from './system-timers.js'

/** How a thread ended. Nobody asked for it unless `wasAsked`, whatever the code, 0 included. */
export interface ThreadExit {
  readonly address: Address
  readonly code: number
  readonly error: string | null
  readonly wasAsked: boolean
}

/** The doors to clients, which a cluster and whatever is attached to one have alike. */
export abstract class ClientDoors {
  protected abstract readonly behind: { readonly clients: Clients }
  readonly #exits: ThreadExit[] = []
  #closing: Promise<void> | null = null

  /** A producer with a sender of its own. Throws a ConfigError for bad options. */
  producer<Key = RecordData, Value = RecordData>(
    config: GivenProducerOptions = {},
    extras: ProducerExtras<Key, Value> = {},
  ): Producer<Key, Value> {
    return this.behind.clients.producer(config, extras)
  }

  /** A consumer whose other half fetches for it. Throws a ConfigError for bad options. */
  consumer(config: ConsumerConfig = {}): Consumer {
    return this.behind.clients.consumer(config)
  }

  /** An admin of this cluster. Throws a ConfigError for bad options. */
  admin(config: GivenAdminOptions = {}): Admin {
    return this.behind.clients.admin(config)
  }

  /** Threads that have ended although nobody asked for it, oldest first. */
  get unexpectedExits(): readonly ThreadExit[] {
    return this.#exits
  }

  /**
   * Ends every thread of a cluster, or those of the clients of what is attached to one. Clients that were not closed
   * fail what is pending with a ClosedError, behind its dead letters. By default it waits for those as long as their
   * sinks may take; `timeoutMs` is a shorter time, after which they are told as not kept.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const [{ timeoutMs = Number.POSITIVE_INFINITY }] = CLOSE(options)
    this.#closing ??= this.endAll()
    return inTime(this.#closing, timeoutMs, () => this.behind.clients.giveUp())
  }

  protected abstract endAll(): Promise<void>

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  protected forgetExits(): void {
    this.#exits.length = 0
  }

  protected noteExit(exit: ThreadExit): void {
    if (!exit.wasAsked) this.#exits.push(exit)
  }

  /** Nobody is left to answer a client: whatever is pending rejects, and so does whatever is asked for later. */
  protected end(error: ClientEnd): void {
    this.behind.clients.end(error)
  }
}

export const closedCluster = (): ClosedError => new ClosedError('The cluster is closed')
