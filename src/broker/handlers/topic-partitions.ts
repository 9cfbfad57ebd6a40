import type { Handlers } from '../../actor/handler-table.js'
import { isInternalTopic } from '../../base/internal-topics.js'
import { illegalName } from '../../controller/topic-names.js'
import { type RequestOf, type ResponseOf, refusalTo } from '../../protocol/api.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import { topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { ClusterView } from '../cluster-view.js'

type Asked = RequestOf<'DescribeTopicPartitions'>
type Answer = ResponseOf<'DescribeTopicPartitions'>
type Topic = Answer['topics'][number]

/** Partitions of one answer. Kafka: `max.request.partition.size.limit`. */
const PARTITIONS_PER_ANSWER_MAX = 2_000

/**
 * Serves DescribeTopicPartitions: a page of the partitions that this broker knows of, from the cursor on.
 * (`DescribeTopicPartitionsRequestHandler` and `KRaftMetadataCache.describeTopicResponse`)
 */
export function topicPartitionHandlers(cluster: ClusterView): Handlers {
  return {
    DescribeTopicPartitions: (connection, correlationId, request) => {
      const names = namesOf(request, cluster)
      const answer = names === null ? (refusalTo(request, 'INVALID_REQUEST') as Answer) : page(names, request, cluster)
      connection.reply(correlationId, answer)
    },
  }
}

/** The topics from the cursor on, each once, by name; null: the cursor is not in what was asked for. */
function namesOf({ topics, cursor }: Asked, cluster: ClusterView): string[] | null {
  const named = new Set(topics.length === 0 ? cluster.topicNames : topics.map(({ name }) => name))
  const isForeign = cursor !== null && topics.length > 0 && !named.has(cursor.topicName)
  if (isForeign || (cursor !== null && cursor.partitionIndex < 0)) return null
  return [...named].filter((name) => name >= (cursor?.topicName ?? '')).sort()
}

function page(
  names: readonly string[],
  { topics, cursor, responsePartitionLimit }: Asked,
  cluster: ClusterView,
): Answer {
  const told: Topic[] = []
  const answer = { api: 'DescribeTopicPartitions' as const, throttleTimeMs: 0, topics: told }
  let left = Math.max(1, Math.min(PARTITIONS_PER_ANSWER_MAX, responsePartitionLimit))
  for (const name of names) {
    if (left === 0) return { ...answer, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = cluster.topicNamed(name)
    // Whoever asks for all topics asks for those that there are.
    if (topic === undefined && topics.length > 0) told.push(unknown(name))
    if (topic === undefined) continue
    const first = name === cursor?.topicName ? cursor.partitionIndex : 0
    const partitions = topic.partitions.slice(first, first + left).map((one) => described(one, cluster))
    told.push({ ...unknown(name), errorCode: 'NONE', topicId: topicUuidOf(topic.topicId), partitions })
    const next = first + partitions.length
    if (next < topic.partitions.length) return { ...answer, nextCursor: { topicName: name, partitionIndex: next } }
    left -= partitions.length
  }
  return { ...answer, nextCursor: null }
}

function unknown(name: string): Topic {
  return {
    errorCode: illegalName(name) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION',
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: -(2 ** 31),
  }
}

function described(metadata: PartitionMetadata, { brokers }: ClusterView): Topic['partitions'][number] {
  const { partition, leader, leaderEpoch, replicas, isr, elr, lastKnownLeader } = metadata
  const isAlive = (id: number): boolean => brokers.some(({ brokerId, isFenced }) => brokerId === id && !isFenced)
  return {
    errorCode: 'NONE',
    partitionIndex: partition,
    leaderId: isAlive(leader) ? leader : -1,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas: elr,
    lastKnownElr: lastKnownLeader < 0 ? [] : [lastKnownLeader],
    offlineReplicas: replicas.filter((id) => !isAlive(id)),
  }
}
