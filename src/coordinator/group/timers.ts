import { isOn } from '../../base/guards.js'
import { NEVER, type Timestamp } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import { completeIfAllJoined, joinPhaseIsOver, prepareRebalance, removeMember } from './rebalancing.js'
import type { Step } from './step.js'

/**
 * Does what the first timer of the group that is due brings about. False: none is due.
 *
 *   an id was not used      it is given up, and nobody waits for it any more (KAFKA-7909)
 *   a session has ended     the member is removed; so is a new one that has waited for too long
 *   the sync phase is over  members that have not asked for their assignment are removed (KAFKA-12890)
 *   the join phase is over  those who have joined are the next generation
 *
 * What is due in one group at one moment is one step, and so are many sessions that have ended.
 */
export function fireTimer(group: ClassicGroup, step: Step): boolean {
  const { now } = step
  if (expirePending(group, now)) completeIfAllJoined(group, step)
  else if (expireSessions(group, step)) goOnWithout(group, step)
  else if (group.syncDeadline <= now) removeUnsynced(group, step)
  else if (group.joinDeadline <= now) joinPhaseIsOver(group, step)
  else return false
  return true
}

function expirePending({ pending }: ClassicGroup, now: Timestamp): boolean {
  const before = pending.size
  for (const [memberId, { deadline }] of pending) if (deadline <= now) pending.delete(memberId)
  return pending.size < before
}

function expireSessions(group: ClassicGroup, step: Step): boolean {
  const expired = group.members.all().filter(({ deadline }) => deadline <= step.now)
  for (const member of expired) removeMember(group, member, step)
  return expired.length > 0
}

function goOnWithout(group: ClassicGroup, step: Step): void {
  if (group.state !== 'PreparingRebalance') prepareRebalance(group, step)
  else if (isOn('goes-on-without')) completeIfAllJoined(group, step)
}

function removeUnsynced(group: ClassicGroup, step: Step): void {
  group.syncDeadline = NEVER
  if (!isOn('unsynced-are-out')) return group.unsynced.clear()
  for (const member of group.members.all()) if (group.unsynced.has(member.id)) removeMember(group, member, step)
  prepareRebalance(group, step)
}
