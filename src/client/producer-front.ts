import { EventEmitter } from 'node:events'
import type { Doorbell } from '../actor/control-block.js'
import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Address, Connection, Context, Message } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import type { ProducerOptions } from '../base/config/producer-options.js'
import { type ClosedError, type KafkaError, WorkerDiedError } from '../base/errors.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { RecordData, RecordHeader } from '../record/record.js'
import type { DeadLetterFailure } from './dead-letters.js'
import { type BatchReport, type BatchSends, type Delivery, throwLater } from './delivery.js'
import { partitionForKey } from './key-hash.js'
import type { PartitionAccumulator } from './open-batch.js'
import { type PartitionChooser, type Partitioner, partitionChooser } from './partitioner.js'
import { type Deferred, deferred, PendingCalls, type WaitingCall } from './pending-calls.js'
import { ProducerCounters, sampleWindow } from './producer-counters.js'
import {
  batchFailed,
  endedBy,
  noMemory,
  noMetadata,
  noPartition,
  recordTooLarge,
  topicRefused,
} from './producer-errors.js'
import { isTold, ProducerTopics, type TopicState } from './producer-topics.js'
import type { AppendOutcome, RecordAccumulator } from './record-accumulator.js'
import { RecordStamps } from './record-stamps.js'

/**
 * The application's half of a producer, below the public door: knows topics, chooses partitions, appends, and tells what
 * became of each batch. Lives on the application's thread; its other half is the sender.
 */
export interface ProducerFrontParts {
  readonly options: ProducerOptions
  readonly accumulator: (lend: Lend) => RecordAccumulator
  readonly sender: Address
  readonly ownBell: Doorbell
  readonly clock: Clock
  readonly random: Random
  readonly partitioner: Partitioner | null
}

type Lend = ConstructorParameters<typeof RecordAccumulator>[0]['lend']

interface Flush {
  readonly upToBatch: number
  left: number
  readonly done: Deferred<void>
}

/** The fast path's events: `drain` when `produce` may go on, `undelivered` for batches that failed. */
type FrontEvents = { drain: []; undelivered: [BatchReport]; deadLetterFailed: [DeadLetterFailure] }

export class ProducerFront extends EventEmitter<FrontEvents> implements Actor {
  readonly accumulator: RecordAccumulator
  readonly counters: ProducerCounters
  readonly #parts: ProducerFrontParts
  readonly #clock: Clock
  /** Null: a key's partition is that of its hash, and records without one stay with one partition for about a batch. */
  readonly #chooser: PartitionChooser | null
  readonly #ignoresKeys: boolean
  readonly #stamps: RecordStamps
  readonly #network: NetworkClient
  readonly #topics: ProducerTopics
  /** Calls that wait for memory, of all topics. Those that wait for metadata wait at their topic, and hold nobody else up. */
  readonly #forMemory = new PendingCalls()
  /** Resolved when a call that waits has waited enough. */
  readonly #waits = new Set<Promise<void>>()
  #flushes: Flush[] = []
  /** The fast path was refused for want of memory. */
  #isRoomWanted = false
  /** Its record found no room, which a large one may not where others do; and no batch has come back since. */
  #isNoRoomYet = false
  #roomWantedAt = 0
  /** The fast path was refused because these were not known. */
  readonly #topicsWanted = new Set<TopicState>()
  /** What those wait for who were refused. */
  #drained: Deferred<void> | null = null
  /** The partition of the record of a call that found no memory last: it comes again, and its partitioner is asked once. */
  #lastChoice: { readonly topic: TopicState; readonly delivery: Delivery; readonly partition: number } | null = null
  #fatal: ClosedError | WorkerDiedError | null = null
  /** Memories lent before the sender's connection was there. */
  #unlent: Parameters<Lend>[] = []
  #connection: Connection | null = null
  /** Of failed batches whose records are being kept: what each has failed with, whatever has happened since. */
  readonly failures = new WeakMap<BatchReport, KafkaError>()

  constructor(parts: ProducerFrontParts) {
    super()
    this.#parts = parts
    this.#chooser = partitionChooser(parts.options, parts.partitioner, parts.random.fork('partitioner'))
    this.#ignoresKeys = parts.options['partitioner.ignore.keys']
    this.#clock = parts.clock
    this.#stamps = new RecordStamps(parts.clock)
    this.counters = new ProducerCounters(parts.clock, sampleWindow(parts.options))
    this.accumulator = parts.accumulator((memoryId, memory) => this.#lend(memoryId, memory))
    this.#network = new NetworkClient((connection) => {
      this.#connection = connection
      for (const [memoryId, memory] of this.#unlent) connection.lend(memoryId, memory)
      this.#unlent = []
    })
    this.#topics = new ProducerTopics({ ...parts, network: this.#network })
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
    if (message.type !== 'disconnected' && message.type !== 'refused') return
    this.end(
      new WorkerDiedError("The producer's sender thread has ended: whether its records were written is not known"),
    )
  }

  tick(context: Context): Timestamp {
    if (this.#fatal !== null) return NEVER
    this.#network.connectionTo(this.#parts.sender, context)
    if (this.accumulator.takeReports(this.#onReport) > 0) context.noteWork()
    if (this.accumulator.isAwaited) context.noteAwaited()
    if (this.accumulator.takeTopicChange()) this.#topics.noteStale()
    let next = NEVER
    for (const topic of this.#topics) next = earliest(next, topic.waiting.tick(context.now))
    next = earliest(next, this.#forMemory.tick(context.now))
    const canGoOn = this.#isDrainWanted && this.#canGoOn()
    if (this.#forMemory.isEmpty && (canGoOn || !this.#isRoomWanted)) this.accumulator.setWaiting(false)
    if (canGoOn) this.#drain()
    return earliest(next, this.#topics.tick(context))
  }

  /** The topic, asked for if it was not yet. */
  topic(name: string): TopicState {
    const known = this.#topics.find(name)
    if (known !== undefined) return known
    this.#parts.ownBell.ring()
    return this.#topics.add(name)
  }

  /**
   * Appends one record. `full`: there is no memory; `unknown`: the topic's metadata is not there yet. Throws what can
   * never succeed.
   */
  append(
    topic: TopicState,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    partition: number | undefined,
    stampMs: number | undefined,
    delivery: Delivery | null,
  ): 'appended' | 'full' | 'unknown' {
    if (this.#fatal !== null) throw endedBy(this.#fatal)
    const { partitions } = topic
    if (partitions.length === 0) {
      if (topic.error !== 'NONE') throw this.#refused(topic)
      return 'unknown'
    }
    const isSticky = partition === undefined && this.#chooser === null && (key === null || this.#ignoresKeys)
    const chosen = isSticky ? topic.sticky.choose(partitions) : (partition ?? this.#choose(topic, key, value, delivery))
    let target = partitions[chosen]
    if (target === undefined) throw this.#counted(noPartition(topic, chosen))
    const stamp = stampMs ?? this.#stamps.next()
    let outcome: AppendOutcome
    if (isSticky) {
      outcome = this.accumulator.appendToOpen(target, key, value, headers, stamp, delivery)
      if (outcome === 'appended') return 'appended'
      const next = topic.sticky.chooseForNewBatch(partitions, outcome === 'open-batch-full')
      target = partitions[next] as PartitionAccumulator
    }
    outcome = this.accumulator.append(target, key, value, headers, stamp, delivery)
    if (outcome === 'too-large') {
      const bytes = this.accumulator.batchBytesOf(key, value, headers)
      throw this.#counted(recordTooLarge(bytes, this.#parts.options))
    }
    // What is refused comes again, and takes the same turn.
    if (outcome === 'full') this.#keepChoice(topic, delivery, partition === undefined ? chosen : null)
    else if (partition === undefined) topic.nextRoundRobin += 1
    else this.accumulator.noteNamed(target)
    return outcome
  }

  /** Throws what `append` would throw for, as far as it is known, and appends nothing. Kafka looks before it allocates (`doSend`). */
  check(
    topic: TopicState,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    partition: number | undefined,
  ): void {
    const { 'max.request.size': requestMax, 'buffer.memory': bufferMax } = this.#parts.options
    const bytes = this.accumulator.batchBytesOf(key, value, headers)
    if (bytes > Math.min(requestMax, bufferMax)) throw this.#counted(recordTooLarge(bytes, this.#parts.options))
    if (!isTold(topic)) return
    if (topic.partitions.length === 0) throw this.#refused(topic)
    if (partition !== undefined && topic.partitions[partition] === undefined)
      throw this.#counted(noPartition(topic, partition))
  }

  /** What others wait for who were first, or null: for memory all are in one line, for metadata those of one topic. */
  reasonToWait(topic: TopicState): 'full' | 'unknown' | null {
    if (!topic.waiting.isEmpty) return 'unknown'
    // A topic that was refused needs no memory.
    if (this.#forMemory.isEmpty || (topic.partitions.length === 0 && isTold(topic))) return null
    return 'full'
  }

  /** Waits its turn until everything is appended, or for max.block.ms. What can never be sent waits for nothing. */
  wait(topic: TopicState, { attempt, isRefused, fail, recordsLeft }: WaitingCall): void {
    const { options, clock } = this.#parts
    const deadline = timestamp(clock.now() + options['max.block.ms'])
    const over = deferred<void>()
    this.#waits.add(over.promise)
    const leave = (): true => {
      this.#waits.delete(over.promise)
      over.resolve()
      return true
    }
    const failed = (error: KafkaError): void => {
      this.counters.refused(recordsLeft())
      fail(error)
      leave()
    }
    const waitForMemory = (): true => {
      const call = {
        deadline,
        attempt: () => attempt() === 'appended' && leave(),
        fail: failed,
        lateError: () => noMemory(options),
      }
      this.#forMemory.add(this.counters.waiting(call, recordsLeft))
      this.accumulator.setWaiting(true)
      return true
    }
    if (isRefused()) return void leave()
    this.#parts.ownBell.ring()
    if (topic.waiting.isEmpty && isTold(topic)) return void waitForMemory()
    topic.waiting.add({
      deadline,
      attempt: () => {
        if (!isTold(topic)) return false
        if (this.#forMemory.isEmpty && attempt() === 'appended') return leave()
        return isRefused() ? leave() : waitForMemory()
      },
      fail: failed,
      lateError: () => noMetadata(topic, options),
    })
  }

  /** The fast path was refused: `drain` is emitted when it may go on. */
  wantDrain(reason: 'full' | 'unknown', topic: TopicState): void {
    if (reason === 'unknown') this.#topicsWanted.add(topic)
    else {
      if (!this.#isRoomWanted) this.#roomWantedAt = this.#clock.now()
      this.#isRoomWanted = true
      // Otherwise it was not its turn.
      this.#isNoRoomYet = this.#forMemory.isEmpty
      this.accumulator.setWaiting(true)
    }
    this.#parts.ownBell.ring()
  }

  get #isDrainWanted(): boolean {
    return this.#isRoomWanted || this.#topicsWanted.size > 0
  }

  /** Who waits for memory now: calls, and whoever was refused on the fast path. */
  get waitingForMemory(): number {
    return this.#forMemory.size + (this.#isRoomWanted ? 1 : 0)
  }

  /** Resolves with the next `drain`, or at once when nothing was refused since the last one. */
  drained(): Promise<void> {
    if (!this.#isDrainWanted) return Promise.resolve()
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** Resolves when every batch opened so far has been reported, and those of the calls that wait to append more. */
  flush(): Promise<void> {
    const appended = this.#flushAppended()
    if (this.#waits.size === 0) return appended
    return Promise.all([appended, ...this.#waits]).then(() => this.#flushAppended())
  }

  #flushAppended(): Promise<void> {
    if (this.accumulator.outstanding === 0) return Promise.resolve()
    const flush = {
      upToBatch: this.accumulator.batchesOpened,
      left: this.accumulator.outstanding,
      done: deferred<void>(),
    }
    this.#flushes.push(flush)
    this.accumulator.setFlushing(true)
    return flush.done.promise
  }

  /** Ends it for good: whatever is pending fails with such an error. */
  end(error: ClosedError | WorkerDiedError): void {
    if (this.#fatal !== null) return
    // What the sender had reported is true, though it is gone.
    this.accumulator.takeReports(this.#onReport)
    this.#fatal = error
    this.accumulator.abandon('NETWORK_EXCEPTION', this.#onReport)
    for (const topic of this.#topics) topic.waiting.failAll(() => endedBy(error))
    this.#forMemory.failAll(() => endedBy(error))
    if (this.#isDrainWanted) this.#drain()
  }

  errorOf(report: BatchReport): KafkaError {
    const failure = this.failures.get(report)
    if (failure !== undefined) return failure
    if (this.#fatal !== null) return endedBy(this.#fatal)
    return batchFailed(report, this.#parts.options)
  }

  readonly #onReport = (report: BatchReport, batchNumber: number, sent: BatchSends): void => {
    this.#isNoRoomYet = false
    this.counters.settled(report, sent, this.accumulator.takeLargestRecordBytes())
    for (const flush of this.#flushes) {
      if (batchNumber >= flush.upToBatch) continue
      flush.left -= 1
      // Behind the promises of the batch itself.
      if (flush.left === 0) queueMicrotask(flush.done.resolve)
    }
    if (this.#flushes.length > 0) {
      this.#flushes = this.#flushes.filter((flush) => flush.left > 0)
      if (this.#flushes.length === 0) this.accumulator.setFlushing(false)
    }
    if (report.error !== 'NONE') this.tell('undelivered', report)
  }

  #drain(): void {
    const drained = this.#drained
    if (this.#isRoomWanted) this.counters.waited(this.#roomWantedAt)
    this.#isRoomWanted = false
    this.#topicsWanted.clear()
    this.#drained = null
    drained?.resolve()
    this.tell('drain')
  }

  /** As `emit`, but a listener that throws keeps nobody else from hearing it. */
  tell(event: keyof FrontEvents, ...told: unknown[]): void {
    for (const listener of this.rawListeners(event) as ((...told: unknown[]) => void)[]) {
      try {
        listener(...told)
      } catch (error) {
        throwLater(error)
      }
    }
  }

  #lend(...lent: Parameters<Lend>): void {
    if (this.#connection === null) this.#unlent.push(lent)
    else this.#connection.lend(...lent)
  }

  #canGoOn(): boolean {
    const isRoomWanted = this.#isRoomWanted && !this.#isNoRoomYet
    if (isRoomWanted && this.#forMemory.isEmpty && this.accumulator.hasRoomToGoOn) return true
    for (const topic of this.#topicsWanted) if (isTold(topic)) return true
    return false
  }

  #choose(topic: TopicState, key: RecordData, value: RecordData, delivery: Delivery | null): number {
    const partitionCount = topic.partitions.length
    if (this.#chooser === null) return partitionForKey(key as Uint8Array | string, partitionCount)
    const last = this.#lastChoice
    this.#lastChoice = null
    if (last?.topic === topic && last.delivery === delivery && last.partition < partitionCount) return last.partition
    return this.#chooser(topic, key, value, partitionCount)
  }

  #keepChoice(topic: TopicState, delivery: Delivery | null, partition: number | null): void {
    // A record that `produce` has not taken is another one when it is given again.
    if (this.#chooser === null || delivery?.isAwaited !== true || partition === null) return
    this.#lastChoice = { topic, delivery, partition }
  }

  /** One record is told, and the next one asks again: the topic may be there by then. */
  #refused(topic: TopicState): KafkaError {
    this.#topics.forget(topic)
    return this.#counted(topicRefused(topic))
  }

  #counted(error: KafkaError): KafkaError {
    this.counters.refused(1)
    return error
  }
}
