import { ControlBlock } from '../../../src/actor/control-block.js'
import { Runner } from '../../../src/actor/runner.js'
import type { Actor, Context } from '../../../src/actor/types.js'
import type { Clock } from '../../../src/base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import { seededRandom } from '../../../src/base/random.js'

/** A clock that moves by so much with each reading, and by what a test adds. */
export class SteppingClock implements Clock {
  #now = 1000
  readonly #stepMs: number

  constructor(stepMs = 0) {
    this.#stepMs = stepMs
  }

  now(): Timestamp {
    this.#now += this.#stepMs
    return timestamp(this.#now)
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
  }
}

/** An actor that gets no messages and does in each turn what the test says, which counts turns from 1. */
export class TickingActor implements Actor {
  turns = 0
  readonly #onTick: (turn: number, context: Context) => Timestamp | undefined

  constructor(onTick: (turn: number, context: Context) => Timestamp | undefined) {
    this.#onTick = onTick
  }

  receive(): void {}

  tick(context: Context): Timestamp {
    this.turns += 1
    return this.#onTick(this.turns, context) ?? NEVER
  }
}

/** Sleeps without sleeping: notes how long, and lets that time pass. */
export class NotingControlBlock extends ControlBlock {
  readonly sleepsMs: number[] = []
  readonly #clock: SteppingClock

  constructor(clock: SteppingClock) {
    super()
    this.#clock = clock
  }

  override park(_bell: number, timeoutMs: number): void {
    this.sleepsMs.push(timeoutMs)
    this.#clock.pass(timeoutMs)
  }
}

export function givenRunner(actor: Actor, control: ControlBlock): Runner {
  const wire = { receive: () => undefined, connect: () => {}, release: () => {}, letGo: () => {}, tell: () => {} }
  return new Runner({ self: 'broker-1', actor, control, wire, random: seededRandom(1) })
}
