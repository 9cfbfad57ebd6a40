import type { BrokerOptions } from '../base/config/broker-options.js'
import { describeTopicOptions } from '../base/config/described-options.js'
import { PARTITIONS_MAX, PARTITIONS_PER_REQUEST_MAX, PARTITIONS_PER_TOPIC_MAX } from '../base/config/internal-limits.js'
import { isInternalTopic } from '../base/internal-topics.js'
import { counted } from '../base/words.js'
import type {
  CreatedTopic,
  CreateTopicsRequest,
  MadeTopic,
  NewTopic,
  TopicResult,
} from '../protocol/apis/create-topics.js'
import type { DeleteTopicsRequest } from '../protocol/apis/delete-topics.js'
import type { CreateInternalTopicRequest } from '../protocol/inner/create-internal-topic.js'
import type { ClusterImage } from './cluster-image.js'
import { internalTopic } from './internal-topic.js'
import type { MetadataDecision, MetadataRecord } from './metadata-records.js'
import { factorFault, placeReplicas } from './placement.js'
import { type Refusal, refuse } from './refusal.js'
import { inOrder, newPartitions, newTopicFault } from './replica-assignments.js'
import { topicConfigFault } from './topic-configs.js'
import { topicNameFault, unifiedName } from './topic-names.js'

/** Decides on topics: which there are, and where their replicas lie. (`ReplicationControlManager` in Kafka.) */
export class TopicControl {
  readonly #image: ClusterImage
  readonly #options: BrokerOptions

  constructor(image: ClusterImage, options: BrokerOptions) {
    this.#image = image
    this.#options = options
  }

  createTopics(request: CreateTopicsRequest): MetadataDecision<CreatedTopic[]> {
    const excess = this.#excess(request)
    if (excess !== null) return { records: [], reply: request.topics.map((topic) => refused(topic, excess)) }
    const records: MetadataRecord[] = []
    // `ControllerApis.createTopics`: if a topic is named twice, neither is created.
    const namedTwice = namedTwiceIn(request.topics)
    let topicId = this.#image.lastTopicId
    let count = this.#image.partitionCount
    /** Names of the topics that this request creates, by unified name, which no two may share. */
    const created = new Map<string, string>()
    const reply = request.topics.map((topic): CreatedTopic => {
      const refusal = namedTwice.has(topic.name)
        ? refuse('INVALID_REQUEST', `The request names the topic '${topic.name}' twice`)
        : (this.#refusal(topic, created) ?? this.#clusterExcess(topic, count))
      if (refusal !== null) return refused(topic, refusal)
      created.set(unifiedName(topic.name), topic.name)
      count += this.#sizes(topic).partitions
      const made = this.#made(topic, request)
      if (request.validateOnly) return { name: topic.name, topicId: -1, error: 'NONE', says: '', made }
      topicId += 1
      records.push(...this.#newTopic(topic, topicId))
      return { name: topic.name, topicId, error: 'NONE', says: '', made }
    })
    return { records, reply }
  }

  /** Creates a topic that clients cannot create, as large as the options say. */
  createInternalTopic({ name }: CreateInternalTopicRequest): MetadataDecision<Refusal> {
    const topic = internalTopic(name, this.#options)
    if (topic === null)
      return { records: [], reply: refuse('INVALID_TOPIC_EXCEPTION', `Brokers create no topic '${name}'`) }
    const refusal = this.#sizeRefusal(topic) ?? this.#clusterExcess(topic, this.#image.partitionCount)
    if (refusal !== null) return { records: [], reply: refusal }
    return { records: this.#newTopic(topic, this.#image.lastTopicId + 1), reply: { error: 'NONE', says: '' } }
  }

  deleteTopics(request: DeleteTopicsRequest): MetadataDecision<TopicResult[]> {
    const records: MetadataRecord[] = []
    const reply = [...new Set(request.names)].map((name): TopicResult => {
      if (isInternalTopic(name)) {
        const says = `The topic '${name}' is internal: brokers keep in it what cannot be lost`
        return { name, topicId: -1, ...refuse('INVALID_TOPIC_EXCEPTION', says) }
      }
      const topic = this.#image.topicNamed(name)
      if (topic === undefined) {
        return { name, topicId: -1, ...refuse('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'`) }
      }
      records.push({ type: 'removeTopic', topicId: topic.topicId })
      return { name, topicId: topic.topicId, error: 'NONE', says: '' }
    })
    return { records, reply }
  }

  /** Deletes all topics, those too that clients cannot delete. */
  deleteAllTopics(): MetadataDecision<null> {
    const records = this.#image.topics.map(({ topicId }) => ({ type: 'removeTopic' as const, topicId }))
    return { records, reply: null }
  }

  #newTopic(topic: NewTopic, topicId: number): MetadataRecord[] {
    const { name, configs, assignments = [] } = topic
    const { partitions, replicationFactor } = this.#sizes(topic)
    const { activeBrokers: brokers, fencedBrokers: fenced } = this.#image
    // A cluster that was emptied places topics as a new one does.
    const start = topicId - this.#image.lastForgottenTopicId - 1
    const placed =
      assignments.length > 0
        ? inOrder(assignments)
        : placeReplicas({ brokers, fenced, partitions, replicationFactor, start })
    return [
      { type: 'topic', name, topicId, configs },
      ...newPartitions(placed, { topicId, first: 0, image: this.#image }),
    ]
  }

  #made(topic: NewTopic, { describes = false }: CreateTopicsRequest): MadeTopic {
    const { partitions: numPartitions, replicationFactor } = this.#sizes(topic)
    const described = describes ? describeTopicOptions(topic.configs, this.#options) : null
    const configs = described?.map(({ name, value, source }) => ({ name, value, source })) ?? null
    return { numPartitions, replicationFactor, configs }
  }

  /** `ReplicationControlManager.validateTotalNumberOfPartitions`: a decision is one batch, which must fit. */
  #excess({ topics }: CreateTopicsRequest): Refusal | null {
    let asked = 0
    for (const topic of topics) {
      const { partitions } = this.#sizes(topic)
      if (Number.isInteger(partitions) && partitions >= 1) asked += partitions
    }
    if (asked <= PARTITIONS_PER_REQUEST_MAX) return null
    const says = `One request creates at most ${PARTITIONS_PER_REQUEST_MAX} partitions, not ${asked}: create the topics in several requests`
    return refuse('POLICY_VIOLATION', says)
  }

  #clusterExcess(topic: NewTopic, before: number): Refusal | null {
    const { partitions } = this.#sizes(topic)
    if (before + partitions <= PARTITIONS_MAX) return null
    const says = `The cluster has ${counted(before, 'partition')}, and with ${partitions} more it would have more than ${PARTITIONS_MAX}`
    return refuse('POLICY_VIOLATION', says)
  }

  #sizes(topic: NewTopic): { partitions: number; replicationFactor: number } {
    const [first, ...others] = topic.assignments ?? []
    if (first !== undefined) return { partitions: 1 + others.length, replicationFactor: first.brokerIds.length }
    return {
      partitions: topic.numPartitions === -1 ? this.#options['num.partitions'] : topic.numPartitions,
      replicationFactor:
        topic.replicationFactor === -1 ? this.#options['default.replication.factor'] : topic.replicationFactor,
    }
  }

  #refusal(topic: NewTopic, created: ReadonlyMap<string, string>): Refusal | null {
    if (this.#image.topicNamed(topic.name) !== undefined) return alreadyExists(topic)
    const badName = topicNameFault(topic.name)
    if (badName !== null) return refuse('INVALID_TOPIC_EXCEPTION', badName)
    // KAFKA-13743
    const colliding = this.#image.topicUnified(topic.name)?.name ?? created.get(unifiedName(topic.name))
    if (colliding !== undefined) {
      const says = `The topic name '${topic.name}' collides with '${colliding}': names must differ in more than '.' and '_'`
      return refuse('INVALID_TOPIC_EXCEPTION', says)
    }
    return this.#sizeRefusal(topic)
  }

  /** What is wrong with a topic whose name is right. */
  #sizeRefusal(topic: NewTopic): Refusal | null {
    if (this.#image.topicNamed(topic.name) !== undefined) return alreadyExists(topic)
    const badConfig = topicConfigFault(topic.configs, this.#options)
    if (badConfig !== null) return badConfig
    const byHand = (topic.assignments ?? []).length > 0 ? newTopicFault(topic, this.#image) : null
    if (byHand !== null) return byHand
    const { partitions, replicationFactor } = this.#sizes(topic)
    const isByHand = (topic.assignments ?? []).length > 0
    const badFactor = isByHand ? null : factorFault(replicationFactor, this.#image)
    // A factor that no cluster could have is seen before the partitions are. (`ReplicationControlManager.createTopic`)
    if (badFactor !== null && !(replicationFactor >= 1)) return badFactor
    if (!isPartitionCount(partitions)) {
      return refuse('INVALID_PARTITIONS', `A topic has 1 to ${PARTITIONS_PER_TOPIC_MAX} partitions, not ${partitions}`)
    }
    return badFactor
  }
}

function refused({ name }: NewTopic, refusal: Refusal): CreatedTopic {
  return { name, topicId: -1, ...refusal, made: null }
}

function namedTwiceIn(topics: readonly NewTopic[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const { name } of topics) (once.has(name) ? twice : once).add(name)
  return twice
}

function alreadyExists({ name }: NewTopic): Refusal {
  return refuse('TOPIC_ALREADY_EXISTS', `The topic '${name}' exists already`)
}

function isPartitionCount(partitions: number): boolean {
  return Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_PER_TOPIC_MAX
}
