import type { Address } from '../../actor/address.js'
import type { Doorbell } from '../../actor/control-block.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Context, Message } from '../../actor/types.js'
import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { type ClosedError, type KafkaError, WorkerDiedError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'
import type { Random } from '../../base/random.js'
import type { RecordData, RecordHeader } from '../../record/record.js'
import type { BatchReport, BatchSends } from '../batches/batch-report.js'
import type { Delivery } from '../batches/delivery.js'
import type { MemoryLoans } from '../batches/memory-loans.js'
import type { PartitionAccumulator } from '../batches/partition-accumulator.js'
import type { AppendOutcome, RecordAccumulator, WaitedRecord } from '../batches/record-accumulator.js'
import { FastPathRoom } from './fast-path-room.js'
import { Flushes } from './flushes.js'
import { partitionForKey } from './key-hash.js'
import { type PartitionChooser, type Partitioner, partitionChooser } from './partitioner.js'
import { ProducerCounters } from './producer-counters.js'
import type { ProducerErrors } from './producer-errors.js'
import type { ProducerEvents } from './producer-events.js'
import { isKnown, ProducerTopics, type TopicState } from './producer-topics.js'
import { RecordStamps } from './record-stamps.js'
import { type WaitingRecords, WaitingRoom } from './waiting-room.js'

/**
 * The application's half of a producer, below the public door: knows topics, chooses partitions, appends, and tells
 * what became of each batch. Lives on the application's thread; its other half is the sender.
 */
export interface ProducerFrontParts {
  readonly options: ProducerOptions
  readonly accumulator: RecordAccumulator
  /** Loans to the sender, made when it is connected. */
  readonly loans: MemoryLoans
  readonly errors: ProducerErrors
  readonly events: ProducerEvents
  readonly sender: Address
  readonly ownBell: Doorbell
  readonly clock: Clock
  readonly random: Random
  readonly partitioner: Partitioner | null
  /** What is known of how the sender's thread has ended, to be read behind "has ended"; absent: nothing. */
  readonly howEnded?: () => string
}

/** What is remembered of a record that may wait for a batch. */
export interface WaitingRecord extends WaitedRecord {
  /** The partition that the partitioner has given for it, which is asked once; -1: it was not asked. */
  chosen: number
}

export class ProducerFront implements Actor {
  readonly accumulator: RecordAccumulator
  readonly counters: ProducerCounters
  readonly #parts: ProducerFrontParts
  readonly #errors: ProducerErrors
  readonly #clock: Clock
  /**
   * What chooses partitions; null: a key's hash does, and records without one stay with a partition for about a batch.
   */
  readonly #chooser: PartitionChooser | null
  readonly #ignoresKeys: boolean
  readonly #stamps: RecordStamps
  readonly #network: NetworkClient
  readonly #topics: ProducerTopics
  readonly #flushes: Flushes
  readonly #waiting: WaitingRoom
  readonly #room: FastPathRoom

  constructor(parts: ProducerFrontParts) {
    this.#parts = parts
    this.#errors = parts.errors
    this.accumulator = parts.accumulator
    this.#chooser = partitionChooser(parts.options, parts.partitioner, parts.random.fork('partitioner'))
    this.#ignoresKeys = parts.options['partitioner.ignore.keys']
    this.#clock = parts.clock
    this.#stamps = new RecordStamps(parts.clock)
    this.counters = new ProducerCounters(parts.clock, parts.options)
    this.#flushes = new Flushes(this.accumulator)
    this.#waiting = new WaitingRoom({
      flushes: this.#flushes,
      counters: this.counters,
      askForMemory: () => this.accumulator.setWaiting(true),
    })
    this.#room = new FastPathRoom({ ...parts, waiting: this.#waiting, counters: this.counters })
    this.#network = new NetworkClient((connection) => parts.loans.connected(connection))
    this.#topics = new ProducerTopics({ ...parts, network: this.#network })
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
    if (message.type !== 'disconnected' && message.type !== 'refused') return
    const ended = `the producer's sender thread has ended${this.#parts.howEnded?.() ?? ''}`
    this.end(new WorkerDiedError(`Whether its records were written is not known: ${ended}`))
  }

  tick(context: Context): Timestamp {
    if (this.#errors.end !== null) return NEVER
    this.#network.connectionTo(this.#parts.sender, context)
    if (this.accumulator.takeReports(this.#onReport) > 0) context.noteWork()
    if (this.accumulator.isAwaited) context.noteAwaited()
    if (this.accumulator.takeTopicChange()) this.#topics.noteStale()
    const next = this.#waiting.tick(this.#topics, context.now)
    this.#room.tick()
    return earliest(next, this.#topics.tick(context))
  }

  /** The topic, which is asked for if it was not yet. */
  topic(name: string): TopicState {
    const known = this.#topics.find(name)
    if (known !== undefined) return known
    this.#parts.ownBell.ring()
    return this.#topics.add(name)
  }

  /**
   * Appends one record. `full`: there is no memory; `unknown`: the topic's metadata are not there yet, or do not tell
   * of the partition. Throws what can never succeed. The arguments stand side by side because this is done for each
   * record.
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
    if (this.#errors.end !== null) throw this.#errors.ended()
    const { partitions } = topic
    if (partitions.length === 0) {
      if (topic.error !== 'NONE') throw this.#refused(topic)
      return 'unknown'
    }
    const isSticky = partition === undefined && this.#chooser === null && (key === null || this.#ignoresKeys)
    const chosen = isSticky ? topic.sticky.choose(partitions) : (partition ?? this.#choose(topic, key, value, waited))
    let target = partitions[chosen]
    if (target === undefined) return 'unknown'
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
      throw this.#counted(this.#errors.recordTooLarge(bytes))
    }
    // What waits comes again, and takes the same turn.
    if (outcome === 'full') this.#keepChoice(waited, partition === undefined ? chosen : -1)
    else if (partition === undefined) topic.nextRoundRobin += 1
    else this.accumulator.noteNamed(target)
    return outcome
  }

  /**
   * Appends values that have nothing beside them, from `first` on, in a tight loop: as many as find room in the open
   * batch of the sticky partition. Returns how many; the next one is for `append`, which knows all that can be in the
   * way.
   */
  appendValues(topic: TopicState, values: readonly unknown[], first: number, delivery: Delivery | null): number {
    const { partitions } = topic
    if (this.#chooser !== null || this.#errors.end !== null || partitions.length === 0) return 0
    const target = partitions[topic.sticky.choose(partitions)] as PartitionAccumulator
    return this.accumulator.appendValuesToOpen(target, values, first, this.#stamps.next(), delivery)
  }

  /**
   * Throws what `append` would throw for, as far as it is known, and appends nothing. Kafka looks before it allocates
   * (`doSend`). Returns the bytes of a batch that holds the record alone.
   */
  check(topic: TopicState, key: RecordData, value: RecordData, headers: readonly RecordHeader[] | null): number {
    if (this.#errors.end !== null) throw this.#errors.ended()
    const { 'max.request.size': requestMax, 'buffer.memory': bufferMax } = this.#parts.options
    const bytes = this.accumulator.batchBytesOf(key, value, headers)
    if (bytes > Math.min(requestMax, bufferMax)) throw this.#counted(this.#errors.recordTooLarge(bytes))
    if (isKnown(topic) && topic.partitions.length === 0) throw this.#refused(topic)
    return bytes
  }

  /** Whether records of the topic have to wait because of others that were first. Asked for each record. */
  hasToWait(topic: TopicState): boolean {
    return this.#flushes.waits > 0 && this.#waiting.isBehindOthers(topic)
  }

  /** Has the records wait their turn. The caller has looked whether they can be sent at all: see `check`. */
  wait(records: WaitingRecords): void {
    this.#waiting.enter(records)
    this.#parts.ownBell.ring()
  }

  /**
   * Whether one more batch has room, and nobody waits for it; otherwise `drain` is emitted when the fast path may go
   * on.
   */
  hasRoom(): boolean {
    return this.accumulator.buffer.hasRoom && this.#flushes.waits === 0 ? true : this.#room.isThere()
  }

  /**
   * A record of the fast path has found no room: `drain` is emitted when it may be given again. Returns what is to be
   * thrown.
   */
  exhausted(): KafkaError {
    this.wantRoom()
    this.counters.exhausted(1)
    return this.#counted(this.#errors.bufferExhausted())
  }

  /** A record was not taken, because there is no room: `drain` is emitted when it may be given again. */
  wantRoom(): void {
    this.#room.refused()
  }

  now(): Timestamp {
    return this.#clock.now()
  }

  /** The timestamp of a record that has none. */
  stamp(): number {
    return this.#stamps.next()
  }

  /** How many wait for memory now: calls, and one more if anybody waits for `drain`. */
  get waitingForMemory(): number {
    return this.#waiting.callsForMemory + (this.#room.isAwaited ? 1 : 0)
  }

  get hasPending(): boolean {
    return this.#flushes.hasPending
  }

  /** Resolves with the next `drain`, or at once when nobody was told to wait since the last one. */
  drained(): Promise<void> {
    return this.#room.drained()
  }

  /** Resolves when all that was given so far is acknowledged or given up. */
  flush(): Promise<void> {
    return this.#flushes.flush()
  }

  /** Ends it for good: whatever is pending fails with such an error. */
  end(error: ClosedError | WorkerDiedError): void {
    if (this.#errors.end !== null) return
    // What the sender had reported is true, though it is gone.
    this.accumulator.takeReports(this.#onReport)
    this.#errors.end = error
    this.accumulator.abandon('NETWORK_EXCEPTION', this.#onReport)
    this.#waiting.failAll(this.#topics, () => this.#errors.ended())
    this.#room.end()
  }

  readonly #onReport = (report: BatchReport, batchNumber: number, sent: BatchSends, isHeard: boolean): void => {
    this.#room.cameBack()
    this.counters.settled(report, sent, this.accumulator.takeLargestRecordBytes())
    this.#flushes.reported(batchNumber)
    if (report.error !== 'NONE') this.#parts.events.undelivered(report, isHeard)
  }

  #choose(topic: TopicState, key: RecordData, value: RecordData, waited: WaitingRecord | null): number {
    const partitionCount = topic.partitions.length
    if (this.#chooser === null) return partitionForKey(key as Uint8Array | string, partitionCount)
    if (waited !== null && waited.chosen >= 0 && waited.chosen < partitionCount) return waited.chosen
    const chosen = this.#chooser(topic, key, value, partitionCount)
    // A partitioner may have closed the producer.
    if (this.#errors.end !== null) throw this.#errors.ended()
    return chosen
  }

  #keepChoice(waited: WaitingRecord | null, partition: number): void {
    if (waited !== null && this.#chooser !== null) waited.chosen = partition
  }

  /** Tells one record of the error, and the next one asks again: the topic may be there by then. */
  #refused(topic: TopicState): KafkaError {
    this.#topics.forget(topic)
    return this.#counted(this.#errors.topicRefused(topic))
  }

  #counted(error: KafkaError): KafkaError {
    this.counters.refused(1)
    return error
  }
}
