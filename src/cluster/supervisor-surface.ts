import type { MessagePort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import type { BrokerOptions } from '../base/config/broker-options.js'
import type { Controller } from '../controller/controller.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import { comlinkEndpoint } from './comlink-endpoint.js'

/** What the supervisor's thread is started with. */
export interface SupervisorData {
  readonly brokerOptions: BrokerOptions
  /** The brokers' control blocks, by id. */
  readonly brokerControls: ReadonlyMap<number, SharedArrayBuffer>
}

/** The control surface between the application and the supervisor: rare calls, rich types. */
export interface SupervisorSurface {
  /** Ids of the brokers that are registered and not fenced. */
  activeBrokers(): readonly number[]
  topics(): readonly TopicImage[]
  /** Resolves when that many brokers are in and know of one another. */
  registered(count: number): Promise<void>
  /** The broker is about to be ended on purpose: it is not to be started again by itself. */
  expectEnd(brokerId: number): void
  /** Whether the broker, if it is down, is started by nobody but the application. */
  isKeptDown(brokerId: number): boolean
  /** Epoch of the broker's last registration; -1: there was none. */
  brokerEpoch(brokerId: number): number
  /** Deletes all topics, and resolves when no broker knows one any more. Nobody has crashed then. */
  empty(): Promise<void>
}

/** The surface as it looks from where it is asked, which may be another thread. */
export type AskedSurface = {
  readonly [Question in keyof SupervisorSurface]: (
    ...parameters: Parameters<SupervisorSurface[Question]>
  ) => ReturnType<SupervisorSurface[Question]> | Promise<Awaited<ReturnType<SupervisorSurface[Question]>>>
}

/** The surface of a controller in this thread. `wake` asks its host for a turn. */
export function supervisorSurface(controller: Controller, wake: () => void = () => {}): SupervisorSurface {
  return {
    activeBrokers: () => controller.image.activeBrokers,
    topics: () => controller.image.topics,
    registered: (count) => new Promise((resolve) => controller.whenRegistered(count, resolve)),
    expectEnd: (brokerId) => controller.expectEnd(brokerId),
    isKeptDown: (brokerId) => controller.image.isKeptDown(brokerId),
    brokerEpoch: (brokerId) => controller.image.broker(brokerId)?.brokerEpoch ?? -1,
    empty: () =>
      new Promise((resolve) => {
        controller.empty(resolve)
        wake()
      }),
  }
}

export function serveSupervisor(surface: SupervisorSurface, port: MessagePort): void {
  Comlink.expose(surface, comlinkEndpoint(port))
}

export function callSupervisor(port: MessagePort): AskedSurface {
  return Comlink.wrap<SupervisorSurface>(comlinkEndpoint(port))
}
