import type { Address } from '../../../actor/address.js'
import type { Context } from '../../../actor/types.js'
import type { ConsumerOptions } from '../../../base/config/consumer-options.js'
import type { ErrorCode } from '../../../base/error-code.js'
import type { Metadata } from '../../metadata.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import { AutoCommit } from './auto-commit.js'
import { Commits } from './commits.js'
import { CommittedOffsets } from './committed-offsets.js'
import { Consumed } from './consumed.js'
import { Coordinator } from './coordinator.js'
import type { GroupOptions } from './group-options.js'
import { Handover } from './handover.js'
import { LeaveGroup } from './leave-group.js'
import { Leaving } from './leaving.js'
import { Member } from './member.js'
import { Membership } from './membership.js'
import { offeredStrategy } from './offered-strategy.js'
import { RebalanceSteps } from './rebalance-steps.js'
import { Subscription } from './subscription.js'
import { TopicIds } from './topic-ids.js'

export interface GroupPartsParts {
  readonly options: ConsumerOptions
  readonly group: GroupOptions
  readonly bootstrap: readonly Address[]
  readonly metadata: Metadata
  readonly partitions: FetchedPartitions
  readonly counters: ConsumerCounters
  readonly news: News
  readonly onAssigned: () => void
  /** Called when an id of a topic is not known any more. */
  readonly onStaleMetadata: () => void
  readonly isAtWorkOn: (index: number) => boolean
}

/**
 * The parts that a consumer has for its group, in the order of their turns:
 *
 *     coordinator   who it is, and the way there
 *     subscription  Subscribe              what is wanted, and its metadata
 *     topics                               the ids of whatever is committed
 *     steps         Share, StepTaken, …    what the application does in a rebalance
 *     membership                           joins, takes in its assignment, keeps its heartbeat
 *     committed     Committed              where partitions begin
 *     autoCommit                           every auto.commit.interval.ms
 *     commits       Commit
 *     leaving       Leave
 */
export function groupParts(parts: GroupPartsParts): {
  readonly list: readonly ConsumerPart[]
  readonly group: GroupSeat
} {
  const { partitions, news, bootstrap, metadata, counters } = parts
  const options = { ...parts.options, ...parts.group }
  const member = new Member()
  const strategy = offeredStrategy(parts.group)
  const refused = (error: ErrorCode, says: string, context: Context): void => membership.fail({ error, says }, context)
  const coordinator = new Coordinator({ options, bootstrap, onRefused: refused })
  const onSubscribed = (): void => membership.noteSubscribed()
  const onMetadata = (): void => membership.noteMetadata()
  const subscription = new Subscription({ options, bootstrap, metadata, onSubscribed, onMetadata, onRefused: refused })
  const topics = new TopicIds({ options, bootstrap, metadata })
  const steps = new RebalanceSteps(news)
  const consumed = new Consumed(partitions, steps)
  const onMemberError = (error: ErrorCode, context: Context): void => membership.noteCommitError(error, context)
  const commits = new Commits({ ...parts, options, coordinator, topics, member, consumed, onMemberError })
  const handover = new Handover({ ...parts, options, commits, steps, subscription, member })
  const leaveGroup = new LeaveGroup(options, coordinator)
  const membership = new Membership({
    options,
    coordinator,
    subscription,
    member,
    handover,
    steps,
    news,
    metadata,
    strategy,
    leaveGroup,
    counters,
  })
  const committed = new CommittedOffsets({ ...parts, options, coordinator, topics, onRefused: refused })
  const autoCommit = new AutoCommit({ options, partitions, commits, member })
  const leaving = new Leaving({ options, leaveGroup, member, membership, handover, commits, news })
  // A new partition has the word of an old one: nothing was read of it.
  partitions.onNew = (index) => steps.progress?.positions.set(index, null)
  return {
    list: [coordinator, subscription, topics, steps, membership, committed, autoCommit, commits, leaving],
    group: { steps, subscription },
  }
}

/** What the other parts of a consumer's back need of its group. */
export interface GroupSeat {
  readonly steps: RebalanceSteps
  readonly subscription: Subscription
}
