import type { MessagePort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import type { Actor } from '../actor/types.js'
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
  /** Resolves when the broker is registered with a higher epoch and not fenced; returns that epoch. */
  unfenced(brokerId: number, epochAbove: number): Promise<number>
  /** Deletes all topics, and resolves when no broker knows one any more. Nobody has crashed then. */
  empty(): Promise<void>
}

/** The surface as it looks from where it is asked, which may be another thread. */
export type AskedSurface = {
  readonly [Question in keyof SupervisorSurface]: (
    ...parameters: Parameters<SupervisorSurface[Question]>
  ) => ReturnType<SupervisorSurface[Question]> | Promise<Awaited<ReturnType<SupervisorSurface[Question]>>>
}

/** The controller, as an actor that also tells those who wait for a state of its image. */
export class Supervisor implements Actor {
  readonly serves: Controller['serves']
  readonly surface: SupervisorSurface
  readonly #controller: Controller
  #waiting: (() => boolean)[] = []

  /** `wake` asks the host for a turn. */
  constructor(controller: Controller, wake: () => void = () => {}) {
    this.#controller = controller
    this.serves = controller.serves
    this.surface = {
      activeBrokers: () => controller.image.activeBrokers,
      topics: () => controller.image.topics,
      registered: (count) => new Promise((resolve) => controller.whenRegistered(count, resolve)),
      expectEnd: (brokerId) => controller.expectEnd(brokerId),
      isKeptDown: (brokerId) => controller.image.isKeptDown(brokerId),
      brokerEpoch: (brokerId) => controller.image.broker(brokerId)?.brokerEpoch ?? -1,
      unfenced: (brokerId, epochAbove) => new Promise((resolve) => this.#await(brokerId, epochAbove, resolve)),
      empty: () =>
        new Promise((resolve) => {
          controller.empty(resolve)
          wake()
        }),
    }
  }

  receive(...[message, context]: Parameters<Actor['receive']>): void {
    this.#controller.receive(message, context)
  }

  tick(context: Parameters<Actor['tick']>[0]): ReturnType<Actor['tick']> {
    const due = this.#controller.tick(context)
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((isOver) => !isOver())
    return due
  }

  #await(brokerId: number, epochAbove: number, resolve: (epoch: number) => void): void {
    const isOver = (): boolean => {
      const broker = this.#controller.image.broker(brokerId)
      if (broker === undefined || broker.isFenced || broker.brokerEpoch <= epochAbove) return false
      resolve(broker.brokerEpoch)
      return true
    }
    if (!isOver()) this.#waiting.push(isOver)
  }
}

export function serveSupervisor(surface: SupervisorSurface, port: MessagePort): void {
  Comlink.expose(surface, comlinkEndpoint(port))
}

export function callSupervisor(port: MessagePort): AskedSurface {
  return Comlink.wrap<SupervisorSurface>(comlinkEndpoint(port))
}
