import type { BrokerOptions } from '../base/config/broker-options.js'
import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import type { AlterPartitionRequest, AlterPartitionResponse, IsrMember } from '../protocol/apis/alter-partition.js'
import type { ElectLeadersRequest, ElectLeadersResponse } from '../protocol/apis/elect-leaders.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import type { PartitionName } from '../protocol/partition.js'
import type { ClusterImage } from './cluster-image.js'
import { NO_LEADER } from './election.js'
import type { MetadataDecision } from './metadata-records.js'
import { PartitionDraft } from './partition-draft.js'

type AlteredPartition = AlterPartitionResponse['partitions'][number]
type WantedPartition = AlterPartitionRequest['partitions'][number]

/** Decides on isrs and leaders on request. (`ReplicationControlManager` in Kafka.) */
export class PartitionControl {
  readonly #image: ClusterImage
  readonly #options: BrokerOptions

  constructor(image: ClusterImage, options: BrokerOptions) {
    this.#image = image
    this.#options = options
  }

  /** A leader wants another isr (KIP-497, KIP-903). Partitions are decided on one by one. */
  alterPartition(request: AlterPartitionRequest): MetadataDecision<Omit<AlterPartitionResponse, 'api'>> {
    if (!isIncarnation(this.#image, request) && isOn('stale-isr-request')) {
      return { records: [], reply: { error: 'STALE_BROKER_EPOCH', partitions: [] } }
    }
    const draft = new PartitionDraft(this.#image, this.#options)
    const partitions = request.partitions.map((wanted) => this.#alter(request.brokerId, wanted, draft))
    return { records: draft.records, reply: { error: 'NONE', partitions } }
  }

  /** Somebody asks for elections (KIP-183, KIP-460). */
  electLeaders({
    electionType,
    partitions,
  }: ElectLeadersRequest): MetadataDecision<ElectLeadersResponse['partitions']> {
    const draft = new PartitionDraft(this.#image, this.#options)
    const names = partitions ?? this.#allNames()
    const results = names.map(({ topic, partition }) => {
      return { topic, partition, error: this.#elect({ topic, partition }, electionType, draft) }
    })
    // A request for all partitions is told only of those that were not as they should be.
    const reply = partitions === null ? results.filter(({ error }) => error !== 'ELECTION_NOT_NEEDED') : results
    return { records: draft.records, reply }
  }

  /** Gives partitions back to their preferred leaders that are in the isr. Kafka: `maybeBalancePartitionLeaders`. */
  balanceLeaders(): MetadataDecision<null> {
    const draft = new PartitionDraft(this.#image, this.#options)
    draft.forEach((topic, partition) => {
      if (partition.leader !== partition.replicas[0]) draft.change(topic, partition, { election: 'preferred' })
    })
    return { records: draft.records, reply: null }
  }

  #alter(brokerId: number, wanted: WantedPartition, draft: PartitionDraft): AlteredPartition {
    const topic = this.#image.topic(wanted.topicId)
    const before = draft.partition(wanted.topicId, wanted.partition)
    if (topic === undefined || before === undefined) return unchanged(brokerId, wanted, 'UNKNOWN_TOPIC_OR_PARTITION')
    const refusal = this.#refusal(brokerId, wanted, before)
    if (refusal !== null) return unchanged(brokerId, wanted, refusal)
    draft.change(topic, before, { isr: brokerIdsOf(wanted.newIsr), election: 'online' })
    const { topicId, partition } = wanted
    const { leader, leaderEpoch, isr, partitionEpoch } = draft.partition(topicId, partition) as PartitionMetadata
    // A leader that shuts down hands over as soon as another replica is in the isr.
    if (leader !== brokerId) return unchanged(brokerId, wanted, 'NEW_LEADER_ELECTED')
    return { topicId, partition, error: 'NONE', leader, leaderEpoch, isr, partitionEpoch }
  }

  /** The checks in the order of Kafka's `validateAlterPartitionData`; null if the change may be made. */
  #refusal(brokerId: number, wanted: WantedPartition, before: PartitionMetadata): ErrorCode | null {
    // The leader has seen more of the partition than there is: this cannot be its controller.
    if (wanted.leaderEpoch > before.leaderEpoch || wanted.partitionEpoch > before.partitionEpoch)
      return 'NOT_CONTROLLER'
    if (wanted.leaderEpoch < before.leaderEpoch && isOn('stale-isr-request')) return 'FENCED_LEADER_EPOCH'
    if (brokerId !== before.leader) return 'INVALID_REQUEST'
    if (wanted.partitionEpoch < before.partitionEpoch && isOn('stale-isr-request')) return 'INVALID_UPDATE_VERSION'
    const newIsr = brokerIdsOf(wanted.newIsr)
    const areReplicas = newIsr.every((member) => before.replicas.includes(member))
    if (!areReplicas || new Set(newIsr).size < newIsr.length || !newIsr.includes(brokerId)) return 'INVALID_REQUEST'
    return wanted.newIsr.every((member) => this.#isEligible(member, brokerId)) ? null : 'INELIGIBLE_REPLICA'
  }

  /**
   * KIP-841, KIP-903: a member lives, does not mean to end, and is still the incarnation that has caught up. A leader
   * that shuts down goes on leading where nobody else may (unlike Kafka's), so it must be able to let the next one in.
   */
  #isEligible(member: IsrMember, leader: number): boolean {
    const { brokerId } = member
    const mayBeIn = brokerId === leader ? this.#image.isUnfenced(brokerId) : this.#image.isActive(brokerId)
    const hasCaughtUp = isIncarnation(this.#image, member)
    return (mayBeIn || !isOn('eligible-isr')) && (hasCaughtUp || !isOn('broker-epoch-to-join'))
  }

  #elect(
    { topic: name, partition }: PartitionName,
    electionType: ElectLeadersRequest['electionType'],
    draft: PartitionDraft,
  ): ErrorCode {
    const topic = this.#image.topicNamed(name)
    const before = topic === undefined ? undefined : draft.partition(topic.topicId, partition)
    if (topic === undefined || before === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
    const isPreferred = electionType === 'preferred'
    const isNeeded = isPreferred ? before.leader !== before.replicas[0] : before.leader === NO_LEADER
    if (!isNeeded) return 'ELECTION_NOT_NEEDED'
    if (draft.change(topic, before, { election: electionType })) return 'NONE'
    return isPreferred ? 'PREFERRED_LEADER_NOT_AVAILABLE' : 'ELIGIBLE_LEADERS_NOT_AVAILABLE'
  }

  #allNames(): PartitionName[] {
    return this.#image.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition }) => ({ topic: name, partition })),
    )
  }
}

/** Whether the broker is registered with this incarnation. Kafka: `ClusterControlManager.checkBrokerEpoch`. */
export function isIncarnation(image: ClusterImage, { brokerId, brokerEpoch }: IsrMember): boolean {
  return image.broker(brokerId)?.brokerEpoch === brokerEpoch
}

function unchanged(leader: number, wanted: WantedPartition, error: ErrorCode): AlteredPartition {
  const { topicId, partition, leaderEpoch, partitionEpoch, newIsr } = wanted
  return { topicId, partition, error, leader, leaderEpoch, isr: brokerIdsOf(newIsr), partitionEpoch }
}

function brokerIdsOf(members: readonly IsrMember[]): number[] {
  return members.map(({ brokerId }) => brokerId)
}
