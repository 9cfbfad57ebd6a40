import { deferred } from '../../base/deferred.js'
import { BufferExhaustedError, KafkaError } from '../../base/errors.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import type { Producer } from '../../client/producer/producer.js'
import { countOf, NUMBER_BYTES, producerOf, writeNumber } from '../measure/record-number.js'
import { type History, NEVER_COMPLETED, type Read, type Sent } from './history.js'

/** A record that is to be sent: its name, and where it goes. */
export interface NamedRecord
  extends Pick<Sent, 'producer' | 'number' | 'partition' | 'acks' | 'keepsOrder' | 'isOnce'> {
  readonly topic: string
  /** Without a partition beside it in the send: the key alone says where it goes. */
  readonly key?: string
  /** Of the value, its number included. */
  readonly bytes: number
}

export interface Delivered {
  readonly sent: Sent
  /** NONE: it was acknowledged. Otherwise it may have been written all the same. */
  readonly error: string
  /** The error in words. */
  readonly says: string
}

/** A record that `produce` has taken. */
export interface Produced {
  /** As of `send`. */
  readonly delivered: Promise<Delivered>
  /** What `produce` has said: whether another batch has room. */
  readonly hasRoom: boolean
}

/** Sends numbered records and takes them in again, and writes down what clients see of that: a `History`. */
export class HistoryRecorder {
  readonly #now: () => number
  readonly #sent: Sent[] = []
  readonly #read: Read[] = []
  readonly #polls = new Map<number, number>()

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get read(): readonly Read[] {
    return this.#read
  }

  /** `readers` have read everything that there was once all faults were healed. */
  history(readers: readonly number[]): History {
    return { sent: this.#sent, read: this.#read, readers }
  }

  /** Resolves when the record is acknowledged or given up. */
  async send(through: Producer, { topic, key, bytes, ...name }: NamedRecord): Promise<Delivered> {
    const value = numberedValue(name, bytes)
    const place = key === undefined ? { partition: name.partition } : { key }
    const settle = this.#begin(name)
    try {
      const [metadata] = await through.send({ topic, messages: [{ value, ...place }] })
      return settle(null, metadata?.baseOffset ?? -1, metadata?.partition)
    } catch (error) {
      return settle(error, -1)
    }
  }

  /** The fast path. Null: there was no room for the record, which is no part of the history. */
  produce(through: Producer, { topic, bytes, ...name }: NamedRecord): Produced | null {
    const delivery = deferred<Delivered>()
    const value = numberedValue(name, bytes)
    try {
      // Nobody is called back before `produce` has returned.
      const hasRoom = through.produce({ topic, value, partition: name.partition }, (error, metadata) =>
        delivery.resolve(settle(error, metadata?.offset ?? -1)),
      )
      const settle = this.#begin(name)
      return { delivered: delivery.promise, hasRoom }
    } catch (error) {
      if (error instanceof BufferExhaustedError) return null
      throw error
    }
  }

  /** `partition`: where it went, if that is not where it was to go. */
  #begin(
    name: Omit<NamedRecord, 'topic' | 'key' | 'bytes'>,
  ): (error: unknown, offset: number, partition?: number) => Delivered {
    const about = { ...name, invokedAt: this.#now() }
    const at = this.#sent.length
    this.#sent.push({ ...about, outcome: 'unknown', completedAt: NEVER_COMPLETED, offset: -1 })
    return (error, offset, partition = name.partition) => {
      const outcome = error === null ? 'acknowledged' : outcomeOf(error)
      const sent: Sent = { ...about, partition, outcome, completedAt: this.#now(), offset }
      this.#sent[at] = sent
      if (error === null) return { sent, error: 'NONE', says: '' }
      return { sent, error: error instanceof KafkaError ? error.code : String(error), says: String(error) }
    }
  }

  /** A consumer has been given a batch: one poll of its own. `onRead` is told of each record. */
  take(consumer: number, batch: LentBatch, onRead: (read: Read) => void): void {
    const poll = (this.#polls.get(consumer) ?? 0) + 1
    this.#polls.set(consumer, poll)
    const { partition, highWatermark } = batch
    for (const { offset, value } of batch) {
      const read = { consumer, poll, partition, offset, highWatermark, ...whatIsIn(value) }
      this.#read.push(read)
      onRead(read)
    }
  }
}

/** What says that nothing was written. */
const NEVER_WRITTEN: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'RECORD_LIST_TOO_LARGE'])

const outcomeOf = (error: unknown): 'refused' | 'unknown' =>
  error instanceof KafkaError && NEVER_WRITTEN.has(error.code) ? 'refused' : 'unknown'

type Name = Pick<Sent, 'producer' | 'number'>

/** What follows the number says whether the value has arrived whole. */
function numberedValue({ producer, number }: Name, bytes: number): Buffer {
  const value = Buffer.alloc(Math.max(NUMBER_BYTES, bytes), fillingOf({ producer, number }))
  writeNumber(value, producer, number)
  return value
}

function whatIsIn(value: Buffer | null): Pick<Read, 'producer' | 'number' | 'isIntact'> {
  if (value === null || value.length < NUMBER_BYTES) return { producer: -1, number: -1, isIntact: false }
  const high = value.readUInt32BE(0)
  const name = { producer: producerOf(high), number: countOf(high, value.readUInt32BE(4)) }
  const filling = fillingOf(name)
  return { ...name, isIntact: value.subarray(NUMBER_BYTES).every((byte) => byte === filling) }
}

const fillingOf = ({ producer, number }: Name): number => (producer + number) & 0xff
