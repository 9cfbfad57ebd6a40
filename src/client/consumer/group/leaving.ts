import type { Context, Message } from '../../../actor/types.js'
import { LAST_WORD_MS_MAX } from '../../../base/config/internal-limits.js'
import { isOn } from '../../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { LeaveRequest } from '../../../protocol/inner/group-words.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import type { Commits } from './commits.js'
import type { MemberOptions } from './group-options.js'
import type { Handover } from './handover.js'
import type { LeaveGroup } from './leave-group.js'
import { leaveReserveMs } from './leave-reserve.js'
import type { Member } from './member.js'
import type { Membership } from './membership.js'

export interface LeavingParts {
  readonly options: MemberOptions
  readonly leaveGroup: LeaveGroup
  readonly member: Member
  readonly membership: Membership
  readonly handover: Handover
  readonly commits: Commits
  readonly news: News
}

const CLOSED = 'the consumer is being closed'

interface Leave {
  readonly request: LeaveRequest
  deadline: Timestamp
  /** Whether what the member owns is its own to the end; otherwise it is lost. */
  readonly isOwner: boolean
  /** Until when a handler module's call at work is waited for, which is to be committed; NEVER: it is not any more. */
  restsBy: Timestamp
  /** Whether the commits of before are awaited. */
  isDraining: boolean
  /** Whether the LeaveGroup is on its way. */
  isSent: boolean
}

/**
 * How a member leaves, for `close` and for `unsubscribe`:
 *
 *     a handler module rests ─▶ commit what was read ─▶ all commits have ended ─▶ revoked, or lost ─▶ LeaveGroup ─▶ over
 *         close alone             close alone
 *
 * The handler module has all of the time but a reserve for the rest. Whether there is a LeaveGroup says KIP-1092: a
 * dynamic member leaves unless it is to remain, a static one remains unless it is to leave. When the time is over,
 * what is left is passed over, and the LeaveGroup is sent all the same; so it is when the application has no time at
 * all.
 * (`ConsumerCoordinator.close`, `AbstractCoordinator.maybeLeaveGroup`)
 */
export class Leaving implements ConsumerPart {
  readonly serves = ['Leave'] as const
  readonly #parts: LeavingParts
  #leave: Leave | null = null

  constructor(parts: LeavingParts) {
    this.#parts = parts
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request' || message.body.api !== 'Leave') return false
    const { body, connection, correlationId } = message
    const answer = (): void => connection.reply(correlationId, { api: 'Leave' })
    if (body.isLast === true) {
      this.#leaveAtOnce(body, answer, context)
      return true
    }
    answer()
    if (this.#leave !== null) this.#passOver(this.#leave, context)
    this.#begin(body, context)
    return true
  }

  tick(context: Context): Timestamp {
    const leaveDue = this.#parts.leaveGroup.tick(context)
    const leave = this.#leave
    if (leave === null) return leaveDue
    this.#commit(leave, context)
    if (leave.isDraining && this.#parts.commits.areOver) {
      leave.isDraining = false
      this.#giveUp(leave, context)
    }
    if (this.#leave !== leave) return leaveDue
    if (context.now < leave.deadline) return earliest(leaveDue, earliest(leave.restsBy, leave.deadline))
    this.#passOver(leave, context)
    return leaveDue
  }

  #begin(request: LeaveRequest, context: Context): void {
    const { handover, member, membership } = this.#parts
    const deadline = timestamp(context.now + request.timeoutMs)
    // Whoever was assigned its partitions by the application is no member.
    const isOwner = member.state === 'unsubscribed' || membership.beginLeaving(context)
    const restsBy = request.commits ? timestamp(deadline - leaveReserveMs(request.timeoutMs)) : NEVER
    this.#leave = { request, deadline, isOwner, restsBy, isDraining: !request.commits, isSent: false }
    if (request.commits) handover.holdAll()
    context.noteWork()
  }

  /** Commits once a handler module is at work on nothing, so that its last call counts. */
  #commit(leave: Leave, context: Context): void {
    const { handover, options } = this.#parts
    if (leave.restsBy === NEVER || (handover.isAtWork && context.now < leave.restsBy)) return
    leave.restsBy = NEVER
    // Kafka: what is left of the time, and no more than request.timeout.ms, is waited for brokers.
    leave.deadline = earliest(leave.deadline, timestamp(context.now + options['request.timeout.ms']))
    handover.commitAll(leave.deadline, context, () => {
      leave.isDraining = true
    })
  }

  #giveUp(leave: Leave, context: Context): void {
    const { handover, member } = this.#parts
    const then = (later: Context): void => this.#leaveGroup(leave, later)
    if (member.state === 'unsubscribed') return this.#end(leave)
    if (handover.owned.length === 0) return then(context)
    handover.giveUp(leave.isOwner && member.isInGeneration ? 'revoked' : 'lost', context, then)
  }

  /** Ends a leave whose time is over, or that another one has replaced: the group hears of it all the same. */
  #passOver(leave: Leave, context: Context): void {
    if (!leave.isSent) this.#leaveGroup(leave, context)
    if (this.#leave === leave) this.#end(leave)
  }

  #leaveGroup(leave: Leave, context: Context): void {
    const { leaveGroup, member } = this.#parts
    const { request } = leave
    leave.isSent = true
    if (this.#remains(request) || !this.#hasPlace) return this.#end(leave)
    const says = request.commits ? CLOSED : 'the consumer has unsubscribed from all topics'
    leaveGroup.begin(member.identity, says, context, () => {
      if (this.#leave === leave) this.#end(leave)
    })
    leaveGroup.tick(context)
    context.noteWork()
    // Whoever unsubscribes goes on, and waits for no coordinator that is looked for.
    if (!request.commits && !leaveGroup.isUnderWay) this.#end(leave)
  }

  /**
   * Commits and leaves for an application that is gone: what a leave before this one was at is passed over, and so are
   * callbacks. The thread ends afterwards. (Kafka sends both requests as well when there is no time to wait for them.)
   */
  #leaveAtOnce(request: LeaveRequest, done: () => void, context: Context): void {
    const { leaveGroup, member, membership, handover } = this.#parts
    this.#leave = null
    // Whoever was assigned its partitions by the application has no id to leave with.
    if (member.state !== 'unsubscribed') membership.beginLeaving(context)
    const leave = (later: Context): void => {
      if (this.#remains(request) || !this.#hasPlace) done()
      else leaveGroup.begin(member.identity, CLOSED, later, done)
      later.noteWork()
    }
    if (!request.commits) return leave(context)
    handover.holdAll()
    handover.commitAll(timestamp(context.now + LAST_WORD_MS_MAX), context, leave)
    context.noteWork()
  }

  /** Whether the group may know it: by its id, or by its group.instance.id while its first join is under way. */
  get #hasPlace(): boolean {
    const { member, options } = this.#parts
    return member.identity.memberId !== '' || (options['group.instance.id'] !== null && member.hasAskedForPlace)
  }

  #remains({ operation }: LeaveRequest): boolean {
    const isStatic = this.#parts.options['group.instance.id'] !== null
    return operation === 'REMAIN_IN_GROUP' || (operation === 'DEFAULT' && isStatic && isOn('static-remains'))
  }

  #end(leave: Leave): void {
    const { handover, member, membership, news } = this.#parts
    this.#leave = null
    if (member.state === 'leaving') {
      handover.clear()
      // A static member that remains comes back with its id, and fences nobody (KAFKA-20985).
      membership.endLeaving(this.#remains(leave.request) && this.#parts.options['group.instance.id'] !== null)
    }
    news.end(leave.request.call)
  }
}
