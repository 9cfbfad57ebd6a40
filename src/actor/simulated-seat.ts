import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { Address } from './address.js'
import { ControlBlock, type Doorbell } from './control-block.js'
import type { Point, SleepPoint } from './points.js'
import { Runner, type Wire, type WireMessage } from './runner.js'
import { SimulatedLoop } from './simulated-loop.js'
import type { SimulatedPace } from './simulated-pace.js'
import { describeMessage } from './trace.js'
import type { Actor } from './types.js'

export interface SimulatedSeatParts {
  readonly address: Address
  readonly clock: Clock
  readonly random: Random
  readonly pace: SimulatedPace
  readonly point: (name: Point) => void
  /** Control block of the incarnations before, if there were any. */
  readonly control?: ControlBlock
  /**
   * The actor takes a turn at least this often, so that its heartbeat is seen to grow. Default: only when it has a
   * reason.
   */
  readonly parkMsMax?: number
  /**
   * Whether the actor sleeps and is woken as on an event loop. Default: whatever is sent to it wakes it when it
   * arrives.
   */
  readonly onEventLoop?: boolean
}

interface Letter {
  readonly arrival: Timestamp
  readonly message: WireMessage
  readonly onArrival: () => void
}

/**
 * One actor's place in a simulation, what a thread is to it elsewhere: it sleeps, is woken, and takes time for its
 * turns.
 */
export class SimulatedSeat {
  readonly address: Address
  /**
   * The bell for what was published beside the rings. A frame on a ring wakes its reader with `wakeAt`, when it
   * arrives.
   */
  readonly bell: Doorbell = { ring: () => this.wakeAt(this.arrival()) }
  readonly control: ControlBlock
  readonly #parts: SimulatedSeatParts
  /** Puts the actor on the seat, in its first turn; null before there is one. */
  #open: (() => Runner) | null = null
  #runner: Runner | null = null
  readonly #loop: SimulatedLoop | null
  #wakes: Timestamp[] = []
  #letters: Letter[] = []
  readonly #arrived: WireMessage[] = []
  #observed: string[] = []
  #busyUntil: Timestamp = timestamp(0)
  #foundWork = false
  #lastTurn = NEVER
  #isPaused = false
  #extraDelayMs = 0
  #due: Timestamp = NEVER

  constructor(parts: SimulatedSeatParts) {
    this.#parts = parts
    this.address = parts.address
    const { control = new ControlBlock(), clock, point } = parts
    const onStep = (name: SleepPoint): void => {
      this.#arrive(clock.now())
      point(name)
      this.#arrive(clock.now())
    }
    this.#loop = parts.onEventLoop === true ? new SimulatedLoop({ clock, control, onStep }) : null
    this.control = this.#loop?.control ?? control
  }

  /**
   * Puts an actor on the seat. It is made in its first turn, as a thread makes its own, so that it can be killed while
   * it recovers. `wire` asks whoever wires the actors together.
   */
  start(makeActor: () => Actor, wire: Omit<Wire, 'receive'>): void {
    assert(this.#open === null, 'A seat is taken once')
    const { address, random, point } = this.#parts
    const whole = { ...wire, receive: () => this.#arrived.shift() }
    const observe = (message: Parameters<typeof describeMessage>[0]): void =>
      void this.#observed.push(describeMessage(message))
    this.#open = () =>
      new Runner({ self: address, actor: makeActor(), control: this.control, wire: whole, random, point, observe })
    this.bell.ring()
  }

  /** Takes the actor off for good, in the middle of its turn as well. */
  end(): void {
    if (this.#loop === null) this.#runner?.end()
    else this.#loop.stop()
  }

  /** When something that is sent to this seat now will arrive. */
  arrival(): Timestamp {
    return timestamp(this.#parts.clock.now() + this.#parts.pace.delayMs() + this.#extraDelayMs)
  }

  /** Everything that is sent to this seat from now on takes so many milliseconds longer. */
  delay(extraMs: number): void {
    this.#extraDelayMs = extraMs
  }

  /** The actor takes no turn until it is resumed. What arrives meanwhile waits for it. */
  pause(): void {
    // Asking an event loop would ring its bell: it stands still as a thread does that is kept from its core.
    if (this.#loop === null) this.control.pause()
    this.#isPaused = true
    this.#due = NEVER
  }

  resume(): void {
    this.#isPaused = false
    if (this.#loop !== null) this.#due = this.#findDue()
    else {
      this.control.resume()
      this.wakeAt(this.#parts.clock.now())
    }
  }

  wakeAt(at: Timestamp): void {
    if (!this.#wakes.includes(at)) this.#wakes.push(at)
    this.#due = this.#findDue()
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
    return this.#due
  }

  /** Takes a turn. Returns what the actor was told, in words. */
  turn(now: Timestamp): readonly string[] {
    assert(this.#open !== null && now >= this.#busyUntil, 'A turn ends before the next one begins')
    this.#lastTurn = now
    this.#arrive(now)
    this.#observed = []
    if (this.#loop === null) {
      this.#runner ??= this.#open()
      this.#foundWork = this.#runner.turn(now)
    } else this.#turnLoop(this.#loop, this.#open)
    const turnMs = this.#parts.pace.turnMs()
    this.control.addBusy(turnMs)
    this.#busyUntil = timestamp(now + turnMs)
    this.#due = this.#findDue()
    return this.#observed
  }

  #turnLoop(loop: SimulatedLoop, open: () => Runner): void {
    if (this.#runner === null) {
      this.#runner = open()
      loop.start(this.#runner)
    } else loop.turn()
    this.#foundWork = loop.isBusy
  }

  /** All seats are asked before each step, so that it is found out only when it may have changed. */
  #findDue(): Timestamp {
    if (this.#open === null || this.#isPaused) return NEVER
    if (this.#foundWork) return this.#busyUntil
    let wanted = this.#wanted()
    for (const wake of this.#wakes) if (wake < wanted) wanted = wake
    return wanted > this.#busyUntil ? wanted : this.#busyUntil
  }

  /** When the actor wants a turn by itself. */
  #wanted(): Timestamp {
    const deadline = (this.#loop === null ? this.#runner?.deadline : this.#loop.due) ?? NEVER
    const { parkMsMax } = this.#parts
    if (parkMsMax === undefined || this.#lastTurn === NEVER) return deadline
    return earliest(deadline, timestamp(this.#lastTurn + parkMsMax))
  }

  /** What was sent to it and has arrived. */
  #arrive(now: Timestamp): void {
    const before = this.#wakes.length
    this.#wakes = this.#wakes.filter((wake) => wake > now)
    this.#takeLetters(now)
    if (this.#loop !== null && this.#wakes.length < before) this.control.ring()
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
