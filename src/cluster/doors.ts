import type { GivenConsumerOptions } from '../base/config/consumer-options.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import type { Admin } from '../client/admin.js'
import type { Consumer } from '../client/consumer.js'
import type { Producer } from '../client/producer.js'
import type { RecordData } from '../record/record.js'
import type { Clients, ProducerExtras } from './clients.js'
import type { ClusterFaults, FaultDesk, KillOptions, LinkEnd, LinkOptions } from './faults.js'
import type { ScriptedFaults } from './scripted-faults.js'

/** What a cluster is made of behind its doors. */
export interface Behind {
  readonly clients: Clients
  readonly desk: FaultDesk
  readonly faults: ScriptedFaults
}

/** The doors that a cluster has on every host: to its clients, and to what can go wrong. */
export abstract class ClusterDoors implements ClusterFaults {
  protected abstract readonly behind: Behind

  /** A producer with a sender of its own. Throws a ConfigError for bad options. */
  producer<Key = RecordData, Value = RecordData>(
    config: GivenProducerOptions = {},
    extras: ProducerExtras<Key, Value> = {},
  ): Producer<Key, Value> {
    return this.behind.clients.producer(config, extras)
  }

  /** A consumer whose other half fetches for it. Throws a ConfigError for bad options. */
  consumer(config: GivenConsumerOptions = {}): Consumer {
    return this.behind.clients.consumer(config)
  }

  admin(): Admin {
    return this.behind.clients.admin()
  }

  /** Scripted faults of the protocol: requests that are refused, delayed or lost, responses that are lost. */
  get faults(): ScriptedFaults {
    return this.behind.faults
  }

  async killBroker(brokerId: number, options?: KillOptions): Promise<void> {
    await this.#desk.killBroker(brokerId, options)
  }

  async restartBroker(brokerId: number): Promise<void> {
    await this.#desk.restartBroker(brokerId)
  }

  async stopBroker(brokerId: number): Promise<void> {
    await this.#desk.stopBroker(brokerId)
  }

  async pauseBroker(brokerId: number): Promise<void> {
    await this.#desk.pauseBroker(brokerId)
  }

  resumeBroker(brokerId: number): void {
    this.#desk.resumeBroker(brokerId)
  }

  async killSupervisor(): Promise<void> {
    await this.#desk.killSupervisor()
  }

  async cutLink(a: LinkEnd, b: LinkEnd, options?: LinkOptions): Promise<void> {
    await this.#desk.cutLink(a, b, options)
  }

  async healLink(a: LinkEnd, b: LinkEnd, options?: LinkOptions): Promise<void> {
    await this.#desk.healLink(a, b, options)
  }

  get #desk(): FaultDesk {
    const { clients, desk } = this.behind
    clients.checkOpen()
    return desk
  }
}
