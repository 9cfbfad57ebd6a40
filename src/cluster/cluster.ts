import { MessageChannel } from 'node:worker_threads'
import { ControlBlock } from '../actor/control-block.js'
import type { Address } from '../actor/types.js'
import { type BrokerOptions, type GivenBrokerOptions, parseBrokerOptions } from '../base/config/broker-options.js'
import type { GivenConsumerOptions } from '../base/config/consumer-options.js'
import { BROKERS_MAX } from '../base/config/internal-limits.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import { ClosedError, ConfigError, WorkerDiedError } from '../base/errors.js'
import { seededRandom } from '../base/random.js'
import type { Admin } from '../client/admin.js'
import type { Consumer } from '../client/consumer.js'
import { brokerAddress } from '../client/metadata.js'
import type { Producer } from '../client/producer.js'
import type { TopicImage } from '../protocol/messages.js'
import type { RecordData } from '../record/record.js'
import { Clients, type ProducerExtras } from './clients.js'
import { callSupervisor, type SupervisorData } from './supervisor-surface.js'
import { type ThreadExit, Threads } from './threads.js'

export type ClusterOptions = GivenBrokerOptions & {
  /** How many broker threads; their ids count from 1. Default 1. */
  readonly brokers?: number
  /** Decides what is left to chance, such as the order of a keyless producer's partitions. Default: a new one each time. */
  readonly seed?: number | string
}

export interface ThreadDescription {
  readonly address: Address
  /** Milliseconds spent working, without spinning and parking. */
  readonly busyMs: number
}

export interface ClusterDescription {
  readonly brokers: readonly number[]
  readonly topics: readonly TopicImage[]
  readonly threads: readonly ThreadDescription[]
}

/** A Kafka cluster in this process: a supervisor and brokers, each on a thread of its own. */
export class Cluster {
  readonly #threads: Threads
  readonly #brokers: readonly Address[]
  readonly #supervisor: ReturnType<typeof callSupervisor>
  readonly #clients: Clients
  readonly #exits: ThreadExit[] = []
  #closing: Promise<void> | null = null
  /** Settles calls to the supervisor when its thread ends: a pending call would wait for ever. */
  readonly #supervisorEnded: Promise<never>
  #rejectSupervisorCalls: (error: Error) => void = () => {}

  private constructor(brokers: number, options: BrokerOptions, seed: string) {
    this.#supervisorEnded = new Promise((_, reject) => {
      this.#rejectSupervisorCalls = reject
    })
    this.#supervisorEnded.catch(() => {})
    this.#threads = new Threads({ seed, onUnexpectedExit: (exit) => this.#lost(exit) })
    const { port1, port2 } = new MessageChannel()
    const supervisorData: SupervisorData = { brokerOptions: options, port: port2 }
    this.#threads.spawn('supervisor', 'controller-0', supervisorData, [port2])
    this.#supervisor = callSupervisor(port1)
    port1.unref()
    this.#brokers = Array.from({ length: brokers }, (_, index) => brokerAddress(index + 1))
    this.#brokers.forEach((address, index) => {
      this.#threads.spawn('broker', address, { brokerId: index + 1, options })
    })
    this.#clients = clientsOn(this.#threads, this.#brokers, seed)
  }

  /** Resolves when every broker is registered and knows of the others. Throws a ConfigError for bad options. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { brokers = 1, seed = Math.random().toString(36).slice(2), ...given } = options
    checkBrokerCount(brokers)
    const cluster = new Cluster(brokers, parseBrokerOptions(given), String(seed))
    try {
      await cluster.#ask(() => cluster.#supervisor.registered(brokers))
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /** A producer with a sender thread of its own. Throws a ConfigError for bad options. */
  producer<Key = RecordData, Value = RecordData>(
    config: GivenProducerOptions = {},
    extras: ProducerExtras<Key, Value> = {},
  ): Producer<Key, Value> {
    return this.#clients.producer(config, extras)
  }

  /** A consumer with a thread of its own. Throws a ConfigError for bad options. */
  consumer(config: GivenConsumerOptions = {}): Consumer {
    return this.#clients.consumer(config)
  }

  admin(): Admin {
    return this.#clients.admin()
  }

  /** What the cluster is at this moment: live brokers, topics with their leaders, threads with the time they worked. */
  async describe(): Promise<ClusterDescription> {
    this.#clients.checkOpen()
    const [brokers, topics] = await this.#ask(() =>
      Promise.all([this.#supervisor.activeBrokers(), this.#supervisor.topics()]),
    )
    const threads = [...this.#threads.controls].map(([address, control]) => ({ address, busyMs: control.busyMs }))
    return { brokers, topics, threads }
  }

  /** Ends a thread as a crash would, whatever it is at: nothing is cleaned up. Resolves when it has ended. */
  async kill(address: Address): Promise<void> {
    this.#clients.checkOpen()
    await this.#threads.kill(address)
  }

  /** Threads that have ended although nobody asked for it, oldest first. */
  get unexpectedExits(): readonly ThreadExit[] {
    return this.#exits
  }

  /** Ends every thread. Clients that were not closed fail what is pending with a ClosedError. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#clients.close()
    this.#rejectSupervisorCalls(new ClosedError('The cluster is closed'))
    await this.#threads.close()
  }

  async #ask<Value>(call: () => Promise<Value>): Promise<Value> {
    return Promise.race([call(), this.#supervisorEnded])
  }

  #lost(exit: ThreadExit): void {
    this.#exits.push(exit)
    if (exit.address !== 'controller-0') return
    this.#rejectSupervisorCalls(
      new WorkerDiedError(`The supervisor's thread has ended: ${exit.error ?? `code ${exit.code}`}`),
    )
  }
}

/** Throws a ConfigError. */
export function checkBrokerCount(brokers: number): void {
  if (Number.isInteger(brokers) && brokers >= 1 && brokers <= BROKERS_MAX) return
  throw new ConfigError(
    'brokers',
    `Cannot start ${brokers} brokers: it must be a whole number from 1 to ${BROKERS_MAX}`,
  )
}

function clientsOn(threads: Threads, brokers: readonly Address[], seed: string): Clients {
  return new Clients({
    clock: threads.clock,
    random: seededRandom(seed),
    brokers,
    seat(address) {
      const control = new ControlBlock()
      return { bell: control, control, run: (actor) => threads.seat(address, actor, control) }
    },
    startSender: (address, data) => threads.spawn('sender', address, data),
    startConsumer: (address, data) => void threads.spawn('consumer', address, data),
    end: (address) => threads.terminate(address),
  })
}
