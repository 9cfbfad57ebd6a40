import { request } from 'node:http'
import { deserialize, serialize } from 'node:v8'
import { ConfigError, KafkaError } from '../base/errors.js'
import { messageOf } from '../base/thrown.js'
import type { RecordMetadata } from '../client/producer/producer-record.js'
import type { RecordData } from '../record/record.js'
import { type CommittedOffsets, type RecordsOptions, SEND, UNTIL, WAIT_MS, type WaitOptions } from './test-kafka.js'
import { messagesOf, type RecordFormat, type RecordToSend, type TestRecord } from './test-record.js'
import { errorOf, type ToldError } from './told-error.js'
import { waitUntil } from './wait-until.js'

/** The variable of the environment that tells workers of a test runner where the shared Kafka is. */
export const SHARED = 'ODRADEK_SHARED_KAFKA'

/** What the variable holds, as JSON. */
export interface SharedPlace {
  readonly bootstrapServers: string
  /** The port at which the process that has the cluster answers questions. */
  readonly port: number
}

export const SHARED_QUESTIONS = ['send', 'records', 'committed', 'contents'] as const
export type SharedQuestion = (typeof SHARED_QUESTIONS)[number]

/** A question by its name and arguments, and what came of it; both are written by `node:v8`, which keeps bytes. */
export interface Asked {
  readonly question: SharedQuestion
  readonly args: readonly unknown[]
}
export type Told = { readonly value: unknown } | { readonly error: ToldError }

/**
 * The Kafka that all workers of a test runner share, as one of them sees it: what TestKafka has without the cluster
 * itself, which lives in another process. Others use it at the same time, so a test has topics and groups of its own.
 */
export class SharedKafka {
  readonly bootstrapServers: string
  readonly #port: number

  constructor({ bootstrapServers, port }: SharedPlace) {
    this.bootstrapServers = bootstrapServers
    this.#port = port
  }

  /** Where clients connect to, as KafkaJS wants it. */
  get brokers(): string[] {
    return this.bootstrapServers.split(',')
  }

  /** See `TestKafka.send`. */
  async send(
    topic: string,
    records: RecordData | RecordToSend | Iterable<RecordData | RecordToSend>,
  ): Promise<readonly RecordMetadata[]> {
    const [name, given] = SEND(topic, records)
    // Here, where values still have the JSON of their classes.
    return this.#ask('send', name, messagesOf(given))
  }

  /** See `TestKafka.records`. */
  records(topic: string, options?: RecordsOptions<'text'>): Promise<TestRecord[]>
  records<Value = unknown>(topic: string, options: RecordsOptions<'json'>): Promise<TestRecord<string, Value>[]>
  records(topic: string, options: RecordsOptions<'bytes'>): Promise<TestRecord<Buffer>[]>
  async records(topic: string, options: RecordsOptions<RecordFormat> = {}): Promise<TestRecord<never, never>[]> {
    return this.#ask('records', topic, options)
  }

  /** See `TestKafka.committed`. */
  async committed(group: string): Promise<CommittedOffsets> {
    return this.#ask('committed', group)
  }

  /** See `TestKafka.until`. */
  async until<Value>(condition: () => Value, options: WaitOptions = {}): Promise<NonNullable<Awaited<Value>>> {
    const [call, { timeoutMs = WAIT_MS }] = UNTIL(condition, options)
    const value = await waitUntil(call, timeoutMs, () => this.#ask('contents'))
    return value as NonNullable<Awaited<Value>>
  }

  async #ask<Value>(question: SharedQuestion, ...args: readonly unknown[]): Promise<Value> {
    const told = deserialize(await this.#post(asked({ question, args }))) as Told
    if ('value' in told) return told.value as Value
    throw errorOf(told.error)
  }

  #post(body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const gone = (cause: Error): void => {
        const says = `The process that shares its Kafka cannot be asked: ${cause.message}`
        reject(new KafkaError('BROKER_NOT_AVAILABLE', says, { cause }))
      }
      const asking = request({ host: '127.0.0.1', port: this.#port, method: 'POST' }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks)))
        response.on('error', gone)
      })
      asking.on('error', gone)
      asking.end(body)
    })
  }
}

/** Throws a ConfigError for arguments that no other process can be told of, such as functions. */
function asked(question: Asked): Buffer {
  try {
    return serialize(question)
  } catch (cause) {
    throw new ConfigError(question.question, `Cannot call ${question.question}: ${messageOf(cause)}`, { cause })
  }
}

/**
 * The Kafka that a global setup has shared: see `shareKafka`. Throws a ConfigError where none has.
 */
export function sharedKafka(): SharedKafka {
  const place = process.env[SHARED]
  if (place !== undefined) return new SharedKafka(JSON.parse(place) as SharedPlace)
  const says = 'There is no shared Kafka: call shareKafka in the global setup of the test runner'
  throw new ConfigError(SHARED, says)
}
