import type { Address } from '../actor/address.js'
import { brokerAddress, CONTROLLER } from '../actor/address.js'
import type { Point } from '../actor/points.js'
import { type Place, Simulation } from '../actor/simulation.js'
import type { Trace } from '../actor/trace.js'
import { shown } from '../base/arguments/shown.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { deferred } from '../base/deferred.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import { Controller } from '../controller/controller.js'
import { closedCluster } from './client-doors.js'
import type { Clients } from './clients.js'
import { brokerOn, type ClusterProbe, checked } from './cluster-probe.js'
import { type Behind, ClusterDoors, type ThreadDescription } from './doors.js'
import { FaultDesk } from './faults.js'
import { brokerParkMs, heartbeatIn } from './heartbeat.js'
import { AS_A_CRASH, FOR_GOOD } from './incarnations.js'
import { nextTick } from './real-time.js'
import { ScriptedFaults } from './scripted-faults.js'
import {
  ADVANCE,
  DELAY,
  type DeathPlan,
  JUMP_CLOCK,
  KILL_AT,
  PAUSE,
  PAUSE_AT,
  RESUME,
  RUN,
  RUN_UNTIL,
  type SimulatedClusterOptions,
  SPARE,
  START,
} from './simulated-arguments.js'
import { simulatedClients } from './simulated-clients.js'
import { SimulatedGateways, type SimulatedGatewaysParts } from './simulated-gateways.js'
import { SimulatedThreads } from './simulated-threads.js'
import { type DriveLimits, SimulationDriver } from './simulation-driver.js'
import { SupervisorLine } from './supervisor-line.js'
import { restartLimitsOf } from './supervisor-restarts.js'
import { type AskedSurface, Supervisor } from './supervisor-surface.js'
import { systemTimers } from './system-timers.js'

type SimulatedParts = Pick<
  SimulatedClusterOptions,
  'probe' | 'isSelfContained' | 'simulatesSleep' | 'warns' | 'observeSender'
>

/**
 * A cluster on one thread, under a clock that jumps: the same actors and clients as in Cluster, and the same run again
 * for the same seed. Nothing happens by itself: `run`, `runUntil` and `advance` make it happen.
 */
export class SimulatedCluster extends ClusterDoors {
  protected readonly behind: Behind
  readonly #simulation: Simulation
  readonly #threads: SimulatedThreads
  readonly #driver: SimulationDriver
  readonly #supervisor = new SupervisorLine<AskedSurface>()
  #gateways: SimulatedGateways | null = null

  private constructor(simulation: Simulation, brokerCount: number, options: BrokerOptions, parts: SimulatedParts) {
    super()
    const { probe, isSelfContained = false, simulatesSleep = false } = parts
    this.#simulation = simulation
    this.#threads = new SimulatedThreads(
      simulation,
      { ...restartLimitsOf(options), simulatesSleep },
      {
        exited: (exit) => {
          this.noteExit(exit)
          this.#gateways?.exited(exit.address)
        },
        gaveUp: (address, says) => this.noteFailure({ address, says }),
        news: (from, news) => this.behind.faults.take(from, news),
      },
    )
    this.#driver = new SimulationDriver(simulation, isSelfContained ? runMicrotasks : turnEventLoop)
    this.#spawnSupervisor(options, probe)
    const brokers = Array.from({ length: brokerCount }, (_, index) => brokerAddress(index + 1))
    for (const [index, address] of brokers.entries()) {
      this.#threads.spawn(address, (host) => brokerOn(host, index + 1, options, probe), {
        parkMsMax: brokerParkMs(options),
      })
    }
    this.behind = this.#behind(
      brokers,
      simulatedClients({
        simulation,
        threads: this.#threads,
        driver: this.#driver,
        brokers,
        exitOf: (address) => this.unexpectedExits.find((exit) => exit.address === address),
        ...(parts.observeSender && { observeSender: parts.observeSender }),
        warns: parts.warns ?? probe === undefined,
      }),
    )
  }

  /** Resolves when every broker is registered and knows of the others. The seed is 1 unless it is given. */
  static async start(options: SimulatedClusterOptions = {}): Promise<SimulatedCluster> {
    const [
      {
        brokers = 1,
        seed = 1,
        broker,
        onPoint,
        keepsTrace,
        probe,
        isSelfContained,
        simulatesSleep,
        warns,
        observeSender,
      },
    ] = START(options)
    const simulation = new Simulation({
      seed,
      ...(onPoint && { onPoint }),
      ...(keepsTrace !== undefined && { keepsTrace }),
    })
    const parts = {
      ...(probe && { probe }),
      ...(isSelfContained !== undefined && { isSelfContained }),
      ...(simulatesSleep !== undefined && { simulatesSleep }),
      ...(warns !== undefined && { warns }),
      ...(observeSender && { observeSender }),
    }
    const cluster = new SimulatedCluster(simulation, brokers, broker, parts)
    await cluster.run(cluster.#supervisor.ask((surface) => surface.registered(brokers)))
    if (probe?.gateways) await cluster.#listen(probe, { brokers, seed, options: broker })
    return cluster
  }

  async #listen(probe: ClusterProbe, parts: Pick<SimulatedGatewaysParts, 'brokers' | 'seed' | 'options'>) {
    const { gateways: count = 0 } = probe
    const gateways = new SimulatedGateways({ ...parts, count, simulation: this.#simulation, threads: this.#threads })
    this.#gateways = gateways
    await this.run(gateways.opened())
    probe.gatewaysStarted?.(gateways)
  }

  protected async endAll(): Promise<void> {
    this.end(closedCluster())
    for (const address of [...this.#threads.seats.keys()]) this.#threads.terminate(address, FOR_GOOD)
    await this.behind.clients.told()
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
  async run<Value>(promise: PromiseLike<Value>, limits: DriveLimits = {}): Promise<Value> {
    const [asked, within] = RUN(promise, limits)
    return this.#driver.run(Promise.resolve(asked as PromiseLike<Value>), within)
  }

  /** Takes steps until it is true; it is asked after each one. Throws a TimeoutError when it never is. */
  async runUntil(predicate: () => boolean, limits: DriveLimits = {}): Promise<void> {
    return this.#driver.runUntil(...RUN_UNTIL(predicate, limits))
  }

  /** Moves the clock on by so many milliseconds, running everything that is due on the way. */
  async advance(ms: number): Promise<void> {
    return this.#driver.advance(...ADVANCE(ms))
  }

  /** Moves the clock on by so many milliseconds at once: whatever was due on the way is late. */
  jumpClock(ms: number): void {
    const [span] = JUMP_CLOCK(ms)
    this.#simulation.jump(timestamp(this.now + span))
  }

  /** All actors that take turns, those in the application included. */
  get seats(): readonly Address[] {
    return [...this.#threads.seats.keys()]
  }

  /**
   * The actor dies in the middle of a turn, as a thread does. Resolves when it has; only the last plan for an actor
   * counts.
   */
  async killAt(address: Address, plan: DeathPlan = {}): Promise<void> {
    const [victim, { point, nth, ...ending }] = KILL_AT(address, plan)
    this.#checkPasses(victim, 'killAt', point)
    const died = deferred<void>()
    const onKilled = (): void => {
      this.#threads.terminate(victim, { ...AS_A_CRASH, ...ending })
      died.resolve()
    }
    this.#simulation.killAt(victim, {
      onKilled,
      ...(point !== undefined && { point }),
      ...(nth !== undefined && { nth }),
    })
    return died.promise
  }

  /**
   * The actor stands still in the middle of a turn, for so many milliseconds. Only the last plan for an actor counts.
   */
  pauseAt(address: Address, plan: Place & { readonly restMs: number }): void {
    const [sleeper, given] = PAUSE_AT(address, plan)
    this.#checkPasses(sleeper, 'pauseAt', given.point)
    this.#simulation.pauseAt(sleeper, given)
  }

  /** Takes back what `killAt` or `pauseAt` has planned, if it has not come yet. */
  spare(address: Address): void {
    const [spared] = SPARE(address)
    this.#checkThere(spared)
    this.#simulation.spare(spared)
  }

  /** The actor takes no turn until it is resumed. */
  pause(address: Address): void {
    const [sleeper] = PAUSE(address)
    this.#checkThere(sleeper)
    this.#threads.seats.get(sleeper)?.pause()
  }

  resume(address: Address): void {
    const [sleeper] = RESUME(address)
    this.#checkThere(sleeper)
    this.#threads.seats.get(sleeper)?.resume()
  }

  /** Everything that is sent to the actor from now on takes so many milliseconds longer than it would. 0 ends it. */
  delay(address: Address, extraMs: number): void {
    const [slow, ms] = DELAY(address, extraMs)
    this.#checkThere(slow)
    this.#threads.seats.get(slow)?.delay(ms)
  }

  /** An actor that has ended and may be started again is there as well. */
  #checkThere(address: Address): void {
    if (this.#threads.seats.has(address) || this.#threads.controlOf(address) !== undefined) return
    throw new KafkaError(
      'INVALID_REQUEST',
      `There is no ${address} in this cluster: there are ${this.seats.join(', ')}`,
    )
  }

  /** Refuses a point, or any point, to which the actor never comes. */
  #checkPasses(address: Address, method: string, point?: Point): void {
    this.#checkThere(address)
    const points = this.#threads.pointsOf(address)
    if (points.length === 0)
      throw new ConfigError(
        'address',
        `Cannot call ${method} with ${address}: it passes no named point, as brokers and ${CONTROLLER} do`,
      )
    if (point !== undefined && !points.includes(point))
      throw new ConfigError(
        'point',
        `Cannot call ${method} with point ${shown(point)}: ${address} passes ${points.join(', ')}`,
      )
  }

  #behind(brokers: readonly Address[], clients: Clients): Behind {
    const threads = this.#threads
    const desk = new FaultDesk({
      brokers,
      supervisor: this.#supervisor,
      controlOf: (address) => threads.controlOf(address),
      terminate: async (address, ending) => threads.terminate(address, ending),
      kill: async (address, ending) => threads.kill(address, ending),
      respawn: (address) => threads.respawn(address),
      pause: async (address) => this.pause(address),
      resume: (address) => this.resume(address),
      cut: async (from, to) => threads.cut(from, to),
      heal: async (from, to) => threads.heal(from, to),
      seat: () => clients.seat(),
    })
    const faults = new ScriptedFaults({
      brokers,
      supervisor: CONTROLLER,
      order: (to, order) => threads.order(to, order),
    })
    const running = (): ThreadDescription[] =>
      [...threads.seats]
        .filter(([address]) => !address.startsWith('client-'))
        .map(([address, { control }]) => ({ address, busyMs: control.busyMs }))
    return {
      supervisor: this.#supervisor,
      clients,
      desk,
      faults,
      threads: running,
      memory: async () => threads.keptBytes,
    }
  }

  #spawnSupervisor(options: BrokerOptions, probe?: ClusterProbe): void {
    const threads = this.#threads
    threads.spawn(CONTROLLER, ({ point, segments }) => {
      const controller = new Controller(options, {
        point,
        segments,
        heartbeatOf: (brokerId) => heartbeatIn(threads.controlOf(brokerAddress(brokerId))),
        restart: (brokerId) => threads.restart(brokerAddress(brokerId)),
        gaveUp: (brokerId, says) => this.noteFailure({ address: brokerAddress(brokerId), says }),
      })
      probe?.controllerStarted(controller)
      const supervisor = new Supervisor(controller)
      this.#supervisor.renew(supervisor.surface)
      return checked(supervisor, {
        checkInvariants() {
          controller.checkInvariants()
          probe?.controllerTurned()
        },
      })
    })
  }
}

const turnEventLoop = (): Promise<void> => new Promise((resolve) => systemTimers.soon(resolve))
const runMicrotasks = (): Promise<void> => new Promise((resolve) => nextTick(resolve))
