import type { KafkaError } from '../base/errors.js'
import type { RecordData, RecordHeader } from '../record/record.js'

/** What a header's value may be; an array stands for several headers of the same name, as in KafkaJS. */
export type HeaderValue = RecordData | undefined | readonly RecordData[]

/** One record of `send`, in KafkaJS's shape. */
export interface ProducerMessage<Key = RecordData, Value = RecordData> {
  readonly key?: Key | null
  readonly value: Value | null
  /** KafkaJS's object, or a list, which costs less. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | readonly RecordHeader[]
  /** Chosen by the partitioner when absent. */
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
  readonly messages: readonly ProducerMessage<Key, Value>[]
  /** KafkaJS lets each call choose. Here it must be what the producer's own `acks` says. */
  readonly acks?: number
}

/** Where records went: one for each batch that took some of them. */
export interface RecordMetadata {
  readonly topicName: string
  readonly partition: number
  readonly errorCode: 0
  /** Of the first of the call's records in that batch; -1 with acks=0. */
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
  /** -1 with acks=0. */
  readonly offset: number
}

/** Headers as records hold them. */
export function headerList(
  headers: Readonly<Record<string, HeaderValue>> | readonly RecordHeader[],
): readonly RecordHeader[] {
  if (Array.isArray(headers)) return headers as readonly RecordHeader[]
  return Object.entries(headers).flatMap(([key, value]): RecordHeader[] => {
    if (Array.isArray(value)) return (value as readonly RecordData[]).map((item) => ({ key, value: item }))
    return [{ key, value: (value ?? null) as RecordData }]
  })
}
