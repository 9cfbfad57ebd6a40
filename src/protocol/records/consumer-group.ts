import { array, bigInt64, bytes, int8, int32, int64, string, struct, uuid } from '../schema.js'
import { recordKey, versionedRecord } from '../versioned-record.js'

/**
 * The records of a group of the consumer protocol (KIP-848): the group, each member as it described itself, what the
 * members are to hold, what each holds, and the topics of a regular expression.
 */

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
}

export const consumerGroupMetadataKey = recordKey('ConsumerGroupMetadataKey', 3, {
  groupId: string(),
})

/** The epoch of the group, and a hash of the topics to which it subscribes (KIP-1101). */
export const consumerGroupMetadataValue = versionedRecord(
  'ConsumerGroupMetadataValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    epoch: int32(),
    metadataHash: bigInt64({ tag: 0 }),
  },
)

export const consumerGroupMemberMetadataKey = recordKey('ConsumerGroupMemberMetadataKey', 5, {
  groupId: string(),
  memberId: string(),
})

/** A member as it described itself; one of the classic protocol too, while the group changes over. */
export const consumerGroupMemberMetadataValue = versionedRecord(
  'ConsumerGroupMemberMetadataValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    instanceId: string({ nullableSince: 0 }),
    rackId: string({ nullableSince: 0 }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullableSince: 0 }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullableSince: 0 }),
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      // Absent, it is an empty record, as with Kafka; a member that is not of the classic protocol says null.
      { nullableSince: 0, tag: 0 },
    ),
  },
)

export const consumerGroupTargetAssignmentMetadataKey = recordKey('ConsumerGroupTargetAssignmentMetadataKey', 6, {
  groupId: string(),
})

/** The group epoch for which the target assignment was made. */
export const consumerGroupTargetAssignmentMetadataValue = versionedRecord(
  'ConsumerGroupTargetAssignmentMetadataValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    assignmentEpoch: int32(),
  },
)

export const consumerGroupTargetAssignmentMemberKey = recordKey('ConsumerGroupTargetAssignmentMemberKey', 7, {
  groupId: string(),
  memberId: string(),
})

/** What a member is to hold. */
export const consumerGroupTargetAssignmentMemberValue = versionedRecord(
  'ConsumerGroupTargetAssignmentMemberValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    topicPartitions: array(topicPartitions),
  },
)

export const consumerGroupCurrentMemberAssignmentKey = recordKey('ConsumerGroupCurrentMemberAssignmentKey', 8, {
  groupId: string(),
  memberId: string(),
})

/** What a member holds, and what it has yet to give up. */
export const consumerGroupCurrentMemberAssignmentValue = versionedRecord(
  'ConsumerGroupCurrentMemberAssignmentValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitions),
    partitionsPendingRevocation: array(topicPartitions),
  },
)

export const consumerGroupRegularExpressionKey = recordKey('ConsumerGroupRegularExpressionKey', 16, {
  groupId: string(),
  regularExpression: string(),
})

/** The topics that an expression was resolved to, and at which version of the metadata. */
export const consumerGroupRegularExpressionValue = versionedRecord(
  'ConsumerGroupRegularExpressionValue',
  { oldest: 0, newest: 0, flexibleFrom: 0 },
  {
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  },
)
