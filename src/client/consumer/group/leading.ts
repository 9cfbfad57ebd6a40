import type { Context } from '../../../actor/types.js'
import { KafkaError } from '../../../base/errors.js'
import { NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import { messageOf } from '../../../base/thrown.js'
import type { ResponseOf } from '../../../protocol/api.js'
import type { Metadata } from '../../metadata.js'
import type { GroupTopic } from './assignors/assignor.js'
import { assignGroup, assignmentsOf, groupOf, type LedAssignment } from './assignors/group-assignment.js'
import type { MemberOptions } from './group-options.js'
import type { OfferedStrategy } from './offered-strategy.js'
import type { Failure } from './reactions.js'
import type { RebalanceSteps } from './rebalance-steps.js'
import type { Subscription } from './subscription.js'

export interface LeadingParts {
  readonly options: Pick<MemberOptions, 'max.poll.interval.ms'>
  readonly metadata: Metadata
  readonly subscription: Subscription
  readonly steps: RebalanceSteps
  readonly strategy: OfferedStrategy
}

export interface LeadingEnds {
  readonly assigned: (assignments: LedAssignment['assignments']) => void
  readonly failed: (failure: Failure, context: Context) => void
}

/**
 * What the leader of a group does beside being a member: it assigns what all members want, with fresh metadata of all
 * of it, and from then on watches whether that changes. (`ConsumerCoordinator.onLeaderElected`,
 * `MetadataSnapshot`)
 *
 * A cooperative round leaves out partitions that a member has to give up; it joins again then, and the next round gives
 * them out. A static member that is started again in between has nothing to give up, and does not join again: in Kafka
 * nobody reads those partitions until the group rebalances for another reason. Here the leader joins again when no
 * round has come for as long as a rebalance may take.
 */
export class Leading {
  readonly #parts: LeadingParts
  /** The assignment that waits for metadata. */
  #waiting: { readonly joined: ResponseOf<'JoinGroup'>; readonly ends: LeadingEnds } | null = null
  /** The topics that the group wants, and how many partitions each had when they were assigned; null: another leads. */
  #assigned: { readonly topics: readonly string[]; readonly counts: readonly number[] } | null = null

  /** Whether the last assignment of this member has left out partitions for the next round. */
  #isRoundMissing = false
  /** When the leader asks for the next round by itself; NEVER: there is none to come. */
  #nextRoundDue: Timestamp = NEVER

  constructor(parts: LeadingParts) {
    this.#parts = parts
  }

  /** Whether the group wants another assignment, since its topics have come, gone, or grown. */
  get isOutdated(): boolean {
    const assigned = this.#assigned
    return assigned?.topics.some((topic, index) => this.#countOf(topic) !== assigned.counts[index]) === true
  }

  get nextRoundDue(): Timestamp {
    return this.#nextRoundDue
  }

  lead(joined: ResponseOf<'JoinGroup'>, ends: LeadingEnds): void {
    this.#parts.subscription.watch(groupOf(joined.members, () => undefined).topics)
    this.#waiting = { joined, ends }
  }

  /** Another member leads. */
  follow(): void {
    this.#assigned = null
    this.#isRoundMissing = false
    this.#nextRoundDue = NEVER
    this.#parts.subscription.watch([])
  }

  /** Assigns nothing any more. */
  cancel(): void {
    if (this.#waiting !== null) this.#parts.steps.cancel()
    this.#waiting = null
    this.#nextRoundDue = NEVER
  }

  tick(context: Context): void {
    const waiting = this.#waiting
    if (waiting === null || !this.#parts.subscription.isFresh || this.#parts.steps.isDividing) return
    try {
      this.#assign(waiting.joined, waiting.ends, context)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#waiting = null
      waiting.ends.failed({ error: 'UNKNOWN_SERVER_ERROR', says: messageOf(error) }, context)
    }
  }

  #assign(joined: ResponseOf<'JoinGroup'>, { assigned, failed }: LeadingEnds, { now }: Context): void {
    const { strategy, steps } = this.#parts
    const { members, protocolName, skipAssignment } = joined
    const topicOf = (topic: string): Omit<GroupTopic, 'topic'> => ({ partitionCount: this.#countOf(topic) })
    const { group, topics } = groupOf(members, topicOf)
    this.#assigned = { topics, counts: topics.map((topic) => this.#countOf(topic)) }
    // A static leader that has returned assigns nothing, and watches all the same (KIP-814).
    if (skipAssignment) {
      this.#awaitRound(now)
      this.#done(() => assigned([]))
    } else if (protocolName === null || !strategy.isCustom(protocolName)) {
      const led = assignGroup(strategy, protocolName ?? '', members, topicOf)
      this.#isRoundMissing = strategy.protocol === 'COOPERATIVE' && !led.isWhole
      this.#awaitRound(now)
      this.#done(() => assigned(led.assignments))
    } else {
      steps.divide(protocolName, group, ({ assignment, failure }, context) => {
        if (failure !== null) return this.#done(() => failed({ error: 'UNKNOWN_SERVER_ERROR', says: failure }, context))
        const shares = new Map(assignment.map(({ memberId, partitions }) => [memberId, partitions]))
        this.#done(() => assigned(assignmentsOf(shares)))
      })
    }
  }

  #awaitRound(now: Timestamp): void {
    const { 'max.poll.interval.ms': intervalMs } = this.#parts.options
    this.#nextRoundDue = this.#isRoundMissing ? timestamp(now + intervalMs) : NEVER
  }

  #done(then: () => void): void {
    this.#waiting = null
    then()
  }

  #countOf(topic: string): number {
    return this.#parts.metadata.topic(topic)?.partitions.length ?? 0
  }
}
