import { assert } from '../../base/assert.js'
import { isOn } from '../../base/guards.js'
import { NEVER } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import type { AskedFor, GroupReply } from './group-messages.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import { type Member, NOTHING_ASSIGNED } from './member.js'
import { prepareRebalance } from './rebalancing.js'
import { answerSync, memberError, refuseSync } from './responses.js'
import type { Step } from './step.js'

/** Serves SyncGroup. (`GroupMetadataManager.classicGroupSyncToClassicGroup`, `validateSyncGroup`) */
export function syncGroup(asked: AskedFor<'SyncGroup'>, groups: Groups, step: Step): void {
  const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName } = asked.request.body
  const group = groups.get(groupId)
  if (group === undefined) return refuseSync(asked, STATE_ANSWERS.syncGroup.none, step)
  const error = memberError(group, memberId, groupInstanceId)
  const member = group.members.get(memberId)
  if (error !== 'NONE' || member === undefined) return refuseSync(asked, error, step)
  if (generationId !== group.generation) return refuseSync(asked, 'ILLEGAL_GENERATION', step)
  if (areDifferent(protocolType, group.protocolType) || areDifferent(protocolName, group.protocolName)) {
    return refuseSync(asked, 'INCONSISTENT_GROUP_PROTOCOL', step)
  }
  const answer = STATE_ANSWERS.syncGroup[group.state]
  if (answer !== 'NONE') return refuseSync(asked, answer, step)
  noteSynced(group, member)
  if (group.state === 'Stable') answerSync(asked, group, member.assignment, step)
  else if (group.members.leaderId === memberId || !isOn('leader-assigns')) assign(asked, group, step)
  else park(asked, member, step)
}

/** A member that does not say agrees. (`isProtocolInconsistent`) */
function areDifferent(said: string | null, known: string | null): boolean {
  return said !== null && known !== null && said !== known
}

function noteSynced(group: ClassicGroup, member: Member): void {
  group.unsynced.delete(member.id)
  if (group.unsynced.size === 0) group.syncDeadline = NEVER
}

function park(asked: AskedFor<'SyncGroup'>, member: Member, step: Step): void {
  // It asks again while it waits: it has given up the first time.
  if (member.syncing !== null) refuseSync(member.syncing, 'REBALANCE_IN_PROGRESS', step)
  member.syncing = asked
  member.deadline = NEVER
}

/** The leader has assigned. All who wait are answered with it, and it counts from when it is in the log. */
function assign(asked: AskedFor<'SyncGroup'>, group: ClassicGroup, step: Step): void {
  const { assignments, memberId: leaderId } = asked.request.body
  const byLeader = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  const assigned = group.members.all().map((member) => {
    const assignment = byLeader.get(member.id) ?? NOTHING_ASSIGNED
    const to = member.id === leaderId ? asked : member.syncing
    if (to !== null) answerSync(to, group, assignment, step)
    return { ...member, assignment }
  })
  step.write([group.recordOf({ currentStateTimestamp: step.wallMs }, assigned)], {
    whenLogged: () => becomeStable(group, assigned, leaderId, step),
    whenRefused: (again) => notAssigned(group, again),
  })
}

function becomeStable(group: ClassicGroup, assigned: readonly Member[], leaderId: string, step: Step): void {
  for (const { id, assignment } of assigned) {
    const member = group.members.get(id)
    assert(member !== undefined, 'Whoever is assigned to is a member')
    member.assignment = assignment
    // Only those who are answered now: the thread of another one may have ended after its SyncGroup.
    if (member.syncing !== null || id === leaderId) group.renewSession(member, step.now)
    member.syncing = null
  }
  group.transitionTo('Stable', step.wallMs)
}

/** The log has refused the assignment: the group begins again, and the leader is told why. */
function notAssigned(group: ClassicGroup, step: Step): readonly GroupReply[] {
  prepareRebalance(group, step)
  assert(step.records.length === 0, 'Nobody has joined yet')
  return step.replies
}
