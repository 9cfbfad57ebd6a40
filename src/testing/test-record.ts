import { isFields } from '../base/arguments/fields.js'
import { shown } from '../base/arguments/shown.js'
import { ConfigError } from '../base/errors.js'
import type { ProducerMessage } from '../client/producer/producer-record.js'
import type { PartitionName } from '../protocol/partition.js'
import type { HeadersByName, ShownRecord } from '../record/lent-record.js'
import { isRecordData, type RecordData } from '../record/record.js'

/** A record for `kafka.send`. */
export interface RecordToSend extends Omit<ProducerMessage, 'value'> {
  /** Text, bytes and null are sent as they are, and anything else as its JSON. */
  readonly value: unknown
}

/** What becomes of the bytes of keys, values and headers: text (UTF-8), values parsed as JSON, or nothing. */
export type RecordFormat = 'text' | 'json' | 'bytes'

/** A record that `kafka.records` has read. */
export interface TestRecord<Data = string, Value = Data | null> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Data | null
  readonly value: Value
  /** The headers by their names; a list where a name comes twice. */
  readonly headers: { readonly [name: string]: Data | null | readonly (Data | null)[] }
}

/** A record of a log. Its bytes may be gone soon. */
type ReadRecord = ShownRecord & { readonly headersByName: HeadersByName }

/** What a producer takes for what `kafka.send` is given: one record, or several. */
export function messagesOf(given: unknown): ProducerMessage[] {
  const isList = typeof given === 'object' && given !== null && !ArrayBuffer.isView(given) && Symbol.iterator in given
  return (isList ? [...(given as Iterable<unknown>)] : [given]).map(messageOf)
}

/** What a producer takes for it. Whatever has no meaning is left for the producer to refuse. */
function messageOf(given: unknown): ProducerMessage {
  if (isRecordData(given)) return { value: given }
  const message = given as ProducerMessage
  if (!isFields(given) || !('value' in given)) return message
  const { value } = given
  if (value === undefined || isRecordData(value)) return message
  return { ...message, value: jsonOf(value) }
}

function jsonOf(value: unknown): RecordData {
  const json: unknown = JSON.stringify(value)
  if (typeof json === 'string') return json
  throw new ConfigError('value', `Cannot send ${shown(value)} as the value of a record: it has no JSON`)
}

/** The record in this format, with bytes of its own. Throws a ConfigError for a value that is not JSON, but should. */
export function testRecordOf(where: PartitionName, record: ReadRecord, format: RecordFormat): TestRecord<unknown> {
  const { topic, partition } = where
  const { offset, timestamp, key, value, headersByName } = record
  const own = (bytes: Buffer | null): unknown => {
    if (bytes === null) return null
    return format === 'bytes' ? Buffer.from(bytes) : bytes.toString()
  }
  const headers = Object.entries(headersByName).map(([name, data]) => {
    return [name, Array.isArray(data) ? data.map(own) : own(data as Buffer | null)] as const
  })
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: own(key),
    value: format === 'json' && value !== null ? parsed(where, offset, value.toString()) : own(value),
    headers: Object.fromEntries(headers) as TestRecord<unknown>['headers'],
  }
}

function parsed({ topic, partition }: PartitionName, offset: number, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const says = `The value at offset ${offset} of partition ${partition} of ${topic} is not JSON: ${text.slice(0, 200)}`
    throw new ConfigError('as', says, { cause })
  }
}
