import { isMap } from 'node:util/types'
import { isFields } from '../../base/arguments/fields.js'
import { shown } from '../../base/arguments/shown.js'
import { wholeNumberOf } from '../../base/arguments/whole-number.js'
import { ConfigError, type KafkaError } from '../../base/errors.js'
import { isRecordData, kindOf, type RecordData, type RecordHeader } from '../../record/record.js'
import { INT32_MAX } from '../argument-shapes.js'

/** What a header's value may be; an array stands for several headers of the same name, as in KafkaJS. */
export type HeaderValue = RecordData | undefined | readonly RecordData[]

export type GivenHeaders =
  | Readonly<Record<string, HeaderValue>>
  | ReadonlyMap<string, HeaderValue>
  | readonly RecordHeader[]

/** One record of `send`, in KafkaJS's shape. */
export interface ProducerMessage<Key = RecordData, Value = RecordData> {
  readonly key?: Key | null
  /** The value: null is a tombstone; undefined is refused, as in KafkaJS. */
  readonly value: Value | null
  /** KafkaJS's object, or a map, or a list, which costs less. */
  readonly headers?: GivenHeaders
  /** The partition; the partitioner chooses it when absent. */
  readonly partition?: number
  /** Milliseconds since 1970, a number or its text; the time of the call when absent. */
  readonly timestamp?: number | string
}

/** One record of the fast path. */
export interface ProducerRecord<Key = RecordData, Value = RecordData> extends ProducerMessage<Key, Value> {
  readonly topic: string
}

export interface SendRequest<Key = RecordData, Value = RecordData> {
  readonly topic: string
  /** Any iterable; it is read at once. */
  readonly messages: Iterable<ProducerMessage<Key, Value>>
  /** KafkaJS lets each call choose. Here it must be what the producer's own `acks` says. */
  readonly acks?: number
}

/** Where records went: one for each batch that took some of them. */
export interface RecordMetadata {
  readonly topicName: string
  readonly partition: number
  readonly errorCode: 0
  /** The offset of the first of the call's records in that batch; -1 with acks=0. */
  readonly baseOffset: number
  /** How many of the call's records that batch took. */
  readonly recordCount: number
  /** Milliseconds since 1970; -1 unless the topic stamps its own time. */
  readonly logAppendTime: number
}

/** What a callback is told: exactly one of the two is not null. */
export type DeliveryCallback = (error: KafkaError | null, metadata: DeliveredRecord | null) => void

export interface DeliveredRecord {
  readonly topic: string
  readonly partition: number
  /** The record's offset; -1 with acks=0. */
  readonly offset: number
}

/**
 * Headers as records hold them. Throws for what the encoder cannot write: a record without its end would be
 * acknowledged, and never read.
 */
export function headerList(headers: GivenHeaders): readonly RecordHeader[] {
  const list: RecordHeader[] = []
  if (Array.isArray(headers)) for (const header of headers) list.push(pairOf(header))
  else if (isPlain(headers) || isFields(headers))
    for (const name of Object.keys(headers)) addTo(list, name, fieldIn(headers, name))
  else if (isMap(headers))
    for (const [name, value] of headers as ReadonlyMap<string, HeaderValue>) addTo(list, name, value)
  else {
    // It would be taken for no headers, as a Set would.
    const says = `they are an object, a Map or an array, not ${kindOf(headers)}`
    throw new ConfigError('headers', `The headers of a record cannot be sent: ${says}`)
  }
  return list
}

/** Whether it is an object literal, as nearly all are: then its class need not be asked for, which takes long. */
function isPlain(headers: object): boolean {
  try {
    return Object.getPrototypeOf(headers) === Object.prototype
  } catch {
    // A proxy that was revoked.
    return false
  }
}

const fieldIn = (headers: object, name: string): HeaderValue => (headers as Readonly<Record<string, HeaderValue>>)[name]

/** An array stands for several headers of the name. */
function addTo(list: RecordHeader[], name: string, value: HeaderValue): void {
  if (!Array.isArray(value)) list.push(headerOf(name, value ?? null))
  else for (const item of value) list.push(headerOf(name, item))
}

/** A header of its own: the encoder reads each one twice, and must find the same. */
function pairOf(header: RecordHeader): RecordHeader {
  if (typeof header === 'object' && header !== null) return headerOf(header.key, header.value)
  throw new ConfigError(
    'headers',
    `The header ${shown(header)} of a record cannot be sent: it is an object with key and value`,
  )
}

function headerOf(key: string, value: unknown): RecordHeader {
  if (typeof key === 'string' && isRecordData(value)) return { key, value }
  const what = `The header ${typeof key === 'string' ? `'${key}'` : shown(key)} of a record cannot be sent`
  throw new ConfigError(
    'headers',
    `${what}: its name is a string, its value a string, a Uint8Array or null, not ${kindOf(value)}`,
  )
}

/*
 * What a record names, read off its fields. `produce` asks only for those that are there: what is not called costs its
 * compiled code no room, of which V8 gives a function little.
 */

/** Throws for what is not a name: callers without types may pass anything, and no thread is to end over it. */
export function checkTopicName(name: unknown): void {
  if (typeof name === 'string') return
  throw new ConfigError('topic', `Cannot send a record to the topic ${shown(name)}: it must be a string, its name`)
}

/** The partition; undefined: none. Null says what absence does. Kafka: the constructor of `ProducerRecord`. */
export function partitionOf(partition: unknown): number | undefined {
  // What this changes is no number of 31 bits, as every partition is.
  if (typeof partition === 'number' && (partition & INT32_MAX) === partition) return partition
  if (partition === undefined || partition === null) return undefined
  const meant = wholeNumberOf(partition)
  if (meant >= 0 && meant <= INT32_MAX) return meant
  throw new ConfigError(
    'partition',
    `Cannot send a record to the partition ${shown(partition)}: it must be a whole number from 0 to ${INT32_MAX}`,
  )
}

/** The timestamp; undefined: none. */
export function stampIn(timestamp: number | string | null | undefined): number | undefined {
  return timestamp === undefined || timestamp === null ? undefined : stampOf(timestamp)
}

/** The headers; null: none. */
export function headersIn(headers: GivenHeaders | null | undefined): readonly RecordHeader[] | null {
  return headers === undefined || headers === null ? null : headerList(headers)
}

/** Milliseconds since 1970, as records hold them. Kafka: the constructor of `ProducerRecord`. */
export function stampOf(timestamp: number | string): number {
  const stamp = timeOf(timestamp)
  if (stamp >= 0 && stamp <= Number.MAX_SAFE_INTEGER) return stamp
  throw new ConfigError(
    'timestamp',
    `Cannot send a record with the timestamp ${shown(timestamp)}: it must be milliseconds since 1970, from 0 to ${Number.MAX_SAFE_INTEGER}`,
  )
}

/** The milliseconds since 1970 that a number, a BigInt or a decimal text means; NaN: none. */
export const timeOf = (given: unknown): number => (typeof given === 'number' ? Math.floor(given) : wholeNumberOf(given))
