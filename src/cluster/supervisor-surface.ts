import type { MessagePort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import type { BrokerOptions } from '../base/config/broker-options.js'
import type { Controller } from '../controller/controller.js'
import type { TopicImage } from '../protocol/messages.js'
import { comlinkEndpoint } from './comlink-endpoint.js'

/** What the supervisor's thread is started with. */
export interface SupervisorData {
  readonly brokerOptions: BrokerOptions
  readonly port: MessagePort
}

/** The control surface between the application and the supervisor: rare calls, rich types. */
export interface SupervisorSurface {
  /** Ids of the brokers that are registered and not fenced. */
  activeBrokers(): number[]
  topics(): readonly TopicImage[]
  /** Resolves when that many brokers are in and know of one another. */
  registered(count: number): Promise<void>
}

export function serveSupervisor(controller: Controller, port: MessagePort): void {
  const surface: SupervisorSurface = {
    activeBrokers: () => controller.image.activeBrokers,
    topics: () => controller.image.topics,
    registered: (count) => new Promise((resolve) => controller.whenRegistered(count, resolve)),
  }
  Comlink.expose(surface, comlinkEndpoint(port))
}

export function callSupervisor(port: MessagePort): Comlink.Remote<SupervisorSurface> {
  return Comlink.wrap<SupervisorSurface>(comlinkEndpoint(port))
}
