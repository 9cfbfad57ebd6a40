import type { Clock } from '../../base/clock.js'
import { SampledTotals, type SampleWindow } from '../../base/sampled-totals.js'
import type { BatchReport, BatchSends } from '../batches/batch-report.js'
import { compressionRate } from '../sender/sender-counters.js'

const WAITED_NS = 0
const EXHAUSTED = 1
const ERRORS = 2
const RECORD_BYTES_MAX = 0
const SHAPE = { totals: 3, maxima: 1 }

const TOPIC_RECORDS = 0
const TOPIC_BYTES = 1
const TOPIC_COMPRESSION_RATES = 2
const TOPIC_RETRIES = 3
const TOPIC_ERRORS = 4
const TOPIC_SENDS = 5
const TOPIC_SHAPE = { totals: 6, maxima: 0 }

/** The sums of a window, or since the producer began. */
export interface ApplicationSums {
  /** Nanoseconds that calls waited for memory, all calls together. */
  readonly waitedNs: number
  /** Records that found no memory, in time or at once. */
  readonly exhausted: number
  /** Records that were refused, or not written. */
  readonly errors: number
}

/**
 * The sums of a window, or since the topic was first written to. A batch counts when it is acknowledged or given up.
 */
export interface TopicSums {
  /** How often batches were sent; the next three count once for each time. */
  readonly sends: number
  readonly records: number
  readonly bytes: number
  readonly compressionRates: number
  /** Records that were sent again. */
  readonly retries: number
  readonly errors: number
}

/**
 * What a producer counts on the application's thread: a few numbers for each batch that is reported, and who had to
 * wait.
 */
export class ProducerCounters {
  readonly #clock: Clock
  readonly #window: SampleWindow
  readonly #counts: SampledTotals
  readonly #topics = new Map<string, SampledTotals>()

  constructor(clock: Clock, window: SampleWindow) {
    this.#clock = clock
    this.#window = window
    this.#counts = new SampledTotals(SHAPE, window)
  }

  get now(): number {
    return this.#clock.now()
  }

  get topics(): Iterable<string> {
    return this.#topics.keys()
  }

  /** Counts records that have found no memory: in time, or at once where nobody waits. */
  exhausted(records: number): void {
    this.#counts.happens(this.now)
    this.#counts.add(EXHAUSTED, records)
  }

  /** Counts a wait for memory that began then and is over. */
  waited(since: number): void {
    const { now } = this
    this.#counts.happens(now)
    this.#counts.add(WAITED_NS, (now - since) * 1e6)
  }

  /** Counts records that were refused, as by an error of `KafkaProducer.doSend`. */
  refused(records: number): void {
    this.#counts.happens(this.now)
    this.#counts.add(ERRORS, records)
  }

  /** Counts a report. `largestRecordBytes` is of any batch, since it was asked for last; 0: there was no record. */
  settled(report: BatchReport, sent: BatchSends, largestRecordBytes: number): void {
    const { topic, recordCount, error } = report
    const { sends, bytes } = sent
    const { now } = this
    this.#counts.happens(now)
    if (largestRecordBytes > 0) this.#counts.max(RECORD_BYTES_MAX, largestRecordBytes)
    if (error !== 'NONE') this.#counts.add(ERRORS, recordCount)
    const counts = this.#topic(topic)
    counts.happens(now)
    counts.add(TOPIC_SENDS, sends)
    counts.add(TOPIC_RECORDS, recordCount * sends)
    counts.add(TOPIC_BYTES, bytes * sends)
    if (sends > 0) counts.add(TOPIC_COMPRESSION_RATES, compressionRate(sent) * sends)
    counts.add(TOPIC_RETRIES, recordCount * Math.max(0, sends - 1))
    if (error !== 'NONE') counts.add(TOPIC_ERRORS, recordCount)
  }

  sums(): ApplicationSums {
    return sumsOf((field) => this.#counts.total(field))
  }

  /** The sums within the window. `recordBytesMax` is NaN where there was no record. */
  within(now: number): ApplicationSums & { readonly seconds: number; readonly recordBytesMax: number } {
    const { seconds, sum, max } = this.#counts.within(now)
    return { ...sumsOf(sum), seconds, recordBytesMax: max(RECORD_BYTES_MAX) }
  }

  topicSums(topic: string): TopicSums {
    return topicSumsOf((field) => this.#topic(topic).total(field))
  }

  topicWithin(topic: string, now: number): TopicSums & { readonly seconds: number } {
    const { seconds, sum } = this.#topic(topic).within(now)
    return { ...topicSumsOf(sum), seconds }
  }

  #topic(name: string): SampledTotals {
    let counts = this.#topics.get(name)
    if (counts === undefined) {
      counts = new SampledTotals(TOPIC_SHAPE, this.#window)
      this.#topics.set(name, counts)
    }
    return counts
  }
}

function sumsOf(at: (field: number) => number): ApplicationSums {
  return { waitedNs: at(WAITED_NS), exhausted: at(EXHAUSTED), errors: at(ERRORS) }
}

function topicSumsOf(at: (field: number) => number): TopicSums {
  return {
    sends: at(TOPIC_SENDS),
    records: at(TOPIC_RECORDS),
    bytes: at(TOPIC_BYTES),
    compressionRates: at(TOPIC_COMPRESSION_RATES),
    retries: at(TOPIC_RETRIES),
    errors: at(TOPIC_ERRORS),
  }
}
