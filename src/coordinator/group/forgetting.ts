import { isOn } from '../../base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import type { AskedFor, DeletedTopic } from './group-messages.js'
import type { CommittedOffset, GroupRecord } from './group-records.js'
import type { Groups } from './groups.js'
import { isOfTopic, tombstoneOf } from './offset-requests.js'
import type { Step } from './step.js'

/** What one step forgets at most: a decision is one batch, which the log has to take. */
export const FORGOTTEN_PER_STEP_MAX = 1_000

const MINUTE_MS = 60_000

/**
 * Forgets what nobody needs any more: offsets that have expired with the groups that hold nothing else (KIP-211), and
 * those of topics that were deleted. It takes as many steps as that needs.
 */
export class Forgetting {
  /** Topics whose offsets have yet to be looked for. */
  #deleted: DeletedTopic[] = []
  #expiryDue: Timestamp = NEVER

  get due(): Timestamp {
    return this.#deleted.length > 0 ? timestamp(0) : this.#expiryDue
  }

  /** Begins an interval in which nothing is looked for; the first one too, as in Kafka. */
  start(step: Step): void {
    this.#expiryDue = timestamp(step.now + step.options['offsets.retention.check.interval.ms'])
  }

  /** The broker that says so is answered at once: it has nothing to do with what follows. */
  topicsDeleted(asked: AskedFor<'TopicsDeleted'>, step: Step): void {
    this.#deleted.push(...asked.request.body.topics)
    step.reply(asked, { api: 'TopicsDeleted' })
  }

  forget(groups: Groups, step: Step): void {
    const topics = this.#deleted
    if (topics.length > 0) {
      forgetSome(step, offsetsOf(topics, groups), () => {
        this.#deleted = this.#deleted.slice(topics.length)
      })
    } else if (this.#expiryDue <= step.now) forgetSome(step, expired(groups, step), () => this.start(step))
  }
}

/** `done`: nothing is left, once the log has what is written. */
function forgetSome(step: Step, forgotten: Iterator<GroupRecord>, done: () => void): void {
  const records: GroupRecord[] = []
  let next = forgotten.next()
  for (; next.done !== true && records.length < FORGOTTEN_PER_STEP_MAX; next = forgotten.next())
    records.push(next.value)
  if (records.length === 0) done()
  else step.write(records, next.done === true ? { whenLogged: done } : null)
}

/** What groups have committed for the topics. (`OffsetMetadataManager.onPartitionsDeleted`) */
function* offsetsOf(topics: readonly DeletedTopic[], groups: Groups): Generator<GroupRecord> {
  for (const { groupId, offsets } of groups.all()) {
    for (const { name, topicId } of topics) {
      for (const [partition, committed] of offsets.partitionsOf(name)) {
        if (isOfTopic(committed, topicId)) yield tombstoneOf(groupId, name, partition)
      }
    }
  }
}

/** Offsets that have expired, and groups that hold nothing. (`GroupCoordinatorShard.cleanupGroupMetadata`) */
function* expired(groups: Groups, step: Step): Generator<GroupRecord> {
  for (const group of groups.all()) {
    let keeps = false
    for (const topic of group.offsets.topics()) {
      for (const [partition, committed] of group.offsets.partitionsOf(topic)) {
        if (!(group.isSubscribedTo(topic) && isOn('subscribed-stays')) && hasExpired(group, committed, step)) {
          yield tombstoneOf(group.groupId, topic, partition)
        } else keeps = true
      }
    }
    // Somebody who was given an id is about to come. (Kafka deletes the group all the same, and the id with it.)
    const isUnused = group.state === 'Empty' && group.pending.size === 0
    if (!keeps && isUnused) yield { type: 'group', groupId: group.groupId, value: null }
  }
}

/** Whether nobody has needed it for its retention. (`ClassicGroup.offsetExpirationCondition`) */
function hasExpired(group: ClassicGroup, committed: CommittedOffset, { now, options }: Step): boolean {
  const since = keptSince(group, committed)
  if (since === null) return false
  if (committed.expireTimestamp !== undefined && committed.expireTimestamp !== -1)
    return now >= committed.expireTimestamp
  return now - since >= options['offsets.retention.minutes'] * MINUTE_MS
}

/** The time since which nobody has needed it; null: somebody may. */
function keptSince(
  { state, stateSince, protocolType, isOfConsumers }: ClassicGroup,
  committed: CommittedOffset,
): number | null {
  const { commitTimestamp } = committed
  // Nobody but its committer knows of a simple group.
  if (protocolType === null) return commitTimestamp
  // However long ago it has committed: KAFKA-8069, KAFKA-13636. Old records do not say since when a group is Empty.
  if (state === 'Empty') return stateSince === -1 || !isOn('empty-since') ? commitTimestamp : stateSince
  return state === 'Stable' && isOfConsumers ? commitTimestamp : null
}
