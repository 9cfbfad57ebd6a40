import { wire } from '../codec.js'
import { array, authorizedOperations, bool, errorCode, int8, int32, string, struct, uuid } from '../schema.js'

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}
const assignment = {
  topicPartitions: array(topicPartitions),
}

/**
 * Groups of the consumer protocol with their members (KIP-848). Version 1 says of which protocol a member is
 * (KIP-1099).
 */
export const consumerGroupDescribe = {
  name: 'ConsumerGroupDescribe',
  key: 69,
  wire: wire({ oldest: 0, newest: 1, flexibleFrom: 0 }, () => ({
    request: {
      groupIds: array(string()),
      includeAuthorizedOperations: bool(),
    },
    response: {
      throttleTimeMs: int32(),
      groups: array({
        errorCode: errorCode(),
        errorMessage: string({ nullableSince: 0, default: null }),
        groupId: string(),
        groupState: string(),
        groupEpoch: int32(),
        assignmentEpoch: int32(),
        assignorName: string(),
        members: array({
          memberId: string(),
          instanceId: string({ nullableSince: 0, default: null }),
          rackId: string({ nullableSince: 0, default: null }),
          memberEpoch: int32(),
          clientId: string(),
          clientHost: string(),
          subscribedTopicNames: array(string()),
          subscribedTopicRegex: string({ nullableSince: 0, default: null }),
          assignment: struct(assignment),
          targetAssignment: struct(assignment),
          memberType: int8({ since: 1, default: -1, ignorable: true }),
        }),
        authorizedOperations: authorizedOperations(),
      }),
    },
  })),
} as const
