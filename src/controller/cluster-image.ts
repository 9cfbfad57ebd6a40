import { assert } from '../base/assert.js'
import type { TopicId } from '../base/ids.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import type { BrokerImage, TopicImage, UpdateMetadataRequest } from '../protocol/inner/update-metadata.js'
import { ImageJournal } from './image-journal.js'
import type { MetadataRecord } from './metadata-records.js'
import { unifiedName } from './topic-names.js'

interface MutableTopic {
  readonly name: string
  readonly topicId: TopicId
  configs: Readonly<Record<string, unknown>>
  readonly partitions: PartitionMetadata[]
}

/** The cluster as the records replayed so far describe it. `replay` is the only code that changes it. */
export class ClusterImage {
  readonly #brokers = new Map<number, BrokerImage>()
  readonly #keptDown = new Set<number>()
  readonly #topics = new Map<TopicId, MutableTopic>()
  /** Topic ids by unified name, which no two topics share: see `unifiedName`. */
  readonly #topicIds = new Map<string, TopicId>()
  readonly #journal = new ImageJournal()
  #partitionCount = 0
  #version = 0
  #lastTopicId = 0
  #lastForgottenTopicId = 0
  #nextProducerId = 0

  /** The number of replayed records, those before a snapshot included. */
  get version(): number {
    return this.#version
  }

  get lastTopicId(): TopicId {
    return this.#lastTopicId
  }

  /** The last topic id when there was no topic any more, the last time that this was so. */
  get lastForgottenTopicId(): TopicId {
    return this.#lastForgottenTopicId
  }

  get nextProducerId(): number {
    return this.#nextProducerId
  }

  broker(brokerId: number): BrokerImage | undefined {
    return this.#brokers.get(brokerId)
  }

  /** All brokers that ever registered, by id. */
  get brokers(): readonly BrokerImage[] {
    return [...this.#brokers.values()].sort((a, b) => a.brokerId - b.brokerId)
  }

  /** Ids of the brokers that count as alive, ascending; those that are shutting down are among them. */
  get unfencedBrokers(): readonly number[] {
    return this.brokers.filter(({ isFenced }) => !isFenced).map(({ brokerId }) => brokerId)
  }

  /**
   * Ids of the brokers that may become leaders and get replicas, ascending. Kafka: `ClusterControlManager.isActive`.
   */
  get activeBrokers(): number[] {
    return this.brokers.filter(isActive).map(({ brokerId }) => brokerId)
  }

  /** Ids of the brokers that get replicas where the active ones are too few, ascending. */
  get fencedBrokers(): number[] {
    return this.brokers.filter(({ isFenced }) => isFenced).map(({ brokerId }) => brokerId)
  }

  isActive(brokerId: number): boolean {
    const broker = this.#brokers.get(brokerId)
    return broker !== undefined && isActive(broker)
  }

  isUnfenced(brokerId: number): boolean {
    return this.#brokers.get(brokerId)?.isFenced === false
  }

  /** Whether the broker is down on purpose, or for good. */
  isKeptDown(brokerId: number): boolean {
    return this.#keptDown.has(brokerId)
  }

  topicNamed(name: string): TopicImage | undefined {
    const topic = this.topicUnified(name)
    return topic?.name === name ? topic : undefined
  }

  /** The topic of that name, or of one that differs only in '.' and '_'. */
  topicUnified(name: string): TopicImage | undefined {
    const topicId = this.#topicIds.get(unifiedName(name))
    return topicId === undefined ? undefined : this.#topics.get(topicId)
  }

  topic(topicId: TopicId): TopicImage | undefined {
    return this.#topics.get(topicId)
  }

  get topics(): readonly TopicImage[] {
    return [...this.#topics.values()]
  }

  /** The partitions of all topics. */
  get partitionCount(): number {
    return this.#partitionCount
  }

  /** The changes since a version; the whole image for -1, and for a version that is too old to tell. */
  since(version: number): UpdateMetadataRequest {
    const update = { api: 'UpdateMetadata' as const, version: this.#version, brokers: this.brokers }
    const touched = version < 0 ? null : this.#journal.since(version)
    if (touched === null) return { ...update, since: -1, topics: this.topics, removedTopics: [] }
    const topics: TopicImage[] = []
    const removedTopics: TopicId[] = []
    for (const [topicId, numbers] of touched) {
      const topic = this.#topics.get(topicId)
      if (topic === undefined) removedTopics.push(topicId)
      else topics.push({ ...topic, partitions: [...numbers].map((number) => topic.partitions[number]!) })
    }
    return { ...update, since: version, topics, removedTopics }
  }

  /** Records that make this image of any other one. (`MetadataImage.write` in Kafka.) */
  snapshot(): MetadataRecord[] {
    const records = this.brokers.flatMap((broker): MetadataRecord[] => {
      const { brokerId, brokerEpoch, isFenced, isShuttingDown } = broker
      const isChanged = isFenced || isShuttingDown
      return [
        { type: 'registerBroker', brokerId, brokerEpoch },
        ...(isChanged ? [{ type: 'brokerChange' as const, ...broker }] : []),
      ]
    })
    for (const brokerId of this.#keptDown) records.push({ type: 'keepDown', brokerId })
    if (this.#nextProducerId > 0) records.push({ type: 'producerIds', nextProducerId: this.#nextProducerId })
    for (const { partitions, ...topic } of this.#topics.values()) {
      const { topicId } = topic
      records.push({ type: 'topic', ...topic })
      for (const partition of partitions) records.push({ type: 'partition', topicId, ...partition })
    }
    const version = this.#version - records.length
    const ids = { lastTopicId: this.#lastTopicId, lastForgottenTopicId: this.#lastForgottenTopicId }
    return [{ type: 'snapshot', version, ...ids }, ...records]
  }

  replay(record: MetadataRecord): void {
    if (record.type === 'snapshot') return this.#restart(record)
    this.#version += 1
    this.#apply(record)
    this.#journal.note(subjectOf(record), this.#topics.size + this.#partitionCount)
  }

  #restart(snapshot: Extract<MetadataRecord, { type: 'snapshot' }>): void {
    const { version, lastTopicId, lastForgottenTopicId } = snapshot
    for (const all of [this.#brokers, this.#keptDown, this.#topics, this.#topicIds]) all.clear()
    this.#journal.restart(version)
    this.#version = version
    this.#lastTopicId = lastTopicId
    this.#lastForgottenTopicId = lastForgottenTopicId
    this.#partitionCount = 0
    this.#nextProducerId = 0
  }

  #apply(record: Exclude<MetadataRecord, { type: 'snapshot' }>): void {
    switch (record.type) {
      case 'registerBroker': {
        const { brokerId, brokerEpoch } = record
        assert(brokerEpoch > (this.#brokers.get(brokerId)?.brokerEpoch ?? -1), 'Broker epochs only grow')
        this.#brokers.set(brokerId, { brokerId, brokerEpoch, isFenced: false, isShuttingDown: false })
        this.#keptDown.delete(brokerId)
        break
      }
      case 'brokerChange': {
        const { brokerId, brokerEpoch, isFenced, isShuttingDown } = record
        assert(
          this.#brokers.get(brokerId)?.brokerEpoch === brokerEpoch,
          'A change concerns one incarnation of a broker',
        )
        this.#brokers.set(brokerId, { brokerId, brokerEpoch, isFenced, isShuttingDown })
        break
      }
      case 'keepDown':
        this.#keptDown.add(record.brokerId)
        break
      case 'producerIds':
        assert(record.nextProducerId > this.#nextProducerId, 'No producer id is given twice')
        this.#nextProducerId = record.nextProducerId
        break
      case 'topic': {
        const { name, topicId, configs } = record
        assert(!this.#topicIds.has(unifiedName(name)), 'A topic is made once')
        this.#topics.set(topicId, { name, topicId, configs, partitions: [] })
        this.#topicIds.set(unifiedName(name), topicId)
        this.#lastTopicId = Math.max(this.#lastTopicId, topicId)
        break
      }
      case 'topicConfigs': {
        this.#topic(record.topicId).configs = record.configs
        break
      }
      case 'removeTopic': {
        const { name, partitions } = this.#topic(record.topicId)
        this.#topicIds.delete(unifiedName(name))
        this.#topics.delete(record.topicId)
        this.#partitionCount -= partitions.length
        if (this.#topics.size === 0) this.#lastForgottenTopicId = this.#lastTopicId
        break
      }
      case 'partition': {
        const { type: _, topicId, ...partition } = record
        const { partitions } = this.#topic(topicId)
        assert(partition.partition === partitions.length, 'Partitions are made in their order')
        partitions.push(partition)
        this.#partitionCount += 1
        break
      }
      case 'partitionChange': {
        const { type: _, topicId, ...change } = record
        const { partitions } = this.#topic(topicId)
        const before = partitions[change.partition]
        assert(before !== undefined, 'A record names a partition that exists')
        assert(change.leaderEpoch >= before.leaderEpoch, 'Leader epochs only grow')
        assert(change.partitionEpoch === before.partitionEpoch + 1, 'Partition epochs grow by one')
        partitions[change.partition] = { ...before, ...change }
      }
    }
  }

  /** Walks every partition. Source: the invariants of KIP-966 and of Kafka's `PartitionRegistration`. */
  checkInvariants(): void {
    for (const { partitions } of this.#topics.values()) {
      for (const { replicas, isr, elr, leader, lastKnownLeader } of partitions) {
        assert(isSetWithin(isr, replicas), 'The isr is a set of replicas')
        assert(isSetWithin(elr, replicas), 'The elr is a set of replicas')
        assert(!elr.some((brokerId) => isr.includes(brokerId)), 'Nobody is both in the isr and in the elr')
        assert(
          isr.every((brokerId) => this.isUnfenced(brokerId)),
          'A fenced broker is in no isr',
        )
        assert(
          leader === -1 ? isr.length === 0 : isr.includes(leader),
          'The leader is in the isr, which is empty without one',
        )
        assert(leader === -1 || lastKnownLeader === -1, 'Who led last matters only while nobody leads')
      }
    }
  }

  #topic(topicId: TopicId): MutableTopic {
    const topic = this.#topics.get(topicId)
    assert(topic !== undefined, 'A record names a topic that exists')
    return topic
  }
}

function subjectOf(record: MetadataRecord): Parameters<ImageJournal['note']>[0] {
  if (!('topicId' in record)) return null
  return { topicId: record.topicId, partition: 'partition' in record ? record.partition : -1 }
}

function isActive({ isFenced, isShuttingDown }: BrokerImage): boolean {
  return !isFenced && !isShuttingDown
}

function isSetWithin(brokerIds: readonly number[], replicas: readonly number[]): boolean {
  return new Set(brokerIds).size === brokerIds.length && brokerIds.every((brokerId) => replicas.includes(brokerId))
}
