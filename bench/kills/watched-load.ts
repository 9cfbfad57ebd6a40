import type { Random } from '../../src/base/random.js'
import type { Cluster, Consumer, GivenProducerOptions, Producer } from '../../src/index.js'
import { type History, NEVER_COMPLETED, type Read, type Sent } from '../../src/lab/history/history.js'
import { countOf, NUMBER_BYTES, producerOf, writeNumber } from '../../src/lab/record-number.js'

/** Random bytes behind a record's number, at most; they say whether it arrived whole. */
const FILLING_BYTES = 200

export interface WatchedLoadOptions {
  readonly topic: string
  readonly partitions: number
  readonly producers: number
  /** Sends under way at once, of each producer. */
  readonly outstanding: number
  readonly random: Random
  readonly producerOptions?: GivenProducerOptions
}

interface Source {
  /** From 1; 0 stands for the probe. */
  readonly index: number
  readonly producer: Producer
  sent: number
}

/** Producers with acks=all and a consumer that reads along, on threads, and what they have seen: a `History`. */
export class WatchedLoad {
  readonly #cluster: Cluster
  readonly #options: WatchedLoadOptions
  readonly #sources: Source[]
  readonly #probe: Source
  readonly #consumers: Consumer[] = []
  readonly #sent: Sent[] = []
  readonly #read: Read[] = []
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
   * Milliseconds from now to the first acknowledgement that comes when `isDead` says so: one record at a time goes to the
   * partition, and what the old leader has still acknowledged does not count.
   */
  async timeToAcknowledge(partition: number, isDead: () => boolean): Promise<number> {
    const began = performance.now()
    do await this.#send(this.#probe, partition)
    while (!isDead())
    return performance.now() - began
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

  history(): History {
    return { sent: this.#sent, read: this.#read, readers: [FINAL_READER] }
  }

  #source(index: number): Source {
    const { producerOptions } = this.#options
    const producer = this.#cluster.producer({ acks: 'all', 'linger.ms': 1, 'batch.size': 2_048, ...producerOptions })
    return { index, producer, sent: 0 }
  }

  async #sendOneByOne(source: Source): Promise<void> {
    while (!this.#isOver) await this.#send(source, this.#options.random.below(this.#options.partitions))
  }

  async #send(source: Source, partition: number): Promise<void> {
    const { index, producer } = source
    const number = source.sent++
    const value = Buffer.alloc(NUMBER_BYTES + this.#options.random.below(FILLING_BYTES), fillingOf(number))
    writeNumber(value, index, number)
    const about = { producer: index, number, partition, acks: -1 as const, invokedAt: performance.now() }
    const place = this.#sent.length
    this.#sent.push({ ...about, outcome: 'unknown', completedAt: NEVER_COMPLETED, offset: -1 })
    try {
      const [metadata] = await producer.send({ topic: this.#options.topic, messages: [{ value, partition }] })
      const offset = metadata?.baseOffset ?? -1
      this.#sent[place] = { ...about, outcome: 'acknowledged', completedAt: performance.now(), offset }
      this.#countAcknowledged()
    } catch {
      // It may have been written all the same.
      this.#sent[place] = { ...about, outcome: 'unknown', completedAt: performance.now(), offset: -1 }
    }
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
    let poll = 0
    await consumer.run({
      eachBatch: ({ batch }) => {
        poll += 1
        const { partition, highWatermark } = batch
        for (const { offset, value } of batch) {
          const read = { consumer: index, poll, partition, offset, highWatermark, ...whatIsIn(value) }
          this.#read.push(read)
          this.#onRead(read)
        }
      },
    })
    consumer.stopped.catch(() => {})
  }
}

const FINAL_READER = 2

const fillingOf = (number: number): number => number & 0xff

function whatIsIn(value: Uint8Array | null): Pick<Read, 'producer' | 'number' | 'isIntact'> {
  if (value === null || value.length < NUMBER_BYTES) return { producer: -1, number: -1, isIntact: false }
  const view = new DataView(value.buffer, value.byteOffset, NUMBER_BYTES)
  const high = view.getUint32(0)
  const number = countOf(high, view.getUint32(4))
  const isIntact = value.subarray(NUMBER_BYTES).every((byte) => byte === fillingOf(number))
  return { producer: producerOf(high), number, isIntact }
}
