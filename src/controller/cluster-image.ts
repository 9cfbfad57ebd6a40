import { assert } from '../base/assert.js'
import type { TopicId } from '../base/ids.js'
import type { PartitionMetadata, TopicImage } from '../protocol/messages.js'
import type { MetadataRecord } from './metadata-records.js'

interface BrokerImage {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly isFenced: boolean
}

interface MutableTopic {
  readonly name: string
  readonly topicId: TopicId
  readonly configs: Readonly<Record<string, unknown>>
  readonly partitions: PartitionMetadata[]
}

/** The cluster as the records replayed so far describe it. `replay` is the only code that changes it. */
export class ClusterImage {
  readonly #brokers = new Map<number, BrokerImage>()
  readonly #topics = new Map<TopicId, MutableTopic>()
  readonly #topicIds = new Map<string, TopicId>()
  #version = 0
  #lastTopicId = 0

  /** How many records were replayed. */
  get version(): number {
    return this.#version
  }

  get lastTopicId(): TopicId {
    return this.#lastTopicId
  }

  broker(brokerId: number): BrokerImage | undefined {
    return this.#brokers.get(brokerId)
  }

  /** Ids of the brokers that may lead, ascending. */
  get activeBrokers(): number[] {
    return [...this.#brokers.values()]
      .filter((broker) => !broker.isFenced)
      .map((broker) => broker.brokerId)
      .sort((a, b) => a - b)
  }

  topicNamed(name: string): TopicImage | undefined {
    const topicId = this.#topicIds.get(name)
    return topicId === undefined ? undefined : this.#topics.get(topicId)
  }

  get topics(): readonly TopicImage[] {
    return [...this.#topics.values()]
  }

  replay(record: MetadataRecord): void {
    this.#version += 1
    switch (record.type) {
      case 'registerBroker':
        this.#brokers.set(record.brokerId, { ...record, isFenced: false })
        break
      case 'fenceBroker':
        this.#brokers.set(record.brokerId, { ...record, isFenced: true })
        break
      case 'topic':
        assert(!this.#topicIds.has(record.name), 'A topic is made once')
        this.#topics.set(record.topicId, { ...record, partitions: [] })
        this.#topicIds.set(record.name, record.topicId)
        this.#lastTopicId = Math.max(this.#lastTopicId, record.topicId)
        break
      case 'removeTopic':
        this.#topicIds.delete(this.#topic(record.topicId).name)
        this.#topics.delete(record.topicId)
        break
      case 'partition': {
        const { partition, leader, leaderEpoch, replicas, isr } = record
        this.#topic(record.topicId).partitions[partition] = { partition, leader, leaderEpoch, replicas, isr }
        break
      }
      case 'partitionChange': {
        const { partitions } = this.#topic(record.topicId)
        const before = partitions[record.partition] as PartitionMetadata
        assert(record.leaderEpoch >= before.leaderEpoch, 'Leader epochs only grow')
        const { leader, leaderEpoch, isr } = record
        partitions[record.partition] = { ...before, leader, leaderEpoch, isr }
      }
    }
  }

  #topic(topicId: TopicId): MutableTopic {
    const topic = this.#topics.get(topicId)
    assert(topic !== undefined, 'A record names a topic that exists')
    return topic
  }
}
