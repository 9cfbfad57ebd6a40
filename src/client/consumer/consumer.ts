import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import type { CommittedOffset } from '../../protocol/inner/group-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { Lifetime } from '../lifetime.js'
import type { PartitionsOfTopic } from './assigned-partitions.js'
import { Closing } from './closing.js'
import {
  type Assignment,
  type ConsumerCloseOptions,
  PAUSE,
  POLL,
  POSITION,
  RESUME,
  readAssignments,
  readSeek,
  type SeekPlace,
} from './consumer-arguments.js'
import type { ConsumerFront } from './consumer-front.js'
import {
  COMMITTED,
  type OffsetToCommit,
  readCommitAsync,
  readCommitOffsets,
  readCommitSync,
} from './group/front/commit-arguments.js'
import type { MemberDescription } from './group/front/member-front.js'
import type { CommitCallback } from './group/front/offset-commits.js'
import { readSubscription, type Subscription } from './group/front/subscription.js'
import { GroupUse } from './group-use.js'
import type { LentBatch } from './lent-batch.js'
import { Looking } from './looking.js'
import type { ConsumerCounters } from './metrics/consumer-counters.js'
import type { ConsumerMetrics } from './metrics/consumer-metric-tables.js'
import { OneUse, type Use } from './one-use.js'
import { Pulling } from './pulling.js'
import { type RunRequest, readRunRequest } from './run-arguments.js'
import { Running } from './running.js'

export interface ConsumerParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  /** What the consumer's thread counts. */
  readonly counters: ConsumerCounters
  readonly clock: Clock
  readonly wake: () => void
  /** Ends the consumer's thread and what holds the application's half. */
  readonly life: Lifetime
}

/**
 * Reads records. One of three ways at a time: `run` calls a handler, `poll` hands out lent records, `for await` gives
 * records that may be kept. With a group.id it is a member of that group: it shares partitions with the other members,
 * and begins where the group has committed; otherwise, where auto.offset.reset says.
 */
export class Consumer implements AsyncIterable<KeptRecord> {
  readonly #front: ConsumerFront
  readonly #pulling: Pulling
  readonly #running: Running
  readonly #looking: Looking
  readonly #group: GroupUse
  readonly #uses: OneUse
  readonly #closing: Closing

  constructor(parts: ConsumerParts) {
    this.#front = parts.front
    this.#pulling = new Pulling(parts)
    this.#uses = new OneUse(() => this.#pulling.isPolling)
    this.#looking = new Looking({ ...parts, pulling: this.#pulling })
    this.#running = new Running({ ...parts, onEnd: this.#uses.end })
    const used = { ...parts, pulling: this.#pulling, running: this.#running }
    this.#group = new GroupUse(used)
    this.#closing = new Closing({ ...used, group: this.#group })
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(options?: ConsumerCloseOptions): Promise<void> {
    return this.close(options)
  }

  /**
   * Reads all partitions of these topics instead of what was read before; an empty list, as in Kafka: nothing. Resolves
   * when every position is known, so that what is sent from then on is read, or when a later call has replaced this
   * one. With a group it resolves at once; the next poll joins the group, and its callbacks tell what this member gets.
   */
  async subscribe(subscription: Subscription): Promise<void> {
    this.#closing.checkOpen()
    await this.#group.subscribe(readSubscription(subscription, this.#front.member !== null))
  }

  /** Reads nothing any more, and leaves the group; commits nothing, as in Kafka. */
  async unsubscribe(): Promise<void> {
    this.#closing.checkOpen()
    await this.#group.unsubscribe()
  }

  /**
   * Reads exactly these partitions. One with an offset is read from there at once; one without from where it was, or as
   * auto.offset.reset says. Resolves when every position is known, or when a later call has replaced this one.
   */
  async assign(assignments: readonly Assignment[]): Promise<void> {
    this.#closing.checkOpen()
    await this.#group.assign(readAssignments(assignments))
  }

  /**
   * Commits these offsets, or all that was handed out, and retries for `timeoutMs`, by default default.api.timeout.ms.
   * All commits before it have ended then. Rejects with a CommitFailedError if the group has gone on without this
   * member.
   */
  async commitSync(offsets?: readonly OffsetToCommit[] | null, options?: { timeoutMs?: number }): Promise<void> {
    this.#closing.checkOpen(true)
    const read = readCommitSync(offsets, options)
    await this.#group.commitSync(read.offsets, read.timeoutMs)
  }

  /** KafkaJS's name for it. */
  async commitOffsets(offsets?: readonly OffsetToCommit[]): Promise<void> {
    this.#closing.checkOpen(true)
    await this.#group.commitSync(readCommitOffsets(offsets))
  }

  /** Commits without waiting, and tries once. Callbacks are called in the order in which commits have ended. */
  commitAsync(offsets?: readonly OffsetToCommit[] | CommitCallback | null, callback?: CommitCallback): void {
    this.#closing.checkOpen(true)
    const read = readCommitAsync(offsets, callback)
    this.#group.commitAsync(read.offsets, read.callback)
  }

  /** What the group has committed of these partitions, in their order; null: nothing. */
  async committed(
    partitions: readonly PartitionName[],
    options?: { timeoutMs?: number },
  ): Promise<readonly (CommittedOffset | null)[]> {
    this.#closing.checkOpen(true)
    const [names, timed] = COMMITTED(partitions, options)
    return this.#group.committed(names, timed?.timeoutMs)
  }

  /** What this consumer is in its group at this moment, and where in its partitions. Asks no broker. */
  async describe(): Promise<MemberDescription> {
    this.#closing.checkOpen()
    return this.#group.describe(() => this.#looking.partitions())
  }

  get assignment(): readonly PartitionName[] {
    return this.#front.assigned.all.map(({ name }) => name)
  }

  /**
   * The offset of the next record that will be handed out, here or to a handler module; -1 while it is being looked up.
   * Throws if the partition is not assigned.
   */
  position(given: PartitionName): number {
    const [name] = POSITION(given)
    return this.#looking.positionOf(this.#front.assigned.named(name))
  }

  /**
   * Kafka's metrics of the consumer and of its member, by Kafka's names (CONSUMER_METRICS says what each is): totals
   * since the consumer began, and rates, averages and maxima over a window of metrics.num.samples times
   * metrics.sample.window.ms. What its thread counts at this moment may be in it by half.
   */
  metrics(): ConsumerMetrics {
    return this.#looking.metrics()
  }

  /**
   * Reads on from an offset, from `earliest` or `latest`, or from the first record that is as young as a `timestamp`.
   * From the call on, nothing else is handed out of the partition. Resolves when the position is known, or at once for
   * a partition of a subscribed topic while nothing is assigned yet: it is read from there if it is among the first.
   */
  async seek(place: SeekPlace): Promise<void> {
    this.#closing.checkOpen()
    const { name, to } = readSeek(place)
    if (this.#front.mayGet(name.topic)) this.#front.keptSeeks.keep(name, to)
    else await this.#front.seek(this.#front.assigned.named(name), to)
  }

  /**
   * Hands out nothing of these partitions until `resume`, and fetches nothing of them. What was fetched is kept. A
   * topic alone, `[{ topic }]`, stands for all of its partitions, those that are assigned later too; `partitions` names
   * some.
   */
  async pause(partitions: readonly PartitionsOfTopic[]): Promise<void> {
    this.#closing.checkOpen()
    const [names] = PAUSE(partitions)
    await this.#pause(names, true)
  }

  /** The partitions of which nothing is handed out until `resume`. Kafka's. */
  paused(): readonly PartitionName[] {
    return this.#front.assigned.all.filter(({ isPaused }) => isPaused).map(({ name }) => name)
  }

  async resume(partitions: readonly PartitionsOfTopic[]): Promise<void> {
    this.#closing.checkOpen()
    const [names] = RESUME(partitions)
    await this.#pause(names, false)
  }

  /**
   * Calls the handler with every record from now on. Resolves when it has begun; how it ends is told by `stopped`. A
   * module runs inside the consumer's thread, a closure on this one. Rejects for a module that is not there or that
   * exports nothing; one that fails to make its handler has begun, and `stopped` rejects.
   */
  async run(request: RunRequest): Promise<void> {
    const given = readRunRequest(request)
    this.#begin('run')
    this.#pulling.passOn()
    await this.#running.begin(given)
  }

  /**
   * Settles when handling ends: resolves after `close`, rejects when the handler threw or a partition cannot be read
   * on. If nobody awaits it, Node reports the rejection as unhandled. The consumer may then be used again, in any way:
   * it goes on behind the last record that was handled, and a batch whose handler threw comes again.
   */
  get stopped(): Promise<void> {
    return this.#running.stopped
  }

  /**
   * At most max.poll.records lent records of one partition, or null if none came within `timeoutMs`. They are valid
   * until the next call of `poll`: see LentBatch. Throws while a partition cannot be read on, and, as in Kafka, when
   * nothing is assigned. A second poll while one waits is refused.
   */
  async poll(timeoutMs: number): Promise<LentBatch | null> {
    const [waitMs] = POLL(timeoutMs)
    this.#begin('poll')
    const batch = await this.#pulling.poll(waitMs)
    if (batch !== null) this.#uses.polled()
    return batch
  }

  /**
   * Records that may be kept, one after the other, until the consumer is closed. A loop that is left, or that `wakeup`
   * has ended, may be followed by another one, or by a poll: nothing is lost.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<KeptRecord> {
    return this.#pulling.iterate(() => this.#begin('iterate'), this.#uses.end)
  }

  /**
   * Ends a `poll` that waits, or a loop that waits for its next record, with a WakeupError; if none waits, the next one
   * ends so. Kafka's: the way to end a long poll from elsewhere. Nothing is lost. A consumer that runs a handler waits
   * for nothing, and goes on.
   */
  wakeup(): void {
    if (!this.#uses.isRun) this.#pulling.wakeup()
  }

  /**
   * Ends the consumer's thread. The handler's call at work is waited for, and counts when it has ended; what it throws
   * rejects `stopped`. A member then commits, if it does so by itself, and leaves its group. All of that takes
   * `timeoutMs` at most, by default 30 s in a group and 10 s without; the handler has all of it but a reserve of 250
   * ms, or of a fifth if that is less. A handler that is at work by then may go on reading what it was lent, and a
   * handler module is ended where it is; that call does not count. Nor does one that closes the consumer itself, which
   * is not waited for. What else is pending fails with a ClosedError. With no time, or when it is over, a member still
   * commits and leaves, without callbacks, and nobody waits for that.
   */
  async close(options: ConsumerCloseOptions = {}): Promise<void> {
    return this.#closing.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #pause(names: readonly PartitionsOfTopic[], isPaused: boolean): Promise<unknown> {
    const { assigned, member } = this.#front
    const partitions = assigned.toPause(names, isPaused, (topic) => member?.subscribesTo(topic) === true)
    return this.#front.pause(partitions, isPaused)
  }

  #begin(use: Use): void {
    this.#closing.checkOpen()
    this.#uses.begin(use)
    if (use === 'run') return
    // A run that committed by itself is over.
    this.#front.assigned.tellsRead = 'everything'
    this.#front.wantSlices()
  }
}
