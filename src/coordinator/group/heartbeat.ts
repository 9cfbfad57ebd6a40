import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import type { ClassicGroup } from './classic-group.js'
import type { AskedFor, GroupRequestOf } from './group-messages.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import type { Member } from './member.js'
import { answerWatch, memberError, tellWatcher } from './responses.js'
import type { Step } from './step.js'

/** What a member says of itself. */
type Identity = Pick<GroupRequestOf<'AwaitRebalance'>, 'memberId' | 'groupInstanceId' | 'generationId'>

/** Serves Heartbeat. (`GroupMetadataManager.classicGroupHeartbeatToClassicGroup`) */
export function heartbeat(asked: AskedFor<'Heartbeat'>, groups: Groups, step: Step): void {
  const { body } = asked.request
  const group = groups.get(body.groupId)
  if (group === undefined) return answer(asked, STATE_ANSWERS.heartbeat.none, step)
  const member = memberOf(group, body)
  if (typeof member === 'string') return answer(asked, member, step)
  group.hear(member, step.now)
  answer(asked, STATE_ANSWERS.heartbeat[group.state], step)
}

/**
 * Serves AwaitRebalance: answers like a Heartbeat, as soon as that would not be NONE. Until then it is parked with its
 * member. It renews no session: a member whose thread stands still has to expire.
 */
export function awaitRebalance(asked: AskedFor<'AwaitRebalance'>, groups: Groups, step: Step): void {
  const { body } = asked.request
  const group = groups.get(body.groupId)
  if (group === undefined) return answerWatch(asked, STATE_ANSWERS.heartbeat.none, step)
  const member = memberOf(group, body)
  if (typeof member === 'string') return answerWatch(asked, member, step)
  const error = STATE_ANSWERS.heartbeat[group.state]
  if (error !== 'NONE') return answerWatch(asked, error, step)
  // It asks again while it waits: it has given up the first time.
  tellWatcher(member, 'NONE', step)
  member.watching = asked
}

/** The member of this generation that says so, or the error for whoever is not. */
function memberOf(group: ClassicGroup, { memberId, groupInstanceId, generationId }: Identity): Member | ErrorCode {
  const error = memberError(group, memberId, groupInstanceId)
  if (error !== 'NONE') return error
  if (generationId !== group.generation && isOn('generation-to-beat')) return 'ILLEGAL_GENERATION'
  return group.members.get(memberId) as Member
}

function answer(asked: AskedFor<'Heartbeat'>, errorCode: ErrorCode, step: Step): void {
  step.reply(asked, { api: 'Heartbeat', throttleTimeMs: 0, errorCode })
}
