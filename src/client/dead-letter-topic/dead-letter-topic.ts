import { signature } from '../../base/arguments/shape.js'
import { objectOfMethods } from '../../base/arguments/shapes.js'
import type { GivenConsumerOptions } from '../../base/config/consumer-options.js'
import { type GivenProducerOptions, PRODUCER_OPTIONS } from '../../base/config/producer-options.js'
import { KafkaError } from '../../base/errors.js'
import { counted } from '../../base/words.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { Admin } from '../admin/admin.js'
import { legalTopicName, optionsOf } from '../argument-shapes.js'
import type { Consumer } from '../consumer/consumer.js'
import { notGiven, REMOVE, WRITE } from '../dead-letters/dead-letter-arguments.js'
import type { DeadLetter, DeadLetterSink } from '../dead-letters/dead-letters.js'
import type { Producer } from '../producer/producer.js'
import { letterOf, messageOf } from './dead-letter-headers.js'

/** A cluster, as far as a topic of dead letters needs one. */
export interface DeadLetterCluster {
  producer(config: GivenProducerOptions): Producer
  consumer(config: GivenConsumerOptions): Consumer
  admin(): Admin
}

const DEAD_LETTER_TOPIC = signature(
  'deadLetterTopic',
  ['cluster', objectOfMethods<DeadLetterCluster>({ producer: 'needed', consumer: 'needed', admin: 'needed' })],
  ['topic', legalTopicName],
  ['', optionsOf(PRODUCER_OPTIONS, 'producer')],
)

/**
 * Keeps dead letters in a topic, through a producer of its own, with the error in headers: see
 * `dead-letter-headers.ts`. The topic may be of another cluster. Where it is not, what makes a record fail may keep its
 * letter from being written too: the send is then told after the delivery.timeout.ms of both producers. A record that
 * is too large needs a producer here whose max.request.size is larger.
 *
 * Records cannot be taken out of a topic, so which ones were sent again is known to this object alone.
 */
export function deadLetterTopic(
  cluster: DeadLetterCluster,
  topic: string,
  config: GivenProducerOptions = {},
): DeadLetterSink {
  return new DeadLetterTopic(...DEAD_LETTER_TOPIC(cluster, topic, config))
}

/** Reads no letters where there is no topic: the first letter makes it, or somebody else. */
function noneWithoutTopic(error: unknown): never[] {
  if (error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION') return []
  throw error
}

type Place = Pick<KeptRecord, 'partition' | 'offset'>

class DeadLetterTopic implements DeadLetterSink {
  readonly livesInCluster = true
  readonly #cluster: DeadLetterCluster
  readonly #topic: string
  readonly #config: GivenProducerOptions
  readonly #places = new WeakMap<DeadLetter, Place>()
  /** Offsets of what was sent again, by partition. */
  readonly #removed = new Map<number, Set<number>>()
  #producer: Producer | null = null
  /** Whether somebody writes to it: no topic then means that no letter was lost yet. */
  #isWritten = false

  constructor(cluster: DeadLetterCluster, topic: string, config: GivenProducerOptions) {
    this.#cluster = cluster
    this.#topic = topic
    this.#config = config
  }

  attach(): void {
    this.#isWritten = true
  }

  async write(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = WRITE(given)
    this.#isWritten = true
    this.#producer ??= this.#cluster.producer({ acks: 'all', ...this.#config })
    const producer = this.#producer
    // One call each: what is refused of one says nothing about the others.
    const outcomes = await Promise.allSettled(
      letters.map((letter) => producer.send({ topic: this.#topic, messages: [messageOf(letter)] })),
    )
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    if (failed.length === 0) return
    const cause = (failed[0] as PromiseRejectedResult).reason
    const says = `Could not write ${failed.length} of ${counted(letters.length, 'dead letter')} to '${this.#topic}': ${cause}`
    throw new KafkaError(cause instanceof KafkaError ? cause.code : 'UNKNOWN_SERVER_ERROR', says, { cause })
  }

  async *read(): AsyncGenerator<DeadLetter> {
    const admin = this.#cluster.admin()
    const consumer = this.#cluster.consumer({ 'auto.offset.reset': 'earliest' })
    let broken: Error | null = null
    try {
      const offsets = admin.fetchTopicOffsets(this.#topic)
      const all = await (this.#isWritten ? offsets.catch(noneWithoutTopic) : offsets)
      const ends = new Map(all.filter(({ low, high }) => low < high).map(({ partition, high }) => [partition, high]))
      if (ends.size === 0) return
      await consumer.assign([...ends.keys()].map((partition) => ({ topic: this.#topic, partition })))
      for await (const record of consumer) {
        const { partition, offset } = record
        const end = ends.get(partition) ?? 0
        if (offset < end && this.#removed.get(partition)?.has(offset) !== true) {
          const letter = this.#letterIn(record)
          if (letter instanceof Error) broken ??= letter
          else yield letter
        }
        if (offset >= end - 1) ends.delete(partition)
        if (ends.size === 0) break
      }
    } finally {
      await Promise.all([consumer.close(), admin.close()])
    }
    if (broken !== null) throw broken
  }

  async remove(given: readonly DeadLetter[]): Promise<void> {
    const [letters] = REMOVE(given)
    const places = letters.map((letter) => this.#places.get(letter))
    for (const place of places) {
      if (place === undefined) throw notGiven(`The topic '${this.#topic}'`)
      const { partition, offset } = place
      const removed = this.#removed.get(partition) ?? new Set()
      this.#removed.set(partition, removed.add(offset))
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    await producer?.close()
  }

  #letterIn(record: KeptRecord): DeadLetter | Error {
    try {
      const letter = letterOf(record)
      this.#places.set(letter, record)
      return letter
    } catch (error) {
      return error as Error
    }
  }
}
