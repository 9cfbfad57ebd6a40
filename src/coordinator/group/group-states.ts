import type { ErrorCode } from '../../base/error-code.js'

/**
 * The states of a group of the classic protocol, and where each may lead. (`ClassicGroupState`)
 *
 *   Empty                no members; what was committed is kept
 *   PreparingRebalance   the join phase: members come, and their JoinGroup is parked
 *   CompletingRebalance  the sync phase: the leader assigns, and each SyncGroup is parked
 *   Stable               everybody has an assignment
 *
 * Kafka has a fifth, Dead, for a group that somebody still holds after it was deleted or unloaded. Here nobody can: it
 * is not found any more, and the word is said only by DescribeGroups.
 */
export const GROUP_TRANSITIONS = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['CompletingRebalance', 'Empty'],
  CompletingRebalance: ['Stable', 'PreparingRebalance'],
  Stable: ['PreparingRebalance'],
} as const satisfies Record<string, readonly string[]>

export type GroupState = keyof typeof GROUP_TRANSITIONS

/** What a request meets: a group in a state, or no group of that name. */
type Met = GroupState | 'none'

/**
 * What a state answers to a request in which all else is right. NONE: it is served, at once or later. A commit of
 * nobody has generation -1: a consumer that assigns to itself sends it, or an admin.
 */
export const STATE_ANSWERS = {
  syncGroup: {
    none: 'UNKNOWN_MEMBER_ID',
    Empty: 'UNKNOWN_MEMBER_ID',
    PreparingRebalance: 'REBALANCE_IN_PROGRESS',
    CompletingRebalance: 'NONE',
    Stable: 'NONE',
  },
  heartbeat: {
    none: 'UNKNOWN_MEMBER_ID',
    Empty: 'UNKNOWN_MEMBER_ID',
    PreparingRebalance: 'REBALANCE_IN_PROGRESS',
    // Not REBALANCE_IN_PROGRESS (KAFKA-10122): a leader that takes long to assign would begin again and again.
    CompletingRebalance: 'NONE',
    Stable: 'NONE',
  },
  leaveGroup: {
    none: 'UNKNOWN_MEMBER_ID',
    Empty: 'UNKNOWN_MEMBER_ID',
    PreparingRebalance: 'NONE',
    CompletingRebalance: 'NONE',
    Stable: 'NONE',
  },
  commitOfMember: {
    none: 'GROUP_ID_NOT_FOUND',
    Empty: 'UNKNOWN_MEMBER_ID',
    // It is of the generation that is about to end.
    PreparingRebalance: 'NONE',
    CompletingRebalance: 'REBALANCE_IN_PROGRESS',
    Stable: 'NONE',
  },
  commitOfNobody: {
    none: 'NONE',
    Empty: 'NONE',
    PreparingRebalance: 'UNKNOWN_MEMBER_ID',
    CompletingRebalance: 'UNKNOWN_MEMBER_ID',
    Stable: 'UNKNOWN_MEMBER_ID',
  },
  // Where the type of the group is not `consumer`, nobody but its members knows what it reads.
  deleteOffsets: {
    none: 'GROUP_ID_NOT_FOUND',
    Empty: 'NONE',
    PreparingRebalance: 'NON_EMPTY_GROUP',
    CompletingRebalance: 'NON_EMPTY_GROUP',
    Stable: 'NON_EMPTY_GROUP',
  },
  deleteGroup: {
    none: 'GROUP_ID_NOT_FOUND',
    Empty: 'NONE',
    PreparingRebalance: 'NON_EMPTY_GROUP',
    CompletingRebalance: 'NON_EMPTY_GROUP',
    Stable: 'NON_EMPTY_GROUP',
  },
} as const satisfies Record<string, Record<Met, ErrorCode>>
