import type { Context } from '../../../actor/types.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { Member, MemberIdentity } from './member.js'

export interface RebalanceWatchParts {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly member: Member
  /** Called with what a Heartbeat would be told, if that concerns the generation that the member is in. */
  readonly onAnswer: (error: ErrorCode, context: Context) => void
}

/** The group may go on as it was: what was asked is asked again. */
const GOES_ON: ReadonlySet<ErrorCode> = new Set([
  'NONE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/**
 * Has the coordinator say at once when the group rebalances, while the member is stable. One AwaitRebalance lies there
 * for each generation; nothing is sent until it is answered, and a Heartbeat tells the same where it is lost.
 */
export class RebalanceWatch {
  readonly #parts: RebalanceWatchParts
  /** The identity that is watched for; null: none is. */
  #of: MemberIdentity | null = null
  #retryAt: Timestamp = timestamp(0)

  constructor(parts: RebalanceWatchParts) {
    this.#parts = parts
  }

  tick(context: Context): Timestamp {
    const { member } = this.#parts
    if (member.state !== 'stable' || this.#isWatched) return NEVER
    if (this.#retryAt > context.now) return this.#retryAt
    this.#watch(context)
    return NEVER
  }

  /** A rebalance may leave the generation as it is, and then the old question still lies there. */
  get #isWatched(): boolean {
    const { memberId, generationId } = this.#parts.member.identity
    return this.#of?.memberId === memberId && this.#of.generationId === generationId
  }

  #watch(context: Context): void {
    const { options, coordinator, member } = this.#parts
    const { identity } = member
    const request = {
      api: 'AwaitRebalance' as const,
      groupId: options['group.id'],
      groupInstanceId: options['group.instance.id'],
      ...identity,
    }
    const isSent = coordinator.watch(request, context, (error, later) => this.#answered(identity, error, later))
    if (isSent) this.#of = identity
  }

  /** Null: the connection was lost, or the coordinator knows no such question. */
  #answered(of: MemberIdentity, error: ErrorCode | null, context: Context): void {
    const { member, options, onAnswer } = this.#parts
    context.noteWork()
    if (this.#of !== of) return
    if (error === null || GOES_ON.has(error)) {
      this.#of = null
      this.#retryAt = timestamp(context.now + options['retry.backoff.ms'])
    } else if (this.#isWatched && member.state === 'stable') onAnswer(error, context)
  }
}
