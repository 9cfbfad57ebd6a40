import type { ErrorCode } from '../../../base/error-code.js'

/**
 * What a member does about an answer of its coordinator:
 *
 *     goOn             it was heard
 *     retry            asks the same again, after a while
 *     rejoin           joins, and keeps its id and what it knows of its generation
 *     takeId           joins at once, with the id that it was given (KIP-394)
 *     resetGeneration  has lost what it owned, and joins with its id
 *     resetMember      has lost what it owned, and joins as somebody new
 *     fail             tells the application
 */
export type Reaction = 'goOn' | 'retry' | 'rejoin' | 'takeId' | 'resetGeneration' | 'resetMember' | 'fail'

/** What the application is told of. */
export interface Failure {
  readonly error: ErrorCode
  readonly says: string
}

type Answers = Partial<Record<ErrorCode, Reaction>>

/**
 * What is done about the answers to one API. That the coordinator is another one (15, 16) is Coordinator's business.
 * Any error that is not listed is told to the application.
 */
export interface Answered {
  readonly to: Answers
  /** What is done when the connection was lost before the answer came. */
  readonly lost: Reaction
}

/** (`AbstractCoordinator.JoinGroupResponseHandler`) */
export const JOIN_ANSWERED: Answered = {
  to: {
    NONE: 'goOn',
    COORDINATOR_LOAD_IN_PROGRESS: 'retry',
    COORDINATOR_NOT_AVAILABLE: 'retry',
    NOT_COORDINATOR: 'retry',
    REBALANCE_IN_PROGRESS: 'retry',
    MEMBER_ID_REQUIRED: 'takeId',
    ILLEGAL_GENERATION: 'resetGeneration',
    UNKNOWN_MEMBER_ID: 'resetMember',
  },
  // KAFKA-13214: the id is kept.
  lost: 'retry',
}

/** (`AbstractCoordinator.SyncGroupResponseHandler`) */
export const SYNC_ANSWERED: Answered = {
  to: {
    NONE: 'goOn',
    // Kafka's client takes this one for fatal, and Kafka's coordinator says it all the same. (apache/kafka#4788)
    COORDINATOR_LOAD_IN_PROGRESS: 'rejoin',
    COORDINATOR_NOT_AVAILABLE: 'rejoin',
    NOT_COORDINATOR: 'rejoin',
    REBALANCE_IN_PROGRESS: 'rejoin',
    ILLEGAL_GENERATION: 'resetGeneration',
    UNKNOWN_MEMBER_ID: 'resetMember',
  },
  lost: 'rejoin',
}

/** (`AbstractCoordinator.HeartbeatResponseHandler`) */
export const HEARTBEAT_ANSWERED: Answered = {
  to: {
    NONE: 'goOn',
    COORDINATOR_LOAD_IN_PROGRESS: 'goOn',
    COORDINATOR_NOT_AVAILABLE: 'goOn',
    NOT_COORDINATOR: 'goOn',
    REBALANCE_IN_PROGRESS: 'rejoin',
    ILLEGAL_GENERATION: 'resetGeneration',
    UNKNOWN_MEMBER_ID: 'resetMember',
  },
  lost: 'goOn',
}

/** Undefined: the connection was lost before the answer came. */
export function reactionTo({ to, lost }: Answered, error: ErrorCode | undefined): Reaction {
  return error === undefined ? lost : (to[error] ?? 'fail')
}
