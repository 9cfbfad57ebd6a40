import { KafkaError } from '../../../../base/errors.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../../../protocol/records/consumer-protocol.js'
import type { VersionedRecord } from '../../../../protocol/versioned-record.js'
import type { GroupMember } from './assignor.js'
import { grouped, namesOf, topicsOf } from './partitions-by-topic.js'

/**
 * What members say to one another through their coordinator, which passes the bytes on and does not read them: a
 * member its subscription (`metadata` of JoinGroup), the leader each member's assignment (`assignment` of SyncGroup).
 * The newest version is written, and every version is read. (Kafka: `ConsumerProtocol`.)
 */

/** What a member tells its leader. */
export type Subscription = Omit<GroupMember, 'memberId' | 'groupInstanceId'>

export interface MemberAssignment {
  readonly partitions: readonly PartitionName[]
  readonly userData: Uint8Array | null
}

/** Equal subscriptions have equal bytes, in whatever order they list topics and partitions (KAFKA-12898). */
export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, userData, ownedPartitions, generationId, rackId } = subscription
  return consumerProtocolSubscription.encode(consumerProtocolSubscription.versions.newest, {
    topics: [...new Set(topics)].sort(),
    userData,
    ownedPartitions: topicsOf(ownedPartitions),
    generationId,
    // Kafka's default of client.rack is the empty text, which it does not send.
    rackId: rackId === '' ? null : rackId,
  })
}

/** Throws a `KafkaError` for what is not a subscription. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const { topics, ownedPartitions, ...rest } = decode(consumerProtocolSubscription, bytes)
  return { ...rest, topics: [...new Set(topics)], ownedPartitions: namesOf(ownedPartitions) }
}

export function encodeAssignment({ partitions, userData }: MemberAssignment): Uint8Array {
  return consumerProtocolAssignment.encode(consumerProtocolAssignment.versions.newest, {
    assignedPartitions: grouped(partitions),
    userData,
  })
}

/** Throws a `KafkaError` for what is not an assignment. No bytes at all are an assignment of nothing. */
export function decodeAssignment(bytes: Uint8Array): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const { assignedPartitions, userData } = decode(consumerProtocolAssignment, bytes)
  return { partitions: namesOf(assignedPartitions), userData }
}

function decode<Value>(record: VersionedRecord<Value>, bytes: Uint8Array): Value {
  const decoded = record.decode(bytes)
  if (decoded !== 'UNSUPPORTED_VERSION') return decoded.value
  throw new KafkaError('UNSUPPORTED_VERSION', `Cannot read a ${record.name}: its version is below 0`)
}
