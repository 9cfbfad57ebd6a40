import type { BrokerOptions } from '../base/config/broker-options.js'
import { parseTopicOptions } from '../base/config/topic-options.js'
import type { TopicId } from '../base/ids.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'
import type { Liveness } from './election.js'
import type { PartitionChangeRecord } from './metadata-records.js'
import { changePartition, type PartitionWish } from './partition-change.js'

/** The state that one broker is about to have, while the image still has the old one. */
export interface BrokerProspect {
  readonly brokerId: number
  readonly mayLead: boolean
}

/**
 * The partition changes of one decision. Each starts from what the changes before it have made of the partition, so
 * that a request may name a partition twice.
 */
export class PartitionDraft {
  readonly records: PartitionChangeRecord[] = []
  readonly #image: ClusterImage
  readonly #options: BrokerOptions
  readonly #liveness: Liveness
  readonly #rules = new Map<TopicId, { readonly minIsr: number; readonly isUncleanAllowed: boolean }>()
  readonly #changed = new Map<string, PartitionMetadata>()

  constructor(image: ClusterImage, options: BrokerOptions, prospect?: BrokerProspect) {
    this.#image = image
    this.#options = options
    this.#liveness = {
      mayLead: (id) => (id === prospect?.brokerId ? prospect.mayLead : image.isActive(id)),
      isAlive: (id) => (id === prospect?.brokerId ? prospect.mayLead : image.isUnfenced(id)),
    }
  }

  /** Whether the broker itself is fit to become a leader. */
  mayLead(brokerId: number): boolean {
    return this.#liveness.mayLead(brokerId)
  }

  partition(topicId: TopicId, partition: number): PartitionMetadata | undefined {
    return this.#changed.get(`${topicId}:${partition}`) ?? this.#image.topic(topicId)?.partitions[partition]
  }

  /** Calls back for each partition of the cluster. */
  forEach(act: (topic: TopicImage, partition: PartitionMetadata) => void): void {
    for (const topic of this.#image.topics) {
      for (const { partition } of topic.partitions) {
        act(topic, this.partition(topic.topicId, partition) as PartitionMetadata)
      }
    }
  }

  /**
   * Makes a wish true; returns whether that changed anything. An online election is an unclean one where the topic
   * allows that (`ReplicationControlManager.generateLeaderAndIsrUpdates`).
   */
  change(topic: TopicImage, before: PartitionMetadata, wish: PartitionWish): boolean {
    const { topicId } = topic
    const { minIsr, isUncleanAllowed } = this.#rulesOf(topic)
    const election = wish.election === 'online' && isUncleanAllowed ? 'unclean' : wish.election
    // A minimum above the number of replicas needs no care here: with all of them in the isr, none is left for the elr.
    const change = changePartition(before, { ...wish, election }, minIsr, this.#liveness)
    if (change === null) return false
    const { partition } = before
    this.records.push({ type: 'partitionChange', topicId, partition, ...change })
    this.#changed.set(`${topicId}:${partition}`, { ...before, ...change })
    return true
  }

  #rulesOf({ topicId, configs }: TopicImage): { readonly minIsr: number; readonly isUncleanAllowed: boolean } {
    let rules = this.#rules.get(topicId)
    if (rules === undefined) {
      const options = parseTopicOptions(configs, this.#options)
      rules = {
        minIsr: options['min.insync.replicas'],
        isUncleanAllowed: options['unclean.leader.election.enable'],
      }
      this.#rules.set(topicId, rules)
    }
    return rules
  }
}
