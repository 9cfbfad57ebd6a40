import { deferred } from '../../base/deferred.js'
import { BufferExhaustedError, KafkaError } from '../../base/errors.js'
import type { Producer } from '../../client/producer/producer.js'
import { countOf, NUMBER_BYTES, producerOf, writeNumber } from '../measure/record-number.js'
import { type History, NEVER_COMPLETED, type Read, type Sent } from './history.js'

/** The name of a record, and what is promised of it. */
export type RecordName = Pick<Sent, 'producer' | 'number' | 'partition' | 'acks' | 'keepsOrder' | 'isOnce'>

/** A record that is to be sent: its name and its destination. */
export interface NamedRecord extends RecordName {
  readonly topic: string
  /** The key; `send` then gives no partition, and the key alone says where the record goes. */
  readonly key?: string
  /** Bytes of the value, its number included. */
  readonly bytes: number
  /** The record's own time; absent: the time of its sending. `produce` gives none. */
  readonly timestamp?: number
}

export interface Delivered {
  readonly sent: Sent
  /**
   * The error's name, NONE after an acknowledgement. With another one the record may have been written all the same.
   */
  readonly error: string
  /** The error in words. */
  readonly says: string
}

/** Records that were read of one partition at once, such as a LentBatch. */
export interface ReadBatch extends Iterable<{ readonly offset: number; readonly value: Buffer | null }> {
  readonly partition: number
  readonly highWatermark: number
}

/** A record that `produce` has taken. */
export interface Produced {
  /** Resolves as that of `send` does. */
  readonly delivered: Promise<Delivered>
  /** Whether another batch has room, as `produce` said. */
  readonly hasRoom: boolean
}

/** Sends numbered records and takes them in again, and writes down what clients see of them: a `History`. */
export class HistoryRecorder {
  readonly #now: () => number
  readonly #sent: Sent[] = []
  readonly #read: Read[] = []
  readonly #polls = new Map<number, number>()

  /** Takes a clock of milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get read(): readonly Read[] {
    return this.#read
  }

  /** Returns the history; `readers` have read everything that there was once all faults were healed. */
  history(readers: readonly number[]): History {
    return { sent: this.#sent, read: this.#read, readers }
  }

  /** Sends a record. Resolves when it is acknowledged or given up. */
  async send(through: Producer, { topic, key, bytes, timestamp, ...name }: NamedRecord): Promise<Delivered> {
    const value = numberedValue(name, bytes)
    const place = key === undefined ? { partition: name.partition } : { key }
    const settle = this.begin(name)
    try {
      const [metadata] = await through.send({
        topic,
        messages: [{ value, ...place, ...(timestamp !== undefined && { timestamp }) }],
      })
      return settle(null, metadata?.baseOffset ?? -1, metadata?.partition)
    } catch (error) {
      return settle(error, -1)
    }
  }

  /** Takes the fast path. Returns null when there was no room for the record, which is then not part of the history. */
  produce(through: Producer, { topic, bytes, ...name }: NamedRecord): Produced | null {
    const delivery = deferred<Delivered>()
    const value = numberedValue(name, bytes)
    try {
      // Nobody is called back before `produce` has returned.
      const hasRoom = through.produce({ topic, value, partition: name.partition }, (error, metadata) =>
        delivery.resolve(settle(error, metadata?.offset ?? -1)),
      )
      const settle = this.begin(name)
      return { delivered: delivery.promise, hasRoom }
    } catch (error) {
      if (error instanceof BufferExhaustedError) return null
      throw error
    }
  }

  /** Writes down the sending of a record, and returns what writes down its answer. */
  begin(name: RecordName): (error: unknown, offset: number, partition?: number) => Delivered {
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

  /** Takes in a batch that a consumer was given, as one poll of its own. It tells `onRead` of each record. */
  take(consumer: number, batch: ReadBatch, onRead: (read: Read) => void): void {
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

/** Errors that say that nothing was written. */
const NEVER_WRITTEN: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'RECORD_LIST_TOO_LARGE'])

const outcomeOf = (error: unknown): 'refused' | 'unknown' =>
  error instanceof KafkaError && NEVER_WRITTEN.has(error.code) ? 'refused' : 'unknown'

type Name = Pick<Sent, 'producer' | 'number'>

/** Reads the name of a record out of its value; null: it has none. */
export function nameIn(value: Uint8Array | null): Name | null {
  if (value === null || value.length < NUMBER_BYTES) return null
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const high = view.getUint32(0)
  return { producer: producerOf(high), number: countOf(high, view.getUint32(4)) }
}

/** Makes a value: the bytes behind the number show whether it has arrived whole. */
export function numberedValue({ producer, number }: Name, bytes: number): Buffer {
  const value = Buffer.alloc(Math.max(NUMBER_BYTES, bytes), fillingOf({ producer, number }))
  writeNumber(value, producer, number)
  return value
}

function whatIsIn(value: Buffer | null): Pick<Read, 'producer' | 'number' | 'isIntact'> {
  const name = nameIn(value)
  if (value === null || name === null) return { producer: -1, number: -1, isIntact: false }
  const filling = fillingOf(name)
  return { ...name, isIntact: value.subarray(NUMBER_BYTES).every((byte) => byte === filling) }
}

const fillingOf = ({ producer, number }: Name): number => (producer + number) & 0xff
