import type { GivenTopicOptions } from '../base/config/topic-options.js'
import { ClosedError, KafkaError } from '../base/errors.js'
import type { PartitionName, TopicMetadata, TopicResult } from '../protocol/messages.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../protocol/messages.js'
import type { AdminActor } from './admin-actor.js'
import { brokerAddress } from './metadata.js'

/** A topic to create; KafkaJS's shape, with Kafka's option names for `configs`. */
export interface TopicToCreate {
  readonly topic: string
  /** The brokers' num.partitions when absent. */
  readonly numPartitions?: number
  /** The brokers' default.replication.factor when absent. */
  readonly replicationFactor?: number
  readonly configs?: GivenTopicOptions
}

export interface TopicOffsets extends PartitionName {
  /** logStartOffset */
  readonly low: number
  /** highWatermark, exclusive */
  readonly high: number
}

export class Admin {
  readonly #actor: AdminActor
  readonly #release: () => Promise<void>

  constructor(actor: AdminActor, release: () => Promise<void>) {
    this.#actor = actor
    this.#release = release
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(): Promise<void> {
    return this.close()
  }

  /**
   * Resolves when every live broker knows the topics: true, or false if all of them were there already. Rejects with the first
   * refusal, having created the others.
   */
  async createTopics(request: {
    readonly topics: readonly TopicToCreate[]
    readonly validateOnly?: boolean
  }): Promise<boolean> {
    const topics = request.topics.map((topic) => ({
      name: topic.topic,
      numPartitions: topic.numPartitions ?? -1,
      replicationFactor: topic.replicationFactor ?? -1,
      configs: topic.configs ?? {},
    }))
    const create = { api: 'CreateTopics' as const, topics, validateOnly: request.validateOnly ?? false }
    const results = (await this.#actor.ask(create, 'CreateTopics')).topics
    throwFirst(results.filter((result) => result.error !== 'TOPIC_ALREADY_EXISTS'))
    return results.some((result) => result.error === 'NONE')
  }

  async deleteTopics(request: { readonly topics: readonly string[] }): Promise<void> {
    throwFirst((await this.#actor.ask({ api: 'DeleteTopics', names: request.topics }, 'DeleteTopics')).topics)
  }

  /** Names of all topics. */
  async listTopics(): Promise<string[]> {
    return (await this.#describe(null)).map((topic) => topic.name)
  }

  /** Partitions, leaders and replicas of these topics, or of all. */
  async fetchTopicMetadata(
    request: { readonly topics?: readonly string[] } = {},
  ): Promise<{ topics: readonly TopicMetadata[] }> {
    const topics = await this.#describe(request.topics ?? null)
    const unknown = topics.find((topic) => topic.error !== 'NONE')
    if (unknown !== undefined)
      throw new KafkaError(unknown.error, `There is no topic '${unknown.name}': ${unknown.error}`)
    return { topics }
  }

  /** First and end offset of every partition of a topic. */
  async fetchTopicOffsets(topic: string): Promise<TopicOffsets[]> {
    const { topics } = await this.fetchTopicMetadata({ topics: [topic] })
    const metadata = topics[0] as TopicMetadata
    return Promise.all(
      metadata.partitions.map(async ({ partition, leader }) => {
        const at = async (timestamp: number): Promise<number> => {
          const partitions = [{ topicId: metadata.topicId, partition, timestamp }]
          const answer = await this.#actor.ask({ api: 'ListOffsets', partitions }, 'ListOffsets', brokerAddress(leader))
          const found = answer.partitions[0] as (typeof answer.partitions)[number]
          if (found.error !== 'NONE') throw new KafkaError(found.error)
          return found.offset
        }
        return { topic, partition, low: await at(EARLIEST_TIMESTAMP), high: await at(LATEST_TIMESTAMP) }
      }),
    )
  }

  close(): Promise<void> {
    this.#actor.end(new ClosedError('The admin is closed'))
    return this.#release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #describe(topics: readonly string[] | null): Promise<readonly TopicMetadata[]> {
    return (await this.#actor.ask({ api: 'Metadata', topics, allowAutoTopicCreation: false }, 'Metadata')).topics
  }
}

function throwFirst(results: readonly TopicResult[]): void {
  const refused = results.find((result) => result.error !== 'NONE')
  if (refused !== undefined) throw new KafkaError(refused.error, `${refused.says}: ${refused.error}`)
}
