import type { Address } from '../actor/address.js'
import { CONTROLLER } from '../actor/address.js'
import { signature } from '../base/arguments/shape.js'
import { flag, objectWith, optional } from '../base/arguments/shapes.js'
import { WorkerDiedError } from '../base/errors.js'
import { PRODUCER_MEMORIES } from '../client/batches/producer-memory.js'
import type { ClientEnd } from '../client/lifetime.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import { actorAddress, brokerNumber, endingOptions, killOptions, linkEnd } from './argument-shapes.js'
import { ClientDoors, type ThreadExit } from './client-doors.js'
import type { Clients } from './clients.js'
import type { ClusterFaults, FaultDesk, KillOptions, LinkEnd, LinkOptions } from './faults.js'
import { AS_A_CRASH, type Ending } from './incarnations.js'
import type { KeptBytes } from './kept-memory.js'
import type { ScriptedFaults } from './scripted-faults.js'
import { Strikes } from './strikes.js'
import type { SupervisorLine } from './supervisor-line.js'
import type { AskedSurface } from './supervisor-surface.js'

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

/** The doors that a cluster has on every host beside those to its clients: to what can go wrong, and to what did. */
export abstract class ClusterDoors extends ClientDoors implements ClusterFaults {
  protected abstract override readonly behind: Behind
  protected readonly strikes = new Strikes()
  readonly #failures: ThreadFailure[] = []
  readonly #faults: Pick<ScriptedFaults, 'add'> = {
    add: (fault) => this.strikes.make(() => this.behind.faults.add(fault)),
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

  /** Threads that have crashed too often and stay down, oldest first. */
  get failures(): readonly ThreadFailure[] {
    return this.#failures
  }

  /** Scripted faults of the protocol: requests that are refused, delayed or lost, responses that are lost. */
  get faults(): Pick<ScriptedFaults, 'add'> {
    return this.#faults
  }

  async killBroker(brokerId: number, options: KillOptions = {}): Promise<void> {
    const given = KILL_BROKER(brokerId, options)
    await this.strikes.make(() => this.#desk.killBroker(...given))
  }

  async restartBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    const given = RESTART_BROKER(brokerId, ...surplus)
    await this.strikes.make(() => this.#desk.restartBroker(...given))
  }

  async stopBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    const given = STOP_BROKER(brokerId, ...surplus)
    await this.strikes.make(() => this.#desk.stopBroker(...given))
  }

  async pauseBroker(brokerId: number, ...surplus: undefined[]): Promise<void> {
    const given = PAUSE_BROKER(brokerId, ...surplus)
    await this.strikes.make(() => this.#desk.pauseBroker(...given))
  }

  resumeBroker(brokerId: number, ...surplus: undefined[]): void {
    this.#desk.resumeBroker(...RESUME_BROKER(brokerId, ...surplus))
  }

  async killSupervisor(...surplus: undefined[]): Promise<void> {
    KILL_SUPERVISOR(...surplus)
    await this.strikes.make(() => this.#desk.killSupervisor())
  }

  async cutLink(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): Promise<void> {
    const given = CUT_LINK(a, b, options)
    await this.strikes.make(() => this.#desk.cutLink(...given))
  }

  async healLink(a: LinkEnd, b: LinkEnd, options: LinkOptions = {}): Promise<void> {
    const given = HEAL_LINK(a, b, options)
    await this.strikes.make(() => this.#desk.healLink(...given))
  }

  protected override noteExit(exit: ThreadExit): void {
    const { supervisor, desk, faults } = this.behind
    super.noteExit(exit)
    if (exit.address === CONTROLLER) supervisor.lost()
    faults.ended(exit.address)
    desk.ended(exit.address, exit.error)
  }

  /** No thread has ended unasked, so to speak. */
  protected forgetEnds(): void {
    this.forgetExits()
    this.#failures.length = 0
  }

  protected noteFailure(failure: ThreadFailure): void {
    this.#failures.push(failure)
    this.behind.desk.gaveUp(failure.address, failure.says)
    if (failure.address === CONTROLLER) this.behind.supervisor.end(new WorkerDiedError(failure.says))
  }

  /** There is no cluster any more: whatever is pending rejects, and so does whatever is asked for later. */
  protected override end(error: ClientEnd): void {
    super.end(error)
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
