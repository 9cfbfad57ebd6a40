import type { Address } from '../actor/types.js'
import type { TopicId } from '../base/ids.js'
import type { MetadataResponse, TopicMetadata } from '../protocol/messages.js'

export const brokerAddress = (brokerId: number): Address => `broker-${brokerId}`

/** What a client knows of the cluster, as of its last Metadata response. */
export class Metadata {
  readonly #topics = new Map<string, TopicMetadata>()
  readonly #topicsById = new Map<TopicId, TopicMetadata>()

  update(response: MetadataResponse): void {
    for (const topic of response.topics) {
      const old = this.#topics.get(topic.name)
      if (old !== undefined) this.#topicsById.delete(old.topicId)
      this.#topics.delete(topic.name)
      if (topic.error !== 'NONE') continue
      this.#topics.set(topic.name, topic)
      this.#topicsById.set(topic.topicId, topic)
    }
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  /** The broker that leads a partition, or -1: unknown, or there is none. */
  leaderOf(topicId: TopicId, partition: number): number {
    return this.#topicsById.get(topicId)?.partitions[partition]?.leader ?? -1
  }
}
