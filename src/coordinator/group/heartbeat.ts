import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import type { AskedFor } from './group-messages.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import { memberError } from './responses.js'
import type { Step } from './step.js'

/** Serves Heartbeat. (`GroupMetadataManager.classicGroupHeartbeatToClassicGroup`) */
export function heartbeat(asked: AskedFor<'Heartbeat'>, groups: Groups, step: Step): void {
  step.reply(asked, { api: 'Heartbeat', throttleTimeMs: 0, errorCode: answerTo(asked, groups, step) })
}

function answerTo(asked: AskedFor<'Heartbeat'>, groups: Groups, step: Step): ErrorCode {
  const { groupId, memberId, groupInstanceId, generationId } = asked.request.body
  const group = groups.get(groupId)
  if (group === undefined) return STATE_ANSWERS.heartbeat.none
  const error = memberError(group, memberId, groupInstanceId)
  const member = group.members.get(memberId)
  if (error !== 'NONE' || member === undefined) return error
  if (generationId !== group.generation && isOn('generation-to-beat')) return 'ILLEGAL_GENERATION'
  group.hear(member, step.now)
  return STATE_ANSWERS.heartbeat[group.state]
}
