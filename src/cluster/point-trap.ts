import type { BrokerPoint, Point } from '../actor/points.js'

/** The named points at which a broker's thread can be stopped; see `Context.point`. */
export const TRAP_POINTS = [
  'append-begun',
  'append-copied',
  'append-stamped',
  'append-published',
  'segment-opened',
  'follower-answered',
  'committed',
  'segment-filled',
  'segment-swapped',
] as const satisfies readonly BrokerPoint[]
export type TrapPoint = (typeof TRAP_POINTS)[number]

/**
 * Stops a broker's thread at a named point, so that it can be killed exactly there, or kept there for a while. For
 * tests of real threads: the simulation kills at a point by itself.
 *
 *     word 0    point    1 + index in TRAP_POINTS; 0: none
 *     word 16   left     how many times the thread still comes to the point, the last of which counts
 *     word 32   sprung   1: the thread stands at the point
 *
 * Written by the application while the trap is not set (all) and to set it (point, last of all), and by the broker's
 * thread while it is (left, sprung). The thread ends before the trap is set again.
 */
const POINT = 0
const LEFT = 16
const SPRUNG = 32
const BYTES = 256

export class PointTrap {
  readonly #words: Int32Array

  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.#words = new Int32Array(shared)
  }

  /** The thread is to stop when it comes to the point for the nth time from now on, counted from 1. */
  set(point: TrapPoint, nth: number): void {
    Atomics.store(this.#words, SPRUNG, 0)
    Atomics.store(this.#words, LEFT, nth)
    Atomics.store(this.#words, POINT, 1 + TRAP_POINTS.indexOf(point))
  }

  /** A thread that comes to the point goes on, and so does whoever waits for the trap. */
  remove(): void {
    Atomics.store(this.#words, POINT, 0)
    Atomics.notify(this.#words, SPRUNG)
  }

  /** A thread that stands at the point goes on. */
  release(): void {
    Atomics.store(this.#words, POINT, 0)
    Atomics.store(this.#words, SPRUNG, 0)
    Atomics.notify(this.#words, SPRUNG)
  }

  get isSprung(): boolean {
    return Atomics.load(this.#words, SPRUNG) === 1
  }

  /** Resolves when the thread stands at the point, or the trap is removed. */
  async sprung(): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, SPRUNG, 0)
    if (waiting.async) await waiting.value
  }

  /** The broker's own: what its `point` is. */
  comeTo(name: Point): void {
    if (TRAP_POINTS[Atomics.load(this.#words, POINT) - 1] !== name) return
    if (Atomics.sub(this.#words, LEFT, 1) !== 1) return
    Atomics.store(this.#words, SPRUNG, 1)
    Atomics.notify(this.#words, SPRUNG)
    // Killed here. A thread whose trap was removed in this very moment is killed all the same: see `isSprung`.
    Atomics.wait(this.#words, SPRUNG, 1)
  }
}
