import type { Context } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { parseTopicOptions } from '../base/config/topic-options.js'
import { type Timestamp, type TopicId, timestamp } from '../base/ids.js'
import { type AdoptedSegment, SegmentPool } from '../log/segment-pool.js'
import type { BrokerImage, PartitionMetadata, TopicImage, UpdateMetadataRequest } from '../protocol/messages.js'
import type { BrokerHost } from './broker-host.js'
import { type Brokers, logNumber, Partition } from './partition.js'

/** What an image has changed on this broker. */
export interface Applied {
  /** Partitions of which something is new. */
  readonly changed: readonly Partition[]
  /** Those whose topics were deleted: replicas are never moved to other brokers. */
  readonly gone: readonly Partition[]
}

/** The partitions that this broker holds, kept as the controller's image says. (`ReplicaManager` in Kafka.) */
export class ReplicaManager {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #pool: SegmentPool
  readonly #point: (name: string) => void
  readonly #partitions = new Map<TopicId, Map<number, Partition>>()
  #all: readonly Partition[] = []
  /** Logs that another incarnation has left, by their numbers, until their partitions are known. */
  readonly #inherited: Map<number, AdoptedSegment[]>
  #brokers: Brokers = new Map()
  /** By the id of a broker, how many of the partitions that this one leads it holds as well. */
  readonly #ledWith = new Map<number, number>()
  /** Told the id of memory that is out of circulation: no reader needs to keep it. */
  onSegmentDropped: (segment: number) => void = () => {}

  constructor(
    brokerId: number,
    options: BrokerOptions,
    { point, segments, isPoisoning = false }: Omit<BrokerHost, 'notes'>,
  ) {
    this.#brokerId = brokerId
    this.#options = options
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

  /** How many of the partitions that this broker leads another broker holds as well. */
  ledWith(brokerId: number): number {
    return this.#ledWith.get(brokerId) ?? 0
  }

  get all(): readonly Partition[] {
    return this.#all
  }

  checkMemory(): void {
    this.#pool.checkInvariants()
  }

  apply(image: UpdateMetadataRequest, { now }: Pick<Context, 'now'>): Applied {
    this.#brokers = new Map(image.brokers.map((broker: BrokerImage) => [broker.brokerId, broker]))
    const gone = this.#dropUnknown(image)
    const changed: Partition[] = []
    for (const topic of image.topics) {
      for (const metadata of topic.partitions) {
        if (!metadata.replicas.includes(this.#brokerId)) continue
        const partition = this.partition(topic.topicId, metadata.partition) ?? this.#open(topic, metadata)
        if (partition.update(metadata, now)) changed.push(partition)
      }
    }
    // What no topic claims was deleted while this broker was away.
    for (const left of this.#inherited.values()) for (const { segment } of left) this.#pool.unlink(segment)
    this.#inherited.clear()
    this.#all = [...this.#partitions.values()].flatMap((partitions) => [...partitions.values()])
    this.#countLed()
    return { changed, gone }
  }

  /** Deletes what is older than retention.ms, and forgets producers that have written nothing for so many milliseconds. */
  deleteExpired(now: Timestamp, producerIdExpirationMs: number): void {
    for (const { log } of this.#all) {
      log.deleteExpired(now)
      log.producers.expire(timestamp(now - producerIdExpirationMs))
    }
  }

  #countLed(): void {
    this.#ledWith.clear()
    for (const { isLeader, replicas } of this.#all)
      if (isLeader) for (const id of replicas) this.#ledWith.set(id, this.ledWith(id) + 1)
  }

  #dropUnknown(image: UpdateMetadataRequest): Partition[] {
    const known = new Set(image.topics.map((topic) => topic.topicId))
    const gone: Partition[] = []
    for (const [topicId, partitions] of this.#partitions) {
      if (known.has(topicId)) continue
      gone.push(...partitions.values())
      for (const partition of partitions.values()) partition.log.close()
      this.#partitions.delete(topicId)
    }
    return gone
  }

  #open(topic: TopicImage, { partition: number }: PartitionMetadata): Partition {
    let partitions = this.#partitions.get(topic.topicId)
    if (partitions === undefined) {
      partitions = new Map()
      this.#partitions.set(topic.topicId, partitions)
    }
    assert(!partitions.has(number), 'A partition is opened once')
    const partition = new Partition(topic.topicId, number, {
      pool: this.#pool,
      options: parseTopicOptions(topic.configs, this.#options),
      brokerId: this.#brokerId,
      lagMsMax: this.#options['replica.lag.time.max.ms'],
      point: this.#point,
    })
    partitions.set(number, partition)
    const log = logNumber(topic.topicId, number)
    const inherited = this.#inherited.get(log)
    this.#inherited.delete(log)
    if (inherited !== undefined) partition.log.recover(inherited)
    return partition
  }
}
