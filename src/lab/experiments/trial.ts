import type { GivenConsumerOptions } from '../../base/config/consumer-options.js'
import type { GivenProducerOptions } from '../../base/config/producer-options.js'
import { KafkaError } from '../../base/errors.js'
import type { Admin } from '../../client/admin/admin.js'
import type { Consumer } from '../../client/consumer/consumer.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SenderObserver } from '../../client/sender/sender-observer.js'
import type { History, Read, Sent } from '../history/history.js'
import { type Delivered, HistoryRecorder, type NamedRecord, type Produced } from '../history/history-recorder.js'
import type { OptionsByPart, Workload } from '../measure/workload.js'
import { BatchTimeline } from './batch-timeline.js'
import { RefusedError, UnfinishedError } from './experiment.js'
import { type LabCluster, type LabHost, patienceMs } from './lab-host.js'
import { PARTITION, PartitionWatch, TOPIC } from './partition-watch.js'
import { Recording } from './recording.js'
import {
  checkTrialOptions,
  consumerOptionsOf,
  memberOptionsOf,
  producerOptionsOf,
  trialOptions,
} from './trial-options.js'

const READING_ALONG = 1
const READING_ALL = 2

type TrialParts = OptionsByPart & { readonly tellsBatches: boolean }

/** Stands for an observer where nobody looks. */
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
  /**
   * Whether the recording tells what becomes of each batch, and what the log holds at the end: see `BatchStep`. Default
   * false.
   */
  readonly tellsBatches?: boolean
  /** The smallest replication factor that makes sense. Default 2. */
  readonly replicasMin?: number
}

/** What the consumer that reads along was handed out at once: the records of one answer, up to max.poll.records. */
export interface HandOut {
  /** The moment on the cluster's clock. */
  readonly atMs: number
  readonly reads: readonly Read[]
}

/** The shape of a record; what is absent is as the workload has it, in partition 0 and without a key. */
export interface RecordShape {
  /** The partition that the record goes to; with a key, the one that the key is to lead to. */
  readonly partition?: number
  readonly key?: string
  /** Bytes of the value. */
  readonly bytes?: number
  /** The record's own time; absent: the time of its sending. */
  readonly timestamp?: number
}

/** One run: a cluster with one topic, a consumer that reads along, and everything that clients have seen. */
export class Trial {
  readonly cluster: LabCluster
  readonly recording: Recording
  readonly #workload: Workload
  readonly #options: OptionsByPart
  readonly #admin: Admin
  readonly watch: PartitionWatch
  readonly handOuts: HandOut[] = []
  readonly #recorder: HistoryRecorder
  readonly #pending = new Set<Promise<unknown>>()
  readonly #batches: BatchTimeline
  #tellsBatches: boolean
  #sources = 0
  /** The numbers of the last source. */
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
    this.watch = new PartitionWatch(cluster, this.recording, patienceMs(host))
  }

  /**
   * Starts everything, runs the steps and ends everything. Throws a RefusedError for options that are impossible
   * together, before the steps; what goes wrong in them is not a refusal, but an UnfinishedError.
   */
  static async run<Result>(
    host: LabHost,
    workload: Workload,
    seed: number,
    steps: (trial: Trial) => Promise<Result>,
    { tellsBatches = false, replicasMin = 2 }: TrialOptions = {},
  ): Promise<Result> {
    const options = trialOptions(workload)
    const opening: { trial: Trial | null } = { trial: null }
    const observe = (): SenderObserver => (opening.trial === null ? NOBODY : opening.trial.#observer())
    const cluster = await orRefused(() => {
      checkTrialOptions(workload, options, replicasMin)
      return host.start({ ...options.broker, brokers: workload.brokers, seed }, tellsBatches ? observe : undefined)
    })
    try {
      const trial = new Trial(host, cluster, workload, { ...options, tellsBatches })
      opening.trial = trial
      await orRefused(() => trial.#createTopic())
      await trial.watch.untilView(({ isr }) => isr.length === workload.replicationFactor)
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

  get partitions(): readonly number[] {
    return Array.from({ length: this.#workload.partitions }, (_, partition) => partition)
  }

  /** Records that were read so far by the consumer that reads along. */
  get readings(): readonly Read[] {
    return this.#recorder.read
  }

  /** Makes a consumer that has read nothing and is a member of a group, if the options name one. */
  member(options: GivenConsumerOptions): Consumer {
    return this.cluster.doors.consumer({ ...memberOptionsOf(this.#options), ...options })
  }

  source(options: GivenProducerOptions = {}): Source {
    const all = { ...producerOptionsOf(this.#options), ...options }
    const acks = all.acks === 'all' || all.acks === undefined ? -1 : (Number(all.acks) as Sent['acks'])
    this.#numbers = new Map()
    const producer = this.cluster.doors.producer(all)
    return { index: this.#sources++, producer, acks, sent: 0, numbers: this.#numbers }
  }

  /** Makes the observer of the producer that is being made. */
  #observer(): SenderObserver {
    if (!this.#tellsBatches) return NOBODY
    const numbers = this.#numbers
    return this.#batches.observer(this.#sources, (partition) => numbers.get(partition) ?? [])
  }

  /** Sends one record. Resolves when it is acknowledged or given up. */
  send(
    source: Source,
    { partition = PARTITION, key, bytes = this.#workload.recordBytes, timestamp }: RecordShape = {},
  ): Promise<Delivered> {
    const record = {
      producer: source.index,
      number: source.sent++,
      topic: TOPIC,
      partition,
      acks: source.acks,
      bytes,
      ...(key !== undefined && { key }),
      ...(timestamp !== undefined && { timestamp }),
    }
    this.#note(source, record)
    return this.#settling(this.#recorder.send(source.producer, record))
  }

  /** Takes the fast path. Returns null when there was no room for the record, and the next one will be the same. */
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

  /** Resolves when the consumer that reads along has read so many records. */
  async untilRead(count: number): Promise<void> {
    await this.watch.untilView(() => this.readings.length >= count)
  }

  /** Reads every partition from its beginning, up to a record that is written behind all others. */
  async readEverything(): Promise<History> {
    await this.settled()
    // The writer of the last record is not part of what is looked at.
    const tellsBatches = this.#tellsBatches
    this.#tellsBatches = false
    const last = this.source({ acks: 'all', 'max.block.ms': this.watch.patienceMs })
    const sends = this.partitions.map((partition) => this.send(last, { partition }))
    await this.cluster.run(Promise.all(sends))
    await this.#consume(READING_ALL)
    const isLast = ({ consumer, producer }: Read): boolean => consumer === READING_ALL && producer === last.index
    await this.watch.untilView(() => this.readings.filter(isLast).length >= sends.length)
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
    // The cluster tells its end to its clients as an error; here it is expected.
    consumer.stopped.catch(() => {})
  }

  #take(consumer: number, batch: LentBatch): void {
    this.recording.sawHighWatermark(batch.highWatermark)
    const before = this.readings.length
    this.#recorder.take(consumer, batch, () => {
      if (consumer === READING_ALONG) this.recording.mark('read')
    })
    if (consumer === READING_ALONG) this.handOuts.push({ atMs: this.cluster.now(), reads: this.readings.slice(before) })
  }
}

/** Asks, and throws what Kafka refuses as a RefusedError. */
async function orRefused<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KafkaError && error.code.startsWith('INVALID_'))
      throw new RefusedError(error.message, { cause: error })
    throw error
  }
}
