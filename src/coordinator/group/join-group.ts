import { NEVER, timestamp } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import { type AskedFor, NO_MEMBER_ID } from './group-messages.js'
import type { Groups } from './groups.js'
import { areSame, type Member, NOTHING_ASSIGNED, wishOf } from './member.js'
import { completeIfJoined, rebalanceOrComplete, removeMember } from './rebalancing.js'
import { answerJoin, memberError, refuseJoin } from './responses.js'
import { onceLogged, rejoinStaticMember } from './static-members.js'
import type { Step } from './step.js'

/** Since this version of JoinGroup a new member is told its id first, and asks again (KIP-394). */
const MEMBER_ID_REQUIRED_SINCE = 4

/** Characters of a client's own in a member id: a text of the protocol has room for them, whatever they are. */
const CALLER_CHARS_MAX = 10_000

/**
 * How long a new member may wait in the join phase. It cannot send heartbeats before it knows its id, and if it has
 * given up and has asked again, the old one would be waited for. (KAFKA-7610)
 */
const NEW_MEMBER_TIMEOUT_MS = 300_000

/** Serves JoinGroup, with its checks in Kafka's order. (`GroupMetadataManager.classicGroupJoinToClassicGroup`) */
export function joinGroup(asked: AskedFor<'JoinGroup'>, groups: Groups, step: Step): void {
  const { groupId, memberId } = asked.request.body
  const group = groups.get(groupId)
  if (group !== undefined) return join(asked, group, step)
  if (memberId !== NO_MEMBER_ID) return refuseJoin(asked, 'UNKNOWN_MEMBER_ID', memberId, step)
  const created = groups.draft(groupId, step.wallMs)
  // The log has it as it is before anybody is in it.
  step.write([created.recordOf()])
  join(asked, created, step)
}

function join(asked: AskedFor<'JoinGroup'>, group: ClassicGroup, step: Step): void {
  const { memberId, protocolType, protocols } = asked.request.body
  if (!hasRoomFor(group, memberId, step)) {
    refuseJoin(asked, 'GROUP_MAX_SIZE_REACHED', NO_MEMBER_ID, step)
    return evict(group, memberId, step)
  }
  if (!group.supports(protocolType, protocols)) {
    return refuseJoin(asked, 'INCONSISTENT_GROUP_PROTOCOL', memberId, step)
  }
  if (memberId === NO_MEMBER_ID) joinAsNew(asked, group, step)
  else joinAs(asked, memberId, group, step)
}

/** Whether `group.max.size` lets the member in. (`GroupMetadataManager.acceptJoiningMember`) */
function hasRoomFor({ state, members }: ClassicGroup, memberId: string, step: Step): boolean {
  const max = step.options['group.max.size']
  const member = members.get(memberId)
  if (state === 'Empty') return true
  // The group may be too large since it was loaded: then the first to join are in, and the last are out.
  if (state === 'PreparingRebalance') return member?.joining != null || members.joining < max
  return member !== undefined || members.size < max
}

/** There is no room for a member, or for an id that is pending. */
function evict(group: ClassicGroup, memberId: string, step: Step): void {
  const member = group.members.get(memberId)
  if (member !== undefined) removeMember(group, member, step)
  group.pending.delete(memberId)
  if (group.state === 'PreparingRebalance') completeIfJoined(group, step)
}

function joinAsNew(asked: AskedFor<'JoinGroup'>, group: ClassicGroup, step: Step): void {
  const { body, caller } = asked.request
  const { groupInstanceId, sessionTimeoutMs } = body
  const { peer = null } = caller
  const memberId = `${(groupInstanceId ?? caller.clientId).slice(0, CALLER_CHARS_MAX)}-${step.newId(peer)}`
  const before = group.members.ofInstance(groupInstanceId)
  if (before !== undefined) return rejoinStaticMember(asked, { group, before, memberId }, step)
  if (groupInstanceId !== null || caller.version < MEMBER_ID_REQUIRED_SINCE) {
    const { clientId, clientHost } = caller
    const member = { id: memberId, instanceId: groupInstanceId, clientId, clientHost }
    return onceLogged(group, member, step, () => add(asked, memberId, group, step))
  }
  const deadline = timestamp(step.now + sessionTimeoutMs)
  group.pending.set(memberId, { deadline, peer })
  group.alarm.set(deadline)
  refuseJoin(asked, 'MEMBER_ID_REQUIRED', memberId, step)
}

function joinAs(asked: AskedFor<'JoinGroup'>, memberId: string, group: ClassicGroup, step: Step): void {
  const { groupInstanceId, protocols } = asked.request.body
  if (groupInstanceId === null && group.pending.has(memberId)) return add(asked, memberId, group, step)
  const error = memberError(group, memberId, groupInstanceId)
  const member = group.members.get(memberId)
  if (error !== 'NONE' || member === undefined) return refuseJoin(asked, error, memberId, step)
  const { state } = group
  // The leader may have news that its own subscription does not show, such as of a topic's partitions.
  const hasNews = !areSame(protocols, member.protocols) || (state === 'Stable' && group.members.leaderId === memberId)
  if (state !== 'PreparingRebalance' && !hasNews) return answerJoin(asked, group, memberId, step)
  park(asked, member, group, step)
  rebalanceOrComplete(group, step)
}

/** The member waits for the end of the join phase, and wants something else from now on. */
function park(asked: AskedFor<'JoinGroup'>, member: Member, group: ClassicGroup, step: Step): void {
  // It asks again while it waits: it has given up the first time.
  if (member.joining !== null) refuseJoin(member.joining, 'REBALANCE_IN_PROGRESS', member.id, step)
  group.members.update(member, wishOf(asked.request.body))
  group.members.setJoining(member, asked)
  if (!member.isNew) member.deadline = NEVER
}

function add(asked: AskedFor<'JoinGroup'>, memberId: string, group: ClassicGroup, step: Step): void {
  const { body, caller } = asked.request
  const { groupInstanceId: instanceId, protocolType } = body
  const { clientId, clientHost, peer = null } = caller
  if (group.members.size === 0) group.protocolType = protocolType
  if (group.initialDelay !== null) group.initialDelay.hasGrown = true
  group.pending.delete(memberId)
  const member: Member = {
    id: memberId,
    ...{ instanceId, clientId, clientHost, peer, ...wishOf(body) },
    ...{ assignment: NOTHING_ASSIGNED, isNew: true, joining: asked, syncing: null, watching: null, deadline: step.now },
  }
  group.members.add(member)
  group.renewSession(member, step.now, NEW_MEMBER_TIMEOUT_MS)
  rebalanceOrComplete(group, step)
}
