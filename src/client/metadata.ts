import { ERRORS, type ErrorCode } from '../base/error-code.js'
import type { TopicId } from '../base/ids.js'
import type { MetadataResponse, PartitionMetadata, TopicMetadata } from '../protocol/apis/metadata.js'
import type { CurrentLeader } from '../protocol/partition.js'

/** Errors that say that the asking side knows an old cluster. (`InvalidMetadataException` in Kafka.) */
const STALE: ReadonlySet<ErrorCode> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'NETWORK_EXCEPTION',
])

/** Whether an answer with this error is a reason to ask for metadata. */
export const isStaleMetadata = (error: ErrorCode): boolean => STALE.has(error)

/**
 * Whether a topic that was asked for may have another answer next time, such as while a controller is being started
 * again. A topic that nobody knows is told at once, though it may be created later.
 */
export const isPassing = ({ error }: Pick<TopicMetadata, 'error'>): boolean =>
  ERRORS[error].retriable && error !== 'UNKNOWN_TOPIC_OR_PARTITION'

interface KnownTopic extends TopicMetadata {
  /** A list of its own: one leader is replaced without a copy of all partitions. */
  readonly partitions: PartitionMetadata[]
}

/** So many topics that are gone are remembered. */
const GONE_MAX = 1_000

/**
 * What a client knows of the cluster, as of its last Metadata responses. A partition's leader epoch never goes back:
 * the brokers learn of an election one after the other, and the next answer may come from one that has not heard.
 * (`Metadata` in Kafka.) Nor does the id of a topic that was created again: ids grow.
 */
export class Metadata {
  readonly #topics = new Map<string, KnownTopic>()
  /** The ids of topics that are gone, by their names; the last to go is last. */
  readonly #gone = new Map<string, TopicId>()
  readonly #topicsById = new Map<TopicId, KnownTopic>()
  #version = 0

  /** Grows with everything that is learnt. */
  get version(): number {
    return this.#version
  }

  /** Takes in an answer. False: it says nothing, because the broker that gave it knows no cluster yet. */
  update(response: MetadataResponse): boolean {
    if (response.brokers.length === 0) return false
    this.#version += 1
    for (const topic of response.topics) {
      const known = this.#topics.get(topic.name)
      if (topic.error === 'NONE') {
        const lastId = known?.topicId ?? this.#gone.get(topic.name) ?? topic.topicId
        if (topic.topicId >= lastId) this.#set(newerOf(known, topic))
      } else if (known !== undefined && topic.error === 'UNKNOWN_TOPIC_OR_PARTITION') this.#delete(known)
    }
    return true
  }

  /** Takes in the leader that a broker named instead of itself (KIP-951). False: it is not newer than what is known. */
  updateLeader(topicId: TopicId, partition: number, { leader, leaderEpoch }: CurrentLeader): boolean {
    const topic = this.#topicsById.get(topicId)
    const known = topic?.partitions[partition]
    if (topic === undefined || known === undefined) return false
    const isNewer = leaderEpoch > known.leaderEpoch || (leaderEpoch === known.leaderEpoch && known.leader < 0)
    if (!isNewer) return false
    this.#version += 1
    topic.partitions[partition] = { ...known, leader, leaderEpoch }
    return true
  }

  /**
   * Takes in that there has been a leader of this epoch, whichever it was. The leader of an older epoch leads no more:
   * it may not know that, and its log may end before what its successors have written. So nobody is the leader until an
   * answer is as new. (`Metadata.updateLastSeenEpochIfNewer` and `partitionMetadataIfCurrent` in Kafka, KIP-320)
   */
  noteEpoch(topicId: TopicId, partition: number, leaderEpoch: number): void {
    if (leaderEpoch <= this.leaderEpochOf(topicId, partition)) return
    this.updateLeader(topicId, partition, { leader: -1, leaderEpoch })
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  /** The broker that leads a partition, or -1: unknown, or there is none. */
  leaderOf(topicId: TopicId, partition: number): number {
    return this.#topicsById.get(topicId)?.partitions[partition]?.leader ?? -1
  }

  /** The epoch of the partition's leader; -1: unknown. */
  leaderEpochOf(topicId: TopicId, partition: number): number {
    return this.#topicsById.get(topicId)?.partitions[partition]?.leaderEpoch ?? -1
  }

  /**
   * Whether the last answers said that there is no such partition: its topic was deleted, and perhaps made again with
   * fewer.
   */
  isGone(name: string, topicId: TopicId, partition: number): boolean {
    const topic = this.#topics.get(name)
    return topic?.topicId !== topicId || topic.partitions[partition] === undefined
  }

  #set(topic: KnownTopic): void {
    const known = this.#topics.get(topic.name)
    if (known !== undefined && known.topicId !== topic.topicId) this.#topicsById.delete(known.topicId)
    this.#gone.delete(topic.name)
    this.#topics.set(topic.name, topic)
    this.#topicsById.set(topic.topicId, topic)
  }

  #delete(topic: KnownTopic): void {
    this.#topics.delete(topic.name)
    this.#topicsById.delete(topic.topicId)
    this.#gone.set(topic.name, topic.topicId)
    if (this.#gone.size <= GONE_MAX) return
    const [first] = this.#gone.keys()
    this.#gone.delete(first as string)
  }
}

/** Kafka: `Metadata.updateLatestMetadata`. A topic that was created again has another id, and its epochs begin anew. */
function newerOf(known: KnownTopic | undefined, said: TopicMetadata): KnownTopic {
  if (known?.topicId !== said.topicId) return { ...said, partitions: [...said.partitions] }
  const newer = (partition: PartitionMetadata): PartitionMetadata => {
    const before = known.partitions[partition.partition]
    return before !== undefined && before.leaderEpoch > partition.leaderEpoch ? before : partition
  }
  return { ...said, partitions: said.partitions.map(newer) }
}
