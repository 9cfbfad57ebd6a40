import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { type Random, seededRandom } from '../base/random.js'
import { SimulatedPace } from './simulated-pace.js'
import { SimulatedSeat } from './simulated-seat.js'
import { Trace } from './trace.js'
import type { Address } from './types.js'

/**
 * The third host: all actors on one thread, under a clock that jumps from one event to the next.
 *
 *     publish a frame ──▶ arrives after a delay that the seed decides ──▶ wakes its reader
 *     ring a bell     ──▶ rings after such a delay                    ──▶ wakes its owner
 *     a turn          ──▶ keeps the actor busy for a time that the seed decides
 *
 * A step is one turn of one actor: of the one that is due first, and where several are, the seed picks one. Actors,
 * runners, connections and rings are the ones that threads use; only time, chance and order come from here, so the same
 * seed repeats a run to the byte. What lies in shared memory beside the rings is seen by whoever takes the next turn.
 */
export interface SimulationParts {
  readonly seed: number | string
  /** Called at each named point between two steps over shared memory. */
  readonly onPoint?: (address: Address, name: string) => void
  /** False keeps only the end of the trace and its digest. Default true. */
  readonly keepsTrace?: boolean
}

/** When a simulation begins: a moment like any other, in milliseconds since 1970. */
export const SIMULATION_START = timestamp(1_750_000_000_000)

export class Simulation {
  readonly random: Random
  readonly trace: Trace
  readonly clock: Clock
  readonly #onPoint: (address: Address, name: string) => void
  readonly #order: Random
  readonly #seats = new Map<Address, SimulatedSeat>()
  #now = SIMULATION_START
  #steps = 0

  constructor(parts: SimulationParts) {
    this.random = seededRandom(parts.seed)
    this.#order = this.random.fork('order')
    this.#onPoint = parts.onPoint ?? (() => {})
    this.trace = new Trace({ isKept: parts.keepsTrace ?? true })
    this.clock = { now: () => this.#now }
  }

  get steps(): number {
    return this.#steps
  }

  /** What an actor that cannot reach its context calls between two steps over shared memory. */
  pointOf(address: Address): (name: string) => void {
    return (name) => this.#onPoint(address, name)
  }

  /** A new seat. Its actor may come later. */
  seat(address: Address): SimulatedSeat {
    assert(!this.#seats.has(address), 'An address names one actor at a time')
    const random = this.random.fork(address)
    const seat = new SimulatedSeat({
      address,
      clock: this.clock,
      random,
      pace: new SimulatedPace(this.random, random.fork('pace')),
      point: this.pointOf(address),
    })
    this.#seats.set(address, seat)
    return seat
  }

  seatOf(address: Address): SimulatedSeat | undefined {
    return this.#seats.get(address)
  }

  /** The actor takes no turn any more: its thread has ended, wherever it was. */
  leave(address: Address): void {
    this.#seats.delete(address)
    this.trace.write(`${this.#time()} ${address} has left`)
  }

  /** When the next step is due; NEVER: nothing will happen by itself. */
  get nextDue(): Timestamp {
    let next = NEVER
    for (const seat of this.#seats.values()) if (seat.due < next) next = seat.due
    return next
  }

  /** One turn of one actor, if one is due by then; returns whose it was. The clock jumps there. */
  step(until: Timestamp = NEVER): Address | null {
    const due = this.nextDue
    if (due === NEVER || due > until) return null
    this.jump(due)
    const seat = this.#order.pick([...this.#seats.values()].filter((candidate) => candidate.due <= this.#now))
    this.#steps += 1
    const heard = seat.turn(this.#now)
    this.trace.write(`${this.#time()} ${seat.address} ${heard.join(' ')}`)
    return seat.address
  }

  /** Moves the clock on, never back. */
  jump(to: Timestamp): void {
    if (to > this.#now) this.#now = to
  }

  /** Milliseconds since the start. */
  #time(): string {
    return (this.#now - SIMULATION_START).toFixed(4)
  }
}
