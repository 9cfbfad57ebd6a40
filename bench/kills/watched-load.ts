import type { Random } from '../../src/base/random.js'
import type { Cluster, Consumer, GivenProducerOptions, LentBatch, Producer } from '../../src/index.js'
import type { History, Read } from '../../src/lab/history/history.js'
import { HistoryRecorder } from '../../src/lab/history/history-recorder.js'
import { NUMBER_BYTES } from '../../src/lab/measure/record-number.js'

/** The most random bytes behind a record's number; they show whether it arrived whole. */
const FILLING_BYTES = 200

export interface WatchedLoadOptions {
  readonly topic: string
  readonly partitions: number
  readonly producers: number
  /** Sends of each producer under way at once. */
  readonly outstanding: number
  readonly random: Random
  readonly producerOptions?: GivenProducerOptions
}

interface Source {
  /** The producer's number, from 1; 0 stands for the probe. */
  readonly index: number
  readonly producer: Producer
  sent: number
}

/** Idempotent producers on threads, a consumer that reads along, and what they have seen: a `History`. */
export class WatchedLoad {
  readonly #cluster: Cluster
  readonly #options: WatchedLoadOptions
  readonly #sources: Source[]
  readonly #probe: Source
  readonly #consumers: Consumer[] = []
  readonly #recorder = new HistoryRecorder(() => performance.now())
  readonly #lines: Promise<void>[] = []
  #waiting: { readonly count: number; readonly done: () => void }[] = []
  #acknowledged = 0
  #isOver = false
  #onRead: (read: Read) => void = () => {}

  constructor(cluster: Cluster, options: WatchedLoadOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#sources = Array.from({ length: options.producers }, (_, index) => this.#source(1 + index))
    this.#probe = this.#source(0)
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  async start(): Promise<void> {
    await this.#consume(1)
    for (const source of this.#sources) {
      for (let line = 0; line < this.#options.outstanding; line++) this.#lines.push(this.#sendOneByOne(source))
    }
  }

  /** Resolves when so many more records are acknowledged. */
  acknowledgedMore(count: number): Promise<void> {
    return new Promise((done) => this.#waiting.push({ count: this.#acknowledged + count, done }))
  }

  /**
   * Milliseconds from now to the first acknowledgement of a record that was sent when `isDead` said so. One record at a
   * time goes to the partition; the old leader may still acknowledge earlier ones.
   */
  async timeToAcknowledge(partition: number, isDead: () => boolean): Promise<number> {
    const began = performance.now()
    while (!this.#isOver) {
      const isSince = isDead()
      const isAcknowledged = await this.#send(this.#probe, partition)
      if (isSince && isAcknowledged) return performance.now() - began
    }
    throw new Error('The load has ended')
  }

  /** Sends nothing more, to a cluster that may be closed: nobody waits for an answer any more. */
  abandon(): void {
    this.#isOver = true
  }

  /** Sends no more; resolves when everything under way is acknowledged or has failed. */
  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lines)
  }

  /** A consumer of its own reads everything that is committed, from the start. All faults are healed by now. */
  async readEverything(): Promise<void> {
    const ends = await this.#cluster.admin().fetchTopicOffsets(this.#options.topic)
    const left = new Map(ends.filter(({ high }) => high > 0).map(({ partition, high }) => [partition, high]))
    const done = new Promise<void>((resolve) => {
      if (left.size === 0) resolve()
      this.#onRead = ({ consumer, partition, offset }) => {
        if (consumer !== FINAL_READER || offset + 1 < (left.get(partition) ?? 0)) return
        left.delete(partition)
        if (left.size === 0) resolve()
      }
    })
    await this.#consume(FINAL_READER)
    await done
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
  }

  /** Takes in what another reader was given, and tells of each record. */
  take(reader: number, batch: LentBatch, onRead: (read: Read) => void): void {
    this.#recorder.take(reader, batch, onRead)
  }

  history(): History {
    return this.#recorder.history([FINAL_READER])
  }

  #source(index: number): Source {
    const { producerOptions } = this.#options
    const producer = this.#cluster.producer({ acks: 'all', 'linger.ms': 1, 'batch.size': 2_048, ...producerOptions })
    return { index, producer, sent: 0 }
  }

  async #sendOneByOne(source: Source): Promise<void> {
    while (!this.#isOver) await this.#send(source, this.#options.random.below(this.#options.partitions))
  }

  /** Whether the record was acknowledged. */
  async #send(source: Source, partition: number): Promise<boolean> {
    const { error } = await this.#recorder.send(source.producer, {
      producer: source.index,
      number: source.sent++,
      topic: this.#options.topic,
      partition,
      acks: -1,
      keepsOrder: true,
      isOnce: true,
      bytes: NUMBER_BYTES + this.#options.random.below(FILLING_BYTES),
    })
    if (error === 'NONE') this.#countAcknowledged()
    return error === 'NONE'
  }

  #countAcknowledged(): void {
    this.#acknowledged += 1
    this.#waiting = this.#waiting.filter(({ count, done }) => {
      if (this.#acknowledged < count) return true
      done()
      return false
    })
  }

  async #consume(index: number): Promise<void> {
    const { topic, partitions } = this.#options
    const consumer = this.#cluster.consumer({ 'auto.offset.reset': 'earliest' })
    this.#consumers.push(consumer)
    await consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
    await consumer.run({
      eachBatch: ({ batch }) => this.#recorder.take(index, batch, (read) => this.#onRead(read)),
    })
    consumer.stopped.catch(() => {})
  }
}

const FINAL_READER = 2
