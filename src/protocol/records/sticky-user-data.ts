import { plainRecord } from '../plain-record.js'
import { array, int32, string } from '../schema.js'

/**
 * What a member that knows the assignor `sticky` says in the `userData` of its subscription: what it was given last.
 * Version 1 says in which generation (KIP-341). Kafka: `StickyAssignor.serializeTopicPartitionAssignment`.
 */
export const stickyUserData = plainRecord('StickyAssignorUserData', 1, {
  previousAssignment: array({
    topic: string(),
    partitions: array(int32()),
  }),
  generation: int32({ since: 1, default: -1 }),
})

/**
 * The same for `cooperative-sticky`, whose subscription already says what the member holds: the generation of its last
 * assignment. It is read where the subscription is older than version 2, which says it itself.
 */
export const cooperativeStickyUserData = plainRecord('CooperativeStickyAssignorUserData', 0, {
  generation: int32(),
})
