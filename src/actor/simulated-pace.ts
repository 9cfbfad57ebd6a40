import type { Random } from '../base/random.js'

/**
 * How fast a simulated machine is. Each seed gets a machine of its own: some have quick hand-overs and no
 * interruptions, on others a thread is now and then kept from its core for milliseconds, so that what is usually first
 * comes last.
 */
const DELAY_MS_MIN = 0.001
const DELAY_MS_MAX = 0.2
const STALL_PROBABILITY_MAX = 0.02
const STALL_MS_MAX = 5
/** Every turn takes time, or an actor that always finds work would hold the clock still. */
const TURN_MS_MIN = 0.0005
const TURN_MS_MAX = 0.02

export class SimulatedPace {
  readonly #random: Random
  readonly #delayMs: number
  readonly #stallProbability: number

  /** `machine` decides what all actors of a simulation have in common, `own` what happens to one of them. */
  constructor(machine: Random, own: Random) {
    this.#random = own
    const shape = machine.fork('pace')
    this.#delayMs = DELAY_MS_MIN * (DELAY_MS_MAX / DELAY_MS_MIN) ** shape.next()
    this.#stallProbability = STALL_PROBABILITY_MAX * shape.next()
  }

  /** How long a frame, a letter or the ring of a bell is on its way. */
  delayMs(): number {
    return this.#delayMs * (0.5 + this.#random.next()) + this.#stallMs()
  }

  /** How long a turn takes. */
  turnMs(): number {
    return TURN_MS_MIN + (TURN_MS_MAX - TURN_MS_MIN) * this.#random.next() + this.#stallMs()
  }

  #stallMs(): number {
    return this.#random.boolean(this.#stallProbability) ? STALL_MS_MAX * this.#random.next() : 0
  }
}
