import {
  type BrokerOptions,
  type GivenBrokerOptions,
  parseBrokerOptions,
} from '../../../src/base/config/broker-options.js'
import { BrokerControl } from '../../../src/controller/brokers.js'
import { ClusterImage } from '../../../src/controller/cluster-image.js'
import type { MetadataDecision, MetadataRecord } from '../../../src/controller/metadata-records.js'
import { PartitionControl } from '../../../src/controller/partitions.js'
import { TopicControl } from '../../../src/controller/topics.js'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../../src/protocol/apis/alter-partition.js'
import type { BrokerRegistrationRequest } from '../../../src/protocol/apis/broker-registration.js'
import type { NewTopic } from '../../../src/protocol/apis/create-topics.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'

/** The controls over one image; what they decide is replayed with `commit`, and nowhere else. */
export class GivenControls {
  readonly image = new ClusterImage()
  readonly options: BrokerOptions
  readonly brokers: BrokerControl
  readonly partitions: PartitionControl
  readonly topics: TopicControl
  readonly records: MetadataRecord[] = []

  constructor(brokerIds: readonly number[] = [1, 2, 3], options: GivenBrokerOptions = {}) {
    this.options = parseBrokerOptions(options)
    this.brokers = new BrokerControl(this.image, this.options)
    this.partitions = new PartitionControl(this.image, this.options)
    this.topics = new TopicControl(this.image, this.options)
    for (const brokerId of brokerIds) this.register(brokerId)
  }

  commit<Reply>(decision: MetadataDecision<Reply>): Reply {
    for (const record of decision.records) {
      this.records.push(record)
      this.image.replay(record)
    }
    this.image.checkInvariants()
    return decision.reply
  }

  /** A new incarnation registers: with the memory of the last one, or without. */
  register(brokerId: number, memory: 'kept' | 'lost' = 'kept'): { error: string; brokerEpoch: number } {
    return this.commit(this.brokers.registerBroker(this.registration(brokerId, memory)))
  }

  registration(brokerId: number, memory: 'kept' | 'lost' = 'kept'): BrokerRegistrationRequest {
    const previousBrokerEpoch = memory === 'kept' ? this.epochOf(brokerId) : -1
    return { api: 'BrokerRegistration', brokerId, previousBrokerEpoch }
  }

  fence(...brokerIds: readonly number[]): void {
    for (const brokerId of brokerIds) this.commit(this.brokers.fenceBroker(brokerId))
  }

  unfence(brokerId: number): void {
    this.commit(this.brokers.unfenceBroker(brokerId))
  }

  shutDown(brokerId: number): { error: string; remaining: number } {
    const brokerEpoch = this.epochOf(brokerId)
    return this.commit(this.brokers.controlledShutdown({ api: 'ControlledShutdown', brokerId, brokerEpoch }))
  }

  create(...topics: readonly Partial<NewTopic>[]): ReturnType<TopicControl['createTopics']>['reply'] {
    return this.commit(
      this.topics.createTopics({ api: 'CreateTopics', topics: topics.map(topicOf), validateOnly: false }),
    )
  }

  createInternal(name: string): ReturnType<TopicControl['createInternalTopic']>['reply'] {
    return this.commit(this.topics.createInternalTopic({ api: 'CreateInternalTopic', name }))
  }

  /** What the present leader asks for, as it knows the partition now, unless said otherwise. */
  wanted(
    newIsr: readonly number[],
    said: Partial<AlterPartitionRequest['partitions'][number]> = {},
    from: Partial<Pick<AlterPartitionRequest, 'brokerId' | 'brokerEpoch'>> = {},
  ): AlterPartitionRequest {
    const { leader, leaderEpoch, partitionEpoch } = this.partition(said.partition ?? 0)
    const brokerId = from.brokerId ?? leader
    const members = newIsr.map((id) => ({ brokerId: id, brokerEpoch: this.epochOf(id) }))
    const wanted = { topicId: 1, partition: 0, leaderEpoch, partitionEpoch, newIsr: members, ...said }
    return {
      api: 'AlterPartition',
      brokerId,
      brokerEpoch: from.brokerEpoch ?? this.epochOf(brokerId),
      partitions: [wanted],
    }
  }

  alter(...wanted: Parameters<GivenControls['wanted']>): AlterPartitionResponse['partitions'][number] | undefined {
    return this.commit(this.partitions.alterPartition(this.wanted(...wanted))).partitions[0]
  }

  /** Of the first topic. */
  partition(partition = 0): PartitionMetadata {
    return this.image.topics[0]?.partitions[partition] as PartitionMetadata
  }

  /** The first partition in short: `leader 1@0 isr 1,2 elr 3 last -1`. */
  get state(): string {
    const { leader, leaderEpoch, isr, elr, lastKnownLeader } = this.partition()
    return `leader ${leader}@${leaderEpoch} isr ${isr.join()} elr ${elr.join()} last ${lastKnownLeader}`
  }

  epochOf(brokerId: number): number {
    return this.image.broker(brokerId)?.brokerEpoch ?? -1
  }
}

/** Brokers 1, 2 and 3 with one partition, all of it on all of them, led by 1. */
export function givenPartition(
  minIsr: number,
  configs: NewTopic['configs'] = {},
  options: GivenBrokerOptions = {},
): GivenControls {
  const controls = new GivenControls([1, 2, 3], options)
  const all = { 'min.insync.replicas': minIsr, ...configs }
  controls.create({ name: 'orders', numPartitions: 1, replicationFactor: 3, configs: all })
  return controls
}

export const topicOf = (said: Partial<NewTopic>): NewTopic => {
  return { name: 'orders', numPartitions: -1, replicationFactor: -1, configs: {}, ...said }
}

/** Everything that an image says. */
export function contentsOf(image: ClusterImage): unknown {
  const { version, lastTopicId, brokers, topics } = image
  const keptDown = [1, 2, 3].filter((brokerId) => image.isKeptDown(brokerId))
  return structuredClone({ version, lastTopicId, brokers, topics, keptDown })
}
