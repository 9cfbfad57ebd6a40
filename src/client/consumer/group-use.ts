import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { deferred } from '../../base/deferred.js'
import { ClosedError, ConfigError, InvalidGroupIdError } from '../../base/errors.js'
import { timestamp } from '../../base/ids.js'
import type { CommittedOffset, LeaveOperation } from '../../protocol/inner/group-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { ConsumerFront } from './consumer-front.js'
import type { MemberDescription, MemberFront } from './group/front/member-front.js'
import type { CommitCallback } from './group/front/offset-commits.js'
import type { ReadSubscription } from './group/front/subscription.js'
import type { Pulling } from './pulling.js'
import type { Running } from './running.js'

export interface GroupUseParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly clock: Clock
  readonly pulling: Pulling
  readonly running: Running
}

type Offsets = readonly CommittedOffset[] | null
type Assigned = Parameters<ConsumerFront['assign']>[0]
const NOTHING: Assigned = { topics: [], partitions: [], reset: null }

/**
 * What a consumer reads, whether a group shares it out or not, and what it commits. What was read is committed by
 * members and, with a group.id, by those who assign partitions by hand.
 */
export class GroupUse {
  readonly #parts: GroupUseParts
  readonly #front: ConsumerFront
  /** How it was said what is read; null: nothing is. */
  #by: 'subscribe' | 'assign' | null = null
  /** Whether it has subscribed and is not known to have left since. */
  #mayBeMember = false
  /** Resolves when the member is told to leave; null: that waits for no handler. */
  #asking: Promise<void> | null = null
  /** Settles when the member has left because it has unsubscribed; null: it does not. */
  #leaving: Promise<void> | null = null

  constructor(parts: GroupUseParts) {
    this.#parts = parts
    this.#front = parts.front
  }

  async subscribe(wanted: ReadSubscription): Promise<void> {
    const { topics, pattern, reset } = wanted
    const { member } = this.#front
    if (member === null) return this.#front.assign({ topics, partitions: [], reset })
    if (topics.length === 0 && pattern === null) return this.unsubscribe()
    if (this.#asking !== null) await this.#asking
    this.#begin('subscribe')
    this.#mayBeMember = true
    await member.subscribe(wanted)
  }

  async assign(partitions: Assigned['partitions']): Promise<void> {
    if (this.#front.member !== null && partitions.length === 0) return this.unsubscribe()
    if (this.#asking !== null) await this.#asking
    this.#begin('assign')
    this.#forgetKept()
    await this.#front.assign({ topics: [], partitions, reset: null })
  }

  async unsubscribe(): Promise<void> {
    const { member } = this.#front
    const isMember = this.#by === 'subscribe' && member !== null
    this.#forgetKept()
    this.#by = null
    if (!isMember) return this.#leaving === null ? this.#front.assign(NOTHING) : this.#awaitLeaving(this.#leaving)
    const leaving = this.#leave(member)
    this.#leaving = leaving
    try {
      await leaving
    } finally {
      if (this.#leaving === leaving) this.#leaving = null
    }
  }

  /** Ends it: commits, and leaves. Resolves with what a callback threw; null: nothing. Waits no longer than this. */
  async leave(operation: LeaveOperation, timeoutMs: number): Promise<unknown> {
    // Whoever has unsubscribed hears what a callback of that throws.
    if (this.#leaving !== null) await this.#awaitLeaving(this.#leaving).catch(() => {})
    const { member, fatal } = this.#front
    if (member === null || this.#by === null || fatal !== null) return null
    this.#front.assigned.tellAll()
    return member.leave({ commits: true, operation, timeoutMs }).catch(() => null)
  }

  /**
   * Commits and leaves for a member whose time is over before it has left; null: there is none. Resolves when nothing
   * more is to be waited for.
   */
  leaveAtOnce(operation: LeaveOperation): Promise<void> | null {
    const { member, fatal } = this.#front
    const commits = this.#by !== null
    if (member === null || !(commits || this.#mayBeMember) || !(fatal instanceof ClosedError)) return null
    if (commits) this.#front.assigned.tellAll()
    return this.#front.leaveAtOnce({ commits, operation })
  }

  /** Whether it is a member still when it has ended (KIP-1092). */
  remains(operation: LeaveOperation): boolean {
    const isStatic = this.#parts.options['group.instance.id'] !== null
    return operation === 'REMAIN_IN_GROUP' || (operation === 'DEFAULT' && isStatic)
  }

  async commitSync(offsets: Offsets, timeoutMs = this.#timeoutMs): Promise<void> {
    await this.#memberFor('commit').commits.commitSync(this.#toCommit(offsets), timeoutMs)
  }

  commitAsync(offsets: Offsets, callback: CommitCallback): void {
    this.#memberFor('commit').commits.commitAsync(this.#toCommit(offsets), callback)
  }

  async committed(partitions: readonly PartitionName[], timeoutMs = this.#timeoutMs) {
    return this.#memberFor('ask for what is committed').commits.committed(partitions, timeoutMs)
  }

  async describe(partitions: () => MemberDescription['assignment']): Promise<MemberDescription> {
    return this.#memberFor('describe a member').describe(partitions)
  }

  /** Forgets what was said of partitions that are not assigned. */
  #forgetKept(): void {
    this.#front.keptSeeks.forget()
    this.#front.assigned.forgetPausedTopics()
  }

  /** Gives up what is subscribed to, when no call of a handler is at work. */
  async #leave(member: MemberFront): Promise<void> {
    member.steps.noteWaiting()
    const { running, clock } = this.#parts
    const deadline = timestamp(clock.now() + this.#timeoutMs)
    const rests = running.hold(deadline)
    const asked = deferred<void>()
    try {
      if (rests !== null) {
        this.#asking = asked.promise
        await rests
        this.#asking = null
      }
      const timeoutMs = Math.max(0, deadline - clock.now())
      const left = member.leave({ commits: false, operation: 'DEFAULT', timeoutMs })
      asked.resolve()
      const thrown = await left
      this.#mayBeMember = false
      if (thrown !== null) throw thrown
    } finally {
      running.release()
    }
  }

  /** Waits until the member has left. The call that asks for it may be the one that is waited for. */
  #awaitLeaving(left: Promise<void>): Promise<void> {
    this.#parts.running.noteWaiting()
    this.#front.member?.steps.noteWaiting()
    return left
  }

  get #timeoutMs(): number {
    return this.#parts.options['default.api.timeout.ms']
  }

  #memberFor(what: string): MemberFront {
    const { member } = this.#front
    if (member !== null) return member
    throw new InvalidGroupIdError(`Cannot ${what} without a group: set group.id`)
  }

  /** Kafka commits for whomever it is asked; what another member may have by now is not this one's to commit. */
  #toCommit(offsets: Offsets): Offsets {
    for (const one of offsets ?? []) this.#front.assigned.named(one)
    if (offsets === null) this.#parts.pulling.countHandedOut()
    return offsets
  }

  /** Kafka: `SubscriptionState.setSubscriptionType`, which throws an `IllegalStateException`. */
  #begin(by: 'subscribe' | 'assign'): void {
    if (this.#front.member !== null && this.#by !== null && this.#by !== by) {
      const says = `Cannot ${by} after ${this.#by}: a member gets its partitions from its group, or names them itself`
      throw new ConfigError(by, `${says}; unsubscribe first`)
    }
    this.#by = by
  }
}
