import type { Address } from '../actor/address.js'
import { brokerAddress, CONTROLLER } from '../actor/address.js'
import { Simulation } from '../actor/simulation.js'
import type { Trace } from '../actor/trace.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import { Controller } from '../controller/controller.js'
import { closedCluster } from './client-doors.js'
import type { Clients } from './clients.js'
import { brokerOn, type ClusterProbe, checked } from './cluster-probe.js'
import type { Behind, ThreadDescription } from './doors.js'
import { FaultDesk } from './faults.js'
import { brokerParkMs, heartbeatIn } from './heartbeat.js'
import { FOR_GOOD } from './incarnations.js'
import { nextTick } from './real-time.js'
import { ScriptedFaults } from './scripted-faults.js'
import { ADVANCE, JUMP_CLOCK, RUN, RUN_UNTIL, type SimulatedClusterOptions, START } from './simulated-arguments.js'
import { simulatedClients } from './simulated-clients.js'
import { SimulatedDoors } from './simulated-doors.js'
import { SimulatedGateways, type SimulatedGatewaysParts } from './simulated-gateways.js'
import { SimulatedThreads } from './simulated-threads.js'
import { type DriveLimits, SimulationDriver } from './simulation-driver.js'
import { SupervisorLine } from './supervisor-line.js'
import { restartLimitsOf } from './supervisor-restarts.js'
import { type AskedSurface, supervisorSurface } from './supervisor-surface.js'
import { systemTimers } from './system-timers.js'

type SimulatedParts = Pick<
  SimulatedClusterOptions,
  'probe' | 'isSelfContained' | 'simulatesSleep' | 'warns' | 'observeSender'
>

/**
 * A cluster on one thread, under a clock that jumps: the same actors and clients as in Cluster, and the same run again
 * for the same seed. Nothing happens by itself: `run`, `runUntil` and `advance` make it happen.
 */
export class SimulatedCluster extends SimulatedDoors {
  protected readonly behind: Behind
  protected readonly simulation: Simulation
  protected readonly threads: SimulatedThreads
  readonly #driver: SimulationDriver
  readonly #supervisor = new SupervisorLine<AskedSurface>()
  #gateways: SimulatedGateways | null = null

  private constructor(simulation: Simulation, brokerCount: number, options: BrokerOptions, parts: SimulatedParts) {
    super()
    const { probe, isSelfContained = false, simulatesSleep = false } = parts
    this.simulation = simulation
    this.threads = new SimulatedThreads(
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
      this.threads.spawn(address, (host) => brokerOn(host, index + 1, options, probe), {
        parkMsMax: brokerParkMs(options),
      })
    }
    this.behind = this.#behind(
      brokers,
      simulatedClients({
        simulation,
        threads: this.threads,
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
    const gateways = new SimulatedGateways({ ...parts, count, simulation: this.simulation, threads: this.threads })
    this.#gateways = gateways
    await this.run(gateways.opened())
    probe.gatewaysStarted?.(gateways)
  }

  protected async endAll(): Promise<void> {
    this.end(closedCluster())
    for (const address of [...this.threads.seats.keys()]) this.threads.terminate(address, FOR_GOOD)
    await this.behind.clients.told()
  }

  /** The simulated time. */
  get now(): Timestamp {
    return this.simulation.clock.now()
  }

  /** How many turns were taken so far. */
  get steps(): number {
    return this.simulation.steps
  }

  /** What has happened so far, one line a step. */
  get trace(): Trace {
    return this.simulation.trace
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
    this.simulation.jump(timestamp(this.now + span))
  }

  #behind(brokers: readonly Address[], clients: Clients): Behind {
    const threads = this.threads
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
      gatewayOf: (brokerId) => this.#gateways?.gatewayOf(brokerId),
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
    const threads = this.threads
    threads.spawn(CONTROLLER, ({ point, segments }) => {
      const controller = new Controller(options, {
        point,
        segments,
        heartbeatOf: (brokerId) => heartbeatIn(threads.controlOf(brokerAddress(brokerId))),
        restart: (brokerId) => threads.restart(brokerAddress(brokerId)),
        gaveUp: (brokerId, says) => this.noteFailure({ address: brokerAddress(brokerId), says }),
      })
      probe?.controllerStarted(controller)
      this.#supervisor.renew(supervisorSurface(controller))
      return checked(controller, {
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
