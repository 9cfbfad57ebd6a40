import { signature } from '../base/arguments/shape.js'
import {
  anything,
  callback,
  milliseconds,
  objectWith,
  oneOf,
  optional,
  text,
  wholeNumber,
} from '../base/arguments/shapes.js'
import { shown } from '../base/arguments/shown.js'
import type { GivenProducerOptions } from '../base/config/producer-options.js'
import { KafkaError, TimeoutError } from '../base/errors.js'
import { counted } from '../base/words.js'
import type { Admin } from '../client/admin/admin.js'
import type { Producer } from '../client/producer/producer.js'
import type { RecordMetadata } from '../client/producer/producer-record.js'
import { Cluster, type ClusterOptions } from '../cluster/cluster.js'
import type { RecordData } from '../record/record.js'
import { contentsOf } from './contents.js'
import { Deadline } from './deadline.js'
import { replicated } from './replicated.js'
import { messagesOf, type RecordFormat, type RecordToSend, type TestRecord } from './test-record.js'
import { type Found, readTopic } from './topic-reader.js'
import { waitUntil } from './wait-until.js'

export interface WaitOptions {
  /** How long to wait for something to come. Default 4,000: a test of jest and vitest has 5,000. */
  readonly timeoutMs?: number
}

export interface RecordsOptions<Format extends RecordFormat = RecordFormat> extends WaitOptions {
  /** How many records to wait for. Default 1; with 0 nothing is waited for. */
  readonly count?: number
  /** What becomes of bytes. Default `text`. */
  readonly as?: Format
}

/** What a group has committed: the next offset to be read, by topic and partition. */
export interface CommittedOffsets {
  readonly [topic: string]: { readonly [partition: number]: number }
}

export const WAIT_MS = 4_000
const RECORDS_SHOWN_MAX = 20
/** Whatever brokers take is sent, and what they have not taken while others would wait is given up. */
const PRODUCER: GivenProducerOptions = {
  acks: 'all',
  'max.request.size': 2 ** 31 - 1,
  'delivery.timeout.ms': WAIT_MS,
  'request.timeout.ms': WAIT_MS,
  'max.block.ms': WAIT_MS,
}
/** What was found instead of what was waited for. */
const FOUND: Readonly<Record<Found['extent'], (count: string) => string>> = {
  all: (count) => `it has ${count}`,
  some: (count) => `${count} could be read, and not what may be there beside`,
  absent: () => 'there is no such topic',
  unknown: () => 'no broker could be asked for it',
}
const timeoutMs = optional(milliseconds)
export const SEND = signature('send', ['topic', text], ['records', anything])
const RECORDS = signature(
  'records',
  ['topic', text],
  ['', objectWith({ count: optional(wholeNumber(0)), timeoutMs, as: optional(oneOf('text', 'json', 'bytes')) })],
)
const COMMITTED = signature('committed', ['group', text])
export const UNTIL = signature('until', ['condition', callback<() => unknown>()], ['', objectWith({ timeoutMs })])

/**
 * A Kafka for tests: a cluster that Kafka's clients reach at `brokers`, and the questions that a test asks of it without
 * a client of its own. `reset` makes it as empty as a new one.
 *
 * Lives on the application's thread. Its producer and its admin come with their first use, and go with each reset.
 */
export class TestKafka {
  /** The cluster, or its start; null: it has not begun to start, or could not. */
  #starting: Promise<Cluster> | null = null
  #cluster: Cluster | null = null
  #producer: Producer | null = null
  #admin: Admin | null = null

  /** Starts the cluster; see `startKafka`. */
  async start(options: ClusterOptions = {}): Promise<this> {
    if (this.#starting !== null) throw new KafkaError('INVALID_REQUEST', 'Cannot start the test kit: it has started')
    this.#starting = Cluster.start({ ...replicated(options), listen: options.listen ?? {} })
    try {
      const cluster = await this.#starting
      // Whoever forgets to stop it is not kept waiting.
      this.#cluster = cluster.unref()
    } catch (error) {
      this.#starting = null
      throw error
    }
    return this
  }

  /** The cluster itself, with all that can go wrong in it. */
  get cluster(): Cluster {
    if (this.#cluster !== null) return this.#cluster
    throw new KafkaError('INVALID_REQUEST', 'The cluster has not started yet: use it in a test, or in a hook of one')
  }

  /** Where clients connect to: `127.0.0.1:34197,127.0.0.1:39441`. */
  get bootstrapServers(): string {
    return this.cluster.bootstrapServers
  }

  /** The same as a list, as KafkaJS wants it. */
  get brokers(): string[] {
    return this.bootstrapServers.split(',')
  }

  /**
   * Sends records and resolves when all in-sync replicas have them. A record is a text, bytes, or an object as KafkaJS
   * has it, whose value may be anything that has a JSON. A topic that is not there is created, as by any producer.
   */
  async send(
    topic: string,
    records: RecordData | RecordToSend | Iterable<RecordData | RecordToSend>,
  ): Promise<readonly RecordMetadata[]> {
    const [name, given] = SEND(topic, records)
    this.#producer ??= this.cluster.producer(PRODUCER)
    return this.#producer.send({ topic: name, messages: messagesOf(given) })
  }

  /**
   * Waits until a topic has so many records, and resolves with all that it has then: one partition after the other,
   * each in the order of its offsets. Rejects with a TimeoutError that tells what there is.
   */
  records(topic: string, options?: RecordsOptions<'text'>): Promise<TestRecord[]>
  records<Value = unknown>(topic: string, options: RecordsOptions<'json'>): Promise<TestRecord<string, Value>[]>
  records(topic: string, options: RecordsOptions<'bytes'>): Promise<TestRecord<Buffer>[]>
  async records(topic: string, options: RecordsOptions = {}): Promise<TestRecord<never, never>[]> {
    const [name, { count = 1, timeoutMs: waitMs = WAIT_MS, as: format = 'text' }] = RECORDS(topic, options)
    const wanted = { topic: name, count, format, deadline: new Deadline(waitMs) }
    const { records, extent } = await readTopic(this.cluster, this.#openAdmin, wanted)
    if (records.length >= count) return [...records] as TestRecord<never, never>[]
    const asked = `Waited ${waitMs} ms for ${counted(count, 'record')} of the topic ${name}`
    const found = FOUND[extent](records.length === 0 ? 'none' : String(records.length))
    throw new TimeoutError(`${asked}: ${found}${linesOf(records)}\n${await this.contents()}`)
  }

  /** What a group has committed, wherever it has committed something. A group that nobody knows has committed nothing. */
  async committed(group: string): Promise<CommittedOffsets> {
    const [groupId] = COMMITTED(group)
    const fetched = await this.#openAdmin.fetchOffsets({ groupId })
    const topics = fetched.map(({ topic, partitions }) => {
      const committed = partitions.filter(({ offset }) => offset >= 0)
      return [topic, Object.fromEntries(committed.map(({ partition, offset }) => [partition, offset]))] as const
    })
    return Object.fromEntries(topics)
  }

  /**
   * Calls the condition again and again until what it returns, or resolves with, is true or like true, and resolves
   * with that. One that throws, such as an `expect`, is called again, too. Rejects with a TimeoutError that tells what
   * there is, with what the condition has thrown as its cause.
   */
  async until<Value>(condition: () => Value, options: WaitOptions = {}): Promise<NonNullable<Awaited<Value>>> {
    const [call, { timeoutMs: waitMs = WAIT_MS }] = UNTIL(condition, options)
    const value = await waitUntil(call, waitMs, () => this.contents())
    return value as NonNullable<Awaited<Value>>
  }

  /**
   * Makes the cluster as empty as a new one, in milliseconds: see `Cluster.reset`. What a client that was left open does
   * afterwards, it does to the next test: close it.
   */
  async reset(): Promise<void> {
    this.#forgetClients()
    await this.cluster.reset()
    // What was made meanwhile, a reset may have left alone.
    for (const client of this.#forgetClients()) client?.close().catch(() => {})
  }

  /** Ends the cluster. It may be called twice, while the cluster starts, and of one that has not started. */
  async stop(): Promise<void> {
    this.#forgetClients()
    const cluster = await this.#starting?.catch(() => null)
    await cluster?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #openAdmin(): Admin {
    this.#admin ??= this.cluster.admin({ 'default.api.timeout.ms': WAIT_MS, 'request.timeout.ms': WAIT_MS })
    return this.#admin
  }

  /** Returns those that there were. */
  #forgetClients(): readonly (Producer | Admin | null)[] {
    const clients = [this.#producer, this.#admin]
    this.#producer = null
    this.#admin = null
    return clients
  }

  /** What there is, in some lines: what a wait says that was in vain. */
  contents(): Promise<string> {
    return contentsOf(this.cluster, this.#openAdmin)
  }
}

function linesOf(records: readonly TestRecord<unknown>[]): string {
  const lines = records.slice(0, RECORDS_SHOWN_MAX).map(({ partition, offset, key, value }) => {
    return `\n  partition ${partition}, offset ${offset}: key ${shown(key)}, value ${shown(value)}`
  })
  const more = records.length - lines.length
  return `${lines.join('')}${more > 0 ? `\n  and ${more} more` : ''}`
}
