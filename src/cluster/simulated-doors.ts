import type { Address } from '../actor/address.js'
import { CONTROLLER } from '../actor/address.js'
import type { Point } from '../actor/points.js'
import type { Place, Simulation } from '../actor/simulation.js'
import { shown } from '../base/arguments/shown.js'
import { deferred } from '../base/deferred.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { ClusterDoors } from './doors.js'
import { AS_A_CRASH } from './incarnations.js'
import { DELAY, type DeathPlan, KILL_AT, PAUSE, PAUSE_AT, RESUME, SPARE } from './simulated-arguments.js'
import type { SimulatedThreads } from './simulated-threads.js'

/** The doors that only a simulation has: to its actors, which die, stand still and are late where it is asked for. */
export abstract class SimulatedDoors extends ClusterDoors {
  protected abstract readonly simulation: Simulation
  protected abstract readonly threads: SimulatedThreads

  /** All actors that take turns, those in the application included. */
  get seats(): readonly Address[] {
    return [...this.threads.seats.keys()]
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
      this.threads.terminate(victim, { ...AS_A_CRASH, ...ending })
      died.resolve()
    }
    this.simulation.killAt(victim, {
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
    this.simulation.pauseAt(sleeper, given)
  }

  /** Takes back what `killAt` or `pauseAt` has planned, if it has not come yet. */
  spare(address: Address): void {
    const [spared] = SPARE(address)
    this.#checkThere(spared)
    this.simulation.spare(spared)
  }

  /** The actor takes no turn until it is resumed. */
  pause(address: Address): void {
    const [sleeper] = PAUSE(address)
    this.#checkThere(sleeper)
    this.threads.seats.get(sleeper)?.pause()
  }

  resume(address: Address): void {
    const [sleeper] = RESUME(address)
    this.#checkThere(sleeper)
    this.threads.seats.get(sleeper)?.resume()
  }

  /** Everything that is sent to the actor from now on takes so many milliseconds longer than it would. 0 ends it. */
  delay(address: Address, extraMs: number): void {
    const [slow, ms] = DELAY(address, extraMs)
    this.#checkThere(slow)
    this.threads.seats.get(slow)?.delay(ms)
  }

  /** An actor that has ended and may be started again is there as well. */
  #checkThere(address: Address): void {
    if (this.threads.seats.has(address) || this.threads.controlOf(address) !== undefined) return
    throw new KafkaError(
      'INVALID_REQUEST',
      `There is no ${address} in this cluster: there are ${this.seats.join(', ')}`,
    )
  }

  /** Refuses a point, or any point, to which the actor never comes. */
  #checkPasses(address: Address, method: string, point?: Point): void {
    this.#checkThere(address)
    const points = this.threads.pointsOf(address)
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
}
