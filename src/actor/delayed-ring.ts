import type { Clock } from '../base/clock.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { RingReader } from './ring.js'

/**
 * The frames that are under way on one ring. All that were published since the bell was rung last arrive together, and
 * nothing arrives before what is ahead of it.
 */
export class FramesUnderWay {
  /** Oldest first: at `arrival`, everything up to `cursor` is there. */
  readonly #arrivals: { readonly cursor: number; readonly arrival: Timestamp }[] = []
  #lastArrival = timestamp(0)
  #arrived = 0
  #isUndelayed = false

  /** What was published up to this cursor of the ring would arrive at this time; returns when it does. */
  publish(cursor: number, arrival: Timestamp): Timestamp {
    this.#lastArrival = timestamp(Math.max(this.#lastArrival, arrival))
    this.#arrivals.push({ cursor, arrival: this.#lastArrival })
    return this.#lastArrival
  }

  /** Whether there is more than the reader has released. */
  hasMore(released: number, now: Timestamp): boolean {
    for (let first = this.#arrivals[0]; first !== undefined && first.arrival <= now; first = this.#arrivals[0]) {
      this.#arrived = first.cursor
      this.#arrivals.shift()
    }
    return this.#isUndelayed || ((this.#arrived - released) | 0) > 0
  }

  /** What was published is in memory, even if its writer died since: the reader's last look sees all of it. */
  deliverAll(): void {
    this.#isUndelayed = true
  }
}

/** Shows a frame only once it has arrived. */
export class DelayedRingReader extends RingReader {
  readonly #frames: FramesUnderWay
  readonly #clock: Clock

  constructor(memory: Memory, start: number, capacity: number, parts: { frames: FramesUnderWay; clock: Clock }) {
    super(memory, start, capacity)
    this.#frames = parts.frames
    this.#clock = parts.clock
  }

  override peek(): number {
    return this.#frames.hasMore(this.released, this.#clock.now()) ? super.peek() : -1
  }

  override get hasNext(): boolean {
    return this.#frames.hasMore(this.behindOldest, this.#clock.now()) && super.hasNext
  }
}
