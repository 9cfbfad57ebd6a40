import type { BrokerPoint } from '../actor/points.js'
import type { Context } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { parseTopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import type { Timestamp, TopicId } from '../base/ids.js'
import { isInternalTopic } from '../base/internal-topics.js'
import { type AdoptedSegment, SegmentPool } from '../log/segment-pool.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import type { BrokerImage, TopicImage, UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'
import { type CurrentLeader, currentLeaderOf, type PartitionId } from '../protocol/partition.js'
import type { BrokerHost } from './broker-host.js'
import type { ClusterView } from './cluster-view.js'
import { logNumber } from './log-options.js'
import { Partition } from './partition.js'
import type { Brokers } from './replication/leadership.js'

/** What an image has changed on this broker. */
export interface Applied {
  /** Partitions of which something is new. */
  readonly changed: readonly Partition[]
  /** Changed partitions that this broker leads in a new epoch. */
  readonly led: readonly Partition[]
  /** Partitions whose topics were deleted: replicas are never moved to other brokers. */
  readonly gone: readonly Partition[]
  /** Whether a broker has come, or is another incarnation, or lives otherwise than before. */
  readonly hasNewBrokers: boolean
}

/** What this broker knows of a partition of which it has no replica. */
export interface Elsewhere {
  readonly isInternal: boolean
  readonly currentLeader: CurrentLeader | null
}

/**
 * The partitions that this broker holds, kept as the controller's image says. What an image brings costs by what is new
 * in it, not by what is here. (`ReplicaManager` in Kafka.)
 */
export class ReplicaManager {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #cluster: ClusterView
  readonly #pool: SegmentPool
  readonly #point: (name: BrokerPoint) => void
  readonly #partitions = new Map<TopicId, Map<number, Partition>>()
  readonly #all = new Set<Partition>()
  /** What topics that are held here say themselves. */
  readonly #configs = new Map<TopicId, TopicImage['configs']>()
  /** Logs that another incarnation has left, by their numbers, until their partitions are known. */
  readonly #inherited: Map<number, AdoptedSegment[]>
  #brokers: Brokers = new Map()
  /** Counts by broker id: how many of the partitions led here the other broker holds as well. */
  readonly #ledWith = new Map<number, number>()
  /** Told the id of memory that is out of circulation: no reader needs to keep it. */
  onSegmentDropped: (segment: number) => void = () => {}

  /** `cluster`: knows what others hold. */
  constructor(
    brokerId: number,
    options: BrokerOptions,
    cluster: ClusterView,
    { point, segments, isPoisoning = false }: Omit<BrokerHost, 'notes'>,
  ) {
    this.#brokerId = brokerId
    this.#options = options
    this.#cluster = cluster
    this.#point = point
    this.#pool = new SegmentPool({
      segmentBytes: options['log.segment.bytes'],
      isPoisoning,
      onAllocated: (handle) => segments.keep(handle),
      onDropped: (id) => {
        segments.forget(id)
        this.onSegmentDropped(id)
      },
    })
    this.#inherited = this.#pool.adopt(segments.inherited)
  }

  /** The brokers as the last image has them. */
  get brokers(): Brokers {
    return this.#brokers
  }

  partition(topicId: TopicId, partition: number): Partition | undefined {
    return this.#partitions.get(topicId)?.get(partition)
  }

  /** A partition that other brokers hold; null: there is none, as far as this one knows. */
  elsewhere({ topicId, partition }: PartitionId): Elsewhere | null {
    const topic = this.#cluster.topicOf(topicId)
    const metadata = topic?.partitions[partition]
    if (topic === undefined || metadata === undefined) return null
    return { isInternal: isInternalTopic(topic.name), currentLeader: currentLeaderOf(metadata) }
  }

  /** What is answered for a partition that is not here. (`ReplicaManager.getPartitionOrError`) */
  errorOfAbsent(partition: PartitionId): ErrorCode {
    return this.elsewhere(partition) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NOT_LEADER_OR_FOLLOWER'
  }

  /** How many of the partitions that this broker leads another broker holds as well. */
  ledWith(brokerId: number): number {
    return this.#ledWith.get(brokerId) ?? 0
  }

  get all(): Iterable<Partition> {
    return this.#all
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    for (const partition of this.#all) partition.checkInvariants()
    assert(this.#areLedCounted(), 'What is led together with each broker is counted as it changes')
  }

  checkMemory(): void {
    this.#pool.checkInvariants()
  }

  apply(image: UpdateMetadataRequest, { now }: Pick<Context, 'now'>): Applied {
    const isWhole = image.since < 0
    const hasNewBrokers = this.#learnBrokers(image.brokers)
    const gone = (isWhole ? this.#unknownTo(image) : image.removedTopics).flatMap((topicId) => this.#drop(topicId))
    const [changed, led]: [Partition[], Partition[]] = [[], []]
    for (const topic of image.topics) {
      const reconfigured = this.#reconfigure(topic)
      for (const metadata of topic.partitions) {
        if (!metadata.replicas.includes(this.#brokerId)) continue
        const partition = this.partition(topic.topicId, metadata.partition) ?? this.#open(topic, metadata)
        const { leaderEpoch } = partition
        this.#countLed(partition, -1)
        if (partition.update(metadata, now)) changed.push(partition)
        this.#countLed(partition, 1)
        if (partition.isLeader && partition.leaderEpoch > leaderEpoch) led.push(partition)
      }
      for (const partition of reconfigured) if (!changed.includes(partition)) changed.push(partition)
    }
    // The topic of a log that none claims was deleted while this broker was away.
    if (isWhole) for (const left of this.#inherited.values()) for (const { segment } of left) this.#pool.unlink(segment)
    if (isWhole) this.#inherited.clear()
    return { changed, led, gone, hasNewBrokers }
  }

  /**
   * Deletes what is older than retention.ms, and forgets producers of which nothing was appended for so many
   * milliseconds.
   */
  deleteExpired(now: Timestamp, producerIdExpirationMs: number): void {
    for (const partition of this.#all) partition.deleteExpired(now, producerIdExpirationMs)
  }

  #learnBrokers(images: readonly BrokerImage[]): boolean {
    const isNew = (one: BrokerImage): boolean => {
      const known = this.#brokers.get(one.brokerId)
      if (known === undefined || known.brokerEpoch !== one.brokerEpoch) return true
      return known.isFenced !== one.isFenced || known.isShuttingDown !== one.isShuttingDown
    }
    const hasNew = images.length !== this.#brokers.size || images.some(isNew)
    if (hasNew) this.#brokers = new Map(images.map((broker) => [broker.brokerId, broker]))
    return hasNew
  }

  #countLed({ isLeader, replicas }: Partition, step: 1 | -1): void {
    if (isLeader) for (const id of replicas) this.#ledWith.set(id, this.ledWith(id) + step)
  }

  #areLedCounted(): boolean {
    const counted = new Map<number, number>()
    for (const { isLeader, replicas } of this.#all)
      if (isLeader) for (const id of replicas) counted.set(id, (counted.get(id) ?? 0) + 1)
    return [...this.#ledWith].every(([id, count]) => count === (counted.get(id) ?? 0))
  }

  /** Topics that are here and not in an image. */
  #unknownTo(image: UpdateMetadataRequest): TopicId[] {
    const known = new Set(image.topics.map(({ topicId }) => topicId))
    return [...this.#partitions.keys()].filter((topicId) => !known.has(topicId))
  }

  /** Takes over what the topic says itself. Returns the partitions to which that is new. */
  #reconfigure({ topicId, configs }: TopicImage): readonly Partition[] {
    const known = this.#configs.get(topicId)
    if (known === undefined || isSame(known, configs)) return []
    this.#configs.set(topicId, configs)
    const partitions = [...(this.#partitions.get(topicId)?.values() ?? [])]
    const options = parseTopicOptions(configs, this.#options)
    for (const partition of partitions) partition.reconfigure(options)
    return partitions
  }

  #drop(topicId: TopicId): Partition[] {
    this.#configs.delete(topicId)
    const gone = [...(this.#partitions.get(topicId)?.values() ?? [])]
    this.#partitions.delete(topicId)
    for (const partition of gone) {
      this.#countLed(partition, -1)
      this.#all.delete(partition)
      partition.close()
    }
    return gone
  }

  #open(topic: TopicImage, { partition: number }: PartitionMetadata): Partition {
    let partitions = this.#partitions.get(topic.topicId)
    if (partitions === undefined) {
      partitions = new Map()
      this.#partitions.set(topic.topicId, partitions)
      this.#configs.set(topic.topicId, topic.configs)
    }
    assert(!partitions.has(number), 'A partition is opened once')
    const partition = new Partition(topic.topicId, number, {
      pool: this.#pool,
      options: parseTopicOptions(topic.configs, this.#options),
      brokerId: this.#brokerId,
      isInternal: isInternalTopic(topic.name),
      lagMsMax: this.#options['replica.lag.time.max.ms'],
      point: this.#point,
    })
    partitions.set(number, partition)
    this.#all.add(partition)
    const log = logNumber(topic.topicId, number)
    const inherited = this.#inherited.get(log)
    this.#inherited.delete(log)
    if (inherited !== undefined) partition.recover(inherited)
    return partition
  }
}

function isSame(one: TopicImage['configs'], other: TopicImage['configs']): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
