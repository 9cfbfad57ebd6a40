import { isOn } from '../base/guards.js'
import type { TopicId } from '../base/ids.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import type { BrokerImage, TopicImage, UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'

interface SeenTopic extends TopicImage {
  readonly partitions: PartitionMetadata[]
}

/**
 * The cluster as its controller has told this broker, image by image or difference by difference: what Metadata is
 * answered from. Costs what is told and not what is known. (`KRaftMetadataCache` in Kafka.)
 */
export class ClusterView {
  readonly #topics = new Map<TopicId, SeenTopic>()
  readonly #ids = new Map<string, TopicId>()
  #brokers: readonly BrokerImage[] = []
  #version = -1
  #removed: readonly TopicImage[] = []

  /** All brokers that ever registered. */
  get brokers(): readonly BrokerImage[] {
    return this.#brokers
  }

  get topicNames(): readonly string[] {
    return [...this.#ids.keys()]
  }

  topicNamed(name: string): TopicImage | undefined {
    const topicId = this.#ids.get(name)
    return topicId === undefined ? undefined : this.#topics.get(topicId)
  }

  /** Null: the id is none of ours. */
  topicOf(topicId: TopicId | null): TopicImage | undefined {
    return topicId === null ? undefined : this.#topics.get(topicId)
  }

  /** The topics that were here before the last image was taken, and are not any more. */
  get removed(): readonly TopicImage[] {
    return this.#removed
  }

  /** Takes over what is newer. `old`: that is known. `apart`: it is new since an image that this view does not have. */
  take(update: UpdateMetadataRequest): 'taken' | 'old' | 'apart' {
    const { version, since, brokers, topics, removedTopics } = update
    if (since > this.#version) return 'apart'
    if (version <= this.#version && isOn('newer-image')) return 'old'
    this.#version = version
    this.#brokers = brokers
    const before = since < 0 ? [...this.#topics.values()] : removedTopics.flatMap((id) => this.#topics.get(id) ?? [])
    if (since < 0) {
      this.#topics.clear()
      this.#ids.clear()
    }
    for (const topicId of removedTopics) this.#remove(topicId)
    for (const topic of topics) this.#merge(topic)
    this.#removed = before.filter(({ topicId }) => !this.#topics.has(topicId))
    return 'taken'
  }

  #remove(topicId: TopicId): void {
    const topic = this.#topics.get(topicId)
    if (topic === undefined) return
    this.#topics.delete(topicId)
    this.#ids.delete(topic.name)
  }

  #merge(topic: TopicImage): void {
    const known = this.#topics.get(topic.topicId)
    const partitions = known?.partitions ?? []
    for (const partition of topic.partitions) partitions[partition.partition] = partition
    this.#topics.set(topic.topicId, { ...topic, partitions })
    this.#ids.set(topic.name, topic.topicId)
  }
}
