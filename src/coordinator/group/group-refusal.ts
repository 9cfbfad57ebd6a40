import type { ErrorCode } from '../../base/error-code.js'
import type { GroupApi, GroupRequest, GroupRequestOf, GroupResponse, GroupResponseOf } from './group-messages.js'
import type { GroupOptions } from './group-options.js'
import { NOTHING_ASSIGNED } from './member.js'

/** Since this version of SyncGroup the member says which protocol it means (KIP-559). */
const PROTOCOL_NAMED_SINCE = 5

type RefusalHandler<A extends GroupApi> = (request: GroupRequest<A>, options: GroupOptions) => GroupResponseOf<A> | null

/** Commits, fetches and descriptions are not in it: the empty id is one like any other to them. */
type RefusalHandlers = { readonly [A in GroupApi]?: RefusalHandler<A> }

const REFUSALS: RefusalHandlers = {
  JoinGroup({ body }, options) {
    const errorCode = idError(body) ?? sessionError(body, options)
    const nothing = { generationId: -1, protocolType: null, protocolName: null, leader: '', members: [] }
    const refused = { api: body.api, throttleTimeMs: 0, ...nothing, skipAssignment: false, memberId: body.memberId }
    return errorCode && { ...refused, errorCode }
  },
  SyncGroup({ body, caller }) {
    const isUnnamed = body.protocolType === null || body.protocolName === null
    const isInconsistent = caller.version >= PROTOCOL_NAMED_SINCE && isUnnamed
    const errorCode = isInconsistent ? 'INCONSISTENT_GROUP_PROTOCOL' : idError(body)
    const nothing = { protocolType: null, protocolName: null, assignment: NOTHING_ASSIGNED }
    return errorCode && { api: body.api, throttleTimeMs: 0, ...nothing, errorCode }
  },
  Heartbeat({ body }) {
    const errorCode = idError(body)
    return errorCode && { api: body.api, throttleTimeMs: 0, errorCode }
  },
  LeaveGroup({ body }) {
    const errorCode = idError(body)
    return errorCode && { api: body.api, throttleTimeMs: 0, errorCode, members: [] }
  },
  OffsetDelete({ body }) {
    const errorCode = idError(body)
    return errorCode && { api: body.api, throttleTimeMs: 0, errorCode, topics: [] }
  },
}

/**
 * The answer to a request that no coordinator need be asked for, in any state of it; null: ask. In Kafka these checks
 * come before the one whether this broker is the coordinator and has loaded. (`KafkaApis`, `GroupCoordinatorService`)
 */
export function groupRefusal(request: GroupRequest, options: GroupOptions): GroupResponse | null {
  const refuse = REFUSALS[request.body.api] as RefusalHandler<GroupApi> | undefined
  return refuse?.(request, options) ?? null
}

/** (`GroupCoordinatorService.isGroupIdNotEmpty`) */
function idError({ groupId }: { readonly groupId: string }): ErrorCode | null {
  return groupId === '' ? 'INVALID_GROUP_ID' : null
}

function sessionError({ sessionTimeoutMs }: GroupRequestOf<'JoinGroup'>, options: GroupOptions): ErrorCode | null {
  const isTooShort = sessionTimeoutMs < options['group.min.session.timeout.ms']
  const isTooLong = sessionTimeoutMs > options['group.max.session.timeout.ms']
  return isTooShort || isTooLong ? 'INVALID_SESSION_TIMEOUT' : null
}
