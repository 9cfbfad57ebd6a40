import type { ErrorCode } from '../base/error-code.js'
import { leaderEpoch, timestamp } from '../base/ids.js'
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
} from '../protocol/messages.js'
import type { Partition } from './partition.js'
import type { ReplicaManager } from './replica-manager.js'

/** Answers ListOffsets from the logs that this broker leads. */
export function listOffsets(replicas: ReplicaManager, request: ListOffsetsRequest): ListOffsetsResponse {
  const partitions = request.partitions.map(({ topicId, partition: number, timestamp: wanted }) => {
    const partition = replicas.partition(topicId, number)
    const refusal = refusalOf(partition)
    if (partition === undefined || refusal !== null)
      return { topicId, partition: number, error: refusal ?? 'NONE', offset: -1 }
    // A new leader may not know yet how much is committed: what it would answer could lie before what was read already.
    if (wanted === LATEST_TIMESTAMP && !partition.knowsCommitted)
      return { topicId, partition: number, error: 'OFFSET_NOT_AVAILABLE' as const, offset: -1 }
    const spec = wanted === EARLIEST_TIMESTAMP ? 'earliest' : wanted === LATEST_TIMESTAMP ? 'latest' : timestamp(wanted)
    const found = partition.log.offsetForTimestamp(spec)
    return { topicId, partition: number, error: 'NONE' as const, offset: found?.offset ?? -1 }
  })
  return { api: 'ListOffsets', partitions }
}

/** Answers OffsetForLeaderEpoch from the logs that this broker leads. (`Partition.lastOffsetForLeaderEpoch`) */
export function offsetsForLeaderEpochs(
  replicas: ReplicaManager,
  request: OffsetForLeaderEpochRequest,
): OffsetForLeaderEpochResponse {
  const partitions = request.partitions.map((asked) => {
    const { topicId, partition: number } = asked
    const partition = replicas.partition(topicId, number)
    const error = refusalOf(partition, asked.currentLeaderEpoch)
    if (partition === undefined || error !== null)
      return { topicId, partition: number, error: error ?? 'NONE', leaderEpoch: -1, endOffset: -1 }
    const { epochs, logEndOffset } = partition.log
    const end = epochs.endOf(leaderEpoch(asked.leaderEpoch), logEndOffset)
    const said = { leaderEpoch: end?.leaderEpoch ?? -1, endOffset: end?.endOffset ?? -1 }
    return { topicId, partition: number, error: 'NONE' as const, ...said }
  })
  return { api: 'OffsetForLeaderEpoch', partitions }
}

/** Null: this broker leads it, in the epoch that the asking side knows. -1: it does not say which. */
function refusalOf(partition: Partition | undefined, currentLeaderEpoch = -1): ErrorCode | null {
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (currentLeaderEpoch >= 0 && currentLeaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (currentLeaderEpoch > partition.leaderEpoch) return 'UNKNOWN_LEADER_EPOCH'
  return partition.isLeader ? null : 'NOT_LEADER_OR_FOLLOWER'
}
