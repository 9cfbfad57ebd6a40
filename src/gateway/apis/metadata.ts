import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { type MetadataResponse, metadata, metadataWire, type TopicMetadata } from '../../protocol/apis/metadata.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { Exchange } from '../exchange.js'
import { ALL_OPERATIONS, NOT_ASKED } from '../operations.js'
import { translated } from '../passage.js'

/**
 * Metadata: what the broker knows of the cluster, with the hosts and ports that the gateways listen at, and with topic
 * ids as Kafka has them. (`KafkaApis.handleTopicMetadataRequest`)
 */
type Asked = RequestOnWire<typeof metadataWire>

/** The first version in which a topic may be named by its id alone. */
const BY_ID = 12

export const metadataPassage = translated({
  name: metadata.name,
  key: metadata.key,
  wire: metadataWire,
  isLarge: true,
  refusal,
  serve(message, exchange) {
    if (isWrong(message, exchange)) {
      // Kafka fails at a topic with neither a name nor an id, unless it looks for ids, and says what it says of all
      // failures.
      const error = exchange.version < BY_ID ? 'INVALID_REQUEST' : 'UNKNOWN_SERVER_ERROR'
      return exchange.answer(refusal(message, error, exchange))
    }
    const { names, topicIds } = askedTopics(message, exchange)
    const { allowAutoTopicCreation } = message
    exchange.ask({ api: 'Metadata', topics: names, topicIds, allowAutoTopicCreation }, (response) => {
      exchange.cluster.topics.learn(response.topics)
      exchange.answer(answer(message, exchange, response))
    })
  },
})

function isWrong({ topics }: Asked, { version }: Exchange): boolean {
  if (version >= BY_ID && uuidsOf(topics).length > 0) return false
  return topics?.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID) === true
}

/** (`MetadataRequest.getErrorResponse`) */
function refusal(message: Asked, errorCode: ErrorCode, exchange: Exchange): object {
  const topics = (message.topics ?? []).map(({ name, topicId }) => ({
    ...NOTHING,
    errorCode,
    name: name ?? '',
    topicId,
  }))
  return { ...clusterOf(exchange, []), clusterId: null, controllerId: -1, topics, errorCode: 'NONE' }
}

const NOTHING = { isInternal: false, partitions: [], topicAuthorizedOperations: NOT_ASKED }

/** In version 0 no topic at all means all of them. */
function askedTopics(
  { topics }: Asked,
  { version }: Exchange,
): { readonly names: readonly string[] | null; readonly topicIds: readonly TopicId[] } {
  if (topics === null || (version === 0 && topics.length === 0)) return { names: null, topicIds: [] }
  const uuids = uuidsOf(topics)
  return {
    names: uuids.length > 0 ? [] : [...new Set(topics.map(({ name }) => name ?? ''))],
    topicIds: uuids.flatMap((uuid) => topicIdOf(uuid) ?? []),
  }
}

/** Where there are any, only these are looked for, and names are passed over. (`KafkaApis.handleTopicMetadataRequest`) */
function uuidsOf(topics: Asked['topics']): readonly string[] {
  return [...new Set((topics ?? []).map(({ topicId }) => topicId))].filter((uuid) => uuid !== ZERO_UUID)
}

function answer(message: Asked, exchange: Exchange, response: MetadataResponse): object {
  const { brokers, topics } = response
  // Ids that are none of ours were not asked of the broker.
  const foreign = uuidsOf(message.topics).filter((uuid) => topicIdOf(uuid) === null)
  return {
    ...clusterOf(exchange, brokers),
    clusterAuthorizedOperations:
      message.includeClusterAuthorizedOperations === true ? ALL_OPERATIONS.cluster : NOT_ASKED,
    // The controller is no broker here: any broker passes on to it what it alone may decide.
    controllerId: brokers[0] ?? -1,
    topics: [
      ...topics.map((topic) => ({
        ...describe(topic, brokers),
        ...(message.includeTopicAuthorizedOperations && { topicAuthorizedOperations: ALL_OPERATIONS.topic }),
      })),
      ...foreign.map((topicId) => ({ ...NOTHING, errorCode: 'UNKNOWN_TOPIC_ID', name: null, topicId })),
    ],
    errorCode: 'NONE',
  }
}

function clusterOf({ cluster }: Exchange, brokers: readonly number[]): object {
  return {
    throttleTimeMs: 0,
    brokers: brokers.flatMap((nodeId) => {
      const endpoint = cluster.endpoints.of(nodeId)
      return endpoint === null ? [] : { nodeId, ...endpoint, rack: null }
    }),
    clusterId: cluster.clusterId,
    clusterAuthorizedOperations: NOT_ASKED,
  }
}

function describe(topic: TopicMetadata, brokers: readonly number[]): object {
  const { error, name, topicId, isInternal } = topic
  return {
    ...NOTHING,
    errorCode: error,
    // Only an id that nobody has goes without a name.
    name: error === 'UNKNOWN_TOPIC_ID' ? null : name,
    topicId: topicId < 0 ? ZERO_UUID : topicUuidOf(topicId),
    isInternal,
    partitions: topic.partitions.map(({ partition, leader, leaderEpoch, replicas, isr }) => ({
      // `KRaftMetadataCache.partitionMetadata`: a leader that is not alive is none.
      errorCode: brokers.includes(leader) ? 'NONE' : 'LEADER_NOT_AVAILABLE',
      partitionIndex: partition,
      leaderId: brokers.includes(leader) ? leader : -1,
      leaderEpoch,
      replicaNodes: replicas,
      isrNodes: isr,
      offlineReplicas: replicas.filter((replica) => !brokers.includes(replica)),
    })),
  }
}
