/** What the methods of a consumer are called with. */
import { type Shape, signature } from '../../base/arguments/shape.js'
import {
  atMostOneOf,
  either,
  listOf,
  milliseconds,
  objectWith,
  oneOf,
  optional,
  wholeNumber,
  withOneOf,
} from '../../base/arguments/shapes.js'
import { PARTITIONS_MAX } from '../../base/config/internal-limits.js'
import { ConfigError } from '../../base/errors.js'
import type { SeekTarget } from '../../protocol/inner/consumer-words.js'
import type { LeaveOperation } from '../../protocol/inner/group-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import { partitionName, partitionNumber, possibleTopicName, topicName } from '../argument-shapes.js'
import type { CloseOptions } from '../lifetime.js'
import type { PartitionsOfTopic } from './assigned-partitions.js'

const offset = wholeNumber(0)
/** As Kafka names partitions, one by one, or as KafkaJS does, by their topics. */
const partitionsOfTopic: Shape<PartitionsOfTopic> = atMostOneOf(
  objectWith({
    topic: topicName,
    partition: optional(partitionNumber),
    partitions: optional(listOf('partitions', partitionNumber, PARTITIONS_MAX)),
  }),
  ['partition', 'partitions'],
)
const names = listOf('partitions', partitionsOfTopic, PARTITIONS_MAX)

/** An offset as somebody may have it: KafkaJS's are texts. A BigInt must be one that a number holds exactly. */
export type GivenOffset = number | bigint | string

/** A partition and, if it is not to begin where auto.offset.reset says, the first offset wanted. */
export interface Assignment extends PartitionName {
  readonly offset?: GivenOffset
}

const GIVEN_TO_ASSIGN = signature('assign', [
  'assignments',
  listOf(
    'partitions',
    objectWith({ topic: possibleTopicName, partition: partitionNumber, offset: optional(offset) }),
    PARTITIONS_MAX,
  ),
])

/** Reads assignments, each partition once. Throws a ConfigError. */
export function readAssignments(given: unknown): readonly (PartitionName & { readonly offset?: number })[] {
  const [assignments] = GIVEN_TO_ASSIGN(given)
  const distinct = new Map<string, (typeof assignments)[number]>()
  for (const assignment of assignments) {
    const { topic, partition, offset } = assignment
    const name = `${topic}-${partition}`
    const before = distinct.get(name)
    if (before !== undefined && before.offset !== offset) {
      const offsets = `${before.offset ?? 'none'} and ${offset ?? 'none'}`
      throw new ConfigError('assignments', `Cannot assign ${name} twice with different offsets: ${offsets}`)
    }
    distinct.set(name, assignment)
  }
  return [...distinct.values()]
}

export const POSITION = signature('position', ['', partitionName])
export const PAUSE = signature('pause', ['partitions', names])
export const RESUME = signature('resume', ['partitions', names])
/** Where to read a partition on: at an offset, at an end, or at the first record that is as young as a moment. */
export type SeekPlace = PartitionName &
  (
    | { readonly offset: GivenOffset | 'earliest' | 'latest'; readonly timestamp?: undefined }
    /** In milliseconds since 1970. Where no record is that young, the end is meant. */
    | { readonly timestamp: GivenOffset; readonly offset?: undefined }
  )

const GIVEN_TO_SEEK = signature('seek', [
  '',
  withOneOf(
    objectWith({
      topic: topicName,
      partition: partitionNumber,
      offset: optional(either(oneOf('earliest', 'latest'), offset)),
      timestamp: optional(wholeNumber(0)),
    }),
    ['offset', 'timestamp'],
  ),
])

/** Throws a ConfigError. */
export function readSeek(given: unknown): { readonly name: PartitionName; readonly to: SeekTarget } {
  const [{ offset, timestamp, ...name }] = GIVEN_TO_SEEK(given)
  return { name, to: offset ?? { timestamp: timestamp as number } }
}

export const POLL = signature('poll', ['timeoutMs', milliseconds])

/** How a consumer is closed. Kafka: `CloseOptions` (KIP-1092). */
export interface ConsumerCloseOptions extends CloseOptions {
  /** What becomes of the membership; by default a dynamic member leaves, and a static one remains. */
  readonly groupMembershipOperation?: LeaveOperation
}

export const CLOSE_CONSUMER = signature('close', [
  '',
  objectWith({
    timeoutMs: optional(milliseconds),
    groupMembershipOperation: optional(oneOf('DEFAULT', 'LEAVE_GROUP', 'REMAIN_IN_GROUP')),
  }),
])
