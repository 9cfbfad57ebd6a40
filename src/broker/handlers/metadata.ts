import { CONTROLLER } from '../../actor/address.js'
import type { Handlers } from '../../actor/handler-table.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Connection, Context } from '../../actor/types.js'
import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { isInternalTopic } from '../../base/internal-topics.js'
import { illegalName } from '../../controller/topic-names.js'
import type { MetadataRequest, TopicMetadata } from '../../protocol/apis/metadata.js'
import type { ClusterView } from '../cluster-view.js'

/** Serves Metadata from what this broker knows of the cluster. */
export class MetadataHandler {
  readonly handlers: Handlers = {
    DescribeCluster: (connection, correlationId, { includeFenced }) => {
      const described = this.#cluster.brokers.map(({ brokerId, isFenced }) => ({ brokerId, isFenced }))
      const brokers = described.filter(({ isFenced }) => includeFenced || !isFenced)
      connection.reply(correlationId, { api: 'DescribeCluster', error: 'NONE', brokers })
    },
    Metadata: (connection, correlationId, request, context) =>
      this.#handle(connection, correlationId, request, context),
  }
  readonly #cluster: ClusterView
  readonly #controller: NetworkClient
  readonly #createsTopics: boolean

  /** `createsTopics`: auto.create.topics.enable. */
  constructor(parts: {
    readonly cluster: ClusterView
    readonly controller: NetworkClient
    readonly createsTopics: boolean
  }) {
    this.#cluster = parts.cluster
    this.#controller = parts.controller
    this.#createsTopics = parts.createsTopics
  }

  /**
   * A topic that is unknown and may be created is created first; Kafka answers with an error that is retried instead,
   * which costs its clients retry.backoff.ms.
   */
  #handle(connection: Connection, correlationId: number, request: MetadataRequest, context: Context): void {
    const unknown = (request.topics ?? []).filter((name) => this.#cluster.topicNamed(name) === undefined)
    const mayCreate = request.allowAutoTopicCreation && this.#createsTopics
    const answer = (errors: ReadonlyMap<string, ErrorCode>): void =>
      connection.reply(correlationId, {
        api: 'Metadata',
        brokers: this.#cluster.brokers.filter(({ isFenced }) => !isFenced).map(({ brokerId }) => brokerId),
        controller: 0,
        topics: [
          ...(request.topics ?? this.#cluster.topicNames).map((name) => this.#describe(name, errors.get(name))),
          ...(request.topicIds ?? []).map((topicId) => this.#describeById(topicId)),
        ],
      })
    if (unknown.length === 0 || !mayCreate) return answer(new Map())
    const unreached = new Map(unknown.map((name) => [name, 'NOT_CONTROLLER' as const]))
    const topics = unknown.map((name) => ({ name, numPartitions: -1, replicationFactor: -1, configs: {} }))
    const create = { api: 'CreateTopics' as const, topics, validateOnly: false }
    const sent = this.#controller.send(CONTROLLER, create, context, (response) => {
      const results = response?.api === 'CreateTopics' ? response.topics : null
      answer(results === null ? unreached : new Map(results.map((result) => [result.name, result.error])))
    })
    if (sent !== 'sent') answer(unreached)
  }

  #describeById(topicId: TopicId): TopicMetadata {
    const name = this.#cluster.topicOf(topicId)?.name
    if (name !== undefined) return this.#describe(name, undefined)
    return { error: 'UNKNOWN_TOPIC_ID', name: '', topicId, isInternal: false, partitions: [] }
  }

  #describe(name: string, error: ErrorCode | undefined): TopicMetadata {
    const isInternal = isInternalTopic(name)
    const topic = this.#cluster.topicNamed(name)
    if (topic !== undefined)
      return { error: 'NONE', name, topicId: topic.topicId, isInternal, partitions: topic.partitions }
    // (`KafkaApis.getTopicMetadata`)
    const unknown = illegalName(name) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
    const why = error === undefined || error === 'NONE' ? unknown : error
    // Somebody else was faster, and this broker has not heard of it yet: whoever asks again will.
    const said = why === 'TOPIC_ALREADY_EXISTS' ? 'LEADER_NOT_AVAILABLE' : why
    return { error: said, name, topicId: -1, isInternal, partitions: [] }
  }
}
