import type { Handlers } from '../../actor/handler-table.js'
import type { ErrorCode } from '../../base/error-code.js'
import { leaderEpoch, timestamp } from '../../base/ids.js'
import type { EpochEnd } from '../../log/leader-epochs.js'
import type { OffsetSpec } from '../../log/types.js'
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  MAX_TIMESTAMP,
} from '../../protocol/apis/list-offsets.js'
import type {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/apis/offset-for-leader-epoch.js'
import type { Partition } from '../partition.js'
import type { ReplicaManager } from '../replica-manager.js'

/** What ListOffsets means by timestamps that are not moments. (`ListOffsetsRequest`, KIP-734) */
const SPECIAL_TIMESTAMPS: ReadonlyMap<number, OffsetSpec> = new Map([
  [LATEST_TIMESTAMP, 'latest'],
  [EARLIEST_TIMESTAMP, 'earliest'],
  [MAX_TIMESTAMP, 'max-timestamp'],
])

/** Whoever asks does not know an epoch. */
const NO_EPOCH = -1

/** Serves what is asked about offsets from the logs that this broker leads. */
export function offsetHandlers(replicas: ReplicaManager): Handlers {
  return {
    ListOffsets: (connection, correlationId, request) =>
      connection.reply(correlationId, listOffsets(replicas, request)),
    OffsetForLeaderEpoch: (connection, correlationId, request) =>
      connection.reply(correlationId, offsetsForLeaderEpochs(replicas, request)),
  }
}

/** Answers ListOffsets from the logs that this broker leads. */
function listOffsets(replicas: ReplicaManager, request: ListOffsetsRequest): ListOffsetsResponse {
  const partitions = request.partitions.map(
    ({ topicId, partition: number, timestamp: wanted, currentLeaderEpoch = -1 }) => {
      const partition = replicas.partition(topicId, number)
      const found =
        partition === undefined
          ? replicas.errorOfAbsent({ topicId, partition: number })
          : lookUp(partition, wanted, currentLeaderEpoch)
      if (typeof found === 'string') return { topicId, partition: number, error: found, offset: -1 }
      return { topicId, partition: number, error: 'NONE' as const, ...found }
    },
  )
  return { api: 'ListOffsets', partitions }
}

/** Answers OffsetForLeaderEpoch from the logs that this broker leads. (`Partition.lastOffsetForLeaderEpoch`) */
function offsetsForLeaderEpochs(
  replicas: ReplicaManager,
  request: OffsetForLeaderEpochRequest,
): OffsetForLeaderEpochResponse {
  const partitions = request.partitions.map((asked) => {
    const { topicId, partition: number } = asked
    const partition = replicas.partition(topicId, number)
    const refusal =
      partition === undefined ? replicas.errorOfAbsent(asked) : partition.refusalOf(asked.currentLeaderEpoch)
    if (partition === undefined || refusal !== null)
      return { topicId, partition: number, error: refusal ?? 'NONE', leaderEpoch: -1, endOffset: -1 }
    const end = endOf(partition, asked.leaderEpoch)
    const said = { leaderEpoch: end?.leaderEpoch ?? -1, endOffset: end?.endOffset ?? -1 }
    return { topicId, partition: number, error: 'NONE' as const, ...said }
  })
  return { api: 'OffsetForLeaderEpoch', partitions }
}

/**
 * The end of a leader epoch as a leader of Kafka knows it, which notes its own epoch before it has a batch of it; null:
 * there is no such epoch yet. (`LeaderEpochFileCache.endOffsetFor`)
 */
function endOf({ leaderEpoch: latest, log }: Partition, epoch: number): EpochEnd | null {
  if (epoch === NO_EPOCH || epoch > latest) return null
  const { logEndOffset } = log
  if (epoch === latest) return { leaderEpoch: latest, endOffset: logEndOffset }
  return log.endOfEpoch(leaderEpoch(epoch)) ?? { leaderEpoch: leaderEpoch(epoch), endOffset: logEndOffset }
}

type Found = Pick<ListOffsetsResponse['partitions'][number], 'offset' | 'timestamp' | 'leaderEpoch'>

/**
 * Where a moment or a special timestamp lies, as far as its partition can tell; -1: no committed record is that young.
 */
function lookUp(partition: Partition, wanted: number, currentLeaderEpoch: number): ErrorCode | Found {
  const refusal = partition.refusalOf(currentLeaderEpoch)
  if (refusal !== null) return refusal
  const spec = wanted < 0 ? SPECIAL_TIMESTAMPS.get(wanted) : timestamp(wanted)
  if (spec === undefined) return 'UNSUPPORTED_VERSION'
  const found = partition.log.offsetForTimestamp(spec)
  // A new leader may not know yet how much is committed: what it would answer could lie before what was read already,
  // and what it does not find may be there. (KIP-207, `Partition.fetchOffsetForTimestamp`)
  if (!partition.knowsCommitted && (spec === 'latest' || found === null)) return 'OFFSET_NOT_AVAILABLE'
  if (found === null) return { offset: -1 }
  const { leaderEpoch } = partition
  return {
    ...found,
    leaderEpoch: spec === 'latest' ? leaderEpoch : (partition.log.epochAt(found.offset) ?? leaderEpoch),
  }
}
