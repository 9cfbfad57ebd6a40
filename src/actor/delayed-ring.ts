import type { Clock } from '../base/clock.js'
import { type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { RingReader } from './ring.js'

/** The frames that are under way on one ring: when each arrives, oldest first. None arrives before the one ahead of it. */
export class FramesUnderWay {
  readonly #arrivals: Timestamp[] = []
  #lastArrival = timestamp(0)
  #isUndelayed = false

  /** A frame was published that would arrive at this time; returns when it does. */
  publish(arrival: Timestamp): Timestamp {
    this.#lastArrival = timestamp(Math.max(this.#lastArrival, arrival))
    this.#arrivals.push(this.#lastArrival)
    return this.#lastArrival
  }

  hasArrived(now: Timestamp): boolean {
    const first = this.#arrivals[0]
    return this.#isUndelayed || (first !== undefined && first <= now)
  }

  take(): void {
    this.#arrivals.shift()
  }

  /** What was published is in memory, whoever died since: whoever looks for the last time sees all of it. */
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
    return this.#frames.hasArrived(this.#clock.now()) ? super.peek() : -1
  }

  override release(): void {
    this.#frames.take()
    super.release()
  }
}
