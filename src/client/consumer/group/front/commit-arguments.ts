/** What the methods of a consumer that are about committed offsets are called with. */
import { signature } from '../../../../base/arguments/shape.js'
import {
  callback,
  either,
  listOf,
  milliseconds,
  nullable,
  objectWith,
  optional,
  wholeNumber,
} from '../../../../base/arguments/shapes.js'
import { PARTITIONS_MAX } from '../../../../base/config/internal-limits.js'
import { ConfigError } from '../../../../base/errors.js'
import type { CommittedOffset } from '../../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import { INT32_MAX, partitionName, partitionNumber, topicName, wireText } from '../../../argument-shapes.js'
import type { CommitCallback } from './offset-commits.js'

/** What to commit of a partition. */
export interface OffsetToCommit extends PartitionName {
  /** The offset of the next record to be read: behind the last one that was handled. */
  readonly offset: number | bigint | string
  /** Leader epoch of the record before it; absent or -1: not known. */
  readonly leaderEpoch?: number
  /** Whatever is to be remembered with it, up to 4,096 characters. */
  readonly metadata?: string | null
}

const offsets = listOf(
  'offsets',
  objectWith({
    topic: topicName,
    partition: partitionNumber,
    offset: wholeNumber(0),
    leaderEpoch: optional(wholeNumber(-1, INT32_MAX)),
    metadata: optional(nullable(wireText('a string'))),
  }),
  PARTITIONS_MAX,
)
const timing = optional(objectWith({ timeoutMs: optional(milliseconds) }))
const told = callback<CommitCallback>()

type ReadOffsets = readonly CommittedOffset[] | null

const GIVEN_TO_COMMIT_SYNC = signature('commitSync', ['offsets', optional(nullable(offsets))], ['', timing])
const GIVEN_TO_COMMIT_OFFSETS = signature('commitOffsets', ['offsets', optional(offsets)])
const GIVEN_TO_COMMIT_ASYNC = signature(
  'commitAsync',
  ['offsets', optional(either(told, nullable(offsets)))],
  ['callback', optional(told)],
)

type Read = ReturnType<typeof GIVEN_TO_COMMIT_OFFSETS>[0]

function complete(given: Read | null): ReadOffsets {
  if (given === undefined || given === null) return null
  const names = new Set(given.map(({ topic, partition }) => `${topic}-${partition}`))
  if (names.size < given.length) throw new ConfigError('offsets', 'Cannot commit two offsets of one partition at once')
  return given.map(({ leaderEpoch = -1, metadata, ...rest }) => ({ ...rest, leaderEpoch, metadata: metadata ?? '' }))
}

interface ReadCommit {
  /** Null: all that was handed out. */
  readonly offsets: ReadOffsets
}

export function readCommitSync(offsets: unknown, options: unknown): ReadCommit & { timeoutMs: number | undefined } {
  const [read, timed] = GIVEN_TO_COMMIT_SYNC(offsets, options)
  return { offsets: complete(read), timeoutMs: timed?.timeoutMs }
}

export const readCommitOffsets = (offsets: unknown): ReadOffsets => complete(GIVEN_TO_COMMIT_OFFSETS(offsets)[0])

/** The callback may stand alone, as in Kafka. */
export function readCommitAsync(first: unknown, second: unknown): ReadCommit & { callback: CommitCallback } {
  const [given, callback = () => {}] = GIVEN_TO_COMMIT_ASYNC(first, second)
  return typeof given === 'function' ? { offsets: null, callback: given } : { offsets: complete(given), callback }
}

/** What was committed of these partitions. */
export const COMMITTED = signature(
  'committed',
  ['partitions', listOf('partitions', partitionName, PARTITIONS_MAX)],
  ['', timing],
)

const OFFSETS_BY_TOPIC = signature('commitOffsetsIfNecessary', [
  '',
  objectWith({
    topics: listOf(
      'topics',
      objectWith({
        topic: topicName,
        partitions: listOf(
          'partitions',
          objectWith({ partition: partitionNumber, offset: wholeNumber(0) }),
          PARTITIONS_MAX,
        ),
      }),
      PARTITIONS_MAX,
    ),
  }),
])

/** Reads offsets as KafkaJS groups them. Throws a ConfigError. */
export function readOffsetsByTopic(given: unknown): readonly CommittedOffset[] {
  const [{ topics }] = OFFSETS_BY_TOPIC(given)
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map((one) => ({ topic, ...one, leaderEpoch: -1, metadata: '' })),
  )
}
