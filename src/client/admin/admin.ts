import type { ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../protocol/apis/list-offsets.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import type { PartitionName } from '../../protocol/partition.js'
import { CLOSE, type CloseOptions, type Lifetime } from '../lifetime.js'
import type { AdminFront } from './admin-front.js'
import {
  ConfigAdmin,
  type ConfigsToAlter,
  type ConfigsToAlterIncrementally,
  type ConfigsToDescribe,
  type DescribedResource,
} from './config-admin.js'
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, readIncrementalConfigs } from './config-arguments.js'
import {
  type DeletedGroup,
  type FetchedOffsets,
  GroupAdmin,
  type GroupDescription,
  type GroupState,
  type GroupType,
  type ListedGroup,
} from './group-admin.js'
import {
  DELETE_GROUPS,
  DELETE_OFFSETS,
  DESCRIBE_GROUPS,
  FETCH_OFFSETS,
  GROUP_LAG,
  LIST_GROUPS,
  RESET_OFFSETS,
  readSetOffsets,
} from './group-arguments.js'
import { type BrokerLogs, LogAdmin, type PartitionProducers } from './log-admin.js'
import {
  OffsetAdmin,
  type OffsetToSet,
  type PartitionLag,
  type PartitionOffset,
  type ResetTarget,
} from './offset-admin.js'
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
import { TopicQuestions } from './topic-questions.js'

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

/**
 * Creates, deletes and describes topics, and asks about groups. A call is asked again while brokers, the controller or
 * the coordinator of a group cannot be reached, and rejects with a TimeoutError after default.api.timeout.ms.
 */
export class Admin {
  readonly #front: AdminFront
  readonly #life: Lifetime
  readonly #topics: TopicQuestions
  readonly #topicAdmin: TopicAdmin
  readonly #logs: LogAdmin
  readonly #configs: ConfigAdmin
  readonly #groups: GroupAdmin
  readonly #offsets: OffsetAdmin
  #closing: Promise<void> | null = null

  constructor(front: AdminFront, life: Lifetime) {
    this.#front = front
    this.#life = life
    this.#topics = new TopicQuestions(front)
    this.#topicAdmin = new TopicAdmin(front, this.#topics)
    this.#logs = new LogAdmin(front, this.#topics)
    this.#configs = new ConfigAdmin(front)
    this.#groups = new GroupAdmin(front, this.#topics)
    this.#offsets = new OffsetAdmin({ front, topics: this.#topics, groups: this.#groups })
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(options?: CloseOptions): Promise<void> {
    return this.close(options)
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

  /**
   * Lists the groups of all brokers, or those in these states and of these types. A broker that is being started is
   * waited for. Kafka: `Admin.listGroups`.
   */
  async listGroups(
    request: { readonly states?: readonly GroupState[]; readonly types?: readonly GroupType[] } = {},
  ): Promise<{ groups: readonly ListedGroup[] }> {
    const [{ states = [], types = [] }] = LIST_GROUPS(request)
    return { groups: await this.#groups.list(states, types) }
  }

  /**
   * Describes each of these groups once. Rejects with GROUP_ID_NOT_FOUND where there is no such group, as Kafka has
   * done since version 4 (KIP-1043).
   */
  async describeGroups(groupIds: readonly string[]): Promise<{ groups: readonly GroupDescription[] }> {
    const [asked] = DESCRIBE_GROUPS(groupIds)
    return { groups: await this.#groups.describe(asked) }
  }

  /**
   * Has these groups forgotten, with all that they have committed. Rejects with the first refusal, having deleted the
   * others: NON_EMPTY_GROUP while a group has members, GROUP_ID_NOT_FOUND where there is none.
   */
  async deleteGroups(groupIds: readonly string[]): Promise<readonly DeletedGroup[]> {
    const [asked] = DELETE_GROUPS(groupIds)
    return this.#groups.delete(asked)
  }

  /**
   * Tells what a group has committed: of every partition of these topics, or, without `topics`, wherever it has
   * committed anything. An offset is -1 where nothing is committed, or with `resolveOffsets` the end of the partition.
   * A group that nobody knows has committed nothing. Kafka: `Admin.listConsumerGroupOffsets`.
   */
  async fetchOffsets(request: {
    readonly groupId: string
    readonly topics?: readonly string[]
    readonly resolveOffsets?: boolean
  }): Promise<readonly FetchedOffsets[]> {
    const [{ groupId, topics = null, resolveOffsets = false }] = FETCH_OFFSETS(request)
    const fetched = await this.#groups.fetchOffsets(groupId, topics)
    return resolveOffsets ? this.#groups.resolve(fetched) : fetched
  }

  /**
   * Commits offsets for a group that has no members, which is made if there is none. Rejects with NON_EMPTY_GROUP and
   * the group's state while it has some. Kafka: `Admin.alterConsumerGroupOffsets`.
   */
  async setOffsets(request: {
    readonly groupId: string
    readonly topic: string
    readonly partitions: readonly OffsetToSet[]
  }): Promise<void> {
    const { groupId, topic, partitions } = readSetOffsets(request)
    return this.#offsets.set(groupId, topic, partitions)
  }

  /**
   * Has a group without members go on elsewhere in all partitions of a topic, and resolves with the offsets. Rejects as
   * `setOffsets` does. Kafka: `kafka-consumer-groups --reset-offsets`.
   */
  async resetOffsets(request: {
    readonly groupId: string
    readonly topic: string
    readonly to: ResetTarget
  }): Promise<readonly PartitionOffset[]> {
    const [{ groupId, topic, to }] = RESET_OFFSETS(request)
    return this.#offsets.reset(groupId, topic, to)
  }

  /**
   * Has the group forget what it has committed of these partitions. Rejects with the first refusal, having deleted the
   * others: GROUP_SUBSCRIBED_TO_TOPIC while a member reads the topic. Kafka: `Admin.deleteConsumerGroupOffsets`.
   */
  async deleteOffsets(request: {
    readonly groupId: string
    readonly partitions: readonly PartitionName[]
  }): Promise<void> {
    const [{ groupId, partitions }] = DELETE_OFFSETS(request)
    return this.#offsets.delete(groupId, partitions)
  }

  /**
   * Tells how far a group is behind in each partition of which it has committed something, or which a member has.
   * Kafka: `kafka-consumer-groups --describe`.
   */
  async groupLag(groupId: string): Promise<readonly PartitionLag[]> {
    const [asked] = GROUP_LAG(groupId)
    return this.#offsets.lag(asked)
  }

  /**
   * Calls that are pending have `timeoutMs` to be answered, by default none; then they fail with a ClosedError, as
   * later ones do. (Kafka gives them all the time that they have.)
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const [{ timeoutMs = 0 }] = CLOSE(options)
    this.#closing ??= this.#close()
    this.#life.endIn(timeoutMs)
    return this.#life.within(this.#closing)
  }

  async #close(): Promise<void> {
    await this.#life.whileItLasts(this.#front.lastAnswer())
    await this.#life.release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
