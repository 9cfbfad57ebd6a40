import { LEASE_SLOTS } from '../../../actor/types.js'
import { allocateShared } from '../../../base/memory.js'
import { NamedTotals, type NamedWindow } from '../../../base/named-totals.js'
import type { SampleWindow } from '../../../base/sampled-totals.js'
import { PollCounters } from './poll-counters.js'

const OF_THREAD = {
  totals: [
    'fetches',
    'fetchMs',
    'answersWithRecords',
    'fetchedRecords',
    'fetchedBytes',
    'records',
    'bytes',
    'commits',
    'commitMs',
    'heartbeats',
    'joins',
    'joinMs',
    'syncs',
    'syncMs',
    'rebalances',
    'rebalanceMs',
    'failedRebalances',
  ],
  maxima: [
    'fetchMs',
    'fetchedBytes',
    'lag',
    'negativeLead',
    'commitMs',
    'heartbeatMs',
    'joinMs',
    'syncMs',
    'rebalanceMs',
  ],
  states: ['heartbeatAt', 'rebalancedAt'],
} as const

const OF_PARTITION = {
  totals: ['records', 'bytes', 'polls', 'lag', 'lead'],
  maxima: ['lag', 'negativeLead'],
  // One more than the offset: 0 means that it is not known.
  states: ['highWatermark', 'logStartOffset', 'committed'],
} as const

type Names<Row extends readonly string[]> = Row[number]
export type ThreadTotal = Names<typeof OF_THREAD.totals>
export type ThreadMaximum = Names<typeof OF_THREAD.maxima>
type ThreadTotals = NamedTotals<ThreadTotal, ThreadMaximum, Names<typeof OF_THREAD.states>>
type PartitionTotal = Names<typeof OF_PARTITION.totals>
type PartitionMaximum = Names<typeof OF_PARTITION.maxima>
type PartitionTotals = NamedTotals<PartitionTotal, PartitionMaximum, Names<typeof OF_PARTITION.states>>

/** Records that were taken out of what was fetched. */
export interface TakenRecords {
  readonly index: number
  readonly records: number
  readonly bytes: number
  /** The position behind the poll that takes them. */
  readonly position: number
}

/** What a partition has counted since it was assigned, and within the window. */
export interface PartitionCounts extends NamedWindow<PartitionTotal, PartitionMaximum> {
  readonly records: number
  readonly bytes: number
  /** As of the last answer to a fetch; null: there was none. */
  readonly highWatermark: number | null
  readonly logStartOffset: number | null
  /** What the group is known to have committed; null: nothing. */
  readonly committed: number | null
}

/**
 * What a consumer's thread counts, in shared memory, so that the application can read it at any time:
 *
 *     totals of the thread | polls of a handler module | for each lease slot: totals of the partition that has it
 *
 * Pages of slots that were never used take no room. Written by the consumer's thread; a reader may see half of an
 * event.
 */
export class ConsumerCounters {
  readonly shared: SharedArrayBuffer
  /** The polls of a handler module. */
  readonly polls: PollCounters
  readonly #thread: ThreadTotals
  readonly #window: SampleWindow
  readonly #partitionsFrom: number
  readonly #partitions = new Map<number, PartitionTotals>()
  #now = 0
  #rebalanceBeganAt: number | null = null

  constructor(window: SampleWindow, shared?: SharedArrayBuffer) {
    const pollsFrom = NamedTotals.bytesOf(OF_THREAD, window)
    this.#partitionsFrom = pollsFrom + PollCounters.bytesOf(window)
    const bytes = this.#partitionsFrom + LEASE_SLOTS * NamedTotals.bytesOf(OF_PARTITION, window)
    this.shared = shared ?? allocateShared(bytes)
    this.#window = window
    this.#thread = new NamedTotals(OF_THREAD, window, { shared: this.shared, from: 0 })
    this.polls = new PollCounters(window, { shared: this.shared, from: pollsFrom })
  }

  /** Says what time it is, for all that happens until it is said again. */
  turn(now: number): void {
    this.#now = now
  }

  /** The slot is another partition's from now on. */
  began(index: number): void {
    this.#partition(index).restart()
  }

  fetched(sentAt: number, { records, bytes }: { records: number; bytes: number }): void {
    const latencyMs = this.#now - sentAt
    this.#thread.happens(this.#now)
    this.#thread.add('fetches')
    this.#thread.add('fetchMs', latencyMs)
    this.#thread.max('fetchMs', latencyMs)
    if (records === 0) return
    this.#thread.add('answersWithRecords')
    this.#thread.add('fetchedRecords', records)
    this.#thread.add('fetchedBytes', bytes)
    this.#thread.max('fetchedBytes', bytes)
  }

  /** Notes how far the log of a partition reaches. */
  heardOf(index: number, { highWatermark, logStartOffset }: { highWatermark: number; logStartOffset: number }): void {
    this.#partition(index).set('highWatermark', highWatermark + 1)
    this.#partition(index).set('logStartOffset', logStartOffset + 1)
  }

  /** What the group is known to have committed of a partition; null: nothing. */
  committedOf(index: number): number | null {
    const oneMore = this.#partition(index).ever('committed')
    return oneMore === 0 ? null : oneMore - 1
  }

  /** Notes what the group has committed of a partition. */
  committedAt(index: number, offset: number): void {
    this.#partition(index).set('committed', offset + 1)
  }

  taken({ index, records, bytes, position }: TakenRecords): void {
    const partition = this.#partition(index)
    const lag = Math.max(0, partition.ever('highWatermark') - 1 - position)
    const lead = Math.max(0, position - (partition.ever('logStartOffset') - 1))
    for (const counts of [this.#thread, partition]) {
      counts.happens(this.#now)
      counts.add('records', records)
      counts.add('bytes', bytes)
      counts.max('lag', lag)
      counts.max('negativeLead', -lead)
    }
    partition.add('polls')
    partition.add('lag', lag)
    partition.add('lead', lead)
  }

  committed(latencyMs: number): void {
    this.#thread.happens(this.#now)
    this.#thread.add('commits')
    this.#thread.add('commitMs', latencyMs)
    this.#thread.max('commitMs', latencyMs)
  }

  heartbeatSent(): void {
    this.#thread.set('heartbeatAt', this.#now)
  }

  heartbeatAnswered(latencyMs: number): void {
    this.#thread.happens(this.#now)
    this.#thread.add('heartbeats')
    this.#thread.max('heartbeatMs', latencyMs)
  }

  /** A JoinGroup goes out. What has begun before goes on: one rebalance may take several attempts. */
  joining(): void {
    this.#rebalanceBeganAt ??= this.#now
  }

  joined(latencyMs: number): void {
    this.#thread.happens(this.#now)
    this.#thread.add('joins')
    this.#thread.add('joinMs', latencyMs)
    this.#thread.max('joinMs', latencyMs)
  }

  synced(latencyMs: number): void {
    const rebalanceMs = this.#now - (this.#rebalanceBeganAt ?? this.#now)
    this.#rebalanceBeganAt = null
    this.#thread.happens(this.#now)
    this.#thread.add('syncs')
    this.#thread.add('syncMs', latencyMs)
    this.#thread.max('syncMs', latencyMs)
    this.#thread.add('rebalances')
    this.#thread.add('rebalanceMs', rebalanceMs)
    this.#thread.max('rebalanceMs', rebalanceMs)
    this.#thread.set('rebalancedAt', this.#now)
  }

  rebalanceFailed(): void {
    this.#thread.happens(this.#now)
    this.#thread.add('failedRebalances')
  }

  ever(name: Parameters<ThreadTotals['ever']>[0]): number {
    return this.#thread.ever(name)
  }

  within(now: number): NamedWindow<ThreadTotal, ThreadMaximum> {
    return this.#thread.within(now)
  }

  /** What was counted of the partition that has this slot. */
  partition(index: number, now: number): PartitionCounts {
    const counts = this.#partition(index)
    const known = (name: 'highWatermark' | 'logStartOffset'): number | null => {
      const oneMore = counts.ever(name)
      return oneMore === 0 ? null : oneMore - 1
    }
    return {
      ...counts.within(now),
      records: counts.ever('records'),
      bytes: counts.ever('bytes'),
      highWatermark: known('highWatermark'),
      logStartOffset: known('logStartOffset'),
      committed: this.committedOf(index),
    }
  }

  #partition(index: number): PartitionTotals {
    let counts = this.#partitions.get(index)
    if (counts === undefined) {
      const from = this.#partitionsFrom + index * NamedTotals.bytesOf(OF_PARTITION, this.#window)
      counts = new NamedTotals(OF_PARTITION, this.#window, { shared: this.shared, from })
      this.#partitions.set(index, counts)
    }
    return counts
  }
}
