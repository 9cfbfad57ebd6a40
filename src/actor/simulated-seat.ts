import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import { ControlBlock, type Doorbell } from './control-block.js'
import { Runner, type WireMessage } from './runner.js'
import type { SimulatedPace } from './simulated-pace.js'
import { describeMessage } from './trace.js'
import type { Actor, Address } from './types.js'

export interface SimulatedSeatParts {
  readonly address: Address
  readonly clock: Clock
  readonly random: Random
  readonly pace: SimulatedPace
  readonly point: (name: string) => void
}

interface Letter {
  readonly arrival: Timestamp
  readonly message: WireMessage
  readonly onArrival: () => void
}

/** One actor's place in a simulation, what a thread is to it elsewhere: it sleeps, is woken, and takes time for its turns. */
export class SimulatedSeat {
  readonly address: Address
  /** For what was published beside the rings. A frame on a ring wakes its reader with `wakeAt`, when it arrives. */
  readonly bell: Doorbell = { ring: () => this.wakeAt(this.arrival()) }
  readonly control = new ControlBlock()
  readonly #parts: SimulatedSeatParts
  #runner: Runner | null = null
  #wakes: Timestamp[] = []
  #letters: Letter[] = []
  readonly #arrived: WireMessage[] = []
  #observed: string[] = []
  #busyUntil: Timestamp = timestamp(0)
  #foundWork = false

  constructor(parts: SimulatedSeatParts) {
    this.#parts = parts
    this.address = parts.address
  }

  /** Puts an actor on the seat; `connect` asks whoever wires the actors together. */
  start(actor: Actor, connect: (to: Address) => void): void {
    assert(this.#runner === null, 'A seat is taken once')
    const { address, random, point } = this.#parts
    const wire = { connect, receive: () => this.#arrived.shift() }
    const observe = (message: Parameters<typeof describeMessage>[0]): void =>
      void this.#observed.push(describeMessage(message))
    this.#runner = new Runner({ self: address, actor, control: this.control, wire, random, point, observe })
    this.control.started(this.#parts.clock.now())
    this.bell.ring()
  }

  /** When something that is sent to this seat now will arrive. */
  arrival(): Timestamp {
    return timestamp(this.#parts.clock.now() + this.#parts.pace.delayMs())
  }

  wakeAt(at: Timestamp): void {
    if (!this.#wakes.includes(at)) this.#wakes.push(at)
  }

  /** Sends word of a connection. `onArrival` runs right before the actor hears of it. */
  post(message: WireMessage, onArrival: () => void): void {
    const last = this.#letters.at(-1)?.arrival ?? timestamp(0)
    const arrival = timestamp(Math.max(last, this.arrival()))
    this.#letters.push({ arrival, message, onArrival })
    this.wakeAt(arrival)
  }

  /** When the actor takes its next turn if nothing more is sent to it. */
  get due(): Timestamp {
    if (this.#runner === null) return NEVER
    if (this.#foundWork) return this.#busyUntil
    const wanted = this.#wakes.reduce((first, wake) => (wake < first ? wake : first), this.#runner.deadline)
    return wanted > this.#busyUntil ? wanted : this.#busyUntil
  }

  /** Takes a turn. Returns what the actor was told, in words. */
  turn(now: Timestamp): readonly string[] {
    assert(this.#runner !== null && now >= this.#busyUntil, 'A turn ends before the next one begins')
    this.#wakes = this.#wakes.filter((wake) => wake > now)
    this.#takeLetters(now)
    this.#observed = []
    this.control.beat()
    this.#foundWork = this.#runner.turn(now)
    const turnMs = this.#parts.pace.turnMs()
    this.control.addBusy(turnMs)
    this.#busyUntil = timestamp(now + turnMs)
    return this.#observed
  }

  #takeLetters(now: Timestamp): void {
    const arrived = this.#letters.filter(({ arrival }) => arrival <= now)
    this.#letters = this.#letters.slice(arrived.length)
    for (const { message, onArrival } of arrived) {
      onArrival()
      this.#arrived.push(message)
      this.control.announceMail()
    }
  }
}
