import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../actor/types.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import {
  type CreateTopicsRequest,
  type DeleteTopicsRequest,
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  type MetadataRequest,
  type Response,
  type TopicImage,
  type TopicMetadata,
  type UpdateMetadataRequest,
} from '../protocol/messages.js'
import { FetchHandler } from './fetch.js'
import { ProduceHandler } from './produce.js'
import { ReplicaManager } from './replica-manager.js'

export const CONTROLLER = 'controller-0'

/**
 * A broker: holds the partitions that the controller's image gives it, serves clients, and passes on to the controller
 * what only that may decide. One thread owns all of it; requests of one connection are served one at a time.
 */
export class Broker implements Actor {
  readonly #brokerId: number
  readonly #options: BrokerOptions
  readonly #controller = new NetworkClient()
  #replicas: ReplicaManager
  readonly #produce: ProduceHandler
  readonly #fetch: FetchHandler
  #image: UpdateMetadataRequest = { api: 'UpdateMetadata', version: -1, brokers: [], topics: [] }
  readonly #topics = new Map<string, TopicImage>()
  #isRegistering = false
  #retentionDue: Timestamp = NEVER

  constructor(brokerId: number, options: BrokerOptions, point: (name: string) => void) {
    this.#brokerId = brokerId
    this.#options = options
    this.#replicas = new ReplicaManager(brokerId, options, point)
    this.#fetch = new FetchHandler(this.#replicas)
    this.#produce = new ProduceHandler({
      replicas: this.#replicas,
      onAppend: () => this.#fetch.noteNews(),
      beforeRetry: () => this.#fetch.collectLeases(),
    })
  }

  receive(message: Message, context: Context): void {
    if (this.#controller.receive(message, context)) return
    if (message.type === 'disconnected') {
      this.#produce.forget(message.connection)
      this.#fetch.forget(message.connection)
    }
    if (message.type !== 'request') return
    const { connection, correlationId, body } = message
    if (body.api === 'Produce') this.#produce.handle(connection, correlationId, body, context)
    else if (body.api === 'Fetch') this.#fetch.handle(connection, correlationId, body, context)
    else if (body.api === 'Metadata') this.#metadata(connection, correlationId, body, context)
    else if (body.api === 'ListOffsets') connection.reply(correlationId, this.#listOffsets(body))
    else if (body.api === 'UpdateMetadata') connection.reply(correlationId, this.#update(body))
    else if (body.api === 'CreateTopics' || body.api === 'DeleteTopics')
      this.#passOn(connection, correlationId, body, context)
  }

  tick(context: Context): Timestamp {
    if (!this.#isRegistering) this.#register(context)
    const produceDue = this.#produce.tick(context)
    const fetchDue = this.#fetch.tick(context)
    return earliest(earliest(produceDue, fetchDue), this.#retain(context.now))
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    for (const partition of this.#replicas.all()) partition.log.checkInvariants()
  }

  #register(context: Context): void {
    const sent = this.#controller.send(
      CONTROLLER,
      { api: 'BrokerRegistration', brokerId: this.#brokerId },
      context,
      () => {},
    )
    this.#isRegistering = sent === 'sent'
  }

  #retain(now: Timestamp): Timestamp {
    if (this.#retentionDue === NEVER || now >= this.#retentionDue) {
      if (this.#retentionDue !== NEVER) for (const partition of this.#replicas.all()) partition.log.deleteExpired(now)
      this.#retentionDue = timestamp(now + this.#options['log.retention.check.interval.ms'])
    }
    return this.#retentionDue
  }

  #update(image: UpdateMetadataRequest): Response {
    if (image.version > this.#image.version) {
      this.#image = image
      this.#topics.clear()
      for (const topic of image.topics) this.#topics.set(topic.name, topic)
      this.#replicas.apply(image)
      this.#fetch.noteNews()
    }
    return { api: 'UpdateMetadata', error: 'NONE' }
  }

  /**
   * A topic that is unknown and may be created is created first; Kafka answers with an error that is retried instead,
   * which costs its clients retry.backoff.ms.
   */
  #metadata(connection: Connection, correlationId: number, request: MetadataRequest, context: Context): void {
    const unknown = (request.topics ?? []).filter((name) => !this.#topics.has(name))
    const mayCreate = request.allowAutoTopicCreation && this.#options['auto.create.topics.enable']
    const answer = (errors: ReadonlyMap<string, TopicMetadata['error']>): void =>
      connection.reply(correlationId, {
        api: 'Metadata',
        brokers: this.#image.brokers,
        controller: 0,
        topics: (request.topics ?? [...this.#topics.keys()]).map((name) => this.#describe(name, errors.get(name))),
      })
    if (unknown.length === 0 || !mayCreate) return answer(new Map())
    const topics = unknown.map((name) => ({ name, numPartitions: -1, replicationFactor: -1, configs: {} }))
    const create = { api: 'CreateTopics' as const, topics, validateOnly: false }
    const sent = this.#controller.send(CONTROLLER, create, context, (response) => {
      const results = response?.api === 'CreateTopics' ? response.topics : []
      answer(new Map(results.map((result) => [result.name, result.error])))
    })
    if (sent !== 'sent') answer(new Map())
  }

  #describe(name: string, error: TopicMetadata['error'] | undefined): TopicMetadata {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return { error: 'NONE', name, topicId: topic.topicId, partitions: topic.partitions }
    const why = error === undefined || error === 'NONE' ? 'UNKNOWN_TOPIC_OR_PARTITION' : error
    return { error: why, name, topicId: -1, partitions: [] }
  }

  #listOffsets(request: ListOffsetsRequest): ListOffsetsResponse {
    const partitions = request.partitions.map(({ topicId, partition: number, timestamp: wanted }) => {
      const partition = this.#replicas.partition(topicId, number)
      if (partition === undefined)
        return { topicId, partition: number, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, offset: -1 }
      if (!partition.isLeader)
        return { topicId, partition: number, error: 'NOT_LEADER_OR_FOLLOWER' as const, offset: -1 }
      const spec =
        wanted === EARLIEST_TIMESTAMP ? 'earliest' : wanted === LATEST_TIMESTAMP ? 'latest' : timestamp(wanted)
      const found = partition.log.offsetForTimestamp(spec)
      return { topicId, partition: number, error: 'NONE' as const, offset: found?.offset ?? -1 }
    })
    return { api: 'ListOffsets', partitions }
  }

  #passOn(
    connection: Connection,
    correlationId: number,
    request: CreateTopicsRequest | DeleteTopicsRequest,
    context: Context,
  ): void {
    const sent = this.#controller.send(CONTROLLER, request, context, (response) =>
      connection.reply(correlationId, response ?? unreachable(request)),
    )
    if (sent !== 'sent') connection.reply(correlationId, unreachable(request))
  }
}

function unreachable(request: CreateTopicsRequest | DeleteTopicsRequest): Response {
  const names = request.api === 'CreateTopics' ? request.topics.map((topic) => topic.name) : request.names
  const says = 'The controller cannot be reached'
  const topics = names.map((name) => ({ name, topicId: -1, error: 'NOT_CONTROLLER' as const, says }))
  return { api: request.api, topics }
}
