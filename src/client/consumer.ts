import type { Clock } from '../base/clock.js'
import type { ConsumerOptions } from '../base/config/consumer-options.js'
import { ClosedError, ConfigError, KafkaError } from '../base/errors.js'
import { timestamp } from '../base/ids.js'
import type { PartitionName } from '../protocol/messages.js'
import type { KeptRecord } from '../record/consumer-record.js'
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
import { type FetchedSlice, whyUnreadable } from './fetched-slice.js'
import type { HandlerModule, HandlingEnd, RecordHandler } from './handler.js'
import { Handling } from './handling.js'
import { KeptRecords } from './kept-records.js'
import { LentBatch } from './lent-batch.js'
import { CLOSE, type CloseOptions, type Lifetime } from './lifetime.js'
import { type Deferred, deferred } from './pending-calls.js'
import { type OpenSlice, openSlice } from './slice-cursor.js'

export interface ConsumerParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly clock: Clock
  readonly wake: () => void
  /** Ends the consumer's thread and what holds the application's half. */
  readonly life: Lifetime
}

/** Default of a consumer's close; a handler module that returns to nobody is ended then. Kafka has 30 s, in which it also leaves its group. */
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
 * Reads records. One of three ways at a time: `run` calls a handler, `poll` hands out lent records, `for await` gives records
 * that may be kept. Positions are not committed yet: a new consumer begins where auto.offset.reset says.
 */
export class Consumer implements AsyncIterable<KeptRecord> {
  readonly #parts: ConsumerParts
  readonly #front: ConsumerFront
  #handling: Handling | null = null
  #use: Use | null = null
  #open: OpenSlice | null = null
  #polled: LentBatch | null = null
  /** Of partitions that could not be read on. */
  #failures: FetchedSlice[] = []
  readonly #stopped: Deferred<void> = deferred()
  #closing: Promise<void> | null = null

  constructor(parts: ConsumerParts) {
    this.#parts = parts
    this.#front = parts.front
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(): Promise<void> {
    return this.close()
  }

  /** Reads all partitions of these topics. Resolves when every position is known: what is sent from then on is read. */
  async subscribe(subscription: Subscription): Promise<void> {
    this.#checkOpen()
    const [{ topic, topics: listed = [], fromBeginning }] = SUBSCRIBE(subscription)
    const topics = [...new Set(topic === undefined ? listed : [...listed, topic])]
    if (topics.length === 0) throw new ConfigError('topics', 'Cannot subscribe to nothing: name at least one topic')
    const reset = fromBeginning === undefined ? null : fromBeginning ? 'earliest' : 'latest'
    await this.#front.assign({ api: 'Assign', topics, partitions: [], reset })
  }

  /** Reads exactly these partitions. Resolves when every position is known. */
  async assign(given: readonly Assignment[]): Promise<void> {
    this.#checkOpen()
    const assignments = readAssignments(given)
    const partitions = assignments.map(({ topic, partition }) => ({ topic, partition }))
    const isPlaced = assignments.length > 0 && assignments.every(({ offset }) => offset !== undefined)
    // With auto.offset.reset none, only an explicit offset is a position; where it is looked up meanwhile does not matter.
    await this.#front.assign({ api: 'Assign', topics: [], partitions, reset: isPlaced ? 'latest' : null })
    for (const { topic, partition, offset } of assignments) {
      if (offset !== undefined) await this.seek({ topic, partition, offset })
    }
  }

  get assignment(): readonly PartitionName[] {
    return this.#front.assigned.map(({ name }) => name)
  }

  /** The offset of the next record that will be handed out; throws if the partition is not assigned. */
  position(given: PartitionName): number {
    const [name] = POSITION(given)
    const { position } = this.#indexed(name)
    const polled = this.#open?.cursor.slice
    const isPolled = polled?.topic === name.topic && polled.partition === name.partition
    // What a poll has handed out counts as read, looked at or not.
    return isPolled && this.#polled !== null && this.#front.isCurrent(polled) ? this.#polled.endOffset : position
  }

  /** Reads on from this offset: a number, `earliest` or `latest`. Resolves when the position is known. */
  async seek(place: PartitionName & { readonly offset: GivenOffset | 'earliest' | 'latest' }): Promise<void> {
    this.#checkOpen()
    const [{ offset, ...name }] = SEEK(place)
    await this.#front.seek(this.#indexed(name).index, offset)
  }

  /** Hands out nothing of these partitions until `resume`, and fetches nothing of them. */
  async pause(partitions: readonly PartitionName[]): Promise<void> {
    this.#checkOpen()
    const [names] = PAUSE(partitions)
    await this.#front.pause(
      names.map((name) => this.#indexed(name).index),
      true,
    )
  }

  async resume(partitions: readonly PartitionName[]): Promise<void> {
    this.#checkOpen()
    const [names] = RESUME(partitions)
    await this.#front.pause(
      names.map((name) => this.#indexed(name).index),
      false,
    )
  }

  /**
   * Calls the handler with every record from now on. Resolves when it has begun; how it ends is told by `stopped`. A
   * module runs inside the consumer's thread, a closure on this one.
   */
  async run(request: RunRequest): Promise<void> {
    const given = readRunRequest(request)
    this.#begin('run')
    if ('module' in given) this.#runModule(given)
    else this.#runClosure(given)
  }

  /**
   * Settles when handling ends: resolves after `close`, rejects when the handler threw or a partition cannot be read on. Nobody
   * who waits for it: Node reports the rejection as unhandled.
   */
  get stopped(): Promise<void> {
    return this.#stopped.promise
  }

  /**
   * At most max.poll.records lent records of one partition, or null if none came within `timeoutMs`. They are valid until the
   * next call of `poll`: see LentBatch. Throws while a partition cannot be read on.
   */
  async poll(timeoutMs: number): Promise<LentBatch | null> {
    const [waitMs] = POLL(timeoutMs)
    if (this.#use !== 'poll') this.#begin('poll')
    this.#endPoll()
    this.#putBackIfPaused()
    const deadline = this.#parts.clock.now() + waitMs
    for (;;) {
      this.#open ??= await this.#nextSlice(deadline)
      if (this.#open === null) return null
      this.#polled = new LentBatch(this.#open.cursor, this.#parts.options['max.poll.records'])
      if (this.#front.isCurrent(this.#open.cursor.slice) && this.#polled.hasRecords) return this.#polled
      this.#closeSlice()
    }
  }

  /** Records that may be kept, one after the other, until the consumer is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<KeptRecord> {
    this.#begin('iterate')
    try {
      for (;;) {
        this.#open = await this.#nextSlice(Number.POSITIVE_INFINITY)
        if (this.#open === null) return
        const { slice } = this.#open.cursor
        const records = new KeptRecords(slice)
        // Once the consumer is closed or the partition sought, the slice is not to be looked at.
        while (this.#closing === null && this.#front.isCurrent(slice)) {
          const record = records.next()
          if (record === null) break
          this.#front.handled(slice, record.offset + 1)
          yield record
          if (this.#front.isPaused(slice)) break
        }
        this.#putBackIfPaused()
        this.#closeSlice()
      }
    } finally {
      // A loop that was left may be followed by another one.
      this.#putBack()
      this.#use = null
    }
  }

  /**
   * Ends the consumer's thread. A handler that is at work may go on reading what it was lent; a handler module that does not
   * return within `timeoutMs`, by default 10 s, is ended where it is. What is pending fails with a ClosedError.
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
    this.#endPoll()
    this.#closeSlice()
    this.#handling?.stop()
    await this.#front.stop(this.#handling?.isWaiting === true ? 1 : 0).catch(() => {})
    this.#parts.life.end()
    this.#stopped.resolve()
    await this.#parts.life.release()
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closed()
    if (this.#front.fatal !== null) throw this.#front.fatal
  }

  #begin(use: Use): void {
    this.#checkOpen()
    if (this.#use !== null) {
      throw new ConfigError(
        use,
        `Cannot ${use} while this consumer is used by ${this.#use}: a consumer hands out its records in one way at a time`,
      )
    }
    this.#use = use
    if (use !== 'run') this.#front.wantsSlices = true
  }

  #runModule({ module, options }: HandlerModule): void {
    this.#front.run({ module: String(module), options }).then(
      ({ error, says }) => {
        if (error === 'NONE') this.#stopped.resolve()
        else this.#crash(new KafkaError(error, `The handler module ${String(module)} has stopped: ${says}`))
      },
      (error) => (this.#closing === null ? this.#crash(error) : undefined),
    )
  }

  #runClosure(handler: RecordHandler): void {
    const { options, wake } = this.#parts
    const handling = new Handling({
      source: this.#front,
      handler,
      options: { pollRecordsMax: options['max.poll.records'], lend: options['odradek.lend'] },
      wake,
      onEnd: (end) => this.#crash(endError(end)),
      onHandled: (slice, nextOffset) => this.#front.handled(slice, nextOffset),
    })
    this.#handling = handling
    this.#front.onTurn = () => this.#front.fatal === null && handling.step()
    this.#front.onEnd = (error) => this.#crash(error)
    this.#front.wantsSlices = true
  }

  #crash(error: unknown): void {
    this.#handling?.stop()
    // Who closes the cluster has closed the consumer.
    if (error instanceof ClosedError) this.#stopped.resolve()
    else if (this.#closing === null) this.#stopped.reject(error)
  }

  #endPoll(): void {
    const polled = this.#polled
    if (polled === null) return
    this.#polled = null
    polled.end()
    if (this.#open !== null) this.#front.handled(this.#open.cursor.slice, polled.nextOffset)
  }

  /** What is left of an open slice waits for its partition to be resumed. */
  #putBackIfPaused(): void {
    if (this.#open !== null && this.#front.isPaused(this.#open.cursor.slice)) this.#putBack()
  }

  /** What is left of an open slice is handed out later, if it is still wanted. */
  #putBack(): void {
    const open = this.#open
    if (open === null) return
    const { slice } = open.cursor
    if (!this.#front.isCurrent(slice)) return this.#closeSlice()
    this.#open = null
    open.endLoan()
    const { position } = this.#indexed(slice)
    this.#front.putBack({ ...slice, fetchOffset: Math.max(slice.fetchOffset, position) })
  }

  async #nextSlice(deadline: number): Promise<OpenSlice | null> {
    this.#tellFailure()
    const slice = await this.#front.nextSlice(timestamp(deadline))
    if (slice === null) {
      if (this.#closing === null && this.#front.fatal !== null) throw this.#front.fatal
      return null
    }
    if (slice.error !== 'NONE') {
      this.#failures.push(slice)
      this.#tellFailure()
    }
    return openSlice(slice, this.#parts.options['odradek.lend'])
  }

  /** As in Kafka, each poll throws until the partition is sought, paused or taken away. */
  #tellFailure(): void {
    this.#failures = this.#failures.filter((slice) => this.#front.isCurrent(slice))
    const failed = this.#failures.find((slice) => !this.#front.isPaused(slice))
    if (failed !== undefined) throw endError({ type: 'partition', error: failed.error, says: whyUnreadable(failed) })
  }

  #closeSlice(): void {
    this.#open?.close()
    this.#open = null
    this.#polled = null
  }

  #indexed(name: PartitionName): { readonly index: number; readonly position: number } {
    const assigned = this.#front.find(name)
    if (assigned !== undefined) return assigned
    throw new KafkaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `Partition ${name.partition} of '${name.topic}' is not assigned to this consumer`,
    )
  }
}

const closed = (): ClosedError => new ClosedError('The consumer is closed')

function endError(end: HandlingEnd): unknown {
  if (end.type === 'handler') return end.cause
  return new KafkaError(end.error, `${end.says}: ${end.error}`)
}
