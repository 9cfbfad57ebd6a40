import type { ErrorCode } from '../../base/error-code.js'
import { type GroupRequest, type GroupRequestOf, type GroupResponse, NO_MEMBER_ID } from './group-messages.js'
import type { GroupOptions } from './group-options.js'
import { NOTHING_ASSIGNED } from './member.js'

/** Since this version of SyncGroup the member says which protocol it means (KIP-559). */
const PROTOCOL_NAMED_SINCE = 5

/**
 * The answer to a request that no coordinator need be asked for, in any state of it; null: ask. In Kafka these checks
 * come before the one whether this broker is the coordinator and has loaded. (`KafkaApis`, `GroupCoordinatorService`)
 */
export function groupRefusal({ body, caller }: GroupRequest, options: GroupOptions): GroupResponse | null {
  switch (body.api) {
    case 'JoinGroup': {
      const errorCode = joinError(body, options)
      if (errorCode === 'NONE') return null
      const nothing = { generationId: -1, protocolType: null, protocolName: null, leader: '', members: [] }
      return { api: body.api, throttleTimeMs: 0, errorCode, ...nothing, skipAssignment: false, memberId: body.memberId }
    }
    case 'SyncGroup': {
      const isUnnamed = body.protocolType === null || body.protocolName === null
      const isInconsistent = caller.version >= PROTOCOL_NAMED_SINCE && isUnnamed
      const errorCode = isInconsistent ? 'INCONSISTENT_GROUP_PROTOCOL' : idError(body)
      if (errorCode === 'NONE') return null
      const nothing = { protocolType: null, protocolName: null, assignment: NOTHING_ASSIGNED }
      return { api: body.api, throttleTimeMs: 0, errorCode, ...nothing }
    }
    case 'Heartbeat': {
      const errorCode = idError(body)
      return errorCode === 'NONE' ? null : { api: body.api, throttleTimeMs: 0, errorCode }
    }
    case 'LeaveGroup': {
      const errorCode = idError(body)
      return errorCode === 'NONE' ? null : { api: body.api, throttleTimeMs: 0, errorCode, members: [] }
    }
    case 'OffsetDelete': {
      const errorCode = idError(body)
      return errorCode === 'NONE' ? null : { api: body.api, throttleTimeMs: 0, errorCode, topics: [] }
    }
    // The empty id is one like any other to these, as it was to old clients.
    default:
      return null
  }
}

function joinError(body: GroupRequestOf<'JoinGroup'>, options: GroupOptions): ErrorCode {
  const { sessionTimeoutMs } = body
  const isTooShort = sessionTimeoutMs < options['group.min.session.timeout.ms']
  const isTooLong = sessionTimeoutMs > options['group.max.session.timeout.ms']
  if (idError(body) !== 'NONE') return 'INVALID_GROUP_ID'
  return isTooShort || isTooLong ? 'INVALID_SESSION_TIMEOUT' : 'NONE'
}

/** (`GroupCoordinatorService.isGroupIdNotEmpty`) */
function idError({ groupId }: { readonly groupId: string }): ErrorCode {
  return groupId === NO_MEMBER_ID ? 'INVALID_GROUP_ID' : 'NONE'
}
