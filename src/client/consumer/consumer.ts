import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { ConfigError, KafkaError } from '../../base/errors.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { KeptRecord } from '../../record/lent-record.js'
import { CLOSE, type CloseOptions, type Lifetime } from '../lifetime.js'
import type { AssignedPartition } from './assigned-partitions.js'
import {
  PAUSE,
  POLL,
  POSITION,
  RESUME,
  readAssignments,
  readRunRequest,
  SEEK,
  SUBSCRIBE,
} from './consumer-arguments.js'
import type { ConsumerFront } from './consumer-front.js'
import type { HandlerModule, RecordHandler } from './handler.js'
import type { LentBatch } from './lent-batch.js'
import { closed, type Loop, Pulling } from './pulling.js'
import { Running } from './running.js'

export interface ConsumerParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly clock: Clock
  readonly wake: () => void
  /** Ends the consumer's thread and what holds the application's half. */
  readonly life: Lifetime
}

/**
 * Default of a consumer's close; a handler module that returns to nobody is ended then. Kafka has 30 s, in which it
 * also leaves its group.
 */
const CLOSE_MS = 10_000

type Use = 'run' | 'poll' | 'iterate'

export interface Subscription {
  readonly topic?: string
  readonly topics?: readonly string[]
  /** True: from the earliest record, false: from the latest; absent: as auto.offset.reset says. */
  readonly fromBeginning?: boolean
}

/** An offset as somebody may have it: KafkaJS's are texts. A BigInt must be one that a number holds exactly. */
export type GivenOffset = number | bigint | string

/** A partition and, if it is not to begin where auto.offset.reset says, the first offset wanted. */
export interface Assignment extends PartitionName {
  readonly offset?: GivenOffset
}

/** Either a closure on this thread, or a module that runs inside the consumer's thread. */
export type RunRequest = RecordHandler | HandlerModule

/**
 * Reads records. One of three ways at a time: `run` calls a handler, `poll` hands out lent records, `for await` gives
 * records that may be kept. Positions are not committed yet: a new consumer begins where auto.offset.reset says.
 */
export class Consumer implements AsyncIterable<KeptRecord> {
  readonly #parts: ConsumerParts
  readonly #front: ConsumerFront
  readonly #pulling: Pulling
  readonly #running: Running
  /** The use that goes on until it ends. */
  #use: Exclude<Use, 'poll'> | null = null
  #hasPolled = false
  #closing: Promise<void> | null = null

  constructor(parts: ConsumerParts) {
    this.#parts = parts
    this.#front = parts.front
    this.#pulling = new Pulling(parts)
    const onEnd = (): void => {
      this.#use = null
    }
    this.#running = new Running({ ...parts, onEnd })
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(options?: CloseOptions): Promise<void> {
    return this.close(options)
  }

  /**
   * Reads all partitions of these topics instead of what was read before; an empty list, as in Kafka: nothing. Resolves
   * when every position is known, so that what is sent from then on is read, or when a later call has replaced this
   * one.
   */
  async subscribe(subscription: Subscription): Promise<void> {
    this.#checkOpen()
    const [{ topic, topics, fromBeginning }] = SUBSCRIBE(subscription)
    if (topic === undefined && topics === undefined)
      throw new ConfigError('topics', 'Cannot subscribe without a topic: name one, or give a list')
    const names = [...new Set([...(topics ?? []), ...(topic === undefined ? [] : [topic])])]
    const reset = fromBeginning === undefined ? null : fromBeginning ? 'earliest' : 'latest'
    await this.#front.assign({ topics: names, partitions: [], reset })
  }

  /**
   * Reads exactly these partitions. One with an offset is read from there at once; one without from where it was, or as
   * auto.offset.reset says. Resolves when every position is known, or when a later call has replaced this one.
   */
  async assign(assignments: readonly Assignment[]): Promise<void> {
    this.#checkOpen()
    const partitions = readAssignments(assignments)
    await this.#front.assign({ topics: [], partitions, reset: null })
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
    const assigned = this.#assigned(name)
    const end = this.#pulling.endOfPolled(name)
    return end >= 0 ? end : this.#front.assigned.positionOf(assigned)
  }

  /**
   * Reads on from this offset: a number, `earliest` or `latest`. From the call on, nothing else is handed out of the
   * partition. Resolves when the position is known.
   */
  async seek(place: PartitionName & { readonly offset: GivenOffset | 'earliest' | 'latest' }): Promise<void> {
    this.#checkOpen()
    const [{ offset, ...name }] = SEEK(place)
    await this.#front.seek(this.#assigned(name), offset)
  }

  /** Hands out nothing of these partitions until `resume`, and fetches nothing of them. What was fetched is kept. */
  async pause(partitions: readonly PartitionName[]): Promise<void> {
    this.#checkOpen()
    const [names] = PAUSE(partitions)
    await this.#front.pause(
      names.map((name) => this.#assigned(name)),
      true,
    )
  }

  async resume(partitions: readonly PartitionName[]): Promise<void> {
    this.#checkOpen()
    const [names] = RESUME(partitions)
    await this.#front.pause(
      names.map((name) => this.#assigned(name)),
      false,
    )
  }

  /**
   * Calls the handler with every record from now on. Resolves when it has begun; how it ends is told by `stopped`. A
   * module runs inside the consumer's thread, a closure on this one. Rejects for a module that cannot be loaded or that
   * makes no handler.
   */
  async run(request: RunRequest): Promise<void> {
    const given = readRunRequest(request)
    this.#begin('run')
    this.#pulling.leave()
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
    return this.#pulling.poll(waitMs)
  }

  /**
   * Records that may be kept, one after the other, until the consumer is closed. A loop that is left, or that `wakeup`
   * has ended, may be followed by another one, or by a poll: nothing is lost.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<KeptRecord> {
    const loop: Loop = {
      isLeft: false,
      begin: () => this.#begin('iterate'),
      end: () => {
        this.#use = null
      },
    }
    const records = this.#pulling.records(loop)
    return {
      next: () => records.next(),
      // Whoever leaves while a record is waited for does not wait for it.
      return: () => {
        this.#pulling.leaveLoop(loop)
        return records.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /**
   * Ends a `poll` that waits, or a loop that waits for its next record, with a WakeupError; if none waits, the next one
   * ends so. Kafka's: the way to end a long poll from elsewhere. Nothing is lost. A consumer that runs a handler waits
   * for nothing, and goes on.
   */
  wakeup(): void {
    if (this.#use !== 'run') this.#pulling.wakeup()
  }

  /**
   * Ends the consumer's thread. A handler that is at work may go on reading what it was lent; a handler module that
   * does not return within `timeoutMs`, by default 10 s, is ended where it is. What is pending fails with a
   * ClosedError.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const [{ timeoutMs = CLOSE_MS }] = CLOSE(options)
    this.#closing ??= this.#close()
    this.#parts.life.endIn(timeoutMs)
    return this.#parts.life.within(this.#closing)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#pulling.end()
    const held = this.#running.stop()
    await this.#front.stop(held, closed()).catch(() => {})
    this.#parts.life.end()
    this.#running.end()
    await this.#parts.life.release()
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closed()
    if (this.#front.fatal !== null) throw this.#front.fatal
  }

  /** Kafka: `ConcurrentModificationException`. */
  #begin(use: Use): void {
    this.#checkOpen()
    // Whoever polls may go on in a loop, and the other way round; a handler would take the records away from under the
    // next poll.
    const isPolled = use === 'run' ? this.#hasPolled : this.#pulling.isPolling
    const current = isPolled ? 'poll' : this.#use
    if (current !== null) {
      const says = `Cannot ${use} while this consumer is used by ${current}`
      throw new ConfigError(use, `${says}: a consumer hands out its records in one way at a time, and to one caller`)
    }
    if (use === 'poll') this.#hasPolled = true
    else this.#use = use
    if (use !== 'run') this.#front.wantSlices()
  }

  #assigned(name: PartitionName): AssignedPartition {
    const assigned = this.#front.assigned.find(name)
    if (assigned !== undefined) return assigned
    throw new KafkaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `Partition ${name.partition} of '${name.topic}' is not assigned to this consumer`,
    )
  }
}
