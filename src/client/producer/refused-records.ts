import { isMap } from 'node:util/types'
import { shown } from '../../base/arguments/shown.js'
import { wholeNumberOf } from '../../base/arguments/whole-number.js'
import { isBytes, type RecordData } from '../../record/record.js'
import type { LettersOf } from '../dead-letters/dead-letter-office.js'
import type { DeadLetter } from '../dead-letters/dead-letters.js'
import { fieldOr } from './given-records.js'
import { type GivenHeaders, headerList, type ProducerMessage, timeOf } from './producer-record.js'
import type { RecordSerializer } from './serializers.js'

/** Records that found no batch. */
export interface RefusedRecords<Key, Value> {
  readonly topic: string
  readonly messages: readonly ProducerMessage<Key, Value>[]
  /** Keys and values of all messages, in turns; null: they were not serialized, or nothing had to be. */
  readonly data: readonly RecordData[] | null
  /** Index of the first of them; those before it have a batch. */
  readonly from: number
  /** When the call was made; null: at the moment of its failure. */
  readonly createdAt: number | null
}

/** Makes a letter for each of the records, call by call. */
export function lettersOfRefused<Key, Value>(
  refused: readonly RefusedRecords<Key, Value>[],
  serializer: RecordSerializer<Key, Value>,
): LettersOf {
  return function* (error, failedAt) {
    for (const records of refused) yield* lettersOf(records, serializer, { error, failedAt })
  }
}

/**
 * One letter for each of the records. Those that were not serialized yet are now, if that can be done. What was given
 * is whatever a caller without a compiler may give, and every letter must be one that a sink can keep: it is written
 * together with those of others.
 */
function* lettersOf<Key, Value>(
  { topic, messages, data, from, ...refused }: RefusedRecords<Key, Value>,
  serializer: RecordSerializer<Key, Value>,
  { error, failedAt }: Pick<DeadLetter, 'error' | 'failedAt'>,
): Generator<DeadLetter> {
  const createdAt = Math.floor(refused.createdAt ?? failedAt)
  for (let index = from; index < messages.length; index++) {
    const message = messages[index] as ProducerMessage<Key, Value>
    const serialized = (): readonly [RecordData, RecordData] =>
      data === null
        ? [serializer.key(topic, message.key), serializer.value(topic, message.value)]
        : [data[2 * index] as RecordData, data[2 * index + 1] as RecordData]
    const partition = meant(wholeNumberOf(fieldOr(message, 'partition', null)))
    yield {
      topic: typeof topic === 'string' ? topic : '',
      partition,
      isPartitionNamed: partition !== null,
      ...contentOf(message, serialized),
      timestamp: meant(timeOf(fieldOr(message, 'timestamp', null))) ?? createdAt,
      error,
      attempts: 0,
      createdAt,
      failedAt,
    }
  }
}

const meant = (number: number): number | null => (Number.isNaN(number) ? null : number)

type Content = Pick<DeadLetter, 'key' | 'value' | 'headers' | 'isSerialized'>

function contentOf<Key, Value>(
  message: ProducerMessage<Key, Value>,
  serialized: () => readonly [RecordData, RecordData],
): Content {
  const headers: GivenHeaders = fieldOr(message, 'headers', [])
  try {
    const [key, value] = serialized()
    const list = headerList(headers).map((header) => ({ key: header.key, value: bytesOf(header.value) }))
    return { key: bytesOf(key), value: bytesOf(value), headers: list, isSerialized: true }
  } catch {
    // What the user gave cannot be encoded: it is told as it is.
    const list = entriesOf(headers).map(([key, value]) => ({ key: textOf(key), value: told(value) }))
    return {
      key: told(fieldOr(message, 'key', null)),
      value: told(fieldOr(message, 'value', null)),
      headers: list,
      isSerialized: false,
    }
  }
}

/** A copy of the bytes. Throws for anything else, as the encoder does. */
function bytesOf(data: RecordData): Buffer | null {
  return data === null ? null : Buffer.from(data as Uint8Array)
}

/** The headers that were given; none where they cannot be read. */
function entriesOf(headers: unknown): readonly (readonly [unknown, unknown])[] {
  try {
    if (Array.isArray(headers)) return headers.map((header) => [header?.key, header?.value])
    if (isMap(headers)) return [...headers]
    return typeof headers === 'object' && headers !== null ? Object.entries(headers) : []
  } catch {
    return []
  }
}

/** Bytes and text as they are, anything else as JSON, or as what `String` makes of it where JSON cannot say it. */
function told(input: unknown): Buffer | null {
  if (input === null || input === undefined) return null
  if (typeof input === 'string' || isBytes(input)) return Buffer.from(input as string)
  return Buffer.from(textOf(input))
}

function textOf(input: unknown): string {
  if (typeof input === 'string') return input
  try {
    return JSON.stringify(input) ?? String(input)
  } catch {
    return shown(input)
  }
}
