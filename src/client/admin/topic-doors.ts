import type { ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../protocol/apis/list-offsets.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { AdminFront } from './admin-front.js'
import {
  ConfigAdmin,
  type ConfigsToAlter,
  type ConfigsToAlterIncrementally,
  type ConfigsToDescribe,
  type DescribedResource,
} from './config-admin.js'
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, readIncrementalConfigs } from './config-arguments.js'
import { type BrokerLogs, LogAdmin, type PartitionProducers } from './log-admin.js'
import {
  type DeletedRecords,
  type PartitionsToCreate,
  type RecordsToDelete,
  TopicAdmin,
  type TopicToCreate,
} from './topic-admin.js'
import {
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  DELETE_TOPIC_RECORDS,
  DELETE_TOPICS,
  DESCRIBE_CLUSTER,
  DESCRIBE_LOG_DIRS,
  DESCRIBE_PRODUCERS,
  ELECT_LEADERS,
  FETCH_TOPIC_METADATA,
  FETCH_TOPIC_OFFSETS,
  LIST_TOPICS,
} from './topic-arguments.js'
import type { TopicQuestions } from './topic-questions.js'

export interface DescribedBroker {
  readonly nodeId: number
  /** Whether it counts as dead: it leads nothing. */
  readonly isFenced: boolean
}

export interface TopicOffsets extends PartitionName {
  /** logStartOffset */
  readonly low: number
  /** highWatermark, exclusive */
  readonly high: number
}

/** What became of the election of one partition; `NONE`: it has a new leader. */
export interface ElectedLeader extends PartitionName {
  readonly error: ErrorCode
}

/** The methods of an admin that are about topics and brokers, with their logs and options. */
export abstract class TopicDoors {
  readonly #front: AdminFront
  readonly #topics: TopicQuestions
  readonly #topicAdmin: TopicAdmin
  readonly #logs: LogAdmin
  readonly #configs: ConfigAdmin

  protected constructor(front: AdminFront, topics: TopicQuestions) {
    this.#front = front
    this.#topics = topics
    this.#topicAdmin = new TopicAdmin(front, topics)
    this.#logs = new LogAdmin(front, topics)
    this.#configs = new ConfigAdmin(front)
  }

  /**
   * Resolves when every live broker knows the topics: true, or false if all of them were there already. Rejects with
   * the first refusal, having created the others.
   */
  async createTopics(request: {
    readonly topics: readonly TopicToCreate[]
    readonly validateOnly?: boolean
  }): Promise<boolean> {
    const [{ topics, validateOnly = false }] = CREATE_TOPICS(request)
    return this.#topicAdmin.create(topics, validateOnly)
  }

  /**
   * Gives topics more partitions, and resolves when every live broker knows them. Records with a key may go to another
   * partition from then on. Rejects with the first refusal, having done the others. Kafka: `Admin.createPartitions`.
   */
  async createPartitions(request: {
    readonly topicPartitions: readonly PartitionsToCreate[]
    readonly validateOnly?: boolean
  }): Promise<void> {
    const [{ topicPartitions, validateOnly = false }] = CREATE_PARTITIONS(request)
    return this.#topicAdmin.createPartitions(topicPartitions, validateOnly)
  }

  /** Tells which brokers are alive; with `includeFencedBrokers` the others, too. Kafka: `Admin.describeCluster`. */
  async describeCluster(
    options: { readonly includeFencedBrokers?: boolean } = {},
  ): Promise<{ brokers: readonly DescribedBroker[] }> {
    const [{ includeFencedBrokers: includeFenced = false }] = DESCRIBE_CLUSTER(options)
    const { error, brokers } = await this.#front.ask({ api: 'DescribeCluster', includeFenced })
    if (error !== 'NONE') throw new KafkaError(error)
    return { brokers: brokers.map(({ brokerId, isFenced }) => ({ nodeId: brokerId, isFenced })) }
  }

  /** Tells how large the logs of these brokers are, or of all that live. Kafka: `Admin.describeLogDirs`. */
  async describeLogDirs(
    options: { readonly brokers?: readonly number[] } = {},
  ): Promise<{ brokers: readonly BrokerLogs[] }> {
    const [{ brokers = null }] = DESCRIBE_LOG_DIRS(options)
    return { brokers: await this.#logs.describeLogDirs(brokers) }
  }

  /** Tells which idempotent producers the leaders of partitions remember. Kafka: `Admin.describeProducers`. */
  async describeProducers(request: {
    readonly partitions: readonly PartitionName[]
  }): Promise<readonly PartitionProducers[]> {
    const [{ partitions }] = DESCRIBE_PRODUCERS(request)
    return this.#logs.describeProducers(partitions)
  }

  async deleteTopics(request: { readonly topics: readonly string[] }): Promise<void> {
    const [{ topics: names }] = DELETE_TOPICS(request)
    return this.#topicAdmin.delete(names)
  }

  /**
   * Deletes what lies before an offset in each of these partitions, and resolves with where they begin when all live
   * replicas have done so. Rejects with the first refusal: OFFSET_OUT_OF_RANGE behind the high watermark, and
   * POLICY_VIOLATION where a topic is only compacted. Kafka: `Admin.deleteRecords`.
   */
  async deleteTopicRecords(request: {
    readonly topic: string
    readonly partitions: readonly RecordsToDelete[]
  }): Promise<readonly DeletedRecords[]> {
    const [{ topic, partitions }] = DELETE_TOPIC_RECORDS(request)
    return this.#topicAdmin.deleteRecords(topic, partitions)
  }

  /**
   * Names of all topics; with `listInternal` of those as well that brokers write for themselves, such as
   * `__consumer_offsets`. Kafka: `Admin.listTopics`, `ListTopicsOptions`.
   */
  async listTopics(options: { readonly listInternal?: boolean } = {}, ...surplus: undefined[]): Promise<string[]> {
    const [{ listInternal = false }] = LIST_TOPICS(options, ...surplus)
    const topics = await this.#topics.describe(null)
    return topics.filter(({ isInternal }) => listInternal || !isInternal).map(({ name }) => name)
  }

  /** Partitions, leaders and replicas of these topics, or of all. */
  async fetchTopicMetadata(
    request: { readonly topics?: readonly string[] } = {},
  ): Promise<{ topics: readonly TopicMetadata[] }> {
    const [{ topics: names = null }] = FETCH_TOPIC_METADATA(request)
    return { topics: await this.#topics.known(names) }
  }

  /** First and end offset of every partition of a topic. */
  async fetchTopicOffsets(topic: string): Promise<TopicOffsets[]> {
    const [asked] = FETCH_TOPIC_OFFSETS(topic)
    const { topics } = await this.fetchTopicMetadata({ topics: [asked] })
    const { topicId, partitions } = topics[0] as TopicMetadata
    return Promise.all(
      partitions.map(async ({ partition }) => {
        const name = { topic, partition }
        const low = await this.#topics.offsetAt(name, topicId, EARLIEST_TIMESTAMP)
        return { ...name, low, high: await this.#topics.offsetAt(name, topicId, LATEST_TIMESTAMP) }
      }),
    )
  }

  /**
   * Gives partitions, or all of them, to the first of their replicas (`preferred`), or to any that is alive where none
   * that holds everything is (`unclean`: what it lacks is lost). Resolves with what became of each: ELECTION_NOT_NEEDED
   * where it was so already. Kafka: `Admin.electLeaders` (KIP-460).
   */
  async electLeaders(request: {
    readonly electionType: 'preferred' | 'unclean'
    readonly partitions?: readonly PartitionName[] | null
  }): Promise<readonly ElectedLeader[]> {
    const [{ electionType, partitions = null }] = ELECT_LEADERS(request)
    return (await this.#front.ask({ api: 'ElectLeaders', electionType, partitions })).partitions
  }

  /**
   * Tells the options of topics and brokers, where each value comes from, and, if asked, what holds without it. Rejects
   * with the first refusal. Kafka: `Admin.describeConfigs`.
   */
  async describeConfigs(request: ConfigsToDescribe): Promise<{ resources: readonly DescribedResource[] }> {
    const [asked] = DESCRIBE_CONFIGS(request)
    return { resources: await this.#configs.describe(asked) }
  }

  /**
   * Replaces all options that topics say themselves: what is not named is the brokers' again. Resolves when every live
   * broker goes by them. Rejects with the first refusal, having altered the others. Options of brokers cannot be
   * altered. KafkaJS: `admin.alterConfigs`.
   */
  async alterConfigs(request: ConfigsToAlter): Promise<void> {
    const [asked] = ALTER_CONFIGS(request)
    return this.#configs.alter(asked)
  }

  /** Changes only the options that are named; otherwise like `alterConfigs`. Kafka: `Admin.incrementalAlterConfigs`. */
  async incrementalAlterConfigs(request: ConfigsToAlterIncrementally): Promise<void> {
    return this.#configs.alterIncrementally(readIncrementalConfigs(request))
  }
}
