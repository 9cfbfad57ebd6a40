import type { Context } from '../../../actor/types.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { isOn } from '../../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { MemberState } from '../../../protocol/inner/group-words.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { Member, MemberIdentity } from './member.js'
import type { RebalanceSteps } from './rebalance-steps.js'

export interface HeartbeatsParts {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly member: Member
  readonly steps: RebalanceSteps
  readonly counters: ConsumerCounters
  /** Called with the answer of the identity that still is the member's. */
  readonly onAnswer: (error: ErrorCode, context: Context) => void
  /** Called when the application has not polled for max.poll.interval.ms. */
  readonly onPollExpired: (context: Context) => void
}

/** Where the application has to poll for the member to stay. */
const WATCHED: ReadonlySet<MemberState> = new Set(['preparing', 'joining', 'syncing', 'completing', 'stable'])

/**
 * Says to the coordinator that the member lives, and watches whether the application does: it has to poll every
 * max.poll.interval.ms. A coordinator that does not answer for session.timeout.ms is looked up again. (`Heartbeat`,
 * `AbstractCoordinator.HeartbeatThread`)
 */
export class Heartbeats {
  readonly #parts: HeartbeatsParts
  /** The identity that was seen alive in the last turn: a new one begins with a new session. */
  #of: MemberIdentity | null = null
  #beatAt: Timestamp = NEVER
  #sessionEndsAt: Timestamp = NEVER
  #isUnderWay = false
  /** When the member joined its generation: nobody is expelled for the time before. */
  #since: Timestamp = timestamp(0)

  constructor(parts: HeartbeatsParts) {
    this.#parts = parts
  }

  tick(context: Context): Timestamp {
    const { member, coordinator } = this.#parts
    if (!member.isAlive) {
      this.#of = null
      return this.#watchPoll(context)
    }
    if (this.#of !== member.identity) this.#begin(context)
    if (context.now >= this.#sessionEndsAt) {
      coordinator.forget(context)
      this.#renew(context)
    }
    if (context.now >= this.#beatAt && !this.#isUnderWay) this.#beat(context)
    const beatDue = this.#isUnderWay || this.#beatAt <= context.now ? this.#sessionEndsAt : this.#beatAt
    return earliest(earliest(beatDue, this.#sessionEndsAt), this.#watchPoll(context))
  }

  #begin(context: Context): void {
    this.#of = this.#parts.member.identity
    this.#since = context.now
    this.#isUnderWay = false
    this.#beatAt = this.#nextBeat(context)
    this.#renew(context)
  }

  #nextBeat({ now }: Context): Timestamp {
    return timestamp(now + this.#parts.options['heartbeat.interval.ms'])
  }

  #renew({ now }: Context): void {
    this.#sessionEndsAt = timestamp(now + this.#parts.options['session.timeout.ms'])
  }

  #beat(context: Context): void {
    const { options, coordinator, member, counters, onAnswer } = this.#parts
    const { identity } = member
    const request = {
      api: 'Heartbeat' as const,
      groupId: options['group.id'],
      generationId: identity.generationId,
      memberId: identity.memberId,
      groupInstanceId: options['group.instance.id'],
    }
    const sentAt = context.now
    this.#isUnderWay = coordinator.send<'Heartbeat'>(request, context, (response, later) => {
      if (response !== null) counters.heartbeatAnswered(later.now - sentAt)
      // What is said of an older generation is said of somebody else.
      if (member.identity !== identity || this.#of !== identity) return
      this.#isUnderWay = false
      later.noteWork()
      if (response === null) {
        this.#beatAt = timestamp(later.now + options['retry.backoff.ms'])
        return
      }
      this.#beatAt = this.#nextBeat(later)
      if (response.errorCode === 'NONE') this.#renew(later)
      onAnswer(response.errorCode, later)
    })
    if (this.#isUnderWay) counters.heartbeatSent()
  }

  /** A rebalance waits for the application as well, so it counts in all states of a member. */
  #watchPoll(context: Context): Timestamp {
    const { member, steps, options, onPollExpired } = this.#parts
    if (!member.isInGeneration || !WATCHED.has(member.state)) return NEVER
    const polledAt = steps.progress?.polledAt(context.now) ?? null
    const from = polledAt === null || polledAt < this.#since ? this.#since : polledAt
    const due = timestamp(from + options['max.poll.interval.ms'])
    if (due > context.now) return due
    if (!isOn('leaves-when-not-polled')) return NEVER
    onPollExpired(context)
    return NEVER
  }
}
