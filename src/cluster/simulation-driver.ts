import type { Address } from '../actor/address.js'
import type { Simulation } from '../actor/simulation.js'
import { number, objectWith, optional, wholeNumber } from '../base/arguments/shapes.js'
import { ConfigError, TimeoutError } from '../base/errors.js'
import { NEVER, timestamp } from '../base/ids.js'
import { counted } from '../base/words.js'

export interface DriveLimits {
  readonly stepsMax?: number
  /** Milliseconds of simulated time. */
  readonly msMax?: number
}

export const driveLimits = objectWith({
  stepsMax: optional(wholeNumber(0)),
  msMax: optional(number(0, Number.MAX_SAFE_INTEGER)),
})

/** Far more than anything that ends takes; a run without an end is found in a minute. */
const STEPS_MAX = 5_000_000
const MS_MAX = 3_600_000

/**
 * Lets asynchronous code wait for a simulation: takes steps until what it waits for has happened. Between two steps,
 * all code that the first one set free runs to its end, so that its place in the order of things is always the same.
 */
export class SimulationDriver {
  readonly #simulation: Simulation
  /** Runs everything that settled promises have set free. */
  readonly #drain: () => Promise<void>
  readonly #outside = new Set<Promise<void>>()

  constructor(simulation: Simulation, drain: () => Promise<void>) {
    this.#simulation = simulation
    this.#drain = drain
  }

  /** No step is taken until it settles: what happens outside takes no simulated time. */
  waitOutside(promise: Promise<void>): void {
    this.#outside.add(promise)
    promise.finally(() => this.#outside.delete(promise))
  }

  /** Takes steps until the promise settles, and settles like it. Throws a TimeoutError when it never does. */
  async run<Value>(promise: Promise<Value>, limits: DriveLimits = {}): Promise<Value> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.runUntil(() => isSettled, { ...limits, what: 'the promise' })
    return promise
  }

  /** Takes steps until it is true; it is asked after each one. Throws a TimeoutError when it never is. */
  async runUntil(predicate: () => boolean, limits: DriveLimits & { readonly what?: string } = {}): Promise<void> {
    const { stepsMax = STEPS_MAX, msMax = MS_MAX, what = 'the state' } = limits
    const until = timestamp(this.#simulation.clock.now() + msMax)
    const stepsEnd = this.#simulation.steps + stepsMax
    await this.#settle()
    while (!isTrue(predicate())) {
      if (this.#simulation.steps >= stepsEnd) throw this.#never(what, `within ${counted(stepsMax, 'step')}`)
      const address = this.#simulation.step(until)
      if (address === null) throw this.#never(what, this.#endsWithin(msMax))
      if (this.#maySettlePromises(address)) await this.#settle()
    }
  }

  /** Moves the clock on by so much, running everything that is due on the way. */
  async advance(ms: number): Promise<void> {
    const until = timestamp(this.#simulation.clock.now() + ms)
    const stepsEnd = this.#simulation.steps + STEPS_MAX
    await this.#settle()
    for (let address = this.#simulation.step(until); address !== null; address = this.#simulation.step(until)) {
      if (this.#simulation.steps > stepsEnd) throw this.#never('the moment', `within ${counted(STEPS_MAX, 'step')}`)
      if (this.#maySettlePromises(address)) await this.#settle()
    }
    this.#simulation.jump(until)
  }

  /**
   * Brokers and senders promise nothing to anybody; their ends, and the faults that they are told to make, are news.
   */
  #maySettlePromises(address: Address): boolean {
    return this.#simulation.takeNews() || !(address.startsWith('broker-') || address.startsWith('sender-'))
  }

  async #settle(): Promise<void> {
    await this.#drain()
    while (this.#outside.size > 0) {
      await Promise.all(this.#outside)
      await this.#drain()
    }
  }

  #endsWithin(msMax: number): string {
    return this.#simulation.nextDue === NEVER ? 'and nothing is left to happen' : `within ${msMax} ms`
  }

  #never(what: string, why: string): TimeoutError {
    return new TimeoutError(
      `The simulation ran and ${what} did not come, ${why}. Its last steps:\n${this.#simulation.trace.end}`,
    )
  }
}

/** A promise would be true at once, whatever it comes to. */
function isTrue(said: unknown): boolean {
  if (typeof said === 'object' && said !== null && 'then' in said)
    throw new ConfigError(
      'predicate',
      'Cannot call runUntil with a predicate that gives a promise: it must give true or false',
    )
  return Boolean(said)
}
