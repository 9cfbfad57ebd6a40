import type { Handlers } from '../../actor/handler-table.js'
import type { ErrorCode } from '../../base/error-code.js'
import { illegalName } from '../../controller/topic-names.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import type { ClusterView } from '../cluster-view.js'
import type { Partition } from '../partition.js'
import type { ReplicaManager } from '../replica-manager.js'

type LogDir = ResponseOf<'DescribeLogDirs'>['results'][number]
type LogPartition = LogDir['topics'][number]['partitions'][number]
type Producers = ResponseOf<'DescribeProducers'>['topics'][number]['partitions'][number]

/** The only place where logs are. */
const LOG_DIR = 'memory'

interface LogQuestionParts {
  readonly cluster: ClusterView
  readonly replicas: ReplicaManager
}

/** Serves what admins ask about the logs of this broker: their sizes, and which producers they remember. */
export function logQuestionHandlers(parts: LogQuestionParts): Handlers {
  return {
    DescribeLogDirs: (connection, correlationId, request) => {
      const results = [{ ...NO_VOLUME, errorCode: 'NONE' as const, logDir: LOG_DIR, topics: logsOf(request, parts) }]
      connection.reply(correlationId, { api: 'DescribeLogDirs', throttleTimeMs: 0, errorCode: 'NONE', results })
    },
    DescribeProducers: (connection, correlationId, request) => {
      const topics = request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partition) => producersOf(name, partition, parts)),
      }))
      connection.reply(correlationId, { api: 'DescribeProducers', throttleTimeMs: 0, topics })
    },
  }
}

/** Memory is not a volume of a known size. */
const NO_VOLUME = { totalBytes: -1, usableBytes: -1 }

/** The logs here, or those of them that are asked for. (`ReplicaManager.describeLogDirs`) */
function logsOf({ topics }: RequestOf<'DescribeLogDirs'>, { cluster, replicas }: LogQuestionParts): LogDir['topics'] {
  const asked = topics === null ? null : new Map(topics.map(({ topic, partitions }) => [topic, new Set(partitions)]))
  const byTopic = new Map<string, LogPartition[]>()
  for (const { topicId, partition, log } of replicas.all) {
    const name = cluster.topicOf(topicId)?.name
    if (name === undefined || (asked !== null && asked.get(name)?.has(partition) !== true)) continue
    const offsetLag = Math.max(0, log.highWatermark - log.logEndOffset)
    const told = { partitionIndex: partition, partitionSize: log.bytes, offsetLag, isFutureKey: false }
    const others = byTopic.get(name)
    if (others === undefined) byTopic.set(name, [told])
    else others.push(told)
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }))
}

function producersOf(topic: string, partitionIndex: number, { cluster, replicas }: LogQuestionParts): Producers {
  const illegal = illegalName(topic)
  if (illegal !== null) return refused(partitionIndex, 'INVALID_TOPIC_EXCEPTION', illegal)
  const image = cluster.topicNamed(topic)
  if (image?.partitions[partitionIndex] === undefined)
    return refused(
      partitionIndex,
      'UNKNOWN_TOPIC_OR_PARTITION',
      `There is no partition ${partitionIndex} of '${topic}'`,
    )
  const partition: Partition | undefined = replicas.partition(image.topicId, partitionIndex)
  if (partition?.isLeader !== true)
    return refused(partitionIndex, 'NOT_LEADER_OR_FOLLOWER', `This broker does not lead partition ${partitionIndex}`)
  const activeProducers = partition.activeProducers.map(({ producerId, epoch, last }) => ({
    producerId,
    producerEpoch: epoch,
    lastSequence: last.lastSequence,
    lastTimestamp: last.maxTimestamp,
    coordinatorEpoch: -1,
    currentTxnStartOffset: -1,
  }))
  return { partitionIndex, errorCode: 'NONE', errorMessage: null, activeProducers }
}

function refused(partitionIndex: number, errorCode: ErrorCode, errorMessage: string): Producers {
  return { partitionIndex, errorCode, errorMessage, activeProducers: [] }
}
