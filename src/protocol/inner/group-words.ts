import type { ErrorCode } from '../../base/error-code.js'
import { word } from '../definition.js'
import { type PartitionName, partitionName } from '../partition.js'
import { flag, listOf, number, objectOf, oneOf, optional, orNull, text } from '../request-shape.js'

/**
 * Between the two halves of a consumer that has a group, beside the words that every consumer has. The membership lives
 * on the consumer's thread: it joins, keeps its heartbeat, commits and leaves, whatever the application is at. The
 * application says what it wants and where it is, and runs what its user gave it: callbacks and assignors.
 *
 * A rebalance comes to the application in steps, each with a number, one at a time:
 *
 *     back   writes the number into the shared progress, and tells the step by News
 *     front  hands out nothing more, runs the callback at the next poll or between two calls of a handler
 *     front  StepTaken ─▶ back goes on: commits, joins, or tells the next step
 *
 * All words are answered at once. Those with a call have ended when News says so. The end of a commit, or of a look at
 * what is committed, comes with Take where one waits.
 */

/**
 * Brings the memory in which both halves say where they are (SharedProgress). The first word of a consumer that has a
 * group; without it nothing is joined and nothing is committed by itself.
 */
export interface ShareRequest {
  readonly api: 'Share'
  readonly attachment: number
}
export interface ShareResponse {
  readonly api: 'Share'
}

/** A regular expression, as text: each thread makes its own. */
export interface TopicPattern {
  readonly source: string
  readonly flags: string
}
/**
 * Replaces what is subscribed to. The group is joined once the application has polled since. Subscribing to nothing is
 * `Leave`, which says what becomes of the membership.
 */
export interface SubscribeRequest {
  readonly api: 'Subscribe'
  readonly topics: readonly string[]
  /** Also all topics whose whole name matches; null: names alone say it. */
  readonly pattern: TopicPattern | null
  /** Where partitions begin of which the group has committed nothing; null: as auto.offset.reset says. */
  readonly reset: 'earliest' | 'latest' | null
}
export interface SubscribeResponse {
  readonly api: 'Subscribe'
}

export interface CommittedOffset extends PartitionName {
  /** The next offset to be read; -1: nothing is committed. */
  readonly offset: number
  /** Leader epoch of the record before it; -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}
/**
 * Commits, in the order of the calls. Its end says what was committed (`offsets`), or the error of the coordinator:
 *
 *     ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID   the partitions may be another member's by now
 *                                                                 (Kafka: CommitFailedException)
 *     REBALANCE_IN_PROGRESS                                       the group rebalances: poll, and commit again
 *     REQUEST_TIMED_OUT                                           a synchronous commit's time is over
 *     any that is retriable                                       only of an asynchronous one, which is not retried
 */
export interface CommitRequest {
  readonly api: 'Commit'
  readonly call: number
  /** Null: where the application is in all that is assigned, as the shared progress says. */
  readonly offsets: readonly CommittedOffset[] | null
  /**
   * How long it is retried; it ends after all commits that were asked for before it. Null: it is asynchronous, and is
   * tried once.
   */
  readonly timeoutMs: number | null
}
export interface CommitResponse {
  readonly api: 'Commit'
}
/** Asks for what the group has committed. Its end brings `offsets`, one for each partition, in this order. */
export interface CommittedRequest {
  readonly api: 'Committed'
  readonly call: number
  readonly partitions: readonly PartitionName[]
  readonly timeoutMs: number
}
export interface CommittedResponse {
  readonly api: 'Committed'
}

/** What becomes of the membership (KIP-1092). DEFAULT: a dynamic member leaves, a static one remains. */
export type LeaveOperation = 'DEFAULT' | 'LEAVE_GROUP' | 'REMAIN_IN_GROUP'
/**
 * Ends the subscription: commits, if it `commits` and enable.auto.commit is set; ends all commits; tells the steps of
 * what is given up, which the application takes though it does not poll; and leaves. It has ended when the coordinator
 * has answered, or when its time is over.
 */
export interface LeaveRequest {
  readonly api: 'Leave'
  readonly call: number
  /** True for `close`, false for `unsubscribe`, as in Kafka. */
  readonly commits: boolean
  readonly operation: LeaveOperation
  readonly timeoutMs: number
  /**
   * True: no time is left. It commits and leaves at once, in place of whatever a `Leave` before this one was at, and is
   * answered when the coordinator has answered the LeaveGroup.
   */
  readonly isLast?: boolean
}
export interface LeaveResponse {
  readonly api: 'Leave'
}

/**
 * What the application has to do before the membership goes on.
 *
 *     hold       hand out nothing more of these partitions; no callback. What was handed out before it is taken counts
 *                as read, and is committed next. Only with enable.auto.commit
 *     revoked    onPartitionsRevoked, and hand out nothing more of them. With an eager assignor it may be of nothing
 *     lost       onPartitionsLost: another member may have them by now. Of nothing: there is no callback. It may take
 *                the place of a revocation that the application is at: what has been called back for is left out
 *     assigned   onPartitionsAssigned. They are listed in the same News, and handed out once the step is taken; a seek
 *                from the callback wins over what the group has committed
 *     failed     tell the next poll, or end the handler's run. Taken when the application polls after that: then the
 *                group is joined again
 *     assign     call the assignor of this name with what was attached under the step's number (a Group). Answered by
 *                GroupAssigned, without waiting for a poll
 */
export type RebalanceStep =
  | {
      readonly type: 'hold' | 'revoked' | 'lost' | 'assigned'
      readonly step: number
      readonly partitions: readonly PartitionName[]
    }
  | { readonly type: 'failed'; readonly step: number; readonly error: ErrorCode; readonly says: string }
  | { readonly type: 'assign'; readonly step: number; readonly assignor: string; readonly attachment: number }
/** Says that a step was taken. A step that is pending no more is passed over. */
export interface StepTakenRequest {
  readonly api: 'StepTaken'
  readonly step: number
}
export interface StepTakenResponse {
  readonly api: 'StepTaken'
}

/** What an assignor of the application's has decided. */
export interface GroupAssignedRequest {
  readonly api: 'GroupAssigned'
  readonly step: number
  readonly assignment: readonly { readonly memberId: string; readonly partitions: readonly PartitionName[] }[]
  /** Null: it has decided. Otherwise what was wrong, in a sentence. */
  readonly failure: string | null
}
export interface GroupAssignedResponse {
  readonly api: 'GroupAssigned'
}

/**
 * Where a member is:
 *
 *     unsubscribed  in no group. subscribed: waits for the first poll
 *     preparing     gives up what a rebalance asks for. joining, syncing: the coordinator waits for the others
 *     completing    takes in its assignment. stable
 *     expelled      has left after max.poll.interval.ms, and joins with the next poll. failed: waits for a poll, too
 *     leaving
 */
export type MemberState =
  | 'unsubscribed'
  | 'subscribed'
  | 'preparing'
  | 'joining'
  | 'syncing'
  | 'completing'
  | 'stable'
  | 'expelled'
  | 'failed'
  | 'leaving'
/** The member, as News tell of it. */
export interface MemberNews {
  readonly state: MemberState
  /** Empty until the coordinator has given one. */
  readonly memberId: string
  /** -1: in none. */
  readonly generationId: number
  /** The broker that coordinates the group; -1: not known. */
  readonly coordinator: number
  /** The assignor that the group has chosen; null: none yet. */
  readonly assignor: string | null
  readonly isLeader: boolean
  /** The step that waits to be taken. */
  readonly step: RebalanceStep | null
}

/** All words between the two halves that a group adds. */
export const GROUP_WORDS = [
  word<ShareRequest, ShareResponse>({ name: 'Share', shape: { attachment: number } }),
  word<SubscribeRequest, SubscribeResponse>({
    name: 'Subscribe',
    shape: {
      topics: listOf(text),
      pattern: orNull(objectOf<TopicPattern>({ source: text, flags: text })),
      reset: orNull(oneOf('earliest', 'latest')),
    },
  }),
  word<CommitRequest, CommitResponse>({
    name: 'Commit',
    shape: {
      call: number,
      offsets: orNull(
        listOf(
          objectOf<CommittedOffset>({
            topic: text,
            partition: number,
            offset: number,
            leaderEpoch: number,
            metadata: text,
          }),
        ),
      ),
      timeoutMs: orNull(number),
    },
  }),
  word<CommittedRequest, CommittedResponse>({
    name: 'Committed',
    shape: { call: number, partitions: listOf(partitionName), timeoutMs: number },
  }),
  word<LeaveRequest, LeaveResponse>({
    name: 'Leave',
    shape: {
      call: number,
      commits: flag,
      operation: oneOf('DEFAULT', 'LEAVE_GROUP', 'REMAIN_IN_GROUP'),
      timeoutMs: number,
      isLast: optional(flag),
    },
  }),
  word<StepTakenRequest, StepTakenResponse>({ name: 'StepTaken', shape: { step: number } }),
  word<GroupAssignedRequest, GroupAssignedResponse>({
    name: 'GroupAssigned',
    shape: {
      step: number,
      assignment: listOf(objectOf({ memberId: text, partitions: listOf(partitionName) })),
      failure: orNull(text),
    },
  }),
] as const
