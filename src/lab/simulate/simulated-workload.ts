import type { Random } from '../../base/random.js'
import type { Producer } from '../../client/producer/producer.js'
import type { SimulatedCluster } from '../../cluster/simulated.js'
import type { History, Read } from '../history/history.js'
import { type Delivered, HistoryRecorder } from '../history/history-recorder.js'
import { NUMBER_BYTES } from '../measure/record-number.js'
import { BUFFER_BYTES } from './buffer-bytes.js'
import { DELIVERY_TIMEOUT_MS, type Swarm, withoutRest } from './swarm.js'
import type { WhiteBox } from './white-box.js'

export const SIMULATED_TOPIC = 'simulated'
/** The consumer that reads while things go wrong. */
const ALONG = 1

interface Source {
  readonly index: number
  readonly producer: Producer
  readonly acks: -1 | 0 | 1
  readonly keepsOrder: boolean
  readonly isOnce: boolean
  sent: number
  nextAt: number
}

/** Producers and consumers of one seed, and what they have seen. */
export class SimulatedWorkload {
  readonly #cluster: SimulatedCluster
  readonly #swarm: Swarm
  readonly #random: Random
  readonly #sources: Source[]
  readonly #recorder: HistoryRecorder
  readonly #pending = new Set<Promise<Delivered>>()
  /** The position of the consumer that reads along, by partition. */
  readonly #readAlong = new Map<number, number>()
  #finalReader = 0
  #isAllRead = false

  constructor(cluster: SimulatedCluster, swarm: Swarm, random: Random) {
    this.#cluster = cluster
    this.#swarm = swarm
    this.#random = random
    this.#recorder = new HistoryRecorder(() => cluster.now)
    this.#sources = swarm.producers.map(({ acks, inFlight, isIdempotent, ...options }, index) => ({
      index: index + 1,
      acks,
      keepsOrder: (inFlight === 1 && acks !== 0) || (isIdempotent && acks === -1),
      isOnce: isIdempotent && acks === -1,
      sent: 0,
      nextAt: cluster.now,
      producer: cluster.producer({
        acks,
        'enable.idempotence': isIdempotent && acks === -1,
        'linger.ms': options.lingerMs,
        'metadata.max.age.ms': options.metadataMaxAgeMs,
        'compression.type': options.compression,
        'batch.size': 1_024,
        'buffer.memory': BUFFER_BYTES,
        'max.in.flight.requests.per.connection': inFlight,
        'request.timeout.ms': 500,
        'delivery.timeout.ms': DELIVERY_TIMEOUT_MS,
        'max.block.ms': 60_000,
        'retry.backoff.ms': 20,
        'retry.backoff.max.ms': 200,
      }),
    }))
  }

  get acknowledged(): number {
    return this.history().sent.reduce((sum, { outcome }) => sum + (outcome === 'acknowledged' ? 1 : 0), 0)
  }

  /** Whether every record was handed to its producer. */
  get isSent(): boolean {
    return this.#sources.every(({ sent }) => sent >= this.#swarm.recordsPerProducer)
  }

  /** Starts the consumer that reads along while things go wrong. */
  async start(): Promise<void> {
    await this.#cluster.run(this.#consume(ALONG))
  }

  /** Hands over what is due by now. */
  produceDue(): void {
    const { recordsPerProducer, recordEveryMs, partitions } = this.#swarm
    for (const source of this.#sources) {
      source.nextAt = withoutRest(source.nextAt, this.#cluster.now)
      for (; source.nextAt <= this.#cluster.now && source.sent < recordsPerProducer; source.sent++) {
        source.nextAt += 2 * recordEveryMs * this.#random.next()
        this.#send(source, this.#random.below(partitions))
      }
    }
  }

  /** Hands over one record more, though all were handed over. */
  produceOneMore(): void {
    const source = this.#random.pick(this.#sources)
    this.#send(source, this.#random.below(this.#swarm.partitions))
    source.sent += 1
  }

  /** Resolves when every record is acknowledged or given up. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all([...this.#pending])
  }

  /** Reads, with a consumer of its own, from the start to the end of what is committed. */
  async readEverything({ invariants, topicId, partitions }: WhiteBox): Promise<void> {
    this.#finalReader = 2
    const ends = partitions.map(({ partition }) => invariants.committedOf(topicId, partition))
    const done = new Promise<void>((resolve) => {
      const left = new Set(ends.flatMap((end, partition) => (end > 0 ? [partition] : [])))
      if (left.size === 0) resolve()
      this.#onRead = (read) => {
        if (read.consumer !== this.#finalReader || read.offset + 1 < (ends[read.partition] ?? 0)) return
        left.delete(read.partition)
        if (left.size === 0) resolve()
      }
    })
    await this.#consume(this.#finalReader)
    await done
    this.#isAllRead = true
  }

  /** Whether the consumer that reads along has come to the end of what is committed, too. */
  isReadAlong({ invariants, topicId, partitions }: WhiteBox): boolean {
    return partitions.every(({ partition }) => {
      return (this.#readAlong.get(partition) ?? 0) >= invariants.committedOf(topicId, partition)
    })
  }

  history(): History {
    return this.#recorder.history(this.#isAllRead ? [this.#finalReader] : [])
  }

  #onRead: (read: Read) => void = () => {}

  #send({ index, producer, acks, keepsOrder, isOnce, sent: number }: Source, partition: number): void {
    const bytes = NUMBER_BYTES + this.#random.below(60)
    const name = { topic: SIMULATED_TOPIC, producer: index, number, partition, acks, keepsOrder, isOnce, bytes }
    const delivered = this.#recorder.send(producer, name)
    this.#pending.add(delivered)
    delivered.then(() => this.#pending.delete(delivered))
  }

  async #consume(consumerIndex: number): Promise<void> {
    const consumer = this.#cluster.consumer({
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': 50,
      'retry.backoff.ms': 20,
      'retry.backoff.max.ms': 200,
      'request.timeout.ms': 500,
    })
    const partitions = Array.from({ length: this.#swarm.partitions }, (_, partition) => partition)
    await consumer.assign(partitions.map((partition) => ({ topic: SIMULATED_TOPIC, partition })))
    const onRead = (read: Read): void => {
      if (consumerIndex === ALONG) this.#readAlong.set(read.partition, read.offset + 1)
      this.#onRead(read)
    }
    await consumer.run({ eachBatch: ({ batch }) => this.#recorder.take(consumerIndex, batch, onRead) })
    consumer.stopped.catch(() => {})
  }
}
