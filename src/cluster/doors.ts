import type { Address } from '../actor/address.js'
import { CONTROLLER } from '../actor/address.js'
import { signature } from '../base/arguments/shape.js'
import { flag, objectWith, optional } from '../base/arguments/shapes.js'
import type { GivenAdminOptions } from '../base/config/admin-options.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import { ClosedError, WorkerDiedError } from '../base/errors.js'
import type { Admin } from '../client/admin/admin.js'
import { PRODUCER_MEMORIES } from '../client/batches/producer-memory.js'
import type { Consumer } from '../client/consumer/consumer.js'
import type { ConsumerConfig } from '../client/consumer/group/front/consumer-config.js'
import { CLOSE, type ClientEnd, type CloseOptions } from '../client/lifetime.js'
import type { Producer } from '../client/producer/producer.js'
import type { ProducerExtras } from '../client/producer/producer-extras.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import type { RecordData } from '../record/record.js'
import { actorAddress, brokerNumber, endingOptions, killOptions, linkEnd } from './argument-shapes.js'
import type { Clients } from './clients.js'
import type { ClusterFaults, FaultDesk, KillOptions, LinkEnd, LinkOptions } from './faults.js'
import { AS_A_CRASH, type Ending } from './incarnations.js'
import type { KeptBytes } from './kept-memory.js'
import type { ScriptedFaults } from './scripted-faults.js'
import type { SupervisorLine } from './supervisor-line.js'
import type { AskedSurface } from './supervisor-surface.js'
import { inTime } from './system-timers.js'

export interface ThreadDescription {
  readonly address: Address
  /** Milliseconds spent working, without spinning and parking. */
  readonly busyMs: number
}

/** Bytes of shared memory, in use or kept for use. Pages that nobody has written to yet count, and take no room. */
export interface MemoryDescription {
  /** Memory of the connections between actors. */
  readonly connections: number
  /** Memory of all brokers: what their logs lie in, and what was in a log and will be again. */
  readonly segments: number
  /** Memory of producers: `buffer.memory` and what goes with it, of all clusters of this thread. */
  readonly producers: number
  /** Memory of connections and producers that is kept for the next ones. */
  readonly unused: number
}

export interface ClusterDescription {
  readonly brokers: readonly number[]
  readonly topics: readonly TopicImage[]
  readonly threads: readonly ThreadDescription[]
  readonly memory: MemoryDescription
}

/** A thread that has crashed too often and stays down. */
export interface ThreadFailure {
  readonly address: Address
  readonly says: string
}

/** How a thread ended. Nobody asked for it unless `wasAsked`, whatever the code, 0 included. */
export interface ThreadExit {
  readonly address: Address
  readonly code: number
  readonly error: string | null
  readonly wasAsked: boolean
}

/** What a cluster is made of behind its doors. */
export interface Behind {
  readonly supervisor: SupervisorLine<AskedSurface>
  readonly clients: Clients
  readonly desk: FaultDesk
  readonly faults: ScriptedFaults
  /** The threads that run. */
  threads(): readonly ThreadDescription[]
  memory(): Promise<KeptBytes>
}

const brokerId = ['brokerId', brokerNumber] as const
const RESTART_BROKER = signature('restartBroker', brokerId)
const STOP_BROKER = signature('stopBroker', brokerId)
const PAUSE_BROKER = signature('pauseBroker', brokerId)
const RESUME_BROKER = signature('resumeBroker', brokerId)
const KILL_BROKER = signature('killBroker', brokerId, ['', killOptions])
const KILL_SUPERVISOR = signature('killSupervisor')
const DESCRIBE = signature('describe')
const KILL = signature('kill', ['address', actorAddress], ['', endingOptions])
const link = [
  ['a', linkEnd],
  ['b', linkEnd],
  ['', objectWith({ oneWay: optional(flag) })],
] as const
const CUT_LINK = signature('cutLink', ...link)
const HEAL_LINK = signature('healLink', ...link)

/** The doors that a cluster has on every host: to its clients, to what can go wrong, and to what did. */
export abstract class ClusterDoors implements ClusterFaults {
  protected abstract readonly behind: Behind
  readonly #exits: ThreadExit[] = []
  readonly #failures: ThreadFailure[] = []
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

  /**
   * What the cluster is at this moment: live brokers, topics with their leaders, threads with the time they worked,
   * shared memory.
   */
  async describe(...surplus: undefined[]): Promise<ClusterDescription> {
    DESCRIBE(...surplus)
    const { clients, supervisor } = this.behind
    clients.checkOpen()
    const [brokers, topics] = await supervisor.ask((surface) =>
      Promise.all([surface.activeBrokers(), surface.topics()]),
    )
    return { brokers, topics, threads: this.behind.threads(), memory: await this.#memory() }
  }

  /**
   * Ends a thread as a crash would, whatever it is at: nothing is cleaned up. Brokers and the supervisor are started
   * again, as after every crash. Resolves when it has ended. Throws a KafkaError for an address that is not a thread's.
   */
  async kill(address: Address, ending: Partial<Ending> = {}): Promise<void> {
    const [victim, given] = KILL(address, ending)
    await this.#desk.kill(victim, { ...AS_A_CRASH, ...given })
  }

  /** Threads that have ended although nobody asked for it, oldest first. */
  get unexpectedExits(): readonly ThreadExit[] {
    return this.#exits
  }

  /** Threads that have crashed too often and stay down, oldest first. */
  get failures(): readonly ThreadFailure[] {
    return this.#failures
  }

  /** Scripted faults of the protocol: requests that are refused, delayed or lost, responses that are lost. */
  get faults(): Pick<ScriptedFaults, 'add'> {
    return this.behind.faults
  }

  async killBroker(brokerId: number, options: KillOptions = {}): Promise<void> {
    await this.#desk.killBroker(...KILL_BROKER(brokerId, options))
  }

  async restartBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    await this.#desk.restartBroker(...RESTART_BROKER(brokerId, ...surplus))
  }

  async stopBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    await this.#desk.stopBroker(...STOP_BROKER(brokerId, ...surplus))
  }

  async pauseBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    await this.#desk.pauseBroker(...PAUSE_BROKER(brokerId, ...surplus))
  }

  resumeBroker(brokerId: number, ...surplus: undefined[]): void {
    this.#desk.resumeBroker(...RESUME_BROKER(brokerId, ...surplus))
  }

  async killSupervisor(...surplus: undefined[]): Promise<void> {
    KILL_SUPERVISOR(...surplus)
    await this.#desk.killSupervisor()
  }

  async cutLink(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): Promise<void> {
    await this.#desk.cutLink(...CUT_LINK(a, b, options))
  }

  async healLink(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): Promise<void> {
    await this.#desk.healLink(...HEAL_LINK(a, b, options))
  }

  /**
   * Ends every thread. Clients that were not closed fail what is pending with a ClosedError, behind its dead letters.
   * By default it waits for those as long as their sinks may take; `timeoutMs` is a shorter time, after which they
   * are told as not kept.
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

  protected noteExit(exit: ThreadExit): void {
    const { supervisor, desk, faults } = this.behind
    if (!exit.wasAsked) this.#exits.push(exit)
    if (exit.address === CONTROLLER) supervisor.lost()
    faults.ended(exit.address)
    desk.ended(exit.address, exit.error)
  }

  protected noteFailure(failure: ThreadFailure): void {
    this.#failures.push(failure)
    this.behind.desk.gaveUp(failure.address, failure.says)
    if (failure.address === CONTROLLER) this.behind.supervisor.end(new WorkerDiedError(failure.says))
  }

  /** There is no cluster any more: whatever is pending rejects, and so does whatever is asked for later. */
  protected end(error: ClientEnd): void {
    this.behind.clients.end(error)
    this.behind.supervisor.end(error)
    this.behind.faults.end(error)
  }

  async #memory(): Promise<MemoryDescription> {
    const { connections, segments, unused } = await this.behind.memory()
    const { bytes, unusedBytes } = PRODUCER_MEMORIES
    return { connections, segments, producers: bytes, unused: unused + unusedBytes }
  }

  get #desk(): FaultDesk {
    const { clients, desk } = this.behind
    clients.checkOpen()
    return desk
  }
}

export const closedCluster = (): ClosedError => new ClosedError('The cluster is closed')
