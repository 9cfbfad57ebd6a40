import type { Address } from '../actor/address.js'
import { brokerAddress, CONTROLLER } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { signature } from '../base/arguments/shape.js'
import { optional } from '../base/arguments/shapes.js'
import type { BrokerOptions, GivenBrokerOptions } from '../base/config/broker-options.js'
import { WorkerDiedError } from '../base/errors.js'
import type { ClientEnd } from '../client/lifetime.js'
import { type ListenOptions, type ListenPlan, listenOptions, listenPlan } from '../gateway/listen-options.js'
import { startOptions } from './argument-shapes.js'
import { AttachedCluster } from './attached-cluster.js'
import { closedCluster, type ThreadExit } from './client-doors.js'
import type { Clients } from './clients.js'
import { ClusterBoard } from './cluster-board.js'
import { type ClusterHandle, newHandle, useHandle } from './cluster-handle.js'
import { ClusterReset } from './cluster-reset.js'
import { type Behind, ClusterDoors, type ThreadFailure } from './doors.js'
import { listensNowhere } from './faults.js'
import { Gateways } from './gateways.js'
import type { GatewayReport } from './launcher-messages.js'
import { callerOf, type OpenCluster, openClusters } from './open-clusters.js'
import { PendingHold } from './pending-hold.js'
import type { PointTrap } from './point-trap.js'
import { ScriptedFaults } from './scripted-faults.js'
import type { SenderTapes } from './sender-tape.js'
import { SupervisorLine } from './supervisor-line.js'
import { restartLimitsOf } from './supervisor-restarts.js'
import { type AskedSurface, callSupervisor, type SupervisorData } from './supervisor-surface.js'
import { monotonicOrigin } from './system-clock.js'
import { threadClients } from './thread-clients.js'
import { threadDesk } from './thread-desk.js'
import { Threads } from './threads.js'
import type { BrokerData } from './worker-host.js'

export type ClusterOptions = GivenBrokerOptions & {
  /** How many broker threads; their ids count from 1. Default 1. */
  readonly brokers?: number
  /**
   * Decides what is left to chance, such as the order of a keyless producer's partitions. Default: a new one each time.
   */
  readonly seed?: number | string
  /** Lets Kafka's clients in over TCP. Default: nobody but this process gets in. */
  readonly listen?: ListenOptions
}

/** What tests of threads and the lab put into a cluster; not part of the public surface. */
export interface ClusterInternals {
  /** Point traps by broker id. */
  readonly pointTraps?: ReadonlyMap<number, PointTrap>
  /** Tapes for an observer of senders. */
  readonly senderTapes?: SenderTapes
  /** See `monotonicOrigin`: whoever gives it has the clock of the threads. */
  readonly clockOriginMs?: number
}

type StartInternals = ClusterInternals & { readonly started: () => string; readonly listen: ListenPlan | null }

const HANDLE = signature('handle')
const RESET = signature('reset')
const START = signature('Cluster.start', ['', startOptions({ listen: optional(listenOptions) })])

/** A Kafka cluster in this process: a supervisor and brokers, each on a thread of its own. */
export class Cluster extends ClusterDoors {
  protected readonly behind: Behind
  readonly #brokers: readonly Address[]
  readonly #threads: Threads
  readonly #hold = new PendingHold(() => this.#isAwaited)
  readonly #supervisor = new SupervisorLine<AskedSurface>(() => this.#hold.noteBegun())
  #isStarted = false
  readonly #open: OpenCluster & { isReferenced: boolean }
  /** Null: the cluster listens nowhere. */
  readonly #gateways: Gateways | null
  readonly #reset: ClusterReset

  private constructor(brokerCount: number, options: BrokerOptions, seed: string, internals: StartInternals) {
    super()
    const { pointTraps, senderTapes, clockOriginMs = monotonicOrigin() } = internals
    this.#threads = new Threads({
      seed,
      clockOriginMs,
      board: new ClusterBoard(),
      restartLimits: restartLimitsOf(options),
      listener: {
        exited: (exit) => this.#exited(exit),
        gaveUp: (address, says) => this.#gaveUp({ address, says }),
        lost: (error) => this.#lost(error),
        surface: (port) => {
          this.#supervisor.renew(callSupervisor(port))
          // The launcher keeps the process alive, this port need not.
          port.unref()
        },
        news: (from, news) => this.behind.faults.take(from, news),
        gateway: (report) => this.#heardOf(report),
        asked: () => this.#hold.noteBegun(),
      },
    })
    const brokers = Array.from({ length: brokerCount }, (_, index) => brokerAddress(index + 1))
    this.#brokers = brokers
    const controls = new Map(brokers.map((_, index) => [index + 1, new ControlBlock()]))
    const supervisorData: SupervisorData = {
      brokerOptions: options,
      brokerControls: new Map([...controls].map(([brokerId, { memory }]) => [brokerId, memory.shared])),
    }
    this.#threads.spawn('supervisor', CONTROLLER, supervisorData)
    for (const [brokerId, control] of controls) {
      const data: BrokerData = { brokerId, options, pointTrap: pointTraps?.get(brokerId)?.shared }
      this.#threads.spawn('broker', brokerAddress(brokerId), data, control)
    }
    const { clock } = this.#threads
    this.#gateways = internals.listen && new Gateways({ plan: internals.listen, options, seed, clock })
    this.#gateways?.start(this.#threads)
    this.behind = this.#behind(
      brokers,
      threadClients({
        line: this.#threads,
        hold: this.#hold,
        brokers,
        senderTapes,
        exitOf: (address) => this.unexpectedExits.find((exit) => exit.address === address),
      }),
    )
    this.#reset = this.#resetOf(brokers)
    this.#open = this.#asOpen(internals.started)
    openClusters.add(this.#open)
  }

  /** Resolves when every broker is registered and knows of the others. Throws a ConfigError for bad options. */
  static async start(options: ClusterOptions = {}, internals: ClusterInternals = {}): Promise<Cluster> {
    const [{ brokers = 1, seed = Math.random().toString(36).slice(2), listen, broker }] = START(options)
    const plan = listen === undefined ? null : listenPlan(listen, brokers)
    const given = { ...internals, listen: plan, started: callerOf(Cluster.start) }
    const cluster = new Cluster(brokers, broker, String(seed), given)
    try {
      const registered = cluster.#supervisor.ask((surface) => surface.registered(brokers))
      await Promise.all([registered, cluster.#gateways?.opened()])
      cluster.#isStarted = true
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /**
   * A cluster that another thread has started, from the handle that was brought here. Resolves when it has answered. A
   * handle attaches once; one that was used, or that is none, is refused with a ConfigError, and one of a cluster that
   * has ended with a ClosedError or a WorkerDiedError.
   */
  static async attach(handle: ClusterHandle, ...surplus: undefined[]): Promise<AttachedCluster> {
    return AttachedCluster.attach(useHandle(handle, ...surplus))
  }

  /**
   * Where Kafka's clients connect to: `127.0.0.1:9092,127.0.0.1:9093`. Throws a KafkaError if the cluster was started
   * without `listen`.
   */
  get bootstrapServers(): string {
    if (this.#gateways === null) throw listensNowhere()
    return this.#gateways.bootstrapServers
  }

  /**
   * Makes the cluster as empty as a new one, in milliseconds: topics, groups and scripted faults are gone, brokers that
   * are down are started again, links are healed. Clients of this thread are closed, and connections of clients that
   * came in over TCP are reset. Ports and producer ids are not given anew, and clients of threads that have attached
   * are theirs to close. What makes something go wrong meanwhile, such as `killBroker`, begins behind it. Rejects with
   * a KafkaError if the cluster ends before, or a broker stays down that has crashed too often.
   */
  async reset(...surplus: undefined[]): Promise<void> {
    RESET(...surplus)
    await this.#hold.during(this.strikes.behind(this.#reset.run()))
  }

  /**
   * What clients are to trust, as PEM: the authority that was made at the start with `listen.tls: true`, otherwise the
   * certificate that was given. Throws a KafkaError if the cluster does not listen, or not with TLS.
   */
  get certificate(): string {
    if (this.#gateways === null) throw listensNowhere()
    return this.#gateways.certificate
  }

  /** A handle for one other thread of this process: see ClusterHandle. Ask for one for each thread. */
  handle(...surplus: undefined[]): ClusterHandle {
    HANDLE(...surplus)
    this.behind.clients.checkOpen()
    return newHandle(this.#threads, this.#brokers)
  }

  /**
   * Lets the process end although the cluster is open, as Node's own `unref` does. A cluster that ends with the process
   * need not be closed, such as one for all tests of a file. A call that is pending keeps the process alive until it
   * has settled; what may go on for ever does not: a handler, a `for await`, a poll without an end.
   */
  unref(): this {
    return this.#reference(false)
  }

  /** Takes `unref` back: the cluster keeps the process alive until it is closed, as it does at first. */
  ref(): this {
    return this.#reference(true)
  }

  #reference(isReferenced: boolean): this {
    this.#open.isReferenced = isReferenced
    this.#threads.reference(isReferenced)
    this.#hold.switch(!isReferenced)
    return this
  }

  get #isAwaited(): boolean {
    const { clients, faults } = this.behind
    return this.#supervisor.hasPending || this.#threads.hasPending || clients.areAwaited || faults.hasPending
  }

  #asOpen(started: () => string): OpenCluster & { isReferenced: boolean } {
    const { behind } = this
    const threads = this.#threads
    const supervisor = this.#supervisor
    return {
      isReferenced: true,
      get startedAt() {
        return started()
      },
      get timers() {
        return threads.timerCount
      },
      get hasPending() {
        return supervisor.hasPending || behind.clients.hasPending
      },
      get busyMs() {
        return threads.seatsBusyMs
      },
    }
  }

  protected async endAll(): Promise<void> {
    openClusters.delete(this.#open)
    this.#hold.switch(false)
    this.end(closedCluster())
    await this.#threads.close()
    await this.behind.clients.told()
  }

  #resetOf(brokers: readonly Address[]): ClusterReset {
    const { clients, desk, faults, supervisor } = this.behind
    return new ClusterReset({
      clients,
      desk,
      faults,
      supervisor,
      brokers,
      gateways: this.#gateways?.addresses ?? [],
      renew: () => this.#threads.renew(),
      strikesOver: () => this.strikes.over(),
      startGateways: () => this.#gateways?.restart(this.#threads),
      forgetEnds: () => this.forgetEnds(),
    })
  }

  #behind(brokers: readonly Address[], clients: Clients): Behind {
    const threads = this.#threads
    const desk = threadDesk({
      brokers,
      threads,
      supervisor: this.#supervisor,
      hold: this.#hold,
      clientLinks: this.#gateways?.linksOf(threads),
      gatewayOf: (brokerId) => {
        const gateway = this.#gateways?.gatewayOf(brokerId)
        return gateway !== undefined && threads.controls.has(gateway) ? gateway : undefined
      },
      seat: () => clients.seat(),
    })
    const faults = new ScriptedFaults({
      brokers,
      supervisor: CONTROLLER,
      order: (to, order) => threads.order(to, order),
    })
    const seen = { threads: () => threads.running, memory: () => threads.count() }
    return { supervisor: this.#supervisor, clients, desk, faults, ...seen }
  }

  #exited(exit: ThreadExit): void {
    // Nobody restarts a broker that was never seen: there would be no end to the start.
    if (!this.#isStarted && exit.address !== CONTROLLER)
      this.#supervisor.end(new WorkerDiedError(`${exit.address} has ended: ${exit.error}`))
    this.noteExit(exit)
    const says = this.#isStarted && !exit.wasAsked ? this.#gateways?.crashed(exit.address, this.#threads) : null
    if (says) this.#gaveUp({ address: exit.address, says })
  }

  #heardOf(report: GatewayReport): void {
    if (report.type === 'doorsOpened') return this.#gateways?.doorsOpened(report.address, report.opening)
    process.emitWarning(report.says, { type: 'OdradekWarning', detail: report.address })
  }

  #gaveUp(failure: ThreadFailure): void {
    process.emitWarning(failure.says, { type: 'OdradekWarning', detail: failure.address })
    this.noteFailure(failure)
  }

  /** Nothing is left that could answer anybody, or keep the process alive. */
  #lost(error: ClientEnd): void {
    openClusters.delete(this.#open)
    this.#gaveUp({ address: CONTROLLER, says: error.message })
    this.end(error)
  }
}
