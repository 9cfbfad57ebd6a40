import { because, type ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { LATEST_TIMESTAMP } from '../../protocol/apis/list-offsets.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import type { PartitionName } from '../../protocol/partition.js'
import { topicUuidOf } from '../../protocol/topic-uuid.js'
import { decodeAssignment } from '../consumer/group/assignors/member-metadata.js'
import { type AdminFront, patient } from './admin-front.js'
import { type CoordinatorErrand, Coordinators } from './coordinators.js'
import type { TopicQuestions } from './topic-questions.js'

/** `Dead`: there is no such group any more. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'
export type GroupType = 'classic' | 'consumer'

export interface ListedGroup {
  readonly groupId: string
  /** `consumer`; empty where offsets were committed without a membership. */
  readonly protocolType: string
  readonly state: GroupState
  readonly type: GroupType
}

/** A member, as its coordinator knows it; KafkaJS's shape, and what it is assigned. */
export interface DescribedMember {
  readonly memberId: string
  /** `group.instance.id`; null: it is a dynamic member. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** What it has told the leader; empty while the group is not Stable. */
  readonly memberMetadata: Buffer
  /** What the leader has given it, as it was sent. */
  readonly memberAssignment: Buffer
  /** What is assigned to it. */
  readonly partitions: readonly PartitionName[]
}

export interface GroupDescription {
  readonly groupId: string
  readonly state: GroupState
  readonly protocolType: string
  /** The assignor that the members have agreed on; empty while the group is not Stable. */
  readonly protocol: string
  readonly members: readonly DescribedMember[]
}

export interface DeletedGroup {
  readonly groupId: string
  readonly error: ErrorCode
}

/** What a group has committed of one topic. */
export interface FetchedOffsets {
  readonly topic: string
  readonly partitions: readonly FetchedOffset[]
}
export interface FetchedOffset {
  readonly partition: number
  /** The next offset to be read; -1: nothing is committed. */
  readonly offset: number
  /** Leader epoch of the record before it; -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

type DescribedGroup = ResponseOf<'DescribeGroups'>['groups'][number]

/** The protocol type whose assignments can be read. (`ConsumerProtocol.PROTOCOL_TYPE`) */
const CONSUMERS = 'consumer'

/** Asks coordinators about groups, and has them forget some. */
export class GroupAdmin {
  readonly #front: AdminFront
  readonly #coordinators: Coordinators
  readonly #topics: TopicQuestions

  constructor(front: AdminFront, topics: TopicQuestions) {
    this.#front = front
    this.#coordinators = new Coordinators(front)
    this.#topics = topics
  }

  /** Two brokers may tell of a group that moves meanwhile. */
  async list(states: readonly GroupState[], types: readonly GroupType[]): Promise<readonly ListedGroup[]> {
    const request = { api: 'ListGroups' as const, statesFilter: states, typesFilter: types }
    const answers = await this.#askEveryBroker(request)
    const groups = new Map<string, ListedGroup>()
    for (const { errorCode, groups: listed } of answers) {
      throwError(errorCode, 'Groups cannot be listed')
      for (const { groupId, protocolType, groupState, groupType } of listed) {
        const [state, type] = [groupState as GroupState, groupType as GroupType]
        groups.set(groupId, { groupId, protocolType, state, type })
      }
    }
    return [...groups.values()]
  }

  async describe(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    const groups = await this.#coordinators.askEach(groupIds, DESCRIPTION)
    return [...new Set(groupIds)].map((groupId) => {
      const group = toldOf(groups, groupId)
      throwError(group.errorCode, group.errorMessage ?? `Group '${groupId}' cannot be described`)
      return descriptionOf(group)
    })
  }

  /** `Dead`: nobody knows the group. */
  async stateOf(groupId: string): Promise<GroupState> {
    const { errorCode, groupState } = toldOf(await this.#coordinators.askEach([groupId], DESCRIPTION), groupId)
    if (errorCode !== 'GROUP_ID_NOT_FOUND') throwError(errorCode, `Group '${groupId}' cannot be described`)
    return groupState as GroupState
  }

  async delete(groupIds: readonly string[]): Promise<readonly DeletedGroup[]> {
    const errors = await this.#coordinators.askEach(groupIds, DELETION)
    const deleted = [...new Set(groupIds)].map((groupId) => ({ groupId, error: toldOf(errors, groupId) }))
    for (const { groupId, error } of deleted) throwError(error, `Group '${groupId}' was not deleted`)
    return deleted
  }

  /** Answers for every partition of these topics; without names, wherever something is committed. */
  async fetchOffsets(groupId: string, names: readonly string[] | null): Promise<readonly FetchedOffsets[]> {
    const asked = names === null ? null : await this.#topics.known([...new Set(names)])
    const topics =
      asked?.map(({ topicId, partitions }) => {
        return { topicId: topicUuidOf(topicId), partitionIndexes: partitions.map(({ partition }) => partition) }
      }) ?? null
    const group = { groupId, memberId: null, memberEpoch: -1, topics }
    const request = { api: 'OffsetFetch' as const, groups: [group], requireStable: false }
    const [found] = (await this.#coordinators.ask(request, groupId)).groups
    const failure = `The offsets of group '${groupId}' cannot be fetched`
    throwError(found?.errorCode ?? 'UNKNOWN_SERVER_ERROR', failure)
    // Asked afterwards: whatever has a committed offset was made before. What was deleted meanwhile is passed over.
    const described = asked ?? (await this.#topics.describe(null))
    const nameOf = new Map(described.map(({ name, topicId }) => [topicUuidOf(topicId), name]))
    return (found?.topics ?? []).flatMap(({ topicId, partitions }) => {
      const topic = nameOf.get(topicId)
      if (topic === undefined) return []
      for (const { errorCode } of partitions) throwError(errorCode, `${failure}: topic '${topic}'`)
      return [{ topic, partitions: partitions.map(fetchedOffset).sort((a, b) => a.partition - b.partition) }]
    })
  }

  /** Where nothing is committed: the end of the partition. */
  async resolve(fetched: readonly FetchedOffsets[]): Promise<readonly FetchedOffsets[]> {
    const names = fetched.map(({ topic }) => topic)
    const described = new Map((await this.#topics.known(names)).map((topic) => [topic.name, topic]))
    return Promise.all(
      fetched.map(async ({ topic, partitions }) => {
        const { topicId } = described.get(topic) as TopicMetadata
        const ends = partitions.map(async (one) => {
          if (one.offset >= 0) return one
          const name = { topic, partition: one.partition }
          return { ...one, offset: await this.#topics.offsetAt(name, topicId, LATEST_TIMESTAMP) }
        })
        return { topic, partitions: await Promise.all(ends) }
      }),
    )
  }

  /** Asks all brokers again when one ends meanwhile: others have taken over what it had. */
  async #askEveryBroker(request: RequestOf<'ListGroups'>): Promise<readonly ResponseOf<'ListGroups'>[]> {
    const patience = patient()
    const metadata = { api: 'Metadata' as const, topics: [], allowAutoTopicCreation: false }
    for (;;) {
      const { brokers } = await this.#front.ask(metadata, patience)
      const answers = await Promise.all(brokers.map((brokerId) => this.#front.askBroker(request, brokerId, patience)))
      const given = answers.filter((answer) => answer !== null)
      if (given.length === brokers.length) return given
    }
  }
}

const DESCRIPTION: CoordinatorErrand<'DescribeGroups', DescribedGroup> = {
  api: 'DescribeGroups',
  request: (groups) => ({ api: 'DescribeGroups', groups, includeAuthorizedOperations: false }),
  results: ({ groups }) => groups.map((group) => [group.groupId, group, group.errorCode]),
}

const DELETION: CoordinatorErrand<'DeleteGroups', ErrorCode> = {
  api: 'DeleteGroups',
  request: (groupsNames) => ({ api: 'DeleteGroups', groupsNames }),
  results: ({ results }) => results.map(({ groupId, errorCode }) => [groupId, errorCode, errorCode]),
}

const toldOf = <Result>(told: ReadonlyMap<string, Result>, groupId: string): Result => told.get(groupId) as Result

/** Throws for a refusal: Kafka's code, and what was refused. */
export function throwError(error: ErrorCode, says: string): void {
  if (error !== 'NONE') throw new KafkaError(error, `${says}: ${because(error)}`)
}

function descriptionOf({ groupId, groupState, protocolType, protocolData, members }: DescribedGroup): GroupDescription {
  const described = members.map(({ memberMetadata, memberAssignment, ...member }) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: Buffer.from(memberMetadata),
    memberAssignment: Buffer.from(memberAssignment),
    partitions: protocolType === CONSUMERS ? decodeAssignment(memberAssignment).partitions : [],
  }))
  return { groupId, state: groupState as GroupState, protocolType, protocol: protocolData, members: described }
}

function fetchedOffset({
  partitionIndex,
  committedOffset,
  committedLeaderEpoch,
  metadata,
}: ResponseOf<'OffsetFetch'>['groups'][number]['topics'][number]['partitions'][number]): FetchedOffset {
  const leaderEpoch = committedLeaderEpoch
  return { partition: partitionIndex, offset: committedOffset, leaderEpoch, metadata: metadata ?? '' }
}
