import { KafkaError } from '../../base/errors.js'
import type { TopicId } from '../../base/ids.js'
import { counted } from '../../base/words.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { AdminFront } from './admin-front.js'

/** What an admin asks about topics, for its own methods and those of groups. */
export class TopicQuestions {
  readonly #front: AdminFront

  constructor(front: AdminFront) {
    this.#front = front
  }

  /** Describes these topics, or all; each may have an error. */
  async describe(topics: readonly string[] | null): Promise<readonly TopicMetadata[]> {
    return (await this.#front.ask({ api: 'Metadata', topics, allowAutoTopicCreation: false })).topics
  }

  /** Describes these topics, or all. Rejects where there is no such topic. */
  async known(names: readonly string[] | null): Promise<readonly TopicMetadata[]> {
    const topics = await this.describe(names)
    const unknown = topics.find((topic) => topic.error !== 'NONE')
    if (unknown !== undefined)
      throw new KafkaError(unknown.error, `There is no topic '${unknown.name}': ${unknown.error}`)
    return topics
  }

  /**
   * Rejects where there is no such partition. Nobody leads one that is not there, so whoever asks its leader must know.
   */
  async refuseUnknown(names: readonly PartitionName[]): Promise<void> {
    const topics = await this.known([...new Set(names.map(({ topic }) => topic))])
    const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
    for (const { topic, partition } of names) {
      const count = counts.get(topic) ?? 0
      if (partition < count) continue
      const says = `There is no partition ${partition} of '${topic}', which has ${counted(count, 'partition')}`
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', says)
    }
  }

  /** The offset of a moment, or of a special timestamp of ListOffsets; -1: no record is that young. */
  async offsetAt(name: PartitionName, topicId: TopicId, timestamp: number): Promise<number> {
    const request = { api: 'ListOffsets' as const, partitions: [{ topicId, partition: name.partition, timestamp }] }
    const [found] = (await this.#front.askLeader(request, name)).partitions
    if (found?.error !== 'NONE') throw new KafkaError(found?.error ?? 'UNKNOWN_SERVER_ERROR')
    return found.offset
  }
}
