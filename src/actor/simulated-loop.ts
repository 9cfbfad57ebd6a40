import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { ControlBlock } from './control-block.js'
import { EventLoopHost, type Timers } from './event-loop.js'
import type { SleepPoint } from './points.js'
import type { Runner } from './runner.js'

/** Milliseconds that a look at the clock takes, or a stretch of turns without an end would hold it still. */
const LOOK_MS = 0.0005
/** Nobody else acts while a seat takes its turn: looking again finds nothing. */
const NO_SPIN = { turnsMax: 0, shortSleepMs: 0 }

/**
 * The control block of an actor that sleeps on its event loop, as some do on threads. The words and the
 * rings are those of threads; the sleep itself, and when its owner learns of a ring, are the simulation's.
 */
class SleepControl extends ControlBlock {
  /** Called between two steps of going to sleep: others may act, and what they send may arrive. */
  onStep: (point: SleepPoint) => void = () => {}
  #wake: (() => void) | null = null
  #isRung = false
  /** Whether somebody has published something and rung, and the owner did not hear it. */
  #isOwedALook = false

  override ring(): void {
    if (this.isParked) this.#isRung = true
    else this.#isOwedALook = true
    super.ring()
  }

  /** The owner takes a turn. */
  override beat(): void {
    this.#isOwedALook = false
    super.beat()
  }

  override prepareToPark(): number {
    this.onStep('looked-for-work')
    const bell = super.prepareToPark()
    this.#isRung = false
    this.onStep('said-to-sleep')
    return bell
  }

  override parkAsync(bell: number, wake: () => void): boolean {
    this.onStep('about-to-sleep')
    if (this.bell !== bell) return false
    assert(!this.#isOwedALook, 'Nobody sleeps over a bell that rang before the sleep was announced')
    this.#wake = wake
    return true
  }

  get isWoken(): boolean {
    return this.#isRung && this.#wake !== null
  }

  /** Ends the sleep if the bell has rung. */
  wake(): void {
    if (!this.isWoken) return
    const wake = this.#wake as () => void
    this.#wake = null
    wake()
  }
}

/**
 * The event loop of a simulated seat: the host that threads have, with timers and a sleep that the simulation can see.
 * A turn of the seat is a turn of this loop, so that whoever rings comes before, between or behind the steps of going
 * to sleep.
 */
export class SimulatedLoop implements Timers {
  readonly control: SleepControl
  readonly #clock: Clock
  #now: Timestamp = timestamp(0)
  #soon: (() => void)[] = []
  #timers: { readonly at: Timestamp; readonly run: () => void }[] = []
  #host: EventLoopHost | null = null

  /** `onStep` is called between two steps of going to sleep. */
  constructor(parts: {
    readonly clock: Clock
    readonly control: ControlBlock
    readonly onStep: SleepControl['onStep']
  }) {
    this.#clock = parts.clock
    this.control = new SleepControl(parts.control.memory.shared)
    this.control.onStep = parts.onStep
  }

  start(runner: Runner): void {
    const clock = { now: () => this.#look() }
    this.#host = new EventLoopHost(runner, clock, this, { usual: NO_SPIN, awaited: NO_SPIN })
    this.#host.start()
  }

  stop(): void {
    this.#host?.stop()
  }

  /** Runs what is due. */
  turn(): void {
    const now = this.#clock.now()
    const soon = this.#soon
    this.#soon = []
    const over = this.#timers.filter(({ at }) => at <= now)
    this.#timers = this.#timers.filter(({ at }) => at > now)
    for (const { run } of over) run()
    this.control.wake()
    for (const run of soon) run()
  }

  /** Whether it goes on as soon as its last turn is over. */
  get isBusy(): boolean {
    return this.#soon.length > 0 || this.control.isWoken
  }

  /** When it goes on by itself. */
  get due(): Timestamp {
    return this.#timers.reduce<Timestamp>((next, { at }) => (at < next ? at : next), NEVER)
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { at: timestamp(this.#clock.now() + Math.max(0, delayMs)), run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  soon(run: () => void): void {
    this.#soon.push(run)
  }

  #look(): Timestamp {
    this.#now = timestamp(Math.max(this.#now, this.#clock.now()) + LOOK_MS)
    return this.#now
  }
}
