import { type GivenConsumerOptions, parseConsumerOptions } from '../../base/config/consumer-options.js'
import { type GivenProducerOptions, parseProducerOptions } from '../../base/config/producer-options.js'
import { ConfigError, KafkaError, TimeoutError } from '../../base/errors.js'
import type { Admin } from '../../client/admin.js'
import type { LentBatch } from '../../client/lent-batch.js'
import type { Producer } from '../../client/producer.js'
import type { History, Read, Sent } from '../history/history.js'
import { type Delivered, HistoryRecorder } from '../history/recorder.js'
import { type OptionsByPart, optionsByPart, type Workload } from '../workload.js'
import { RefusedError } from './experiment.js'
import { type LabCluster, type LabHost, patienceMs } from './lab-host.js'
import { type PartitionView, Recording } from './recording.js'

const TOPIC = 'lab'
const PARTITION = 0
const READING_ALONG = 1
const READING_ALL = 2

/** Followers come back quickly, and segments are as small as these logs. */
const BROKERS = { 'replica.fetch.backoff.ms': 100, 'segment.bytes': 2 ** 20 }
/** With several requests in flight, a retry may change the order, which is another experiment's matter. */
const PRODUCERS = {
  'max.in.flight.requests.per.connection': 1,
  'buffer.memory': 2 ** 20,
  'retry.backoff.ms': 20,
  'retry.backoff.max.ms': 200,
}
const CONSUMERS = { 'fetch.max.wait.ms': 50, 'retry.backoff.ms': 20, 'retry.backoff.max.ms': 200 }

/** A producer of the experiment; its records carry its index. */
export interface Source {
  readonly index: number
  readonly producer: Producer
  readonly acks: Sent['acks']
  sent: number
}

/** One run: a cluster with one partition, a consumer that reads along, and everything that clients have seen. */
export class Trial {
  readonly cluster: LabCluster
  readonly recording: Recording
  readonly #workload: Workload
  readonly #options: OptionsByPart
  readonly #admin: Admin
  readonly #patienceMs: number
  readonly #recorder: HistoryRecorder
  readonly #pending = new Set<Promise<unknown>>()
  #sources = 0

  private constructor(host: LabHost, cluster: LabCluster, workload: Workload, options: OptionsByPart) {
    this.cluster = cluster
    this.recording = new Recording(() => cluster.now())
    this.#recorder = new HistoryRecorder(() => cluster.now())
    this.#workload = workload
    this.#options = options
    this.#admin = cluster.doors.admin()
    this.#patienceMs = patienceMs(host)
  }

  /**
   * Starts everything, runs the steps and ends everything. Throws a RefusedError for options that are impossible together, before
   * the steps; what happens in them is no refusal.
   */
  static async run<Result>(
    host: LabHost,
    workload: Workload,
    seed: number,
    steps: (trial: Trial) => Promise<Result>,
  ): Promise<Result> {
    const options = optionsByPart({ ...workload, options: { ...BROKERS, ...workload.options } })
    const cluster = await orRefused(() => {
      checkOptions(workload, options)
      return host.start({ ...options.broker, brokers: workload.brokers, seed })
    })
    try {
      const trial = new Trial(host, cluster, workload, options)
      await orRefused(() => trial.#createTopic())
      await trial.untilView(({ isr }) => isr.length === workload.replicationFactor)
      await trial.#consume(READING_ALONG)
      return await steps(trial)
    } finally {
      await cluster.doors.close()
    }
  }

  async #createTopic(): Promise<void> {
    const { replicationFactor } = this.#workload
    const topic = { topic: TOPIC, numPartitions: 1, replicationFactor, configs: this.#options.topic }
    await this.cluster.run(this.#admin.createTopics({ topics: [topic] }))
  }

  /** Records that were read so far by the consumer that reads along. */
  get readings(): readonly Read[] {
    return this.#recorder.read
  }

  source(options: GivenProducerOptions = {}): Source {
    const all = { ...producerOptionsOf(this.#options), ...options }
    const acks = all.acks === 'all' || all.acks === undefined ? -1 : (Number(all.acks) as Sent['acks'])
    return { index: this.#sources++, producer: this.cluster.doors.producer(all), acks, sent: 0 }
  }

  /** Sends one record. Resolves when it is acknowledged or given up. */
  send(source: Source): Promise<Delivered> {
    const record = {
      producer: source.index,
      number: source.sent++,
      topic: TOPIC,
      partition: PARTITION,
      acks: source.acks,
      bytes: this.#workload.recordBytes,
    }
    this.recording.mark('send')
    const settled = this.#recorder.send(source.producer, record).then((delivered) => {
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

  /** Looks at the partition until it is so. Throws a TimeoutError when it never is. */
  async untilView(isReached: (view: PartitionView) => boolean): Promise<PartitionView> {
    let view = await this.view()
    for (const end = this.cluster.now() + this.#patienceMs; !isReached(view); view = await this.view()) {
      if (this.cluster.now() > end) throw new TimeoutError(`The partition has not come to it: ${JSON.stringify(view)}`)
      await this.cluster.pass()
    }
    return view
  }

  /** Resolves when the consumer that reads along has read so many records. */
  async untilRead(count: number): Promise<void> {
    await this.untilView(() => this.readings.length >= count)
  }

  /** Reads the whole partition from its beginning, up to a record that is written behind all others. */
  async readEverything(): Promise<History> {
    await this.settled()
    const last = this.source({ acks: 'all' })
    await this.cluster.run(this.send(last))
    await this.#consume(READING_ALL)
    const isLast = ({ consumer, producer }: Read): boolean => consumer === READING_ALL && producer === last.index
    await this.untilView(() => this.readings.some(isLast))
    return this.#recorder.history([READING_ALL])
  }

  async #consume(index: number): Promise<void> {
    const consumer = this.cluster.doors.consumer(consumerOptionsOf(this.#options))
    const partitions = [{ topic: TOPIC, partition: PARTITION }]
    await this.cluster.run(consumer.assign(partitions))
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
function checkOptions({ replicationFactor }: Workload, options: OptionsByPart): void {
  if (replicationFactor < 2)
    throw new ConfigError(
      'replication.factor',
      `Cannot set replication.factor to ${replicationFactor}: it must be at least 2, or nobody could take over`,
    )
  parseProducerOptions(producerOptionsOf(options))
  parseConsumerOptions(consumerOptionsOf(options))
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
