import type { Context } from '../../../actor/types.js'
import { KafkaError } from '../../../base/errors.js'
import { messageOf } from '../../../base/thrown.js'
import type { ResponseOf } from '../../../protocol/api.js'
import type { Metadata } from '../../metadata.js'
import type { GroupTopic } from './assignors/assignor.js'
import { assignGroup, assignmentsOf, groupOf, type LedAssignment } from './assignors/group-assignment.js'
import type { OfferedStrategy } from './offered-strategy.js'
import type { Failure } from './reactions.js'
import type { RebalanceSteps } from './rebalance-steps.js'
import type { Subscription } from './subscription.js'

export interface LeadingParts {
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
 */
export class Leading {
  readonly #parts: LeadingParts
  /** The assignment that waits for metadata. */
  #waiting: { readonly joined: ResponseOf<'JoinGroup'>; readonly ends: LeadingEnds } | null = null
  /** The topics that the group wants, and how many partitions each had when they were assigned; null: another leads. */
  #assigned: { readonly topics: readonly string[]; readonly counts: readonly number[] } | null = null

  constructor(parts: LeadingParts) {
    this.#parts = parts
  }

  /** Whether the group wants another assignment, since its topics have come, gone, or grown. */
  get isOutdated(): boolean {
    const assigned = this.#assigned
    return assigned?.topics.some((topic, index) => this.#countOf(topic) !== assigned.counts[index]) === true
  }

  lead(joined: ResponseOf<'JoinGroup'>, ends: LeadingEnds): void {
    this.#parts.subscription.watch(groupOf(joined.members, () => undefined).topics)
    this.#waiting = { joined, ends }
  }

  /** Another member leads. */
  follow(): void {
    this.#assigned = null
    this.#parts.subscription.watch([])
  }

  /** Assigns nothing any more. */
  cancel(): void {
    if (this.#waiting !== null) this.#parts.steps.cancel()
    this.#waiting = null
  }

  tick(context: Context): void {
    const waiting = this.#waiting
    if (waiting === null || !this.#parts.subscription.isFresh || this.#parts.steps.isDividing) return
    try {
      this.#assign(waiting.joined, waiting.ends)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#waiting = null
      waiting.ends.failed({ error: 'UNKNOWN_SERVER_ERROR', says: messageOf(error) }, context)
    }
  }

  #assign(joined: ResponseOf<'JoinGroup'>, { assigned, failed }: LeadingEnds): void {
    const { strategy, steps } = this.#parts
    const { members, protocolName, skipAssignment } = joined
    const topicOf = (topic: string): Omit<GroupTopic, 'topic'> => ({ partitionCount: this.#countOf(topic) })
    const { group, topics } = groupOf(members, topicOf)
    this.#assigned = { topics, counts: topics.map((topic) => this.#countOf(topic)) }
    // A static leader that has returned assigns nothing, and watches all the same (KIP-814).
    if (skipAssignment) this.#done(() => assigned([]))
    else if (protocolName === null || !strategy.isCustom(protocolName)) {
      const led = assignGroup(strategy, protocolName ?? '', members, topicOf)
      this.#done(() => assigned(led.assignments))
    } else {
      steps.divide(protocolName, group, ({ assignment, failure }, context) => {
        if (failure !== null) return this.#done(() => failed({ error: 'UNKNOWN_SERVER_ERROR', says: failure }, context))
        const shares = new Map(assignment.map(({ memberId, partitions }) => [memberId, partitions]))
        this.#done(() => assigned(assignmentsOf(shares)))
      })
    }
  }

  #done(then: () => void): void {
    this.#waiting = null
    then()
  }

  #countOf(topic: string): number {
    return this.#parts.metadata.topic(topic)?.partitions.length ?? 0
  }
}
