import type { ClassicGroup } from './classic-group.js'
import type { AskedFor } from './group-messages.js'
import type { Groups } from './groups.js'
import { refuseParked } from './responses.js'
import type { Step } from './step.js'

/**
 * An actor has ended, and says nothing any more: the sessions of its members end now, and the ids that it was given
 * are waited for no longer. The timers do the rest, one group at a time. A static member keeps its place until its
 * session ends by itself, since it may be started again (KIP-345).
 */
export function peerEnded(asked: AskedFor<'PeerEnded'>, groups: Groups, step: Step): void {
  const { peer } = asked.request.body
  for (const group of groups.all()) if (endSessions(group, peer, step)) group.alarm.set(step.now)
  step.reply(asked, { api: 'PeerEnded' })
}

function endSessions(group: ClassicGroup, peer: string, step: Step): boolean {
  let hasEnded = false
  for (const member of group.members.all()) {
    if (member.peer !== peer || member.instanceId !== null) continue
    refuseParked(group, member, 'UNKNOWN_MEMBER_ID', step)
    member.isNew = false
    member.deadline = step.now
    hasEnded = true
  }
  for (const [memberId, pending] of group.pending) {
    if (pending.peer !== peer) continue
    group.pending.set(memberId, { ...pending, deadline: step.now })
    hasEnded = true
  }
  return hasEnded
}
