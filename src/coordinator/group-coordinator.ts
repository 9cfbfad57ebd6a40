import { assert } from '../base/assert.js'
import { isOn } from '../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { StateDecision, StateMachine } from '../log/state-machine.js'
import type { ClassicGroup } from './group/classic-group.js'
import { deleteGroups, describeGroups, listGroups } from './group/describing.js'
import { Forgetting } from './group/forgetting.js'
import { checkGroupInvariants } from './group/group-invariants.js'
import type {
  AskedFor,
  AskedGroups,
  GroupApi,
  GroupReply,
  GroupRequest,
  GroupResponse,
} from './group/group-messages.js'
import type { GroupRecord, LoggedGroup } from './group/group-records.js'
import { Groups } from './group/groups.js'
import { awaitRebalance, heartbeat } from './group/heartbeat.js'
import { joinGroup } from './group/join-group.js'
import { leaveGroup } from './group/leave-group.js'
import { isParkedWith } from './group/member.js'
import { commitOffsets, deleteOffsets, fetchOffsets } from './group/offset-requests.js'
import { endSessions, peersEnded } from './group/peers-ended.js'
import { prepareRebalance } from './group/rebalancing.js'
import { refuseParked } from './group/responses.js'
import { type GroupCoordinatorParts, Step } from './group/step.js'
import { syncGroup } from './group/sync-group.js'
import { fireTimer } from './group/timers.js'

type GroupHandler<A extends GroupApi> = (asked: AskedFor<A>, groups: Groups, step: Step) => void
type GroupHandlers = { readonly [A in GroupApi]: GroupHandler<A> }

/**
 * The groups of one partition of `__consumer_offsets`. (`GroupCoordinatorShard` with its `GroupMetadataManager` and
 * `OffsetMetadataManager` in Kafka.)
 *
 *   in the log        what groups have committed; of each group the last generation that was Stable or Empty
 *   beside the log    the phases of a rebalance, parked requests, ids that wait to be used, timers
 *
 * - Whatever goes into the log counts when it is replayed. A step that writes says what else it does then
 *   (`Step.write`), and the group has not moved on before that: a log that refuses records leaves it as it was, or in a
 *   phase whose timer tries again.
 * - A coordinator that takes over knows what the log holds: each group is Stable or Empty, all sessions begin anew, and
 *   a generation that was not Stable yet has never been. Members whose threads have crashed meanwhile are given up.
 * - A record that nobody here has decided, on a log that others append to, makes the group what it says. Whoever waited
 *   in it is unknown then, and is told so by the next timer.
 *
 * Lives in the broker's thread.
 */
export class GroupCoordinator implements StateMachine<GroupRecord, GroupRequest, GroupResponse> {
  readonly #parts: GroupCoordinatorParts
  readonly #groups = new Groups()
  readonly #forgetting = new Forgetting()
  readonly #handlers: GroupHandlers = {
    JoinGroup: joinGroup,
    SyncGroup: syncGroup,
    Heartbeat: heartbeat,
    AwaitRebalance: awaitRebalance,
    LeaveGroup: leaveGroup,
    OffsetCommit: commitOffsets,
    OffsetFetch: fetchOffsets,
    OffsetDelete: deleteOffsets,
    ListGroups: listGroups,
    DescribeGroups: describeGroups,
    DeleteGroups: deleteGroups,
    PeersEnded: peersEnded,
    TopicsDeleted: (asked, _groups, step) => this.#forgetting.topicsDeleted(asked, step),
  }
  /** The step whose records are not in the log yet, and how many of them are left. */
  #step: Step | null = null
  #left = 0
  /** Replies that no decision has taken along yet. */
  #owed: GroupReply[] = []
  /** When it was last called; null before it has loaded. */
  #now: Timestamp | null = null

  constructor(parts: GroupCoordinatorParts) {
    this.#parts = parts
  }

  get nextDeadline(): Timestamp {
    if (this.#now === null) return NEVER
    return this.#owed.length > 0 ? this.#now : earliest(this.#groups.alarm.at, this.#forgetting.due)
  }

  decide(asked: AskedGroups, now: Timestamp): StateDecision<GroupRecord, GroupRequest, GroupResponse> {
    const step = this.#begin(now)
    const handle = this.#handlers[asked.request.body.api] as GroupHandler<GroupApi>
    handle(asked, this.#groups, step)
    return this.#decided(step)
  }

  expire(now: Timestamp): StateDecision<GroupRecord, GroupRequest, GroupResponse> {
    const step = this.#begin(now)
    step.replies.push(...this.#owed)
    this.#owed = []
    if (!this.#fireTimer(step)) this.#forgetting.forget(this.#groups, step)
    return this.#decided(step)
  }

  refused(asked: AskedGroups | null, now: Timestamp): readonly GroupReply[] {
    const step = this.#step
    assert(step !== null, 'What was refused was decided')
    this.#step = null
    this.#left = 0
    return step.refused(asked, this.#begin(now))
  }

  replay(record: GroupRecord): void {
    const step = this.#step
    if (record.type === 'offset') this.#replayOffset(record)
    else if (record.value === null) this.#delete(record.groupId)
    else if (step === null) this.#restore(this.#groups.open(record.groupId), record.value)
    else this.#groups.open(record.groupId).logged = record.value
    if (step === null) return
    this.#left -= 1
    if (this.#left > 0) return
    this.#step = null
    step.complete()
  }

  load(now: Timestamp): void {
    const step = this.#begin(now)
    if (isOn('sessions-begin-anew')) for (const group of this.#groups.all()) this.#startSessions(group, step)
    this.#forgetting.start(step)
    assert(step.records.length === 0, 'Nothing is decided by loading')
  }

  unload(): void {}

  checkInvariants(parked: Iterable<AskedGroups> = []): void {
    assert(this.#step === null, 'What was decided is in the log, or was refused')
    for (const asked of parked) assert(this.#knows(asked), 'Whoever waits in a group is known there')
    for (const group of this.#groups.all()) {
      checkGroupInvariants(group)
      assert(this.#now === null || this.#groups.alarm.at <= group.alarm.at, 'The alarm rings for every group')
    }
  }

  snapshot(): readonly GroupRecord[] {
    return [...this.#groups.all()].flatMap(recordsOf)
  }

  #begin(now: Timestamp): Step {
    assert(this.#step === null, 'What was decided is in the log, or was refused')
    this.#now = now
    this.#groups.dropDraft()
    return new Step(now, this.#parts)
  }

  #decided(step: Step): Step {
    this.#left = step.records.length
    if (this.#left > 0) this.#step = step
    else step.complete()
    return step
  }

  /** False: no timer of a group is due. */
  #fireTimer(step: Step): boolean {
    const { alarm } = this.#groups
    if (alarm.at > step.now) return false
    let at = NEVER
    for (const group of this.#groups.all()) {
      const isFired = group.alarm.at <= step.now && fireTimer(group, step)
      if (group.alarm.at <= step.now) group.alarm.settle(group.countDeadlines())
      if (isFired) return true
      at = earliest(at, group.alarm.at)
    }
    alarm.settle(at)
    return false
  }

  #replayOffset({ groupId, topic, partition, value }: Extract<GroupRecord, { type: 'offset' }>): void {
    if (value === null) this.#groups.get(groupId)?.offsets.delete(topic, partition)
    else this.#groups.open(groupId).offsets.set(topic, partition, value)
  }

  #delete(groupId: string): void {
    const group = this.#groups.get(groupId)
    if (group !== undefined) this.#refuseAll(group)
    this.#groups.delete(groupId)
  }

  #restore(group: ClassicGroup, logged: LoggedGroup): void {
    this.#refuseAll(group)
    group.restore(logged, this.#parts.peerOf)
    if (this.#now !== null) this.#startSessions(group, new Step(this.#now, this.#parts))
  }

  /** Whether the request will be replied to, by a group or by the next timer. */
  #knows(asked: AskedGroups): boolean {
    const { body } = asked.request
    const group = 'groupId' in body ? this.#groups.get(body.groupId) : undefined
    const isWaitedFor = group?.members.all().some((member) => isParkedWith(member, asked))
    return isWaitedFor === true || this.#owed.some(({ to }) => to === asked)
  }

  /** What the group was here is gone, and with it whatever its members waited for. */
  #refuseAll(group: ClassicGroup): void {
    const step = new Step(this.#now ?? timestamp(0), this.#parts)
    for (const member of group.members.all()) refuseParked(group, member, 'UNKNOWN_MEMBER_ID', step)
    this.#owed.push(...step.replies)
  }

  #startSessions(group: ClassicGroup, step: Step): void {
    for (const member of group.members.all()) group.renewSession(member, step.now)
    endSessions(group, this.#parts.hasEnded, step)
    // `group.max.size` may be smaller now: let members commit, and those who come first stay.
    if (group.members.size > this.#parts.options['group.max.size']) prepareRebalance(group, step)
  }
}

/** Whatever the log says of the group, in its latest records. */
function recordsOf({ groupId, logged, offsets }: ClassicGroup): GroupRecord[] {
  const records: GroupRecord[] = logged === null ? [] : [{ type: 'group', groupId, value: logged }]
  for (const topic of offsets.topics()) {
    for (const [partition, value] of offsets.partitionsOf(topic)) {
      records.push({ type: 'offset', groupId, topic, partition, value })
    }
  }
  return records
}
