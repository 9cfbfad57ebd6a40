import { ERRORS } from '../../base/error-code.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { deleteGroups } from '../../protocol/apis/delete-groups.js'
import { describeGroups } from '../../protocol/apis/describe-groups.js'
import { findCoordinator } from '../../protocol/apis/find-coordinator.js'
import { heartbeat } from '../../protocol/apis/heartbeat.js'
import { joinGroup } from '../../protocol/apis/join-group.js'
import { leaveGroup } from '../../protocol/apis/leave-group.js'
import { listGroups } from '../../protocol/apis/list-groups.js'
import { offsetDelete } from '../../protocol/apis/offset-delete.js'
import { syncGroup } from '../../protocol/apis/sync-group.js'
import { joined, withFewRepeats } from '../named-twice.js'
import { ALL_OPERATIONS } from '../operations.js'
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
    // Whoever finds one is told so in words as well, but where many are asked for the words are empty.
    // (`KafkaApis.handleFindCoordinatorRequestV4AndAbove`, `handleFindCoordinatorRequestLessThanV4`)
    if (version >= MANY_KEYS)
      return { ...message, coordinators: coordinators.map((one) => ({ ...one, errorMessage: one.errorMessage ?? '' })) }
    const { errorCode = 'UNKNOWN_SERVER_ERROR', errorMessage = null, ...only } = coordinators[0] ?? {}
    const words = errorMessage || ERRORS[errorCode].says || errorCode
    return { ...only, errorCode, errorMessage: words, throttleTimeMs: 0, coordinators: [] }
  },
})

/** The first version of JoinGroup that can say that no protocol was chosen (KIP-559). */
const NO_PROTOCOL = 7

/** (`JoinGroupRequest`: in version 0 a rebalance lasts as long as a session. `JoinGroupResponse`) */
const joinGroupPassage = passedOn(joinGroup, {
  request: (message, version) =>
    version === 0 ? { ...message, rebalanceTimeoutMs: message.sessionTimeoutMs } : message,
  response: (message, version) =>
    version < NO_PROTOCOL ? { ...message, protocolName: message.protocolName ?? '' } : message,
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

type DeletedTopics = RequestOf<'OffsetDelete'>['topics']

/** (`OffsetDeleteResponse.Builder`) */
const eachOnce = (topics: DeletedTopics): DeletedTopics =>
  joined(
    topics,
    ({ name }) => name,
    ({ partitions }) => partitions,
  ).map(({ topic: { name }, parts }) => ({ name, partitions: parts }))

type DescribedGroup = ResponseOf<'DescribeGroups'>['groups'][number]

/** Nobody is told what may be done with a group that is not there. (`KafkaApis.handleDescribeGroupsRequest`) */
const withOperations = (group: DescribedGroup): DescribedGroup =>
  group.errorCode === 'NONE' ? { ...group, authorizedOperations: ALL_OPERATIONS.group } : group

export const groupPassages: readonly Passage[] = [
  findCoordinatorPassage,
  joinGroupPassage,
  passedOn(syncGroup),
  passedOn(heartbeat),
  leaveGroupPassage,
  passedOn(describeGroups, {
    isLarge: true,
    request: (message) => ({ ...message, groups: withFewRepeats(message.groups, (groupId) => groupId) }),
    response: (message, _version, _exchange, { includeAuthorizedOperations }) =>
      includeAuthorizedOperations ? { ...message, groups: message.groups.map(withOperations) } : message,
  }),
  passedOn(listGroups, { isLarge: true }),
  passedOn(deleteGroups),
  passedOn(offsetDelete, { request: (message) => ({ ...message, topics: eachOnce(message.topics) }) }),
]
