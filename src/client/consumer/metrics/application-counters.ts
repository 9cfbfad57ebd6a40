import type { Clock } from '../../../base/clock.js'
import { NamedTotals, type NamedWindow } from '../../../base/named-totals.js'
import type { SampleWindow } from '../../../base/sampled-totals.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { ConsumerCounters } from './consumer-counters.js'
import { PollCounters } from './poll-counters.js'

const NAMES = {
  totals: ['commitSyncNs', 'committedNs', 'revoked', 'revokedMs', 'assigned', 'assignedMs', 'lost', 'lostMs'],
  maxima: ['revokedMs', 'assignedMs', 'lostMs'],
  states: [],
} as const

type Total = (typeof NAMES.totals)[number]
type Maximum = (typeof NAMES.maxima)[number]

/** What was taken of the partitions of a topic that are assigned no more. */
export interface TopicPast {
  records: number
  bytes: number
}

/** What a consumer counts on the application's thread: its polls, its callbacks, and the calls that wait. */
export class ApplicationCounters {
  readonly polls: PollCounters
  readonly #clock: Clock
  readonly #counts: NamedTotals<Total, Maximum>
  readonly #past = new Map<string, TopicPast>()

  constructor(clock: Clock, window: SampleWindow) {
    this.#clock = clock
    this.#counts = new NamedTotals<Total, Maximum>(NAMES, window)
    this.polls = new PollCounters(window)
  }

  get now(): number {
    return this.#clock.now()
  }

  /** Topics of which a partition was assigned and is no more. */
  get past(): ReadonlyMap<string, TopicPast> {
    return this.#past
  }

  /** Waits for the call, and counts how long it took, however it ends. */
  async timed<Result>(what: 'commitSyncNs' | 'committedNs', call: Promise<Result>): Promise<Result> {
    const since = this.now
    try {
      return await call
    } finally {
      this.#counts.add(what, (this.now - since) * 1e6)
    }
  }

  /** Waits for a callback of a rebalance, and counts how long it took. */
  async callback(what: 'revoked' | 'assigned' | 'lost', call: () => unknown): Promise<void> {
    const since = this.now
    try {
      await call()
    } finally {
      const { now } = this
      this.#counts.happens(now)
      this.#counts.add(what)
      this.#counts.add(`${what}Ms`, now - since)
      this.#counts.max(`${what}Ms`, now - since)
    }
  }

  /** Remembers what was taken of a partition that is given up. */
  givenUp({ topic }: PartitionName, index: number, thread: ConsumerCounters): void {
    const { records, bytes } = thread.partition(index, this.now)
    const past = this.#past.get(topic) ?? { records: 0, bytes: 0 }
    past.records += records
    past.bytes += bytes
    this.#past.set(topic, past)
  }

  ever(name: Total): number {
    return this.#counts.ever(name)
  }

  within(now: number): NamedWindow<Total, Maximum> {
    return this.#counts.within(now)
  }
}
