/** What the methods of an admin that are about groups are called with. */
import { signature } from '../../base/arguments/shape.js'
import { exactly, flag, listOf, objectWith, oneOf, optional } from '../../base/arguments/shapes.js'
import { GROUPS_PER_CALL_MAX, PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { topicName } from '../argument-shapes.js'

/** A group's id. Which ids there can be, the coordinator says. */
const groupId = exactly('the id of a group', (given): given is string => typeof given === 'string')
const groupIds = listOf('ids of groups', groupId, GROUPS_PER_CALL_MAX)
const topicNames = listOf('names', topicName, PARTITIONS_MAX)

/** Kafka: `GroupState`, as far as groups of the classic protocol have one. */
const state = oneOf('PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty')
const type = oneOf('classic', 'consumer')

export const LIST_GROUPS = signature('listGroups', [
  '',
  objectWith({
    states: optional(listOf('states', state, GROUPS_PER_CALL_MAX)),
    types: optional(listOf('types', type, GROUPS_PER_CALL_MAX)),
  }),
])
export const DESCRIBE_GROUPS = signature('describeGroups', ['groupIds', groupIds])
export const DELETE_GROUPS = signature('deleteGroups', ['groupIds', groupIds])
export const FETCH_OFFSETS = signature('fetchOffsets', [
  '',
  objectWith({ groupId, topics: optional(topicNames), resolveOffsets: optional(flag) }),
])
