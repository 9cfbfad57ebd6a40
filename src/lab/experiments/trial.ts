import { type GivenConsumerOptions, parseConsumerOptions } from '../../base/config/consumer-options.js'
import { type GivenProducerOptions, parseProducerOptions } from '../../base/config/producer-options.js'
import { TOPIC_OPTIONS } from '../../base/config/topic-options.js'
import { ConfigError, KafkaError, TimeoutError } from '../../base/errors.js'
import type { Admin } from '../../client/admin/admin.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SenderObserver } from '../../client/sender/sender-observer.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { recordBytes } from '../../record/record-encoder.js'
import type { History, Read, Sent } from '../history/history.js'
import { type Delivered, HistoryRecorder, type NamedRecord, type Produced } from '../history/recorder.js'
import { type OptionsByPart, optionsByPart, type Workload } from '../measure/workload.js'
import { BatchTimeline } from './batch-timeline.js'
import { RefusedError, UnfinishedError } from './experiment.js'
import { type LabCluster, type LabHost, patienceMs } from './lab-host.js'
import { type PartitionView, Recording } from './recording.js'

const TOPIC = 'lab'
/** The one that is looked at, and written to unless another one is named. */
const PARTITION = 0
const READING_ALONG = 1
const READING_ALL = 2

/** Followers come back quickly, and segments are as small as these logs. */
const BROKERS = { 'replica.fetch.backoff.ms': 100, 'log.segment.bytes': 2 ** 20, 'metadata.log.segment.bytes': 2 ** 20 }
/** With several requests in flight, a retry may change the order, which is another experiment's matter. */
const PRODUCERS = {
  'max.in.flight.requests.per.connection': 1,
  'buffer.memory': 2 ** 20,
  'retry.backoff.ms': 20,
  'retry.backoff.max.ms': 200,
}
const CONSUMERS = { 'fetch.max.wait.ms': 50, 'retry.backoff.ms': 20, 'retry.backoff.max.ms': 200 }

type TrialParts = OptionsByPart & { readonly tellsBatches: boolean }

/** Nobody looks. */
const NOBODY: SenderObserver = { closed() {}, sent() {}, answered() {} }

/** A producer of the experiment; its records carry its index. */
export interface Source {
  readonly index: number
  readonly producer: Producer
  readonly acks: Sent['acks']
  sent: number
  /** The numbers of its records by their partition, in the order of sending. */
  readonly numbers: Map<number, number[]>
}

export interface TrialOptions {
  /** Whether the recording tells what becomes of each batch, and what the log holds at the end: see `BatchStep`. Default false. */
  readonly tellsBatches?: boolean
  /** The smallest replication factor that makes sense. Default 2. */
  readonly replicasMin?: number
}

/** What a record is like; what is absent is as the workload has it, in partition 0 and without a key. */
export interface RecordShape {
  /** Where it goes; with a key, where the key is to lead it. */
  readonly partition?: number
  readonly key?: string
  /** Of the value. */
  readonly bytes?: number
}

/** One run: a cluster with one topic, a consumer that reads along, and everything that clients have seen. */
export class Trial {
  readonly cluster: LabCluster
  readonly recording: Recording
  readonly #workload: Workload
  readonly #options: OptionsByPart
  readonly #admin: Admin
  readonly #patienceMs: number
  readonly #recorder: HistoryRecorder
  readonly #pending = new Set<Promise<unknown>>()
  readonly #batches: BatchTimeline
  #tellsBatches: boolean
  #sources = 0
  /** Of the last source. */
  #numbers: Source['numbers'] = new Map()

  private constructor(
    host: LabHost,
    cluster: LabCluster,
    workload: Workload,
    { tellsBatches, ...options }: TrialParts,
  ) {
    this.cluster = cluster
    this.recording = new Recording(() => cluster.now())
    this.#batches = new BatchTimeline(this.recording)
    this.#recorder = new HistoryRecorder(() => cluster.now())
    this.#workload = workload
    this.#options = options
    this.#tellsBatches = tellsBatches
    this.#admin = cluster.doors.admin()
    this.#patienceMs = patienceMs(host)
  }

  /**
   * Starts everything, runs the steps and ends everything. Throws a RefusedError for options that are impossible together, before
   * the steps; what happens in them is no refusal, but an UnfinishedError.
   */
  static async run<Result>(
    host: LabHost,
    workload: Workload,
    seed: number,
    steps: (trial: Trial) => Promise<Result>,
    { tellsBatches = false, replicasMin = 2 }: TrialOptions = {},
  ): Promise<Result> {
    const options = optionsByPart({ ...workload, options: { ...BROKERS, ...workload.options } })
    const opening: { trial: Trial | null } = { trial: null }
    const observe = (): SenderObserver => (opening.trial === null ? NOBODY : opening.trial.#observer())
    const cluster = await orRefused(() => {
      checkReplicas(workload, replicasMin)
      checkOptions(options)
      checkRecordSize(workload, options)
      return host.start({ ...options.broker, brokers: workload.brokers, seed }, tellsBatches ? observe : undefined)
    })
    try {
      const trial = new Trial(host, cluster, workload, { ...options, tellsBatches })
      opening.trial = trial
      await orRefused(() => trial.#createTopic())
      await trial.untilView(({ isr }) => isr.length === workload.replicationFactor)
      await trial.#consume(READING_ALONG)
      return await steps(trial)
    } catch (error) {
      const { trial } = opening
      throw trial === null || error instanceof RefusedError ? error : new UnfinishedError(error, trial.recording)
    } finally {
      await cluster.doors.close()
    }
  }

  async #createTopic(): Promise<void> {
    const { replicationFactor, partitions } = this.#workload
    const topic = { topic: TOPIC, numPartitions: partitions, replicationFactor, configs: this.#options.topic }
    await this.cluster.run(this.#admin.createTopics({ topics: [topic] }))
  }

  /** Milliseconds after which what has not come never will. */
  get patienceMs(): number {
    return this.#patienceMs
  }

  get partitions(): readonly number[] {
    return Array.from({ length: this.#workload.partitions }, (_, partition) => partition)
  }

  /** Records that were read so far by the consumer that reads along. */
  get readings(): readonly Read[] {
    return this.#recorder.read
  }

  source(options: GivenProducerOptions = {}): Source {
    const all = { ...producerOptionsOf(this.#options), ...options }
    const acks = all.acks === 'all' || all.acks === undefined ? -1 : (Number(all.acks) as Sent['acks'])
    this.#numbers = new Map()
    const producer = this.cluster.doors.producer(all)
    return { index: this.#sources++, producer, acks, sent: 0, numbers: this.#numbers }
  }

  /** Of the producer that is being made. */
  #observer(): SenderObserver {
    if (!this.#tellsBatches) return NOBODY
    const numbers = this.#numbers
    return this.#batches.observer(this.#sources, (partition) => numbers.get(partition) ?? [])
  }

  /** Sends one record. Resolves when it is acknowledged or given up. */
  send(
    source: Source,
    { partition = PARTITION, key, bytes = this.#workload.recordBytes }: RecordShape = {},
  ): Promise<Delivered> {
    const record = {
      producer: source.index,
      number: source.sent++,
      topic: TOPIC,
      partition,
      acks: source.acks,
      bytes,
      ...(key !== undefined && { key }),
    }
    this.#note(source, record)
    return this.#settling(this.#recorder.send(source.producer, record))
  }

  /** The fast path: null says that there was no room for the record, and the next one will be the same. */
  produce(source: Source): Produced | null {
    const { index, sent, acks } = source
    const bytes = this.#workload.recordBytes
    const record = { producer: index, number: sent, topic: TOPIC, partition: PARTITION, acks, bytes }
    const produced = this.#recorder.produce(source.producer, record)
    if (produced === null) return null
    source.sent += 1
    this.#note(source, record)
    return { ...produced, delivered: this.#settling(produced.delivered) }
  }

  #note({ numbers }: Source, { partition, number }: NamedRecord): void {
    const ofPartition = numbers.get(partition) ?? []
    numbers.set(partition, ofPartition)
    ofPartition.push(number)
    this.recording.mark('send')
  }

  #settling(delivery: Promise<Delivered>): Promise<Delivered> {
    const settled = delivery.then((delivered) => {
      this.recording.mark(delivered.error === 'NONE' ? 'acknowledged' : 'failed')
      return delivered
    })
    this.#pending.add(settled)
    settled.then(() => this.#pending.delete(settled))
    return settled
  }

  /** Sends so many records, one after the other, without waiting. */
  sendMany(source: Source, count: number): Promise<Delivered>[] {
    return Array.from({ length: count }, () => this.send(source))
  }

  /** Resolves when every record was acknowledged or given up. */
  async settled(): Promise<void> {
    await this.cluster.run(Promise.all(this.#pending))
  }

  async view(): Promise<PartitionView> {
    const { brokers, topics } = await this.cluster.run(this.cluster.doors.describe())
    const partition = topics.find(({ name }) => name === TOPIC)?.partitions[PARTITION]
    const { leader, leaderEpoch, isr } = partition ?? { leader: -1, leaderEpoch: -1, isr: [] }
    const view = { leader, leaderEpoch, isr, alive: brokers }
    this.recording.see(view)
    return view
  }

  /** Who leads each partition; -1: nobody. */
  async leaders(): Promise<number[]> {
    const { topics } = await this.cluster.run(this.cluster.doors.describe())
    return topics.find(({ name }) => name === TOPIC)?.partitions.map(({ leader }) => leader) ?? []
  }

  /** Looks at the partition until it is so. Throws a TimeoutError when it never is. */
  async untilView(isReached: (view: PartitionView) => boolean): Promise<PartitionView> {
    let view = await this.view()
    for (const end = this.cluster.now() + this.#patienceMs; !isReached(view); view = await this.view()) {
      if (this.cluster.now() > end) throw new TimeoutError(`The partition has not come to it: ${JSON.stringify(view)}`)
      await this.cluster.pass()
    }
    return view
  }

  /** Waits until it is true. Throws a TimeoutError when it never is. */
  async until(isReached: () => boolean, what: string): Promise<void> {
    for (const end = this.cluster.now() + this.#patienceMs; !isReached(); await this.cluster.pass())
      if (this.cluster.now() > end) throw new TimeoutError(`It never came to it that ${what}`)
  }

  /** Resolves when the consumer that reads along has read so many records. */
  async untilRead(count: number): Promise<void> {
    await this.untilView(() => this.readings.length >= count)
  }

  /** Reads every partition from its beginning, up to a record that is written behind all others. */
  async readEverything(): Promise<History> {
    await this.settled()
    // Who writes the last record is no part of what is looked at.
    const tellsBatches = this.#tellsBatches
    this.#tellsBatches = false
    const last = this.source({ acks: 'all', 'max.block.ms': this.#patienceMs })
    const sends = this.partitions.map((partition) => this.send(last, { partition }))
    await this.cluster.run(Promise.all(sends))
    await this.#consume(READING_ALL)
    const isLast = ({ consumer, producer }: Read): boolean => consumer === READING_ALL && producer === last.index
    await this.untilView(() => this.readings.filter(isLast).length >= sends.length)
    if (tellsBatches) {
      this.cluster.tellObservers()
      this.#batches.log(this.readings.filter((read) => read.consumer === READING_ALL && !isLast(read)))
    }
    return this.#recorder.history([READING_ALL])
  }

  async #consume(index: number): Promise<void> {
    const consumer = this.cluster.doors.consumer(consumerOptionsOf(this.#options))
    await this.cluster.run(consumer.assign(this.partitions.map((partition) => ({ topic: TOPIC, partition }))))
    await this.cluster.run(consumer.run({ eachBatch: ({ batch }) => this.#take(index, batch) }))
    // The cluster's end is told to its clients as an error; here it is no news.
    consumer.stopped.catch(() => {})
  }

  #take(consumer: number, batch: LentBatch): void {
    this.recording.sawHighWatermark(batch.highWatermark)
    this.#recorder.take(consumer, batch, () => {
      if (consumer === READING_ALONG) this.recording.mark('read')
    })
  }
}

const producerOptionsOf = ({ producer }: OptionsByPart): GivenProducerOptions => ({ ...PRODUCERS, ...producer })

function consumerOptionsOf({ consumer }: OptionsByPart): GivenConsumerOptions {
  return { 'auto.offset.reset': 'earliest', ...CONSUMERS, ...consumer }
}

/** Throws a ConfigError. */
function checkReplicas({ replicationFactor }: Workload, least: number): void {
  if (replicationFactor < least)
    throw new ConfigError(
      'replication.factor',
      `Cannot set replication.factor to ${replicationFactor}: it must be at least ${least}, or nobody could take over`,
    )
}

/** Throws a ConfigError. */
function checkOptions(options: OptionsByPart): void {
  parseProducerOptions(producerOptionsOf(options))
  parseConsumerOptions(consumerOptionsOf(options))
}

/** Throws a ConfigError for records of which none could ever be written. */
function checkRecordSize({ recordBytes: valueBytes }: Workload, options: OptionsByPart): void {
  const producer = parseProducerOptions(producerOptionsOf(options))
  const { topic, broker } = options
  const compresses = producer['compression.type'] !== 'none'
  const batchMax =
    topic['max.message.bytes'] ?? broker['message.max.bytes'] ?? TOPIC_OPTIONS['max.message.bytes'].default
  const limits: readonly (readonly [name: string, bytes: number])[] = [
    ['max.request.size', producer['max.request.size']],
    ['buffer.memory', producer['buffer.memory']],
    // What a batch takes when it is compressed is not known before.
    ['max.message.bytes', compresses ? Number.POSITIVE_INFINITY : batchMax],
  ]
  const bytes = BATCH_OVERHEAD + recordBytes(0, 0, null, Buffer.alloc(valueBytes), null)
  const [name, most] = limits.reduce((least, one) => (one[1] < least[1] ? one : least))
  if (bytes <= most) return
  throw new ConfigError(
    'record-size',
    `Cannot set record-size to ${valueBytes}: a record takes ${bytes} bytes in a batch of its own, which is more than ${name}, ${most}`,
  )
}

/** What Kafka refuses in what was asked for is a RefusedError. */
async function orRefused<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KafkaError && error.code.startsWith('INVALID_'))
      throw new RefusedError(error.message, { cause: error })
    throw error
  }
}
