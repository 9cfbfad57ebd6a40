import { signature } from '../../base/arguments/shape.js'
import { callback, oneOf } from '../../base/arguments/shapes.js'
import { INTERCEPTOR_CLOSE_MS_MAX } from '../../base/config/internal-limits.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { ClosedError } from '../../base/errors.js'
import type { RecordData } from '../../record/record.js'
import { topicName } from '../argument-shapes.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { RecordDelivery } from '../batches/delivery.js'
import type { KeepsFailures, Outside } from '../dead-letters/dead-letter-office.js'
import {
  type DeadLetterReplay,
  type DeadLetterSource,
  REPLAY,
  type ReplayOptions,
  replayDeadLetters,
} from '../dead-letters/dead-letter-replay.js'
import type { DeadLetterFailure } from '../dead-letters/dead-letters.js'
import { CLOSE, type CloseOptions, type Lifetime } from '../lifetime.js'
import type { SenderCounters, SenderTotals } from '../sender/sender-counters.js'
import { CallbackDelivery } from './callback-delivery.js'
import { asRefusal, checkRecord, deliveryCallback, fieldOr, valueList } from './given-records.js'
import { ParkedRecord } from './parked-record.js'
import type { ProducerErrors } from './producer-errors.js'
import type { ProducerEvents } from './producer-events.js'
import type { ProducerFront } from './producer-front.js'
import type { ProducerInterceptors } from './producer-interceptors.js'
import type { ProducerMetrics } from './producer-metric-tables.js'
import { producerMetrics } from './producer-metrics.js'
import {
  type DeliveryCallback,
  headersIn,
  type ProducerRecord,
  partitionOf,
  type RecordMetadata,
  type SendRequest,
  stampIn,
} from './producer-record.js'
import { lettersOfRefused } from './refused-records.js'
import { Sends } from './sends.js'
import { RecordSerializer, type Serializers } from './serializers.js'
import type { WaitingSendParts } from './waiting-send.js'

export interface ProducerParts<Key, Value> {
  readonly front: ProducerFront
  readonly options: ProducerOptions
  readonly serializers: Serializers<Key, Value>
  readonly interceptors: ProducerInterceptors<Key, Value> | null
  readonly counters: SenderCounters
  readonly errors: ProducerErrors
  readonly events: ProducerEvents
  /** Keeps the records that fail. */
  readonly office: KeepsFailures
  /** See `DeadLetterOfficeParts`. */
  readonly outside: Outside
  /** Ends the sender's thread and what holds the application's half. */
  readonly life: Lifetime
}

/**
 * Sends records, three ways: `send` with a promise, `produce` with a callback, `produce` without one (fire and forget).
 *
 * `produce` encodes or copies the record at once, so its buffers may be reused when the call returns. `send` waits for
 * memory and metadata up to max.block.ms, first come first served, so its buffers are its own until it has settled.
 *
 * With a sink for dead letters, records that fail are written there before the promise rejects or the callback is
 * called. What `produce` throws for is written soon after; `flush` and `close` wait for it.
 */
export class Producer<Key = RecordData, Value = RecordData> {
  readonly #parts: ProducerParts<Key, Value>
  readonly #front: ProducerFront
  readonly #serializer: RecordSerializer<Key, Value>
  readonly #interceptors: ProducerInterceptors<Key, Value> | null
  readonly #office: KeepsFailures
  readonly #sending: WaitingSendParts<Key, Value>
  readonly #sends: Sends<Key, Value>
  #closing: Promise<void> | null = null

  constructor(parts: ProducerParts<Key, Value>) {
    this.#parts = parts
    this.#front = parts.front
    this.#serializer = new RecordSerializer(parts.serializers)
    this.#interceptors = parts.interceptors
    this.#office = parts.office
    this.#sending = { ...parts, serializer: this.#serializer }
    this.#sends = new Sends(this.#sending, parts.interceptors)
  }

  /** KafkaJS's way to begin. Nothing needs it here: the sender connects by itself. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(options?: CloseOptions): Promise<void> {
    return this.close(options)
  }

  /**
   * Resolves when the records are acknowledged as `acks` says, with one entry for each batch that took some of them.
   * Rejects with a KafkaError when one of them was not written; those before it in the call may have been. With a
   * SerializationError, none was.
   */
  send(request: SendRequest<Key, Value>, ...surplus: undefined[]): Promise<RecordMetadata[]> {
    if (this.#closing !== null) return Promise.reject(closed())
    return this.#sends.send(request, surplus)
  }

  /**
   * The fast path: takes the record, and never waits. `false`: it was taken, but less than one batch is free now; await
   * `drained`, or the next one may find no room. A record that finds none is not taken: a BufferExhaustedError is
   * thrown, with the code BUFFER_EXHAUSTED. A record that can never be sent is not taken either, and throws as well.
   *
   * Records for a topic that is not known yet are kept within buffer.memory; what is wrong with them then is told by
   * `onDelivery`, which is called once, later, never from inside this call.
   */
  produce(record: ProducerRecord<Key, Value>, onDelivery?: DeliveryCallback): boolean {
    if (this.#closing !== null) throw closed()
    let taken = record
    let delivery: RecordDelivery | null = null
    if (onDelivery !== undefined || this.#interceptors !== null) {
      delivery = this.#deliveryTo(onDelivery)
      if (this.#interceptors !== null) taken = this.#interceptors.onSend(record)
    }
    this.#take(taken, delivery, true)
    return this.#front.hasRoom()
  }

  /**
   * Does what `produce({ topic, value })` would do for each of the values in turn, in a tight loop. Returns how many of
   * them were taken: all, or else the next one has found no room, and none behind it was looked at; await `drained`,
   * and give those again. A value that can never be sent throws, and those before it were taken.
   *
   * It is the fastest way into a topic: nobody is called back, and the listeners of `undelivered` hear of failures.
   */
  produceMany(topic: string, values: Iterable<Value>, ...surplus: undefined[]): number {
    if (this.#closing !== null) throw closed()
    const [name, all] = PRODUCE_MANY(topic, values, ...surplus)
    const front = this.#front
    const isPlain = this.#interceptors === null && this.#serializer.keepsValues
    for (let next = 0; next < all.length; next++) {
      if (isPlain) {
        const topic = front.topic(name)
        if (!front.hasToWait(topic)) next += front.appendValues(topic, all, next, null)
      }
      if (next < all.length && !this.#takeValue(name, all[next] as Value)) return next
    }
    return all.length
  }

  /** False: there is no room for it. */
  #takeValue(topic: string, value: Value): boolean {
    if (this.#interceptors === null) return this.#take({ topic, value }, null, false)
    // They see it once, so it has to be taken then.
    if (!this.#front.hasRoom()) return false
    this.produce({ topic, value })
    return true
  }

  /** Takes a record. Where there is no room for it, it throws, or else returns false. */
  #take(taken: ProducerRecord<Key, Value>, delivery: RecordDelivery | null, throwsWhenFull: boolean): boolean {
    // All of it is one function, with what is rare outside: V8 builds what it calls into it up to a limit, which a
    // caller would share.
    const front = this.#front
    let key: RecordData = null
    let value: RecordData = null
    let isSerialized = false
    try {
      checkRecord(taken)
      const topic = front.topic(taken.topic)
      key = this.#serializer.key(topic.name, taken.key)
      value = this.#serializer.value(topic.name, taken.value)
      isSerialized = true
      const { headers: givenHeaders, partition: givenPartition, timestamp } = taken
      const headers = givenHeaders === undefined ? null : headersIn(givenHeaders)
      const partition = givenPartition === undefined ? undefined : partitionOf(givenPartition)
      const stamp = timestamp === undefined ? undefined : stampIn(timestamp)
      const outcome = front.hasToWait(topic)
        ? 'unknown'
        : front.append(topic, key, value, headers, partition, stamp, delivery)
      if (outcome === 'appended') return true
      if (outcome === 'unknown') {
        const given = { key, value, headers, partition, timestamp: stamp ?? front.stamp(), delivery }
        if (ParkedRecord.park(this.#sending, topic, given)) return true
      }
      if (throwsWhenFull) throw front.exhausted()
      front.wantRoom()
      return false
    } catch (thrown) {
      const error = asRefusal(thrown)
      // A closure in here would cost every call an allocation, for what it could see.
      this.#noteThrown(error, taken, isSerialized ? [key, value] : null)
      throw error
    }
  }

  /** The delivery of a record; null: nobody is told of it. */
  #deliveryTo(onDelivery: DeliveryCallback | undefined): RecordDelivery | null {
    const told = onDelivery === undefined ? null : deliveryCallback(onDelivery)
    const delivery = told === null ? null : new CallbackDelivery(told, this.#parts.errors)
    return this.#interceptors === null ? delivery : this.#interceptors.aroundRecord(delivery)
  }

  /** Resolves when `produce` may go on after it said false, or threw for want of room; at once if it did not. */
  drained(): Promise<void> {
    return this.#front.drained()
  }

  /** Calls the listener when `produce`, having said false or thrown for want of room, may go on. */
  on(event: 'drain', listener: () => void): this
  /**
   * Calls the listener with each batch that was given up, or record that was kept for one: the only word of it for
   * fire-and-forget records.
   */
  on(event: 'undelivered', listener: (report: BatchReport) => void): this
  /**
   * Calls the listener with dead letters that could not be kept, and why. The sends themselves fail with their own
   * errors.
   */
  on(event: 'deadLetterFailed', listener: (failure: DeadLetterFailure) => void): this
  on(
    event: 'drain' | 'undelivered' | 'deadLetterFailed',
    listener: ((report: BatchReport) => void) & ((failure: DeadLetterFailure) => void),
  ): this {
    this.#parts.events.on(...(ON(event, listener) as [event: 'undelivered', listener: typeof listener]))
    return this
  }

  /** Calls the listener no more. */
  off(event: 'drain' | 'undelivered' | 'deadLetterFailed', listener: (...told: never[]) => void): this {
    const [from, gone] = OFF(event, listener)
    this.#parts.events.off(from, gone as () => void)
    return this
  }

  /** Sends all that was given so far without waiting for linger.ms; resolves when it is acknowledged or given up. */
  async flush(...surplus: undefined[]): Promise<void> {
    FLUSH(...surplus)
    await this.#front.flush()
    await this.#office.idle()
  }

  /**
   * Sends the records of dead letters again: to their topics, and to the partitions that they named, if they did; with
   * their bytes, headers and timestamps. Interceptors see them as they see any send, with those bytes as keys and
   * values. Resolves when all are acknowledged or have failed again. Those that were sent are given up by the source,
   * the others stay in it. Rejects with a DeadLetterReplayError when not all could be read, or the producer has ended
   * meanwhile. One replay of a source at a time.
   */
  async replayDeadLetters(source: DeadLetterSource, options: ReplayOptions = {}): Promise<DeadLetterReplay> {
    if (this.#closing !== null) throw closed()
    const [from, how] = REPLAY(source, options)
    const { outside, life } = this.#parts
    return replayDeadLetters({ source: from, send: (letter) => this.#sends.again(letter), outside, life }, how)
  }

  /**
   * Sends all that was given so far and ends the sender's thread. Later calls fail with a ClosedError; so does what is
   * not acknowledged after `timeoutMs`, by default never: every record has its delivery.timeout.ms. Dead letters that
   * were not written by then are told as not kept, though the sink still gets them, as long as the process lives.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const [{ timeoutMs = Number.POSITIVE_INFINITY }] = CLOSE(options)
    this.#closing ??= this.#close()
    this.#parts.life.endIn(timeoutMs)
    return this.#parts.life.within(this.#closing)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Totals since the producer began: why batches left, how full they were, how long they and their requests took. */
  totals(): SenderTotals {
    return this.#parts.counters.totals()
  }

  /**
   * Kafka's metrics, by Kafka's names (PRODUCER_METRICS says what each is): totals since the producer began, and rates,
   * averages and maxima over a window of metrics.num.samples times metrics.sample.window.ms, as in Kafka. What the
   * sender counts at this moment may be in it by half: a batch whose bytes are not yet there.
   */
  metrics(): ProducerMetrics {
    const { counters: sender, options } = this.#parts
    const { accumulator, counters: application, waitingForMemory: waiting } = this.#front
    const { bytesTotal, bytesAvailable } = accumulator.buffer
    return producerMetrics({ options, sender, application, bytesTotal, bytesAvailable, waiting })
  }

  async #close(): Promise<void> {
    const { life } = this.#parts
    this.#front.accumulator.setClosing()
    await life.whileItLasts(this.flush())
    await life.release()
    await this.#office.close()
    if (this.#interceptors === null) return
    await this.#parts.outside(life.forAtMost(INTERCEPTOR_CLOSE_MS_MAX, this.#interceptors.close()))
  }

  /** Notes a record that `produce` throws for. */
  #noteThrown(error: unknown, record: ProducerRecord<Key, Value>, data: readonly RecordData[] | null): void {
    // Nobody knows what it is.
    const topic = fieldOr(record, 'topic', '')
    const refused = { topic, messages: [record], data, from: 0, createdAt: null }
    const letters = lettersOfRefused([refused], this.#serializer)
    this.#office.keepThrown(error, letters, () => this.#interceptors?.unsent([record], error))
  }
}

const PRODUCE_MANY = signature('produceMany', ['topic', topicName], ['values', valueList])
const FLUSH = signature('flush')
const listening = [
  ['event', oneOf('drain', 'undelivered', 'deadLetterFailed')],
  ['listener', callback()],
] as const
const ON = signature('on', ...listening)
const OFF = signature('off', ...listening)

const closed = (): ClosedError => new ClosedError('The producer is closed')
