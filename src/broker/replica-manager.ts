import type { BrokerOptions } from '../base/config/broker-options.js'
import { parseTopicOptions } from '../base/config/topic-options.js'
import type { TopicId } from '../base/ids.js'
import { SegmentPool } from '../log/segment-pool.js'
import type { TopicImage, UpdateMetadataRequest } from '../protocol/messages.js'
import { Partition } from './partition.js'

/** The partitions that this broker holds, kept as the controller's image says. (`ReplicaManager` in Kafka.) */
export class ReplicaManager {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #pool: SegmentPool
  readonly #point: (name: string) => void
  readonly #partitions = new Map<TopicId, Map<number, Partition>>()

  constructor(brokerId: number, options: BrokerOptions, point: (name: string) => void) {
    this.#brokerId = brokerId
    this.#options = options
    this.#point = point
    this.#pool = new SegmentPool({
      segmentBytes: options['log.segment.bytes'],
      freeBytesMax: options['odradek.pool.bytes'],
    })
  }

  partition(topicId: TopicId, partition: number): Partition | undefined {
    return this.#partitions.get(topicId)?.get(partition)
  }

  *all(): Iterable<Partition> {
    for (const partitions of this.#partitions.values()) yield* partitions.values()
  }

  apply(image: UpdateMetadataRequest): void {
    const known = new Set(image.topics.map((topic) => topic.topicId))
    for (const [topicId, partitions] of this.#partitions) {
      if (known.has(topicId)) continue
      for (const partition of partitions.values()) partition.log.close()
      this.#partitions.delete(topicId)
    }
    for (const topic of image.topics) this.#applyTopic(topic)
  }

  #applyTopic(topic: TopicImage): void {
    for (const metadata of topic.partitions) {
      if (!metadata.replicas.includes(this.#brokerId)) continue
      let partitions = this.#partitions.get(topic.topicId)
      if (partitions === undefined) {
        partitions = new Map()
        this.#partitions.set(topic.topicId, partitions)
      }
      const held = partitions.get(metadata.partition)
      if (held !== undefined) held.update(metadata, this.#brokerId)
      else {
        const options = parseTopicOptions(topic.configs, this.#options)
        const parts = { pool: this.#pool, options, metadata, brokerId: this.#brokerId, point: this.#point }
        partitions.set(metadata.partition, new Partition(topic.topicId, metadata.partition, parts))
      }
    }
  }
}
