import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import type { ClassicGroup } from './classic-group.js'
import { type AskedFor, type GroupRequestOf, NO_MEMBER_ID } from './group-messages.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import { completeIfJoined, prepareRebalance, removeMember } from './rebalancing.js'
import { memberError } from './responses.js'
import type { Step } from './step.js'

type Identity = Pick<GroupRequestOf<'LeaveGroup'>['members'][number], 'memberId' | 'groupInstanceId'>

/** Serves LeaveGroup: each identity by itself, and one rebalance for all. (`classicGroupLeaveToClassicGroup`) */
export function leaveGroup(asked: AskedFor<'LeaveGroup'>, groups: Groups, step: Step): void {
  const { groupId, memberId, members } = asked.request.body
  const group = groups.get(groupId)
  // Up to version 2 there is one member, and its error is that of the whole answer.
  const isOld = memberId !== undefined
  const identities: readonly Identity[] = isOld ? [{ memberId, groupInstanceId: null }] : members
  const sizeBefore = group?.members.size
  const left = identities.map((identity) => {
    const errorCode: ErrorCode = group === undefined ? STATE_ANSWERS.leaveGroup.none : leave(identity, group, step)
    return { memberId: identity.memberId, groupInstanceId: identity.groupInstanceId, errorCode }
  })
  const hasLeft = left.some(({ errorCode }) => errorCode === 'NONE')
  if (group?.state === 'PreparingRebalance') {
    if (hasLeft && isOn('goes-on-without')) completeIfJoined(group, step)
    // An id that was pending is missed by nobody outside of a join phase.
  } else if (group !== undefined && group.members.size !== sizeBefore) prepareRebalance(group, step)
  const answer = isOld ? { errorCode: left[0]!.errorCode, members: [] } : { errorCode: 'NONE' as const, members: left }
  step.reply(asked, { api: 'LeaveGroup', throttleTimeMs: 0, ...answer })
}

function leave({ memberId, groupInstanceId }: Identity, group: ClassicGroup, step: Step): ErrorCode {
  // An admin removes a static member by its instance id alone.
  const byInstance = memberId === NO_MEMBER_ID ? group.members.ofInstance(groupInstanceId) : undefined
  if (byInstance === undefined && group.pending.delete(memberId)) return 'NONE'
  const error = byInstance === undefined ? memberError(group, memberId, groupInstanceId) : 'NONE'
  const member = byInstance ?? group.members.get(memberId)
  if (error !== 'NONE' || member === undefined) return error
  removeMember(group, member, step)
  return 'NONE'
}
