import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from './consumer-group.js'
import { groupMetadataKey, groupMetadataValue } from './group-metadata.js'
import { offsetCommitKey, offsetCommitValue } from './offset-commit.js'

/** What `__consumer_offsets` holds. A record of another type is passed over when the topic is read, as in Kafka. */
export const CONSUMER_OFFSETS = [
  { key: offsetCommitKey, value: offsetCommitValue },
  { key: groupMetadataKey, value: groupMetadataValue },
  { key: consumerGroupMetadataKey, value: consumerGroupMetadataValue },
  { key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue },
  { key: consumerGroupTargetAssignmentMetadataKey, value: consumerGroupTargetAssignmentMetadataValue },
  { key: consumerGroupTargetAssignmentMemberKey, value: consumerGroupTargetAssignmentMemberValue },
  { key: consumerGroupCurrentMemberAssignmentKey, value: consumerGroupCurrentMemberAssignmentValue },
  { key: consumerGroupRegularExpressionKey, value: consumerGroupRegularExpressionValue },
] as const
