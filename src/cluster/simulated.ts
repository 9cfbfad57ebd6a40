import type { SimulatedSeat } from '../actor/simulated-seat.js'
import { Simulation } from '../actor/simulation.js'
import type { Trace } from '../actor/trace.js'
import type { Actor, Address } from '../actor/types.js'
import { type BrokerOptions, parseBrokerOptions } from '../base/config/broker-options.js'
import type { GivenConsumerOptions } from '../base/config/consumer-options.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import type { Timestamp } from '../base/ids.js'
import { Broker, CONTROLLER } from '../broker/broker.js'
import type { Admin } from '../client/admin.js'
import type { Consumer } from '../client/consumer.js'
import { ConsumerActor } from '../client/consumer-actor.js'
import { brokerAddress } from '../client/metadata.js'
import type { Producer } from '../client/producer.js'
import { Controller } from '../controller/controller.js'
import type { RecordData } from '../record/record.js'
import { Clients, type ProducerExtras } from './clients.js'
import { type ClusterDescription, type ClusterOptions, checkBrokerCount } from './cluster.js'
import { type ConsumerData, consumerActorOptions } from './consumer-data.js'
import { loadHandlerModule } from './handler-module.js'
import { openSender } from './sender-data.js'
import { SimulatedThreads } from './simulated-threads.js'
import { type DriveLimits, SimulationDriver } from './simulation-driver.js'
import type { ThreadExit } from './threads.js'

export type SimulatedClusterOptions = ClusterOptions & {
  /** Called at each named point between two steps of an actor over shared memory. */
  readonly onPoint?: (address: Address, name: string) => void
  /** False keeps only the end of the trace and its digest. Default true. */
  readonly keepsTrace?: boolean
}

/**
 * A cluster on one thread, under a clock that jumps: the same actors and clients as in Cluster, and the same run again
 * for the same seed. Nothing happens by itself: `run`, `runUntil` and `advance` make it happen.
 */
export class SimulatedCluster {
  readonly #simulation: Simulation
  readonly #threads: SimulatedThreads
  readonly #driver: SimulationDriver
  readonly #controller: Controller
  readonly #clients: Clients
  readonly #exits: ThreadExit[] = []

  private constructor(simulation: Simulation, brokers: number, options: BrokerOptions) {
    this.#simulation = simulation
    this.#threads = new SimulatedThreads(simulation)
    this.#driver = new SimulationDriver(simulation, () => new Promise((resolve) => setImmediate(resolve)))
    this.#controller = new Controller(options, simulation.pointOf(CONTROLLER))
    this.#start(this.#threads.seat(CONTROLLER), this.#controller)
    const addresses = Array.from({ length: brokers }, (_, index) => brokerAddress(index + 1))
    addresses.forEach((address, index) => {
      const broker = new Broker(index + 1, options, simulation.pointOf(address))
      this.#start(this.#threads.seat(address), checked(broker))
    })
    this.#clients = this.#clientsOf(addresses)
  }

  /** Resolves when every broker is registered and knows of the others. The seed is 1 unless it is given. */
  static async start(options: SimulatedClusterOptions = {}): Promise<SimulatedCluster> {
    const { brokers = 1, seed = 1, onPoint, keepsTrace, ...given } = options
    checkBrokerCount(brokers)
    const brokerOptions = parseBrokerOptions(given)
    const simulation = new Simulation({
      seed,
      ...(onPoint && { onPoint }),
      ...(keepsTrace !== undefined && { keepsTrace }),
    })
    const cluster = new SimulatedCluster(simulation, brokers, brokerOptions)
    await cluster.run(new Promise<void>((resolve) => cluster.#controller.whenRegistered(brokers, resolve)))
    return cluster
  }

  producer<Key = RecordData, Value = RecordData>(
    config: GivenProducerOptions = {},
    extras: ProducerExtras<Key, Value> = {},
  ): Producer<Key, Value> {
    return this.#clients.producer(config, extras)
  }

  consumer(config: GivenConsumerOptions = {}): Consumer {
    return this.#clients.consumer(config)
  }

  admin(): Admin {
    return this.#clients.admin()
  }

  /** What the cluster is at this moment. */
  async describe(): Promise<ClusterDescription> {
    this.#clients.checkOpen()
    const { activeBrokers, topics } = this.#controller.image
    const threads = [...this.#threads.seats]
      .filter(([address]) => !address.startsWith('client-'))
      .map(([address, { control }]) => ({ address, busyMs: control.busyMs }))
    return { brokers: activeBrokers, topics, threads }
  }

  /** Ends an actor as a crash of its thread between two turns would. */
  async kill(address: Address): Promise<void> {
    this.#clients.checkOpen()
    this.#threads.end(address)
    this.#exits.push({ address, code: 1, error: null, wasAsked: false })
  }

  get unexpectedExits(): readonly ThreadExit[] {
    return this.#exits
  }

  /** Clients that were not closed fail what is pending with a ClosedError. */
  async close(): Promise<void> {
    this.#clients.close()
    for (const address of [...this.#threads.seats.keys()]) this.#threads.end(address)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The simulated time. */
  get now(): Timestamp {
    return this.#simulation.clock.now()
  }

  /** How many turns were taken so far. */
  get steps(): number {
    return this.#simulation.steps
  }

  /** What has happened so far, one line a step. */
  get trace(): Trace {
    return this.#simulation.trace
  }

  /** Takes steps until the promise settles, and settles like it. Throws a TimeoutError when it never does. */
  run<Value>(promise: Promise<Value>, limits?: DriveLimits): Promise<Value> {
    return this.#driver.run(promise, limits)
  }

  /** Takes steps until it is true; it is asked after each one. Throws a TimeoutError when it never is. */
  runUntil(predicate: () => boolean, limits?: DriveLimits): Promise<void> {
    return this.#driver.runUntil(predicate, limits)
  }

  /** Moves the clock on by so many milliseconds, running everything that is due on the way. */
  advance(ms: number): Promise<void> {
    return this.#driver.advance(ms)
  }

  #start(seat: SimulatedSeat, actor: Actor): void {
    this.#threads.start(seat, actor)
  }

  #clientsOf(brokers: readonly Address[]): Clients {
    const threads = this.#threads
    return new Clients({
      clock: this.#simulation.clock,
      random: this.#simulation.random.fork('clients'),
      brokers,
      seat(address) {
        const seat = threads.seat(address)
        const run = (actor: Actor): (() => void) => {
          threads.start(seat, actor)
          return () => threads.end(address)
        }
        return { bell: seat.bell, control: seat.control, run }
      },
      startSender: (address, data, application) => {
        const seat = threads.seat(address)
        this.#start(seat, openSender(data, application))
        return seat.bell
      },
      startConsumer: (address, data) => {
        const seat = threads.seat(address)
        this.#start(
          seat,
          this.#openConsumer(data, () => seat.bell.ring()),
        )
      },
      end: async (address) => threads.end(address),
    })
  }

  #openConsumer({ options, bootstrap }: ConsumerData, wake: () => void): ConsumerActor {
    return new ConsumerActor({
      options: consumerActorOptions(options),
      bootstrap,
      wake,
      loadHandler: (attached, ready) => {
        const loaded = new Promise<void>((resolve) => {
          loadHandlerModule(attached, (handler) => {
            ready(handler)
            resolve()
          })
        })
        this.#driver.waitOutside(loaded)
      },
    })
  }
}

/** The broker, with its invariants checked after each turn. */
function checked(broker: Broker): Actor {
  return {
    receive: (message, context) => broker.receive(message, context),
    tick(context) {
      const due = broker.tick(context)
      broker.checkInvariants()
      return due
    },
  }
}
