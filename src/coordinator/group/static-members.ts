import { isOn } from '../../base/guards.js'
import { NEVER } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import type { AskedFor } from './group-messages.js'
import { type Member, wishOf } from './member.js'
import { chosenProtocol } from './protocol-vote.js'
import { completeIfJoined, prepareRebalance } from './rebalancing.js'
import { answerJoin, membersOf, refuseParked } from './responses.js'
import type { Step } from './step.js'

/** Since this version of JoinGroup a leader can be told not to assign (KIP-814). */
const SKIP_ASSIGNMENT_SINCE = 9

/** A process takes the place of the one that went by its instance id before, under a new member id. */
interface Return {
  readonly group: ClassicGroup
  readonly before: Member
  readonly memberId: string
}

/**
 * A static member joins without a member id: its process was started again (KIP-345). The one before it is fenced.
 * (`updateStaticMemberThenRebalanceOrCompleteJoin`)
 */
export function rejoinStaticMember(
  asked: AskedFor<'JoinGroup'>,
  { group, before, memberId }: Return,
  step: Step,
): void {
  const { peer = null } = asked.request.caller
  const fresh = { isNew: false, joining: null, syncing: null, watching: null, peer, deadline: NEVER }
  const again: Member = { ...before, ...wishOf(asked.request.body), ...fresh, id: memberId }
  const members = group.members.all().map((member) => (member === before ? again : member))
  const isSettled = group.state === 'Stable' || (group.state === 'CompletingRebalance' && !isOn('returns-to-assigned'))
  if (isSettled && chosenProtocol(members) === group.protocolName) {
    return goOn(asked, { group, before, again, members }, step)
  }
  const rebalance = (): void => {
    replace(group, before, again, step)
    group.members.setJoining(again, asked)
    // In CompletingRebalance too: the leader may be assigning to the old id just now (KAFKA-9801).
    if (group.state === 'PreparingRebalance') completeIfJoined(group, step)
    else prepareRebalance(group, step)
  }
  onceLogged(group, again, step, rebalance)
}

/**
 * Goes on once the last generation in the log has the member's instance under this id, if it has it at all. Otherwise a
 * coordinator that takes over before the next generation is in the log would know the old id, and fence the only
 * process there is.
 */
export function onceLogged(
  { groupId, logged }: ClassicGroup,
  { id, instanceId, clientId, clientHost }: Pick<Member, 'id' | 'instanceId' | 'clientId' | 'clientHost'>,
  step: Step,
  goOn: () => void,
): void {
  const old = instanceId === null ? undefined : logged?.members.find((one) => one.groupInstanceId === instanceId)
  if (!logged || old === undefined || !isOn('new-id-is-logged')) return goOn()
  const members = logged.members.map((one) => (one === old ? { ...one, memberId: id, clientId, clientHost } : one))
  const leader = logged.leader === old.memberId ? id : logged.leader
  step.write([{ type: 'group', groupId, value: { ...logged, leader, members } }], { whenLogged: goOn })
}

interface GoingOn {
  readonly group: ClassicGroup
  readonly before: Member
  readonly again: Member
  readonly members: readonly Member[]
}

/** Nothing changes but the id. It must be in the log first, or a crash would bring the old one back (KAFKA-10284). */
function goOn(asked: AskedFor<'JoinGroup'>, { group, before, again, members }: GoingOn, step: Step): void {
  const { leaderId } = group.members
  const isLeader = leaderId === before.id
  const leader = isLeader ? again.id : (leaderId ?? '')
  if (asked.request.caller.version >= SKIP_ASSIGNMENT_SINCE) {
    // KAFKA-13435: the leader still has to know the members, because it watches their topics.
    const told = isLeader ? membersOf(members, group.protocolName) : []
    answerJoin(asked, group, again.id, step, { leader, members: told, skipAssignment: isLeader })
  } else {
    // It must not take itself for the leader, since it would assign.
    answerJoin(asked, group, again.id, step)
  }
  const whenLogged = (): void => {
    replace(group, before, again, step)
    group.renewSession(again, step.now)
  }
  if (isOn('new-id-is-logged')) step.write([group.recordOf({ leader }, members)], { whenLogged })
  else whenLogged()
}

function replace(group: ClassicGroup, before: Member, again: Member, step: Step): void {
  refuseParked(group, before, 'FENCED_INSTANCE_ID', step)
  group.members.replace(before, again)
  if (group.unsynced.delete(before.id)) group.unsynced.add(again.id)
}
