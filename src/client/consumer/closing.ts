import type { Clock } from '../../base/clock.js'
import { deferred } from '../../base/deferred.js'
import { timestamp } from '../../base/ids.js'
import type { LeaveOperation } from '../../protocol/inner/group-words.js'
import type { Lifetime } from '../lifetime.js'
import { CLOSE_CONSUMER } from './consumer-arguments.js'
import type { ConsumerFront } from './consumer-front.js'
import { leaveReserveMs } from './group/leave-reserve.js'
import type { GroupUse } from './group-use.js'
import { closed, type Pulling } from './pulling.js'
import type { Running } from './running.js'

export interface ClosingParts {
  readonly front: ConsumerFront
  readonly clock: Clock
  readonly life: Lifetime
  readonly pulling: Pulling
  readonly running: Running
  readonly group: GroupUse
}

/** Default of a consumer's close; a handler module that returns to nobody is ended then. In a group it is Kafka's. */
const CLOSE_MS = 10_000
const CLOSE_IN_GROUP_MS = 30_000

/**
 * How a consumer closes, once:
 *
 *     nothing is handed out ─▶ the handler rests ─▶ the member commits and leaves ─▶ its thread ends
 *                              └─── handler and callbacks may commit ────┘
 *
 * A later close may only shorten the time. When it is over, the member leaves all the same, and nobody waits for that.
 * Lives on the application's thread.
 */
export class Closing {
  readonly #parts: ClosingParts
  #closing: Promise<void> | null = null
  /** Resolves when a close has run out of time, and what is left of it goes on without its caller. */
  readonly #isLate = deferred<void>()
  /** Whether it runs the callbacks of what it gives up with its close: they may still commit that. */
  #isLeaving = false

  constructor(parts: ClosingParts) {
    this.#parts = parts
  }

  /** Throws once a close has begun, or the thread has ended. `mayCommit`: not while handlers and callbacks may. */
  checkOpen(mayCommit = false): void {
    if (this.#closing !== null && !(mayCommit && this.#isLeaving)) throw closed()
    const { fatal } = this.#parts.front
    if (fatal !== null) throw fatal
  }

  /** Begins with the first call. Settles when that has ended, or when the time of one of the calls is over. */
  close(options: unknown): Promise<void> {
    const { front, running, life } = this.#parts
    const [read] = CLOSE_CONSUMER(options)
    const defaultMs = front.member === null ? CLOSE_MS : CLOSE_IN_GROUP_MS
    const { timeoutMs = defaultMs, groupMembershipOperation = 'DEFAULT' } = read
    this.#closing ??= this.#close(groupMembershipOperation, timeoutMs)
    running.noteWaiting()
    front.member?.steps.noteWaiting()
    life.endIn(timeoutMs)
    return life.within(Promise.race([this.#closing, this.#isLate.promise]))
  }

  async #close(operation: LeaveOperation, timeoutMs: number): Promise<void> {
    const { front, clock, life, pulling, running, group } = this.#parts
    const end = clock.now() + timeoutMs
    pulling.end()
    // A handler that is at work may still commit.
    this.#isLeaving = true
    await running.stop(timestamp(end - leaveReserveMs(timeoutMs)))
    const thrown = await group.leave(operation, Math.max(0, end - clock.now()))
    this.#isLeaving = false
    await front.stop(running.held, closed()).catch(() => {})
    const isLate = front.fatal !== null
    life.end()
    running.end()
    const hasLeft = !isLate || (await this.#leaveLate(operation))
    await life.release(hasLeft)
    if (thrown !== null) throw thrown
  }

  /** Returns false where its thread is to end as one that has crashed, so that its member is gone in any case. */
  async #leaveLate(operation: LeaveOperation): Promise<boolean> {
    const { group } = this.#parts
    const leaving = group.leaveAtOnce(operation)
    if (leaving === null) return true
    this.#isLate.resolve()
    await leaving
    return group.remains(operation)
  }
}
