import { deleteGroups } from '../../protocol/apis/delete-groups.js'
import { describeGroups } from '../../protocol/apis/describe-groups.js'
import { findCoordinator } from '../../protocol/apis/find-coordinator.js'
import { heartbeat } from '../../protocol/apis/heartbeat.js'
import { joinGroup } from '../../protocol/apis/join-group.js'
import { leaveGroup } from '../../protocol/apis/leave-group.js'
import { listGroups } from '../../protocol/apis/list-groups.js'
import { offsetDelete } from '../../protocol/apis/offset-delete.js'
import { syncGroup } from '../../protocol/apis/sync-group.js'
import { type Passage, passedOn } from '../passage.js'

/**
 * The APIs of groups that are passed on, with what their older versions lack. A field that the newest version has lost is
 * left empty in what is passed on.
 */

/** The first version of FindCoordinator that asks for many keys (KIP-699). */
const MANY_KEYS = 4
/** The first version of LeaveGroup in which many members leave (KIP-345). */
const MANY_MEMBERS = 3

const findCoordinatorPassage = passedOn(findCoordinator, {
  request: (message, version) =>
    version < MANY_KEYS ? { ...message, key: '', coordinatorKeys: [message.key ?? ''] } : message,
  response(message, version, { cluster }) {
    const coordinators = message.coordinators.map((one) => ({ ...one, ...cluster.endpoints.of(one.nodeId) }))
    return version < MANY_KEYS
      ? { ...coordinators[0], throttleTimeMs: 0, coordinators: [] }
      : { ...message, coordinators }
  },
})

/** (`JoinGroupRequest`: in version 0 a rebalance lasts as long as a session.) */
const joinGroupPassage = passedOn(joinGroup, {
  request: (message, version) =>
    version === 0 ? { ...message, rebalanceTimeoutMs: message.sessionTimeoutMs } : message,
})

const leaveGroupPassage = passedOn(leaveGroup, {
  request(message, version) {
    if (version >= MANY_MEMBERS) return message
    const { memberId = '' } = message
    return { ...message, memberId: '', members: [{ memberId, groupInstanceId: null, reason: null }] }
  },
  response(message, version) {
    if (version >= MANY_MEMBERS) return message
    const { errorCode, members } = message
    const own = members[0]?.errorCode ?? 'NONE'
    return { ...message, errorCode: errorCode === 'NONE' ? own : errorCode, members: [] }
  },
})

export const groupPassages: readonly Passage[] = [
  findCoordinatorPassage,
  joinGroupPassage,
  passedOn(syncGroup),
  passedOn(heartbeat),
  leaveGroupPassage,
  passedOn(describeGroups),
  passedOn(listGroups),
  passedOn(deleteGroups),
  passedOn(offsetDelete),
]
