/** Replicas that a request has chosen by hand, as `ReplicationControlManager` checks them, in Kafka's words. */
import type { TopicId } from '../base/ids.js'
import type { NewTopic, ReplicaAssignment } from '../protocol/apis/create-topics.js'
import type { ClusterImage } from './cluster-image.js'
import type { MetadataRecord } from './metadata-records.js'
import { type Refusal, refuse } from './refusal.js'

/**
 * What is wrong with the replicas that were chosen for the partitions of a new topic; null: nothing. (`createTopic`)
 */
export function newTopicFault(topic: NewTopic, image: ClusterImage): Refusal | null {
  const { assignments = [], numPartitions, replicationFactor } = topic
  const unset = 'A manual partition assignment was specified, but'
  if (replicationFactor !== -1) return refuse('INVALID_REQUEST', `${unset} replication factor was not set to -1.`)
  if (numPartitions !== -1) return refuse('INVALID_REQUEST', `${unset} numPartitions was not set to -1.`)
  const seen = new Set<number>()
  let factor: number | null = null
  for (const { partitionIndex, brokerIds } of assignments) {
    if (seen.has(partitionIndex))
      return invalid(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    seen.add(partitionIndex)
    const fault = replicasFault(brokerIds, { partition: partitionIndex, factor, image })
    if (fault !== null) return fault
    factor = brokerIds.length
  }
  for (let partition = 0; partition < seen.size; partition++) {
    if (!seen.has(partition)) return invalid('partitions should be a consecutive 0-based integer sequence')
  }
  return null
}

/** What is wrong with the replicas chosen for one partition; `factor` is how many the others have, if any has some. */
export function replicasFault(
  brokerIds: readonly number[],
  of: { readonly partition: number; readonly factor: number | null; readonly image: ClusterImage },
): Refusal | null {
  const { partition, factor, image } = of
  if (brokerIds.length === 0) return invalid('The manual partition assignment includes an empty replica list.')
  const sorted = brokerIds.toSorted((one, other) => one - other)
  for (const [index, brokerId] of sorted.entries()) {
    if (image.broker(brokerId) === undefined)
      return invalid(`The manual partition assignment includes broker ${brokerId}, but no such broker is registered.`)
    if (brokerId === sorted[index - 1])
      return invalid(`The manual partition assignment includes the broker ${brokerId} more than once.`)
  }
  if (factor !== null && sorted.length !== factor) {
    const has = `The manual partition assignment includes a partition with ${sorted.length} replica(s)`
    return invalid(`${has}, but this is not consistent with previous partitions, which have ${factor} replica(s).`)
  }
  if (sorted.some((brokerId) => image.isActive(brokerId))) return null
  const all = `All brokers specified in the manual partition assignment for partition ${partition}`
  return invalid(`${all} are fenced or in controlled shutdown.`)
}

const invalid = (says: string): Refusal => refuse('INVALID_REPLICA_ASSIGNMENT', says)

/** The replicas of each partition of a new topic, in the order of the partitions. */
export function inOrder(assignments: readonly ReplicaAssignment[]): (readonly number[])[] {
  return assignments
    .toSorted((one, other) => one.partitionIndex - other.partitionIndex)
    .map(({ brokerIds }) => brokerIds)
}

/** New partitions with these replicas, numbered from `first` on. The first replica that can lead does. */
export function newPartitions(
  placed: readonly (readonly number[])[],
  { topicId, first, image }: { readonly topicId: TopicId; readonly first: number; readonly image: ClusterImage },
): MetadataRecord[] {
  return placed.map((replicas, index): MetadataRecord => {
    const isr = replicas.filter((brokerId) => image.isActive(brokerId))
    const state = { leader: isr[0] as number, leaderEpoch: 0, partitionEpoch: 0, isr, elr: [], lastKnownLeader: -1 }
    return { type: 'partition', topicId, partition: first + index, replicas, ...state }
  })
}
