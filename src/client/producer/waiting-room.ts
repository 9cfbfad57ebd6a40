import { type KafkaError, TimeoutError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'
import type { Flushes } from './flushes.js'
import { type PendingCall, PendingCalls } from './pending-calls.js'
import type { ProducerCounters } from './producer-counters.js'
import { isKnown, type TopicState } from './producer-topics.js'

/** Records that were given to a producer and have no batch yet: those of a `send`, or one that `produce` has kept. */
export interface WaitingRecords {
  readonly topic: TopicState
  /** How many records have no batch. */
  readonly recordsLeft: number
  /** Whether their caller waits for memory with them. */
  readonly isAwaited: boolean
  /** Whether the record whose turn it is names a partition that its topic, which is known, is not known to have. */
  readonly lacksPartition: boolean
  /** Until when they wait for their topic's metadata, or for a partition in them. */
  readonly metadataDeadline: Timestamp
  readonly memoryDeadline: Timestamp
  /**
   * Appends what it can, or fails them: nothing is left to wait for then either. `unknown`: the topic is, or the
   * partition.
   */
  attempt(): 'appended' | 'full' | 'unknown'
  /** Whether the record whose turn it is can never be sent; all of them have failed then. */
  isRefused(): boolean
  fail(error: unknown): void
  /** Why they fail at a deadline. */
  lateError(waitedFor: WaitedFor): KafkaError
}

export type WaitedFor = 'metadata' | 'partition' | 'memory'

export interface WaitingRoomParts {
  readonly flushes: Flushes
  readonly counters: ProducerCounters
  /** Called when somebody waits for memory: whatever holds some should leave. */
  readonly askForMemory: () => void
}

/**
 * Where records of a producer wait until they have a batch, first come, first served: for metadata at their topic,
 * where they hold up no other topic, and then for memory, in one line for all topics. What can never be sent waits for
 * nothing.
 *
 *     topic.waiting ──▶ memory ──▶ a batch
 *        ▲  │             │
 *        │  ▼             ▼
 *       topic.beyond ◀────┘
 *
 * A partition that the topic is not known to have may have been added since: such records wait beyond the others, and
 * hold up none, until metadata that were asked for after them tell. (`KafkaProducer.waitOnMetadata`)
 */
export class WaitingRoom {
  readonly #parts: WaitingRoomParts
  readonly #forMemory = new PendingCalls()
  #callsForMemory = 0

  constructor(parts: WaitingRoomParts) {
    this.#parts = parts
  }

  /** Whether nobody waits for memory. */
  get isEmpty(): boolean {
    return this.#forMemory.isEmpty
  }

  /** Calls that wait for memory. */
  get callsForMemory(): number {
    return this.#callsForMemory
  }

  /** Whether others were first: at the topic, or for memory, which a topic that was refused does not need. */
  isBehindOthers(topic: TopicState): boolean {
    if (!topic.waiting.isEmpty) return true
    return !this.#forMemory.isEmpty && (topic.partitions.length > 0 || !isKnown(topic))
  }

  /** Lets records enter. What can never be sent has been refused before. */
  enter(records: WaitingRecords): void {
    const { topic } = records
    const place = new Place(records, this)
    if (topic.waiting.isEmpty && isKnown(topic)) place.goOn()
    else topic.waiting.add(place)
  }

  /** Lets in as many as find a batch, in order, and fails those whose time is over. Returns the next deadline. */
  tick(topics: Iterable<TopicState>, now: Timestamp): Timestamp {
    let next = NEVER
    if (this.#parts.flushes.waits === 0) return next
    for (const topic of topics) if (!topic.waiting.isEmpty) next = earliest(next, topic.waiting.tick(now))
    // Whoever has found the topic may wait for memory now, and its next record for a partition.
    next = earliest(next, this.#forMemory.tick(now))
    for (const { beyond, askedFor } of topics)
      for (const calls of [beyond, askedFor]) if (!calls.isEmpty) next = earliest(next, calls.expire(now))
    return next
  }

  /** Fails all records, each call with an error of its own. */
  failAll(topics: Iterable<TopicState>, newError: () => KafkaError): void {
    for (const topic of topics) {
      topic.waiting.failAll(newError)
      topic.beyond.failAll(newError)
      topic.askedFor.failAll(newError)
    }
    this.#forMemory.failAll(newError)
  }

  // What a place in the room asks of it.

  get flushes(): Flushes {
    return this.#parts.flushes
  }

  get counters(): ProducerCounters {
    return this.#parts.counters
  }

  joinMemoryLine(place: PendingCall, isCall: boolean): void {
    if (isCall) this.#callsForMemory += 1
    this.#forMemory.add(place)
    this.#parts.askForMemory()
  }

  leaveMemoryLine(isCall: boolean): void {
    if (isCall) this.#callsForMemory -= 1
  }
}

/** The place of some records in the room: at their topic, beyond it, or in the line for memory. */
class Place implements PendingCall {
  readonly #records: WaitingRecords
  readonly #room: WaitingRoom
  readonly #number: number
  #waitsFor: WaitedFor = 'metadata'
  /** The time since which they wait for memory, if they do. */
  #memorySince = 0

  constructor(records: WaitingRecords, room: WaitingRoom) {
    this.#records = records
    this.#room = room
    this.#number = room.flushes.waitBegins()
  }

  get deadline(): Timestamp {
    return this.#isForMemory ? this.#records.memoryDeadline : this.#records.metadataDeadline
  }

  attempt(): boolean {
    const records = this.#records
    if (!isKnown(records.topic)) return false
    if (this.#isForMemory || this.#room.isEmpty) {
      const outcome = records.attempt()
      if (outcome === 'appended') return this.#leave()
      if (outcome === 'full' && this.#isForMemory) return false
    }
    return records.isRefused() ? this.#leave() : this.goOn()
  }

  fail(error: KafkaError): void {
    const { counters } = this.#room
    const { recordsLeft, isAwaited } = this.#records
    if (this.#isForMemory && isAwaited && error instanceof TimeoutError) counters.exhausted(recordsLeft)
    counters.refused(recordsLeft)
    this.#records.fail(error)
    this.#leave()
  }

  lateError(): KafkaError {
    return this.#records.lateError(this.#waitsFor)
  }

  /** Waits for what is missing after the topic: the partition of the record whose turn it is, or memory. */
  goOn(): true {
    this.#leaveMemory()
    const { lacksPartition, topic, isAwaited } = this.#records
    if (lacksPartition) {
      this.#waitsFor = 'partition'
      topic.beyond.add(this)
    } else {
      this.#waitsFor = 'memory'
      this.#memorySince = this.#room.counters.now
      this.#room.joinMemoryLine(this, isAwaited)
    }
    return true
  }

  get #isForMemory(): boolean {
    return this.#waitsFor === 'memory'
  }

  #leave(): true {
    this.#leaveMemory()
    this.#room.flushes.waitEnds(this.#number)
    return true
  }

  #leaveMemory(): void {
    if (!this.#isForMemory) return
    const { isAwaited } = this.#records
    if (isAwaited) this.#room.counters.waited(this.#memorySince)
    this.#room.leaveMemoryLine(isAwaited)
  }
}
