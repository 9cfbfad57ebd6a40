import { MessageChannel } from 'node:worker_threads'
import { BROKERS_MAX } from '../base/config/internal-limits.js'
import { type BrokerOptions, type GivenBrokerOptions, parseBrokerOptions } from '../base/config/broker-options.js'
import { type GivenConsumerOptions, parseConsumerOptions } from '../base/config/consumer-options.js'
import { type GivenProducerOptions, parseProducerOptions } from '../base/config/producer-options.js'
import { ClosedError, ConfigError, WorkerDiedError } from '../base/errors.js'
import { Memory } from '../base/memory.js'
import { seededRandom } from '../base/random.js'
import { ControlBlock } from '../actor/control-block.js'
import type { Address } from '../actor/types.js'
import { AccumulatorMemory } from '../client/accumulator-memory.js'
import { Admin, AdminActor } from '../client/admin.js'
import { Consumer } from '../client/consumer.js'
import { ConsumerFront } from '../client/consumer-front.js'
import { brokerAddress } from '../client/metadata.js'
import type { Partitioner } from '../client/partitioner.js'
import { Producer, type Serializers } from '../client/producer.js'
import { ProducerFront } from '../client/producer-front.js'
import { RecordAccumulator } from '../client/record-accumulator.js'
import { SenderCounters } from '../client/sender-counters.js'
import type { TopicImage } from '../protocol/messages.js'
import type { RecordData } from '../record/record.js'
import type { ConsumerData } from './consumer-data.js'
import { type SenderData, senderData } from './sender-data.js'
import { callSupervisor, type SupervisorData } from './supervisor-surface.js'
import { type ThreadExit, Threads } from './threads.js'

export type ClusterOptions = GivenBrokerOptions & {
  /** How many broker threads; their ids count from 1. Default 1. */
  readonly brokers?: number
  /** Decides what is left to chance, such as the order of a keyless producer's partitions. Default: a new one each time. */
  readonly seed?: number | string
}

export interface ProducerExtras<Key, Value> {
  readonly serializers?: Serializers<Key, Value>
  /** Chooses the partition of records that name none, instead of partitioner.class. */
  readonly partitioner?: Partitioner
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
  readonly #seed: string
  readonly #endings = new Set<(error: ClosedError | WorkerDiedError) => void>()
  readonly #exits: ThreadExit[] = []
  #lastClient = 0
  #closing: Promise<void> | null = null
  /** Settles calls to the supervisor when its thread ends: a pending call would wait for ever. */
  readonly #supervisorEnded: Promise<never>
  #rejectSupervisorCalls: (error: Error) => void = () => {}

  private constructor(brokers: number, options: BrokerOptions, seed: string) {
    this.#seed = seed
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
  }

  /** Resolves when every broker is registered and knows of the others. Throws a ConfigError for bad options. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { brokers = 1, seed = Math.random().toString(36).slice(2), ...given } = options
    if (!Number.isInteger(brokers) || brokers < 1 || brokers > BROKERS_MAX) {
      throw new ConfigError('brokers', `Cannot start ${brokers} brokers: it must be a whole number from 1 to ${BROKERS_MAX}`)
    }
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
  producer<Key = RecordData, Value = RecordData>(config: GivenProducerOptions = {}, extras: ProducerExtras<Key, Value> = {}): Producer<Key, Value> {
    this.#checkOpen()
    const options = parseProducerOptions(config)
    const client = ++this.#lastClient
    const self: Address = `client-${client}`
    const sender: Address = `sender-${client}`
    const control = new ControlBlock()
    const data: SenderData = senderData(options, this.#brokers, control.memory.shared)
    const senderBell = this.#threads.spawn('sender', sender, data)
    const front = new ProducerFront({
      options,
      accumulator: (lend) =>
        new RecordAccumulator({
          shared: new AccumulatorMemory(data.shared, data.slots),
          pool: new Memory(data.pool),
          batchBytes: options['batch.size'],
          bufferBytes: options['buffer.memory'],
          recordBytesMax: Math.min(options['max.request.size'], options['buffer.memory']),
          clock: this.#threads.clock,
          senderBell,
          lend,
        }),
      sender,
      ownBell: control,
      clock: this.#threads.clock,
      random: seededRandom(this.#seed).fork(self),
      partitioner: extras.partitioner ?? null,
    })
    const unseat = this.#threads.seat(self, front, control)
    const release = this.#remember(front, unseat, sender)
    return new Producer({ front, options, serializers: extras.serializers ?? {}, counters: new SenderCounters(data.counters), release })
  }

  /** A consumer with a thread of its own. Throws a ConfigError for bad options. */
  consumer(config: GivenConsumerOptions = {}): Consumer {
    this.#checkOpen()
    const options = parseConsumerOptions(config)
    const client = ++this.#lastClient
    const self: Address = `client-${client}`
    const address: Address = `consumer-${client}`
    const control = new ControlBlock()
    const data: ConsumerData = { options, bootstrap: this.#brokers }
    this.#threads.spawn('consumer', address, data)
    const front = new ConsumerFront({ consumer: address, ownBell: control })
    const unseat = this.#threads.seat(self, front, control)
    const release = this.#remember(front, unseat, address)
    return new Consumer({ front, options, clock: this.#threads.clock, wake: () => control.ring(), release })
  }

  admin(): Admin {
    this.#checkOpen()
    const self: Address = `client-${++this.#lastClient}`
    const control = new ControlBlock()
    const actor = new AdminActor(this.#brokers, () => control.ring())
    const unseat = this.#threads.seat(self, actor, control)
    return new Admin(actor, this.#remember(actor, unseat, null))
  }

  /** What the cluster is at this moment: live brokers, topics with their leaders, threads with the time they worked. */
  async describe(): Promise<ClusterDescription> {
    this.#checkOpen()
    const [brokers, topics] = await this.#ask(() => Promise.all([this.#supervisor.activeBrokers(), this.#supervisor.topics()]))
    const threads = [...this.#threads.controls].map(([address, control]) => ({ address, busyMs: control.busyMs }))
    return { brokers, topics, threads }
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
    const error = new ClosedError('The cluster is closed')
    for (const end of [...this.#endings]) end(error)
    this.#rejectSupervisorCalls(error)
    await this.#threads.close()
  }

  /** Ties a client's life to the cluster's; returns what ends the client alone. */
  #remember(client: { end(error: ClosedError | WorkerDiedError): void }, unseat: () => void, thread: Address | null): () => Promise<void> {
    const end = (error: ClosedError | WorkerDiedError): void => {
      this.#endings.delete(end)
      client.end(error)
      unseat()
    }
    this.#endings.add(end)
    return async () => {
      if (!this.#endings.delete(end)) return
      unseat()
      if (thread !== null) await this.#threads.terminate(thread)
    }
  }

  async #ask<Value>(call: () => Promise<Value>): Promise<Value> {
    return Promise.race([call(), this.#supervisorEnded])
  }

  #lost(exit: ThreadExit): void {
    this.#exits.push(exit)
    if (exit.address !== 'controller-0') return
    this.#rejectSupervisorCalls(new WorkerDiedError(`The supervisor's thread has ended: ${exit.error ?? `code ${exit.code}`}`))
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ClosedError('The cluster is closed')
  }
}
