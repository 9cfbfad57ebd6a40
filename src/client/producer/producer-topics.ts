import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Context } from '../../actor/types.js'
import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { Random } from '../../base/random.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import { PartitionAccumulator } from '../batches/partition-accumulator.js'
import { isPassing } from '../metadata.js'
import { PendingCalls } from './pending-calls.js'
import { checkTopicName } from './producer-record.js'
import { StickyPartition } from './sticky-partition.js'

export interface TopicState {
  readonly name: string
  error: ErrorCode
  /** The partitions; empty until the topic is known. */
  partitions: readonly PartitionAccumulator[]
  readonly sticky: StickyPartition
  nextRoundRobin: number
  metadataDue: Timestamp
  /** When it may be asked for again at the earliest. */
  retryDue: Timestamp
  isAsking: boolean
  /** Whether it was used since it was asked for last. */
  isUsed: boolean
  /** Calls that wait until it is known. */
  readonly waiting: PendingCalls
  /** Calls for partitions that it is not known to have, about which it will be asked for again. */
  readonly beyond: PendingCalls
  /** Calls for such partitions for which it was asked, while the answer is under way. */
  readonly askedFor: PendingCalls
}

/** Whether the topic is known, and a record names a partition that it is not known to have. */
export const lacks = ({ partitions }: TopicState, partition: number | undefined): boolean =>
  partition !== undefined && partitions.length > 0 && partition >= partitions.length

/** Whether anything is known of it: its partitions, or an error. */
export const isKnown = (topic: TopicState): boolean => topic.partitions.length > 0 || topic.error !== 'NONE'

export interface ProducerTopicsParts {
  readonly options: ProducerOptions
  /** The network, which its owner passes messages. */
  readonly network: NetworkClient
  readonly sender: Address
  readonly random: Random
  readonly clock: Clock
}

/**
 * What a producer's application half knows of the topics that it writes to. It asks the sender for each, again after
 * metadata.max.age.ms. One that was not used since is forgotten instead (Kafka: metadata.max.idle.ms, which is as long
 * there). Only what is used for the first time, or has batches on their way, may be created by asking: otherwise an
 * idle producer would bring deleted topics back.
 */
export class ProducerTopics {
  readonly #parts: ProducerTopicsParts
  readonly #topics = new Map<string, TopicState>()
  #last: TopicState | null = null

  constructor(parts: ProducerTopicsParts) {
    this.#parts = parts
  }

  /** The topic, or undefined if it was not used before. */
  find(name: string): TopicState | undefined {
    if (this.#last?.name !== name) this.#last = this.#topics.get(name) ?? null
    if (this.#last === null) return undefined
    this.#last.isUsed = true
    return this.#last
  }

  /** Adds a topic, which is asked for with the next tick. */
  add(name: string): TopicState {
    checkTopicName(name)
    const topic: TopicState = {
      name,
      error: 'NONE',
      partitions: [],
      sticky: this.#sticky(name),
      nextRoundRobin: 0,
      metadataDue: timestamp(0),
      retryDue: timestamp(0),
      isAsking: false,
      isUsed: true,
      waiting: new PendingCalls(),
      beyond: new PendingCalls(),
      askedFor: new PendingCalls(),
    }
    this.#topics.set(name, topic)
    return topic
  }

  #sticky(topic: string): StickyPartition {
    const { options, random, clock } = this.#parts
    return new StickyPartition({ random: random.fork(`sticky ${topic}`), clock, options })
  }

  /** Forgets the topic: whoever uses it next asks again. */
  forget(topic: TopicState): void {
    if (this.#topics.get(topic.name) === topic) this.#topics.delete(topic.name)
    if (this.#last === topic) this.#last = null
  }

  [Symbol.iterator](): Iterator<TopicState> {
    return this.#topics.values()
  }

  /** Has all topics asked for again: what is known has changed. */
  noteStale(): void {
    for (const topic of this.#topics.values()) topic.metadataDue = timestamp(0)
  }

  /** Asks for what is due; returns when the next one is. */
  tick(context: Context): Timestamp {
    let next = NEVER
    for (const topic of this.#topics.values()) {
      if (topic.isAsking) continue
      const isAwaited = !topic.beyond.isEmpty
      const due = isAwaited ? earliest(topic.metadataDue, topic.retryDue) : topic.metadataDue
      if (due > context.now) next = earliest(next, due)
      else if (topic.isUsed || isAwaited || !topic.waiting.isEmpty || hasBatches(topic)) this.#askFor(topic, context)
      else this.forget(topic)
    }
    return next
  }

  #askFor(topic: TopicState, context: Context): void {
    const allowAutoTopicCreation = topic.partitions.length === 0 || hasBatches(topic)
    const request = { api: 'Metadata' as const, topics: [topic.name], allowAutoTopicCreation }
    const { network, sender, options } = this.#parts
    const sent = network.send(sender, request, context, (response, later) => {
      topic.isAsking = false
      const { 'retry.backoff.ms': backoffMs, 'metadata.max.age.ms': maxAgeMs } = options
      const said = response?.api === 'Metadata' ? response.topics[0] : undefined
      const isSaid = said !== undefined && !isPassing(said)
      topic.retryDue = timestamp(later.now + backoffMs)
      topic.metadataDue = isSaid ? timestamp(later.now + maxAgeMs) : topic.retryDue
      if (!isSaid) return this.#askAgain(topic)
      this.#learn(topic, said)
      later.noteWork()
    })
    topic.isAsking = sent === 'sent'
    if (topic.isAsking) topic.beyond.moveTo(topic.askedFor)
    if (topic.isAsking) topic.isUsed = topic.partitions.length === 0
  }

  #learn(topic: TopicState, said: TopicMetadata): void {
    const known = topic.partitions
    // It is gone, which is told of its batches. Those who hold it go on with what was known.
    if (said.error !== 'NONE' && known.length > 0) {
      topic.askedFor.failAll((call) => call.lateError())
      return topic.beyond.isEmpty ? this.forget(topic) : undefined
    }
    topic.error = said.error
    const kept = new Map(known.map((one) => [one.topicId === said.topicId ? one.partition : -1, one]))
    topic.partitions = said.partitions.map(
      ({ partition }) => kept.get(partition) ?? new PartitionAccumulator(topic.name, said.topicId, partition),
    )
    // Whoever makes partitions is answered when all brokers know of them: what is not there by now was not made.
    if (topic.partitions.length === known.length) return topic.askedFor.failAll((call) => call.lateError())
    // They were before whatever is sent from now on.
    topic.askedFor.moveTo(topic.waiting)
    topic.beyond.moveTo(topic.waiting)
  }

  /** Nobody has answered: those who wait for that wait before those who came later. */
  #askAgain({ askedFor, beyond }: TopicState): void {
    beyond.moveTo(askedFor)
    askedFor.moveTo(beyond)
  }
}

/**
 * Whether some are on their way: that is use, as it is for Kafka's producer, so the topic is made again for them where
 * it is gone.
 */
const hasBatches = ({ partitions }: TopicState): boolean => partitions.some(({ batches }) => batches > 0)
