import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { type Random, seededRandom } from '../base/random.js'
import type { Address } from './address.js'
import type { ControlBlock } from './control-block.js'
import { Killed } from './killed.js'
import type { Point } from './points.js'
import { SimulatedPace } from './simulated-pace.js'
import { SimulatedSeat } from './simulated-seat.js'
import { Trace } from './trace.js'

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
  readonly onPoint?: (address: Address, name: Point) => void
  /** False keeps only the end of the trace and its digest. Default true. */
  readonly keepsTrace?: boolean
}

/** A place in one of the next turns of an actor. */
export interface Place {
  /** Default: any named point. */
  readonly point?: Point
  /** Which visit of the actor to the point is meant, counted from now. Default 1. */
  readonly nth?: number
}

/** What an actor comes to there: its end, or a rest of so many milliseconds in which all others go on. */
interface Plan {
  readonly point: Point | null
  left: number
  readonly fate: { readonly onKilled: () => void } | { readonly restMs: number }
}

export interface SeatOptions {
  readonly control?: ControlBlock
  readonly parkMsMax?: number
  readonly onEventLoop?: boolean
}

/** When a simulation begins: a moment like any other, in milliseconds since 1970. */
export const SIMULATION_START = timestamp(1_750_000_000_000)

export class Simulation {
  readonly random: Random
  readonly trace: Trace
  readonly clock: Clock
  readonly #onPoint: (address: Address, name: Point) => void
  readonly #order: Random
  readonly #seats = new Map<Address, SimulatedSeat>()
  /** The same seats in a list, because each step goes through all of them. */
  #allSeats: readonly SimulatedSeat[] = []
  readonly #incarnations = new Map<Address, number>()
  readonly #plans = new Map<Address, Plan>()
  /** The actor whose turn it is. */
  #acting: Address | null = null
  #hasNews = false
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
  pointOf(address: Address): (name: Point) => void {
    return (name) => {
      this.#onPoint(address, name)
      const plan = address === this.#acting ? this.#planFor(address, name) : null
      if (plan === null) return
      if ('onKilled' in plan.fate) throw new Killed(name)
      this.#plans.delete(address)
      this.#rest(address, name, plan.fate.restMs)
    }
  }

  /** The actor dies in the middle of a turn, whatever it is at. */
  killAt(address: Address, { point, nth = 1, onKilled }: Place & { readonly onKilled: () => void }): void {
    this.#plans.set(address, { point: point ?? null, left: nth, fate: { onKilled } })
  }

  /**
   * The actor stands still in the middle of a turn, as a thread does that is kept from its core, while others take
   * theirs.
   */
  pauseAt(address: Address, { point, nth = 1, restMs }: Place & { readonly restMs: number }): void {
    this.#plans.set(address, { point: point ?? null, left: nth, fate: { restMs } })
  }

  /** The actor neither dies nor rests where that was planned. */
  spare(address: Address): void {
    this.#plans.delete(address)
  }

  /** A new seat. Its actor may come later. */
  seat(address: Address, options: SeatOptions = {}): SimulatedSeat {
    assert(!this.#seats.has(address), 'An address names one actor at a time')
    const incarnation = (this.#incarnations.get(address) ?? 0) + 1
    this.#incarnations.set(address, incarnation)
    const random = this.random.fork(incarnation === 1 ? address : `${address}/${incarnation}`)
    const seat = new SimulatedSeat({
      address,
      clock: this.clock,
      random,
      pace: new SimulatedPace(this.random, random.fork('pace')),
      point: this.pointOf(address),
      ...options,
    })
    this.#seats.set(address, seat)
    this.#allSeats = [...this.#seats.values()]
    return seat
  }

  seatOf(address: Address): SimulatedSeat | undefined {
    return this.#seats.get(address)
  }

  /** The actor takes no turn any more: its thread has ended, wherever it was. */
  leave(address: Address): void {
    this.#seats.get(address)?.end()
    this.#seats.delete(address)
    this.#allSeats = [...this.#seats.values()]
    this.#plans.delete(address)
    this.trace.write(`${this.#time()} ${address} has left`)
  }

  /** Somebody outside of the simulation was told something, and may have waited for it. */
  noteNews(): void {
    this.#hasNews = true
  }

  /** Whether there was such news since this was asked last. */
  takeNews(): boolean {
    const hadNews = this.#hasNews
    this.#hasNews = false
    return hadNews
  }

  /** When the next step is due; NEVER: nothing will happen by itself. */
  get nextDue(): Timestamp {
    let next = NEVER
    for (const { due } of this.#allSeats) if (due < next) next = due
    return next
  }

  /** One turn of one actor, if one is due by then; returns whose it was. The clock jumps there. */
  step(until: Timestamp = NEVER): Address | null {
    const due = timestamp(Math.max(this.nextDue, this.#now))
    if (due === NEVER || due > until) return null
    this.jump(due)
    const seat = this.#order.pick(this.#allSeats.filter((candidate) => candidate.due <= due))
    this.#steps += 1
    const heard = this.#turn(seat)
    this.trace.write(`${this.#time()} ${seat.address} ${heard.join(' ')}`)
    return seat.address
  }

  /** Returns what the actor was told, or how it died. */
  #turn(seat: SimulatedSeat): readonly string[] {
    this.#acting = seat.address
    try {
      return seat.turn(this.#now)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      const fate = this.#plans.get(seat.address)?.fate
      this.#plans.delete(seat.address)
      if (fate !== undefined && 'onKilled' in fate) fate.onKilled()
      return [error.message]
    } finally {
      this.#acting = null
    }
  }

  /** What is planned for the actor at this point, if it has come there often enough. */
  #planFor(address: Address, name: Point): Plan | null {
    const plan = this.#plans.get(address)
    if (plan === undefined || (plan.point ?? name) !== name) return null
    plan.left -= 1
    return plan.left === 0 ? plan : null
  }

  /** Everybody else takes turns. Whoever was ended meanwhile does not wake up again. */
  #rest(address: Address, name: Point, ms: number): void {
    const seat = this.#seats.get(address) as SimulatedSeat
    const until = timestamp(this.#now + ms)
    this.trace.write(`${this.#time()} ${address} rests at ${name}`)
    seat.pause()
    while (this.step(until) !== null);
    this.jump(until)
    this.noteNews()
    if (this.#seats.get(address) !== seat) throw new Killed(name)
    seat.resume()
    this.#acting = address
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
