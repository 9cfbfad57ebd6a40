import { NamedTotals, type NumbersPlace } from '../../../base/named-totals.js'
import type { SampleWindow } from '../../../base/sampled-totals.js'

const NAMES = {
  totals: ['polls', 'betweenMs', 'timedPolls', 'idleRatios'],
  maxima: ['betweenMs'],
  // One more than the time: 0 means never.
  states: ['polledAt'],
} as const

/** What was counted of polls, within a window. */
export interface PollWindow {
  readonly polls: number
  /** From the beginning of one poll to that of the next. */
  readonly betweenMs: number
  /** NaN: there was no poll. */
  readonly betweenMsMax: number
  /** Polls that took time, or came some time after the one before them. */
  readonly timedPolls: number
  /** Sum over them of the part of that time in which the consumer waited for records. */
  readonly idleRatios: number
}

/**
 * Counts when records were asked for, and how long that took, whoever asks: `poll`, a loop, or what hands records to a
 * handler. Written by the thread on which that happens. (`KafkaConsumerMetrics`)
 */
export class PollCounters {
  readonly #counts: NamedTotals<
    (typeof NAMES.totals)[number],
    (typeof NAMES.maxima)[number],
    (typeof NAMES.states)[number]
  >
  /** When the poll under way has begun; null: none is. */
  #beganAt: number | null = null
  #lastBeganAt: number | null = null
  #sinceLastMs = 0

  constructor(window: SampleWindow, place?: NumbersPlace) {
    this.#counts = new NamedTotals(NAMES, window, place)
  }

  static bytesOf(window: SampleWindow): number {
    return NamedTotals.bytesOf(NAMES, window)
  }

  /** Records are asked for. Nothing changes while they already are. */
  begin(now: number): void {
    if (this.#beganAt !== null) return
    this.#sinceLastMs = this.#lastBeganAt === null ? 0 : now - this.#lastBeganAt
    this.#beganAt = now
    this.#lastBeganAt = now
    this.#counts.happens(now)
    this.#counts.add('polls')
    this.#counts.add('betweenMs', this.#sinceLastMs)
    this.#counts.max('betweenMs', this.#sinceLastMs)
    this.#counts.set('polledAt', now + 1)
  }

  /** They have come, or nobody asks any more. What was not waited for is asked for and comes at once. */
  end(now: number): void {
    this.begin(now)
    const waitedMs = now - (this.#beganAt as number)
    this.#beganAt = null
    const allMs = waitedMs + this.#sinceLastMs
    // Java's mean is not a number from the first poll on that took no time.
    if (allMs <= 0) return
    this.#counts.happens(now)
    this.#counts.add('timedPolls')
    this.#counts.add('idleRatios', waitedMs / allMs)
  }

  /** When the last poll has begun; null: there was none. */
  get polledAt(): number | null {
    const at = this.#counts.ever('polledAt')
    return at === 0 ? null : at - 1
  }

  within(now: number): PollWindow {
    const { sums, maxima } = this.#counts.within(now)
    return { ...sums, betweenMsMax: maxima.betweenMs }
  }
}
