import type { Context } from '../../../actor/types.js'
import { type ErrorCode, reasonOf } from '../../../base/error-code.js'
import { backoffMs } from '../../../base/exponential-backoff.js'
import { NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { ResponseOf } from '../../../protocol/api.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import type { LastAssignment } from './assignors/assignor.js'
import { protocolsOf } from './assignors/group-assignment.js'
import { decodeAssignment } from './assignors/member-metadata.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { Leading } from './leading.js'
import type { Member, MemberIdentity } from './member.js'
import type { OfferedStrategy } from './offered-strategy.js'
import { type Failure, JOIN_ANSWERED, type Reaction, reactionTo, SYNC_ANSWERED } from './reactions.js'
import type { Subscription } from './subscription.js'

export interface JoiningParts {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly subscription: Subscription
  readonly member: Member
  readonly strategy: OfferedStrategy
  readonly leading: Leading
  readonly counters: ConsumerCounters
  /** The partitions that the member still owns. */
  readonly owned: () => readonly PartitionName[]
  readonly onAssigned: (partitions: readonly PartitionName[], context: Context) => void
  /** Called when it cannot go on here. */
  readonly onReaction: (
    reaction: Exclude<Reaction, 'goOn' | 'retry' | 'takeId'>,
    failure: Failure,
    context: Context,
  ) => void
}

const CONSUMER = 'consumer'

/**
 * The way into a generation: JoinGroup, which the coordinator answers when all members have come, and SyncGroup, which
 * it answers when the leader has assigned.
 *
 *     join ─▶ joined: a follower ───────────────────────▶ sync ─▶ assigned
 *                     the leader ─▶ Leading assigns ─────▶
 *
 * An answer counts for the attempt that asked: whoever has begun another one, or has left, does not hear it.
 */
export class Joining {
  readonly #parts: JoiningParts
  /** The attempt under way; 0: there is none. */
  #attempt = 0
  #lastAttempt = 0
  /** What is to be sent in the next turn that can: absent while an answer, or the leader's assignment, is awaited. */
  #toSend: ((context: Context) => boolean) | null = null
  #retryAt: Timestamp = timestamp(0)
  #failures = 0
  /** The topics that the member has told its group. */
  #joinedTopics: readonly string[] = []
  #last: LastAssignment | null = null
  #isFirst = true

  constructor(parts: JoiningParts) {
    this.#parts = parts
  }

  /** Whether the group knows what is subscribed to. */
  get isUpToDate(): boolean {
    return this.#joinedTopics === this.#parts.subscription.topics
  }

  /** Joins, as who the member is; an attempt under way counts no more. */
  begin(): void {
    this.#lastAttempt += 1
    this.#attempt = this.#lastAttempt
    this.#parts.leading.cancel()
    this.#parts.member.state = 'joining'
    this.#toSend = (context) => this.#join(context)
  }

  /** Ends the attempt. What the coordinator was asked in it is left, or the next attempt would wait behind it. */
  cancel(context: Context): void {
    if (this.#attempt !== 0) this.#parts.coordinator.abandonParked(context)
    this.#attempt = 0
    this.#toSend = null
    this.#parts.leading.cancel()
  }

  tick(context: Context): Timestamp {
    if (this.#attempt === 0) return NEVER
    this.#parts.leading.tick(context)
    if (this.#toSend === null) return NEVER
    if (this.#retryAt > context.now) return this.#retryAt
    // Which topics a pattern names is known by all members before they are told to the leader.
    if (!this.#parts.subscription.isResolved) return NEVER
    if (this.#toSend(context)) this.#toSend = null
    return NEVER
  }

  #join(context: Context): boolean {
    const { options, coordinator, subscription, member, strategy, owned, counters } = this.#parts
    const { identity } = member
    const { topics } = subscription
    const subscribed = {
      topics,
      ownedPartitions: strategy.protocol === 'COOPERATIVE' ? owned() : [],
      generationId: identity.generationId,
      rackId: options['client.rack'] === '' ? null : options['client.rack'],
    }
    const request = {
      api: 'JoinGroup' as const,
      clientId: options['client.id'],
      groupId: options['group.id'],
      sessionTimeoutMs: options['session.timeout.ms'],
      rebalanceTimeoutMs: options['max.poll.interval.ms'],
      memberId: identity.memberId,
      groupInstanceId: options['group.instance.id'],
      protocolType: CONSUMER,
      protocols: protocolsOf(strategy, subscribed, this.#last),
      reason: this.#isFirst ? null : 'the group rebalances',
    }
    const sentAt = context.now
    const isSent = coordinator.join(
      request,
      context,
      this.#answerOf((response, later) => {
        if (response?.errorCode === 'NONE') {
          counters.joined(later.now - sentAt)
          return this.#joined(response, later)
        }
        counters.rebalanceFailed()
        if (response !== null) member.hasAskedForPlace = false
        if (response?.errorCode === 'MEMBER_ID_REQUIRED') this.#takeId(response.memberId)
        else this.#react(reactionTo(JOIN_ANSWERED, response?.errorCode), response?.errorCode, later)
      }),
    )
    if (isSent) {
      this.#joinedTopics = topics
      member.hasAskedForPlace = true
      counters.joining()
    }
    return isSent
  }

  /** An answer that is heard only while this attempt is under way. */
  #answerOf<Response>(
    heard: (response: Response, later: Context) => void,
  ): (response: Response, later: Context) => void {
    const attempt = this.#attempt
    return (response, later) => {
      if (this.#attempt !== attempt) return
      later.noteWork()
      heard(response, later)
    }
  }

  #takeId(memberId: string): void {
    this.#parts.member.takeId(memberId)
    this.#toSend = (context) => this.#join(context)
  }

  #joined(response: ResponseOf<'JoinGroup'>, context: Context): void {
    const { member, leading } = this.#parts
    const { protocolType, protocolName, memberId, generationId, leader } = response
    if (protocolType !== null && protocolType !== CONSUMER) {
      const says = `The group '${this.#parts.options['group.id']}' is one of '${protocolType}', and not of consumers`
      return this.#fail({ error: 'INCONSISTENT_GROUP_PROTOCOL', says }, context)
    }
    this.#failures = 0
    this.#isFirst = false
    const identity = { memberId, generationId }
    member.join(identity)
    member.state = 'syncing'
    member.assignor = protocolName
    member.isLeader = leader === memberId
    if (!member.isLeader) {
      leading.follow()
      this.#toSend = (later) => this.#sync(identity, [], later)
      return
    }
    leading.lead(response, {
      assigned: (assignments) => {
        this.#toSend = (later) => this.#sync(identity, assignments, later)
      },
      failed: (failure, later) => this.#fail(failure, later),
    })
  }

  #sync(
    { memberId, generationId }: MemberIdentity,
    assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[],
    context: Context,
  ): boolean {
    const { options, coordinator, member, counters } = this.#parts
    const sentAt = context.now
    const request = {
      api: 'SyncGroup' as const,
      groupId: options['group.id'],
      generationId,
      memberId,
      groupInstanceId: options['group.instance.id'],
      protocolType: CONSUMER,
      protocolName: member.assignor,
      assignments,
    }
    return coordinator.sync(
      request,
      context,
      this.#answerOf((response, later) => {
        if (response?.errorCode === 'NONE') {
          counters.synced(later.now - sentAt)
          return this.#synced(response, later)
        }
        counters.rebalanceFailed()
        this.#react(reactionTo(SYNC_ANSWERED, response?.errorCode), response?.errorCode, later)
      }),
    )
  }

  #synced({ assignment, protocolName }: ResponseOf<'SyncGroup'>, context: Context): void {
    const { member, onAssigned } = this.#parts
    if (protocolName !== null && protocolName !== member.assignor) {
      const says = `The group assigns by '${protocolName}', and this member has joined for '${member.assignor}'`
      return this.#fail({ error: 'INCONSISTENT_GROUP_PROTOCOL', says }, context)
    }
    const { partitions } = decodeAssignment(assignment)
    this.#attempt = 0
    this.#last = { partitions, generationId: member.identity.generationId }
    onAssigned(partitions, context)
  }

  #react(reaction: Reaction, error: ErrorCode | undefined, context: Context): void {
    if (reaction === 'retry') {
      this.#backOff(context)
      this.#toSend = (later) => this.#join(later)
    } else if (reaction === 'fail')
      this.#fail({ error: error as ErrorCode, says: this.#says(error as ErrorCode) }, context)
    else {
      // What was refused by a coordinator that is another one, or not ready, is not asked at once.
      if (reaction === 'rejoin' && error !== 'REBALANCE_IN_PROGRESS') this.#backOff(context)
      this.#end(reaction as 'rejoin', { error: error ?? 'NETWORK_EXCEPTION', says: '' }, context)
    }
  }

  #fail(failure: Failure, context: Context): void {
    this.#end('fail', failure, context)
  }

  #end(reaction: Parameters<JoiningParts['onReaction']>[0], failure: Failure, context: Context): void {
    this.cancel(context)
    this.#parts.onReaction(reaction, failure, context)
  }

  #backOff(context: Context): void {
    const { 'retry.backoff.ms': initialMs, 'retry.backoff.max.ms': maxMs } = this.#parts.options
    this.#retryAt = timestamp(context.now + backoffMs({ initialMs, maxMs }, this.#failures, context.random))
    this.#failures += 1
  }

  #says(error: ErrorCode): string {
    const { options, strategy } = this.#parts
    const group = `Cannot join the group '${options['group.id']}'`
    switch (error) {
      case 'INCONSISTENT_GROUP_PROTOCOL': {
        const offered = strategy.assignors.map(({ name }) => name).join(', ')
        return `${group}: not all of its members have one of partition.assignment.strategy (${offered})`
      }
      case 'INVALID_SESSION_TIMEOUT':
        return `${group} with session.timeout.ms ${options['session.timeout.ms']}: the brokers take it between group.min.session.timeout.ms and group.max.session.timeout.ms`
      case 'GROUP_MAX_SIZE_REACHED':
        return `${group}: it has group.max.size members`
      case 'FENCED_INSTANCE_ID':
        return `${group} as '${options['group.instance.id']}': another member has this group.instance.id`
      default:
        return `${group}: ${reasonOf(error)}`
    }
  }
}
