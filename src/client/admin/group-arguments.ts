/** What the methods of an admin that are about groups are called with. */
import { type Shape, signature } from '../../base/arguments/shape.js'
import {
  either,
  exactly,
  flag,
  listOf,
  nullable,
  objectWith,
  oneOf,
  optional,
  wholeNumber,
  withOneOf,
} from '../../base/arguments/shapes.js'
import { GROUPS_PER_CALL_MAX, PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { durationMs } from '../../base/duration.js'
import { ConfigError } from '../../base/errors.js'
import { partitionName, partitionNumber, topicName, wireText } from '../argument-shapes.js'

/** A group's id. Which ids there can be, the coordinator says. */
const groupId = wireText('the id of a group')
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

const duration = exactly(
  'a duration, such as P3D or PT1H30M',
  (given): given is string => typeof given === 'string' && durationMs(given) >= 0,
)
const moved = objectWith({
  timestamp: optional(wholeNumber(0)),
  duration: optional(duration),
  shiftBy: optional(wholeNumber(Number.MIN_SAFE_INTEGER)),
})
const oneMove = withOneOf(moved, ['timestamp', 'duration', 'shiftBy'])
const partitionNames: Shape<readonly { topic: string; partition: number }[]> = listOf(
  'partitions',
  partitionName,
  PARTITIONS_MAX,
)

const GIVEN_TO_SET_OFFSETS = signature('setOffsets', [
  '',
  objectWith({
    groupId,
    topic: topicName,
    partitions: listOf(
      'offsets',
      objectWith({
        partition: partitionNumber,
        offset: wholeNumber(0),
        metadata: optional(nullable(wireText('a string'))),
      }),
      PARTITIONS_MAX,
    ),
  }),
])
export const RESET_OFFSETS = signature('resetOffsets', [
  '',
  objectWith(
    { groupId, topic: topicName, to: either(oneOf('earliest', 'latest'), oneMove) },
    { earliest: "to: 'earliest'" },
  ),
])
export const DELETE_OFFSETS = signature('deleteOffsets', ['', objectWith({ groupId, partitions: partitionNames })])
export const GROUP_LAG = signature('groupLag', ['groupId', groupId])

/** A partition is named once, since nobody could say which of two offsets is meant. */
export function readSetOffsets(given: unknown): ReturnType<typeof GIVEN_TO_SET_OFFSETS>[0] {
  const [read] = GIVEN_TO_SET_OFFSETS(given)
  if (new Set(read.partitions.map(({ partition }) => partition)).size < read.partitions.length)
    throw new ConfigError('partitions', 'Cannot set two offsets of one partition at once')
  return read
}
