import { SerializationError } from '../../base/errors.js'
import { hearRejection, messageOf } from '../../base/thrown.js'
import { isRecordData, kindOf, type RecordData } from '../../record/record.js'
import type { ProducerMessage } from './producer-record.js'

/**
 * Turns what the user has into bytes (or a string, for its UTF-8 bytes). It is not asked about null, which stays null.
 */
export type Serializer<Input> = (topic: string, input: Input) => RecordData

/** Without one, a key or a value is a string, a Uint8Array or null. */
export interface Serializers<Key, Value> {
  readonly key?: Serializer<Key>
  readonly value?: Serializer<Value>
}

/** A producer's serializers. What they throw, or give that is not data, becomes a SerializationError. */
export class RecordSerializer<Key, Value> {
  readonly #key: Serializer<Key> | null
  readonly #value: Serializer<Value> | null

  constructor({ key, value }: Serializers<Key, Value>) {
    this.#key = key ?? null
    this.#value = value ?? null
  }

  /** Whether values are sent as they are given. */
  get keepsValues(): boolean {
    return this.#value === null
  }

  key(topic: string, input: Key | null | undefined): RecordData {
    if (input === undefined) return null
    if (this.#key === null && isRecordData(input)) return input
    return serialized(this.#key, { topic, half: 'key' }, input)
  }

  value(topic: string, input: Value | null | undefined): RecordData {
    if (this.#value === null && isRecordData(input)) return input
    return serialized(this.#value, { topic, half: 'value' }, input)
  }

  /** The values of records that have nothing else, and go as they are; null: one of them has more, or is no data. */
  valuesAlone(messages: readonly ProducerMessage<Key, Value>[]): readonly RecordData[] | null {
    if (!this.keepsValues) return null
    const values: RecordData[] = []
    for (const { key, value, headers, partition, timestamp } of messages) {
      if (key !== undefined || headers !== undefined || partition !== undefined || timestamp !== undefined) return null
      if (!isRecordData(value)) return null
      values.push(value)
    }
    // A getter may have made the list another one.
    return values.length === messages.length ? values : null
  }

  /**
   * The keys and values of all these records, in turns, or null where they are what the records say: one that is
   * not data throws before anything is sent.
   */
  all(topic: string, messages: readonly ProducerMessage<Key, Value>[]): readonly RecordData[] | null {
    if (this.#key !== null || this.#value !== null) {
      return messages.flatMap(({ key, value }) => [this.key(topic, key), this.value(topic, value)])
    }
    for (const { key, value } of messages) {
      if (key !== undefined && !isRecordData(key)) throw notData({ topic, half: 'key' }, key)
      if (!isRecordData(value)) throw notData({ topic, half: 'value' }, value)
    }
    return null
  }
}

type Where = { readonly topic: string; readonly half: 'key' | 'value' }

/** Serializes one input. Undefined is not taken for null, which deletes what a compacted topic holds of its key. */
function serialized<Input>(
  serializer: Serializer<Input> | null,
  where: Where,
  input: Input | null | undefined,
): RecordData {
  if (input === null) return null
  if (serializer === null || input === undefined) throw notData(where, input)
  const output = called(serializer, where, input)
  if (isRecordData(output)) return output
  hearRejection(output)
  throw new SerializationError(
    where,
    `its serializer gave ${kindOf(output)}: it must give a string, a Uint8Array or null`,
  )
}

function called<Input>(serializer: Serializer<Input>, where: Where, input: Input): unknown {
  try {
    return serializer(where.topic, input)
  } catch (error) {
    throw new SerializationError(where, messageOf(error), { cause: error })
  }
}

function notData(where: Where, input: unknown): SerializationError {
  if (input === undefined) return new SerializationError(where, 'there is none: a record without one has null')
  const why = `it is a string, a Uint8Array or null, not ${kindOf(input)}: give the producer a serializer for anything else`
  return new SerializationError(where, why)
}
