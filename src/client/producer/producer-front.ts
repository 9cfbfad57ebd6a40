import { EventEmitter } from 'node:events'
import type { Address } from '../../actor/address.js'
import type { Doorbell } from '../../actor/control-block.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { type ClosedError, type KafkaError, WorkerDiedError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'
import type { Random } from '../../base/random.js'
import { throwLater } from '../../base/throw-later.js'
import type { RecordData, RecordHeader } from '../../record/record.js'
import type { BatchReport, BatchSends } from '../batches/batch-report.js'
import type { Delivery } from '../batches/delivery.js'
import type { PartitionAccumulator } from '../batches/partition-accumulator.js'
import type { AppendOutcome, RecordAccumulator, WaitedRecord } from '../batches/record-accumulator.js'
import type { DeadLetterFailure } from '../dead-letters/dead-letters.js'
import { Flushes } from './flushes.js'
import { partitionForKey } from './key-hash.js'
import { type PartitionChooser, type Partitioner, partitionChooser } from './partitioner.js'
import { ProducerCounters } from './producer-counters.js'
import { batchFailed, bufferExhausted, endedBy, noPartition, recordTooLarge, topicRefused } from './producer-errors.js'
import { isKnown, ProducerTopics, type TopicState } from './producer-topics.js'
import { RecordStamps } from './record-stamps.js'
import { type WaitingRecords, WaitingRoom } from './waiting-room.js'

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
  /** What is known of how the sender's thread has ended, to be read behind "has ended"; absent: nothing. */
  readonly howEnded?: () => string
}

type Lend = ConstructorParameters<typeof RecordAccumulator>[0]['lend']

/** What is remembered of a record that may wait for a batch. */
export interface WaitingRecord extends WaitedRecord {
  /** The partition that the partitioner has given for it, which is asked once; -1: it was not asked. */
  chosen: number
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
  readonly #flushes: Flushes
  readonly #waiting: WaitingRoom
  /** The fast path was told that there is no room for another batch, or was refused for want of it. */
  #isRoomWanted = false
  /** A record found no room, which a large one may not where others do; and no batch has come back since. */
  #isNoRoomYet = false
  /** Since when somebody waits for `drain`; -1: whoever was told that there is no room has not come back for it. */
  #drainAwaitedSince = -1
  /** What those wait for who were told so. */
  #drained: Deferred<void> | null = null
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
    this.counters = new ProducerCounters(parts.clock, parts.options)
    this.accumulator = parts.accumulator((memoryId, memory) => this.#lend(memoryId, memory))
    this.#flushes = new Flushes(this.accumulator)
    this.#waiting = new WaitingRoom({
      flushes: this.#flushes,
      counters: this.counters,
      askForMemory: () => this.accumulator.setWaiting(true),
    })
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
    const ended = `the producer's sender thread has ended${this.#parts.howEnded?.() ?? ''}`
    this.end(new WorkerDiedError(`Whether its records were written is not known: ${ended}`))
  }

  tick(context: Context): Timestamp {
    if (this.#fatal !== null) return NEVER
    this.#network.connectionTo(this.#parts.sender, context)
    if (this.accumulator.takeReports(this.#onReport) > 0) context.noteWork()
    if (this.accumulator.isAwaited) context.noteAwaited()
    if (this.accumulator.takeTopicChange()) this.#topics.noteStale()
    const next = this.#waiting.tick(this.#topics, context.now)
    const canGoOn = this.#isRoomWanted && this.#canGoOn()
    if (this.#waiting.isEmpty && (canGoOn || !this.#isRoomWanted)) this.accumulator.setWaiting(false)
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
   * never succeed. The arguments stand side by side because this is done for each record.
   */
  append(
    topic: TopicState,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    partition: number | undefined,
    stampMs: number | undefined,
    delivery: Delivery | null,
    waited: WaitingRecord | null = null,
  ): 'appended' | 'full' | 'unknown' {
    if (this.#fatal !== null) throw endedBy(this.#fatal)
    const { partitions } = topic
    if (partitions.length === 0) {
      if (topic.error !== 'NONE') throw this.#refused(topic)
      return 'unknown'
    }
    const isSticky = partition === undefined && this.#chooser === null && (key === null || this.#ignoresKeys)
    const chosen = isSticky ? topic.sticky.choose(partitions) : (partition ?? this.#choose(topic, key, value, waited))
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
    outcome = this.accumulator.append(target, key, value, headers, stamp, delivery, waited)
    if (outcome === 'too-large') {
      const bytes = this.accumulator.batchBytesOf(key, value, headers)
      throw this.#counted(recordTooLarge(bytes, this.#parts.options))
    }
    // What waits comes again, and takes the same turn.
    if (outcome === 'full') this.#keepChoice(waited, partition === undefined ? chosen : -1)
    else if (partition === undefined) topic.nextRoundRobin += 1
    else this.accumulator.noteNamed(target)
    return outcome
  }

  /**
   * Throws what `append` would throw for, as far as it is known, and appends nothing. Kafka looks before it allocates (`doSend`).
   * Returns the bytes of a batch that holds the record alone.
   */
  check(
    topic: TopicState,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    partition: number | undefined,
  ): number {
    if (this.#fatal !== null) throw endedBy(this.#fatal)
    const { 'max.request.size': requestMax, 'buffer.memory': bufferMax } = this.#parts.options
    const bytes = this.accumulator.batchBytesOf(key, value, headers)
    if (bytes > Math.min(requestMax, bufferMax)) throw this.#counted(recordTooLarge(bytes, this.#parts.options))
    if (!isKnown(topic)) return bytes
    if (topic.partitions.length === 0) throw this.#refused(topic)
    if (partition !== undefined && topic.partitions[partition] === undefined)
      throw this.#counted(noPartition(topic, partition))
    return bytes
  }

  /** Whether records of the topic have to wait because of others that were first. Asked for each record. */
  hasToWait(topic: TopicState): boolean {
    return this.#flushes.waits > 0 && this.#waiting.isBehindOthers(topic)
  }

  /** The records wait their turn. Whoever gives them has looked whether they can be sent at all: see `check`. */
  wait(records: WaitingRecords): void {
    this.#waiting.enter(records)
    this.#parts.ownBell.ring()
  }

  /** Whether one more batch has room, and nobody waits for it; otherwise `drain` is emitted when the fast path may go on. */
  hasRoom(): boolean {
    return this.accumulator.buffer.hasRoom && this.#flushes.waits === 0 ? true : this.#hasRoomBesideOthers()
  }

  #hasRoomBesideOthers(): boolean {
    if (this.accumulator.buffer.hasRoom && this.#waiting.isEmpty) return true
    this.#wantRoom()
    if (this.listenerCount('drain') > 0) this.#awaitDrain()
    return false
  }

  /** A record of the fast path has found no room: `drain` is emitted when it may be given again. Returns what is to be thrown. */
  exhausted(): KafkaError {
    this.#wantRoom()
    this.#awaitDrain()
    // Otherwise it was not its turn.
    this.#isNoRoomYet = this.#waiting.isEmpty
    this.counters.exhausted(1)
    return this.#counted(bufferExhausted(this.#parts.options))
  }

  now(): Timestamp {
    return this.#clock.now()
  }

  /** The timestamp of a record that has none. */
  stamp(): number {
    return this.#stamps.next()
  }

  #wantRoom(): void {
    this.#isRoomWanted = true
    this.accumulator.setWaiting(true)
    this.#parts.ownBell.ring()
  }

  #awaitDrain(): void {
    if (this.#drainAwaitedSince < 0) this.#drainAwaitedSince = this.#clock.now()
  }

  /** Who waits for memory now: calls, and whoever waits for `drain`. */
  get waitingForMemory(): number {
    return this.#waiting.callsForMemory + (this.#drainAwaitedSince < 0 ? 0 : 1)
  }

  get hasPending(): boolean {
    return this.#flushes.hasPending
  }

  /** Resolves with the next `drain`, or at once when nobody was told to wait since the last one. */
  drained(): Promise<void> {
    if (!this.#isRoomWanted) return Promise.resolve()
    this.#awaitDrain()
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** Resolves when all that was given so far is acknowledged or given up. */
  flush(): Promise<void> {
    return this.#flushes.flush()
  }

  /** Ends it for good: whatever is pending fails with such an error. */
  end(error: ClosedError | WorkerDiedError): void {
    if (this.#fatal !== null) return
    // What the sender had reported is true, though it is gone.
    this.accumulator.takeReports(this.#onReport)
    this.#fatal = error
    this.accumulator.abandon('NETWORK_EXCEPTION', this.#onReport)
    this.#waiting.failAll(this.#topics, () => endedBy(error))
    if (this.#isRoomWanted) this.#drain()
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
    this.#flushes.reported(batchNumber)
    if (report.error !== 'NONE') this.tell('undelivered', report)
  }

  #drain(): void {
    const drained = this.#drained
    if (this.#drainAwaitedSince >= 0) this.counters.waited(this.#drainAwaitedSince)
    this.#drainAwaitedSince = -1
    this.#isRoomWanted = false
    this.#isNoRoomYet = false
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
    // Where nothing is on its way, nothing comes back.
    const mayHaveRoom = !this.#isNoRoomYet || this.accumulator.outstanding === 0
    return mayHaveRoom && this.#waiting.isEmpty && this.accumulator.buffer.hasRoomToGoOn
  }

  #choose(topic: TopicState, key: RecordData, value: RecordData, waited: WaitingRecord | null): number {
    const partitionCount = topic.partitions.length
    if (this.#chooser === null) return partitionForKey(key as Uint8Array | string, partitionCount)
    if (waited !== null && waited.chosen >= 0 && waited.chosen < partitionCount) return waited.chosen
    const chosen = this.#chooser(topic, key, value, partitionCount)
    // A partitioner may have closed the producer.
    if (this.#fatal !== null) throw endedBy(this.#fatal)
    return chosen
  }

  #keepChoice(waited: WaitingRecord | null, partition: number): void {
    if (waited !== null && this.#chooser !== null) waited.chosen = partition
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
