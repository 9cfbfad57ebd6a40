import { seededRandom } from '../../base/random.js'
import type { ProducerMessage, ProducerRecord } from '../../client/producer/producer-record.js'
import type { InputRecord } from '../input/input-record.js'
import { NUMBER_BYTES, NUMBER_HEADER, writeNumber } from './record-number.js'

/**
 * One record object with buffers of its own, made into the next record again and again: nothing is allocated for a
 * record.
 */
export interface RecordSlot<Given extends ProducerMessage = ProducerRecord> {
  readonly record: Given
  /** Makes it the record with this count. */
  fill(count: number): void
}

/** The source of a run's records. */
export interface RecordSource {
  /** The place where the number of a record stands. */
  readonly numberIn: 'value' | 'header'
  /** Makes a slot for records of this producer. */
  slot(topic: string, producer: number): RecordSlot
  /** Makes a slot for a call that names the topic itself. */
  messageSlot(producer: number): RecordSlot<ProducerMessage>
  /** Adds up the bytes of one producer's values from `first` to `end`, exclusive. */
  valueBytes(first: number, end: number): number
  /** Bytes of a value, on average. */
  readonly valueBytesMean: number
}

interface MutableRecord {
  key: string | null
  value: Buffer
}

/** A record as it lies in a slot: with the topic for `produce`, without it for a message of `send`. */
type RecordIn = (topic: string | null) => RecordSlot<ProducerMessage>

/**
 * Makes slots of both kinds. Each record is a literal of its own: a spread costs V8 a hidden class for each object, and
 * every look at such a record a search.
 */
function bothSlots(make: (producer: number) => RecordIn) {
  return {
    slot: (topic: string, producer: number): RecordSlot => make(producer)(topic) as RecordSlot,
    messageSlot: (producer: number): RecordSlot<ProducerMessage> => make(producer)(null),
  }
}

/** Makes values of one size, without keys. Behind the number, the seed decides the bytes. */
export function generatedRecords(options: { readonly recordBytes: number; readonly seed: string }): RecordSource {
  const { recordBytes, seed } = options
  const random = seededRandom(seed)
  const template = Buffer.alloc(recordBytes)
  for (let at = NUMBER_BYTES; at < recordBytes; at++) template[at] = random.below(256)
  return {
    numberIn: 'value',
    valueBytesMean: recordBytes,
    valueBytes: (first, end) => (end - first) * recordBytes,
    ...bothSlots((producer) => (topic) => {
      const value = Buffer.from(template)
      const record: ProducerMessage = topic === null ? { value } : ({ topic, value } as ProducerMessage)
      return { record, fill: (count) => writeNumber(value, producer, count) }
    }),
  }
}

/** Takes the records of a file, from its start again after its end. Their values stay as they are. */
export function inputRecords(inputs: readonly InputRecord[]): RecordSource {
  const bytesBefore = [0]
  for (const { value } of inputs) bytesBefore.push(bytesBefore[bytesBefore.length - 1]! + value.length)
  const cycleBytes = bytesBefore[inputs.length]!
  const bytesUpTo = (count: number): number =>
    Math.floor(count / inputs.length) * cycleBytes + bytesBefore[count % inputs.length]!
  return {
    numberIn: 'header',
    valueBytesMean: cycleBytes / inputs.length,
    valueBytes: (first, end) => bytesUpTo(end) - bytesUpTo(first),
    ...bothSlots((producer) => (topic) => {
      const number = Buffer.alloc(NUMBER_BYTES)
      const { key, value } = inputs[0]!
      const headers = [{ key: NUMBER_HEADER, value: number }]
      const record: MutableRecord & ProducerMessage =
        topic === null ? { key, value, headers } : ({ topic, key, value, headers } as MutableRecord)
      return {
        record,
        fill(count) {
          const input = inputs[count % inputs.length]!
          record.key = input.key
          record.value = input.value
          writeNumber(number, producer, count)
        },
      }
    }),
  }
}
