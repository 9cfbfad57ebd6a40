import { wire } from '../codec.js'
import { array, errorCode, int32, string, struct, uuid } from '../schema.js'

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
}

/**
 * The one request of the consumer protocol (KIP-848): a member joins, tells what it wants and holds, is told what it
 * is to hold, and leaves. Fields that have not changed since the last one are null. In version 1 members name
 * themselves (KIP-1082), and a subscription may be a regular expression.
 */
export const consumerGroupHeartbeat = {
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  wire: wire({ oldest: 0, newest: 1, flexibleFrom: 0 }, () => ({
    request: {
      groupId: string(),
      memberId: string(),
      memberEpoch: int32(),
      instanceId: string({ nullableSince: 0, default: null }),
      rackId: string({ nullableSince: 0, default: null }),
      rebalanceTimeoutMs: int32({ default: -1 }),
      subscribedTopicNames: array(string(), { nullableSince: 0, default: null }),
      subscribedTopicRegex: string({ since: 1, nullableSince: 1, default: null }),
      serverAssignor: string({ nullableSince: 0, default: null }),
      topicPartitions: array(topicPartitions, { nullableSince: 0, default: null }),
    },
    response: {
      throttleTimeMs: int32(),
      errorCode: errorCode(),
      errorMessage: string({ nullableSince: 0, default: null }),
      memberId: string({ nullableSince: 0, default: null }),
      memberEpoch: int32(),
      heartbeatIntervalMs: int32(),
      assignment: struct(
        {
          topicPartitions: array(topicPartitions),
        },
        { nullableSince: 0, default: null },
      ),
    },
  })),
} as const
