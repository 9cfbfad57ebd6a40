import type { PartitionName } from '../../protocol/partition.js'
import { CLOSE, type CloseOptions, type Lifetime } from '../lifetime.js'
import type { AdminFront } from './admin-front.js'
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
import {
  OffsetAdmin,
  type OffsetToSet,
  type PartitionLag,
  type PartitionOffset,
  type ResetTarget,
} from './offset-admin.js'
import { TopicDoors } from './topic-doors.js'
import { TopicQuestions } from './topic-questions.js'

/**
 * Creates, deletes and describes topics, and asks about groups. A call is asked again while brokers, the controller or
 * the coordinator of a group cannot be reached, and rejects with a TimeoutError after default.api.timeout.ms.
 */
export class Admin extends TopicDoors {
  readonly #front: AdminFront
  readonly #life: Lifetime
  readonly #groups: GroupAdmin
  readonly #offsets: OffsetAdmin
  #closing: Promise<void> | null = null

  constructor(front: AdminFront, life: Lifetime) {
    const topics = new TopicQuestions(front)
    super(front, topics)
    this.#front = front
    this.#life = life
    this.#groups = new GroupAdmin(front, topics)
    this.#offsets = new OffsetAdmin({ front, topics, groups: this.#groups })
  }

  /** KafkaJS's way to begin. Nothing needs it here. */
  async connect(): Promise<void> {}

  /** KafkaJS's name for `close`. */
  disconnect(options?: CloseOptions): Promise<void> {
    return this.close(options)
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
