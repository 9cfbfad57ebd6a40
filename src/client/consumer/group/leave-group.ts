import type { Context } from '../../../actor/types.js'
import { ERRORS } from '../../../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { RequestOf, ResponseOf } from '../../../protocol/api.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { MemberIdentity } from './member.js'

interface Leave {
  readonly request: RequestOf<'LeaveGroup'>
  /** Called once, when a coordinator has heard of it, or none has within the time of a session. */
  readonly ended: (context: Context) => void
  /** When its session has ended by itself. */
  readonly deadline: Timestamp
  retryAt: Timestamp
}

/**
 * A LeaveGroup on its way. It is sent until a coordinator has heard of it: one that is gone, or is another one by now,
 * is looked for. The session ends by itself, and then nobody has to say it any more. (Kafka's consumer sends it once,
 * and not without a coordinator, so that the group waits for the session: `AbstractCoordinator.maybeLeaveGroup`.)
 */
export class LeaveGroup {
  readonly #options: MemberOptions
  readonly #coordinator: Coordinator
  #leave: Leave | null = null
  #isUnderWay = false

  constructor(options: MemberOptions, coordinator: Coordinator) {
    this.#options = options
    this.#coordinator = coordinator
  }

  /** Whether it was sent, and its answer is awaited. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /**
   * Leaves, by the member's id; by its group.instance.id alone where it has none yet. One that is on its way is said no
   * more.
   */
  begin({ memberId }: MemberIdentity, reason: string, context: Context, ended: Leave['ended'] = () => {}): void {
    const member = { memberId, groupInstanceId: this.#options['group.instance.id'], reason }
    const request = { api: 'LeaveGroup' as const, groupId: this.#options['group.id'], members: [member] }
    const deadline = timestamp(context.now + this.#options['session.timeout.ms'])
    this.#leave = { request, ended, deadline, retryAt: context.now }
    this.#isUnderWay = false
  }

  /** Sends it if it can. Returns when to look again. */
  tick(context: Context): Timestamp {
    const leave = this.#leave
    if (leave === null) return NEVER
    if (context.now >= leave.deadline) {
      this.#end(leave, context)
      return NEVER
    }
    if (this.#isUnderWay || leave.retryAt > context.now)
      return this.#isUnderWay ? leave.deadline : earliest(leave.retryAt, leave.deadline)
    this.#isUnderWay = this.#coordinator.send<'LeaveGroup'>(leave.request, context, (response, later) => {
      if (this.#leave !== leave) return
      this.#isUnderWay = false
      later.noteWork()
      if (isHeard(response)) this.#end(leave, later)
      else leave.retryAt = timestamp(later.now + this.#options['retry.backoff.ms'])
    })
    return leave.deadline
  }

  #end(leave: Leave, context: Context): void {
    this.#leave = null
    this.#isUnderWay = false
    leave.ended(context)
    context.noteWork()
  }
}

/** Null: the connection was lost before the answer came. */
const isHeard = (response: ResponseOf<'LeaveGroup'> | null): boolean =>
  response !== null && !ERRORS[response.errorCode].retriable
