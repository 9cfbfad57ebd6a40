import type { ClassicGroup } from './classic-group.js'
import type { AskedFor } from './group-messages.js'
import type { Groups } from './groups.js'
import { refuseParked } from './responses.js'
import type { Step } from './step.js'

/** Actors have ended: what they had in any group is given up. */
export function peersEnded(asked: AskedFor<'PeersEnded'>, groups: Groups, step: Step): void {
  const ended = new Set(asked.request.body.peers)
  for (const group of groups.all()) endSessions(group, (peer) => ended.has(peer), step)
  step.reply(asked, { api: 'PeersEnded' })
}

/**
 * Ends the sessions of members whose actors say nothing any more, and waits no longer for the ids that these were
 * given. The timers do the rest, one group at a time. A static member keeps its place until its session ends by itself,
 * since it may be started again (KIP-345).
 */
export function endSessions(group: ClassicGroup, hasEnded: (peer: string) => boolean, step: Step): void {
  for (const member of group.members.all()) {
    if (member.peer === null || !hasEnded(member.peer) || member.instanceId !== null) continue
    refuseParked(group, member, 'UNKNOWN_MEMBER_ID', step)
    member.isNew = false
    group.renewSession(member, step.now, 0)
  }
  for (const [memberId, { peer }] of group.pending) {
    if (peer === null || !hasEnded(peer)) continue
    group.pending.set(memberId, { peer, deadline: step.now })
    group.alarm.set(step.now)
  }
}
