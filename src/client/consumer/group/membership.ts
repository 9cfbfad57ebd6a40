import type { Context, Message } from '../../../actor/types.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { isOn } from '../../../base/guards.js'
import { earliest, type Timestamp, timestamp } from '../../../base/ids.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import { type Handover, without } from './handover.js'
import { Heartbeats } from './heartbeats.js'
import { Joining, type JoiningParts } from './joining.js'
import { Leading } from './leading.js'
import type { LeaveGroup } from './leave-group.js'
import type { Member } from './member.js'
import { type Failure, HEARTBEAT_ANSWERED, type Reaction, reactionTo } from './reactions.js'
import type { RebalanceSteps } from './rebalance-steps.js'
import { RebalanceWatch } from './rebalance-watch.js'
import type { Subscription } from './subscription.js'

export interface MembershipParts extends Omit<JoiningParts, 'leading' | 'owned' | 'onAssigned' | 'onReaction'> {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly subscription: Subscription
  readonly member: Member
  readonly handover: Handover
  readonly steps: RebalanceSteps
  readonly news: News
  readonly leaveGroup: LeaveGroup
  readonly metadata: ConstructorParameters<typeof Leading>[0]['metadata']
}

/**
 * The consumer as a member of its group: it joins, takes in what it is assigned, keeps its heartbeat, and joins again
 * when the group, its subscription or the topics change. (`AbstractCoordinator`, `ConsumerCoordinator`)
 *
 *     unsubscribed ─▶ subscribed ─▶ preparing ─▶ joining ─▶ syncing ─▶ completing ─▶ stable
 *                     first poll       ▲  gives up          Joining     takes over     │
 *                                      └──────────────── a rebalance ◀─────────────────┤
 *                     expelled ─▶ joining, with the next poll ◀── max.poll.interval.ms ┤
 *                     failed ─▶ preparing, with a later poll  ◀── an error for the application
 *
 * An eager member gives up all it has before it joins, a cooperative one what the assignment took away, and then joins
 * once more. Whoever has lost its generation is told of a loss, and not of a revocation.
 *
 * Owned by the consumer's thread. `member` is what it tells the other parts.
 */
export class Membership implements ConsumerPart {
  readonly #parts: MembershipParts
  readonly #joining: Joining
  readonly #leading: Leading
  readonly #heartbeats: Heartbeats
  readonly #watch: RebalanceWatch
  /** Whether the group is to be joined again, once what is under way allows it. */
  #isRejoinNeeded = false
  /** Whether partitions are to be given up before the next JoinGroup. */
  #needsPreparation = true
  /** The application's last poll when it subscribed: it joins with a later one. */
  #pollAtSubscribe = 0

  constructor(parts: MembershipParts) {
    const { handover, member, steps } = parts
    this.#parts = parts
    this.#leading = new Leading(parts)
    this.#joining = new Joining({
      ...parts,
      leading: this.#leading,
      owned: () => handover.owned,
      onAssigned: (partitions, context) => this.#complete(partitions, context),
      onReaction: (reaction, failure, context) => this.#react(reaction, failure, context),
    })
    this.#heartbeats = new Heartbeats({
      ...parts,
      onAnswer: (error, context) => this.#heartbeatAnswered(error, context),
      onPollExpired: (context) => this.#expel(context),
    })
    this.#watch = new RebalanceWatch({
      ...parts,
      onAnswer: (error, context) => this.#heartbeatAnswered(error, context),
    })
    parts.news.describeMember = (connection) => ({
      state: member.state,
      ...member.identity,
      coordinator: parts.coordinator.brokerId,
      assignor: member.assignor,
      isLeader: member.isLeader,
      step: steps.pendingOn(connection),
    })
  }

  receive(_message: Message, _context: Context): boolean {
    return false
  }

  tick(context: Context): Timestamp {
    const { member, handover, steps } = this.#parts
    steps.progress?.noteTurn(context.now)
    handover.tick(context)
    if (member.state === 'subscribed' && steps.progress?.hasPolledSince(this.#pollAtSubscribe) === true)
      this.#prepare(context)
    else if (member.state === 'stable' && (this.#isRejoinWanted || this.#leading.nextRoundDue <= context.now))
      this.#prepare(context)
    const due = earliest(
      earliest(this.#heartbeats.tick(context), this.#joining.tick(context)),
      this.#watch.tick(context),
    )
    return member.state === 'stable' ? earliest(due, this.#leading.nextRoundDue) : due
  }

  /** The application wants other topics. */
  noteSubscribed(): void {
    const { member, steps, news } = this.#parts
    if (member.state !== 'unsubscribed') return
    this.#pollAtSubscribe = steps.progress?.lastPoll ?? 0
    this.#needsPreparation = true
    member.state = 'subscribed'
    news.note()
  }

  /** Metadata have come. */
  noteMetadata(): void {
    const { handover, member, news } = this.#parts
    if (member.state === 'unsubscribed') return
    if (handover.refresh()) news.note()
    this.#checkTopics()
  }

  /** An answer to a commit says that the member's generation is over, or that it is fenced. */
  noteCommitError(error: ErrorCode, context: Context): void {
    const { state } = this.#parts.member
    if (state === 'unsubscribed' || state === 'leaving') return
    if (error === 'REBALANCE_IN_PROGRESS') this.#isRejoinNeeded = true
    else this.#heartbeatAnswered(error, context)
  }

  /** Tells the application what keeps it out of its group. */
  fail(failure: Failure, context: Context): void {
    const { member, steps, handover, news } = this.#parts
    if (member.state === 'unsubscribed' || member.state === 'leaving') return
    this.#joining.cancel(context)
    handover.cancel()
    member.state = 'failed'
    if (failure.error === 'FENCED_INSTANCE_ID') member.fence()
    if (!member.isInGeneration) this.#needsPreparation = true
    steps.tellFailure(failure, (later) => this.#prepare(later))
    news.note()
    context.noteWork()
  }

  /** Ends whatever is under way, so that the member can leave. Returns whether what it owns is its own still. */
  beginLeaving(context: Context): boolean {
    const { member, handover, subscription } = this.#parts
    const isOwner = member.isInGeneration && member.state !== 'joining' && member.state !== 'syncing'
    subscription.clear()
    this.#joining.cancel(context)
    handover.cancel()
    member.state = 'leaving'
    return isOwner
  }

  /** The member has left, or remains without its consumer: what is said to it from now on is said to nobody. */
  endLeaving(keepsId: boolean): void {
    const { member, subscription, news } = this.#parts
    member.reset(keepsId)
    member.state = 'unsubscribed'
    this.#isRejoinNeeded = false
    this.#leading.follow()
    // The application may have subscribed again meanwhile.
    if (subscription.isSubscribed) this.noteSubscribed()
    news.note()
  }

  get #isRejoinWanted(): boolean {
    return this.#isRejoinNeeded || !this.#joining.isUpToDate
  }

  /** Whoever leads has its group assign anew what has come, gone or grown since. */
  #checkTopics(): void {
    const { isLeader, state } = this.#parts.member
    if (isLeader && state === 'stable' && this.#leading.isOutdated) this.#isRejoinNeeded = true
  }

  /** Gives up what a rebalance asks for, and joins. (`ConsumerCoordinator.onJoinPrepare`) */
  #prepare(context: Context): void {
    const { member, strategy, handover, subscription, options, news } = this.#parts
    member.state = 'preparing'
    this.#isRejoinNeeded = false
    news.note()
    // Whoever has lost its generation in the middle of it has lost the rest as well.
    const join = (later: Context): void => {
      if (member.isInGeneration || !isOn('gives-up-with-generation')) this.#join(later)
      else handover.lose(later, (last) => this.#join(last))
    }
    if (!this.#needsPreparation) return this.#join(context)
    if (!member.isInGeneration) return join(context)
    if (strategy.protocol === 'EAGER' && isOn('eager-gives-up-first'))
      return handover.revoke(handover.owned, true, context, join)
    const dropped = handover.owned.filter(({ topic }) => !subscription.includes(topic))
    const deadline = timestamp(context.now + options['max.poll.interval.ms'])
    handover.commitAll(deadline, context, (later) => {
      if (member.isInGeneration) handover.revoke(dropped, false, later, join)
      else join(later)
    })
  }

  #join(context: Context): void {
    this.#needsPreparation = false
    this.#joining.begin()
    this.#parts.news.note()
    context.noteWork()
  }

  /** Takes in an assignment. (`ConsumerCoordinator.onJoinComplete`) */
  #complete(partitions: readonly PartitionName[], context: Context): void {
    const { member, handover, subscription, strategy } = this.#parts
    this.#needsPreparation = true
    // The subscription has changed since, or the leader has not heard of it.
    if (partitions.some(({ topic }) => !subscription.includes(topic))) {
      this.#isRejoinNeeded = true
      return this.#settle(context)
    }
    member.state = 'completing'
    const states = strategy.protocol === 'EAGER' ? [] : without(handover.owned, partitions)
    handover.revoke(states, false, context, (later) => {
      if (!member.isInGeneration) return this.#settle(later)
      // What was given up is for others, who get it in the next round (KIP-429).
      if (states.length > 0 && isOn('joins-once-more')) this.#isRejoinNeeded = true
      handover.assign(partitions, later, (last) => this.#settle(last))
    })
  }

  #settle(context: Context): void {
    const { member, news } = this.#parts
    if (member.isInGeneration) {
      member.state = 'stable'
      this.#checkTopics()
      news.note()
    } else this.#prepare(context)
    context.noteWork()
  }

  #heartbeatAnswered(error: ErrorCode, context: Context): void {
    const reaction = reactionTo(HEARTBEAT_ANSWERED, error)
    const { state } = this.#parts.member
    if (reaction === 'goOn' || reaction === 'retry' || reaction === 'takeId' || state === 'leaving') return
    if (reaction === 'fail') {
      const says = `The member of the group '${this.#parts.options['group.id']}' has been refused`
      return this.fail({ error, says }, context)
    }
    if (reaction !== 'rejoin') return this.#reset(reaction, context)
    // Whoever prepares or syncs is on the way already (KAFKA-10134).
    if (state === 'stable' || state === 'completing') this.#isRejoinNeeded = true
  }

  #react(reaction: Exclude<Reaction, 'goOn' | 'retry' | 'takeId'>, failure: Failure, context: Context): void {
    if (reaction === 'fail') this.fail(failure, context)
    else if (reaction === 'rejoin') this.#join(context)
    else this.#reset(reaction, context)
  }

  /** The generation is over for this member: what it owned is lost, and it joins again. */
  #reset(reaction: 'resetGeneration' | 'resetMember', context: Context): void {
    const { member, handover, steps } = this.#parts
    member.reset(reaction === 'resetGeneration')
    this.#needsPreparation = true
    // The application has to poll first, and is told of the loss then.
    if (member.state === 'failed' || member.state === 'expelled') return
    // An assignment is taken in whole, and then lost (KAFKA-8104). What is about to be revoked is lost at once.
    if (steps.isAssigning) return
    this.#joining.cancel(context)
    handover.cancel()
    this.#prepare(context)
  }

  /** The application does not poll: somebody else is to read. It is told with its next poll, and joins then. */
  #expel(context: Context): void {
    const { member, options, handover, news, leaveGroup } = this.#parts
    const { identity } = member
    this.#joining.cancel(context)
    // A static member returns, or its session ends (KIP-345).
    if (options['group.instance.id'] === null) leaveGroup.begin(identity, 'consumer poll timeout has expired.', context)
    member.expel()
    member.state = 'expelled'
    this.#needsPreparation = true
    handover.giveUp('lost', context, (later) => this.#join(later))
    news.note()
    context.noteWork()
  }
}
