import { durationMs } from '../../base/duration.js'
import { KafkaError } from '../../base/errors.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../protocol/apis/list-offsets.js'
import type { TopicMetadata } from '../../protocol/apis/metadata.js'
import type { PartitionName } from '../../protocol/partition.js'
import { topicUuidOf } from '../../protocol/topic-uuid.js'
import { byText } from '../consumer/group/assignors/assignor.js'
import { grouped } from '../consumer/group/assignors/partitions-by-topic.js'
import type { AdminFront } from './admin-front.js'
import { Coordinators } from './coordinators.js'
import { type DescribedMember, type GroupAdmin, throwError } from './group-admin.js'
import type { TopicQuestions } from './topic-questions.js'

/** Where a group is to go on reading; `duration` is written as in Java, such as `PT1H30M`. */
export type ResetTarget =
  | 'earliest'
  | 'latest'
  /** The first record that is as young; the end where there is none. */
  | { readonly timestamp: number | bigint | string }
  /** The first record that is not older than this. */
  | { readonly duration: string }
  /** So many records further on, or back, within what there is. */
  | { readonly shiftBy: number | bigint | string }

/** A target, as it was read. */
export type ReadTarget =
  | 'earliest'
  | 'latest'
  | { readonly timestamp?: number; readonly duration?: string; readonly shiftBy?: number }

export interface PartitionOffset {
  readonly partition: number
  readonly offset: number
}

/** How far a group is behind the end of a partition. */
export interface PartitionLag extends PartitionName {
  /** The next offset to be read; null: nothing is committed. */
  readonly committed: number | null
  /** The end of the partition, exclusive. */
  readonly end: number
  /** Records between the two; null: nothing is committed. */
  readonly lag: number | null
  /** The member that has the partition; null: nobody has. */
  readonly member: Pick<DescribedMember, 'memberId' | 'groupInstanceId' | 'clientId' | 'clientHost'> | null
}

/** What a group is to have committed of a partition. */
export interface OffsetToSet {
  readonly partition: number
  /** The offset of the next record to be read. */
  readonly offset: number | bigint | string
  /** Whatever is to be remembered with it, up to 4,096 characters. */
  readonly metadata?: string | null
}
type ReadOffset = PartitionOffset & Pick<OffsetToSet, 'metadata'>

/** A commit of nobody: the coordinator takes it while the group has no members. */
const NOBODY = { generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null }

/** Changes what groups have committed, as the tool kafka-consumer-groups does, and tells how far they are behind. */
export class OffsetAdmin {
  readonly #front: AdminFront
  readonly #coordinators: Coordinators
  readonly #topics: TopicQuestions
  readonly #groups: GroupAdmin

  constructor(parts: { readonly front: AdminFront; readonly topics: TopicQuestions; readonly groups: GroupAdmin }) {
    this.#front = parts.front
    this.#coordinators = new Coordinators(parts.front)
    this.#topics = parts.topics
    this.#groups = parts.groups
  }

  async set(groupId: string, topic: string, offsets: readonly ReadOffset[]): Promise<void> {
    await this.#refuseMembers(groupId)
    const [{ topicId }] = (await this.#topics.known([topic])) as [TopicMetadata]
    await this.#commit(groupId, { topic, topicId }, offsets)
  }

  async reset(groupId: string, topic: string, to: ReadTarget): Promise<readonly PartitionOffset[]> {
    await this.#refuseMembers(groupId)
    const [described] = (await this.#topics.known([topic])) as [TopicMetadata]
    const offsets = await this.#offsetsAt(groupId, described, to)
    await this.#commit(groupId, { topic, topicId: described.topicId }, offsets)
    return offsets
  }

  async delete(groupId: string, partitions: readonly PartitionName[]): Promise<void> {
    const topics = grouped(partitions).map(({ topic, partitions: numbers }) => {
      return { name: topic, partitions: numbers.map((partitionIndex) => ({ partitionIndex })) }
    })
    const request = { api: 'OffsetDelete' as const, groupId, topics }
    const answer = await this.#coordinators.ask(request, groupId)
    throwError(answer.errorCode, `No offsets of group '${groupId}' were deleted`)
    for (const { name, partitions: deleted } of answer.topics) {
      for (const { partitionIndex, errorCode } of deleted)
        throwError(errorCode, `The offset of partition ${partitionIndex} of '${name}' was not deleted`)
    }
  }

  /** All partitions of which the group has committed something, or that a member has. */
  async lag(groupId: string): Promise<readonly PartitionLag[]> {
    const [description] = await this.#groups.describe([groupId])
    const fetched = await this.#groups.fetchOffsets(groupId, null)
    const known = new Map((await this.#topics.describe(null)).map((topic) => [topic.name, topic]))
    const rows = new Map<string, Omit<PartitionLag, 'end' | 'lag'>>()
    const keyOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`
    for (const { topic, partitions } of fetched) {
      for (const { partition, offset } of partitions)
        rows.set(keyOf({ topic, partition }), { topic, partition, committed: offset, member: null })
    }
    for (const { partitions, memberId, groupInstanceId, clientId, clientHost } of description?.members ?? []) {
      const member = { memberId, groupInstanceId, clientId, clientHost }
      for (const name of partitions)
        rows.set(keyOf(name), { ...name, committed: rows.get(keyOf(name))?.committed ?? null, member })
    }
    // A topic that was deleted meanwhile has no end.
    const present = [...rows.values()].filter(({ topic, partition }) => known.get(topic)?.partitions[partition])
    const lags = present.map(async (row) => {
      const { topicId } = known.get(row.topic) as TopicMetadata
      const end = await this.#topics.offsetAt(row, topicId, LATEST_TIMESTAMP)
      return { ...row, end, lag: row.committed === null ? null : Math.max(0, end - row.committed) }
    })
    return (await Promise.all(lags)).sort((a, b) => byText(a.topic, b.topic) || a.partition - b.partition)
  }

  /** Rejects while the group has members, which would go on where they are. */
  async #refuseMembers(groupId: string): Promise<void> {
    const state = await this.#groups.stateOf(groupId)
    if (state !== 'Empty' && state !== 'Dead') throw new KafkaError('NON_EMPTY_GROUP', inUse(groupId, `is ${state}`))
  }

  async #commit(
    groupId: string,
    { topic, topicId }: { readonly topic: string; readonly topicId: number },
    offsets: readonly ReadOffset[],
  ): Promise<void> {
    const partitions = offsets.map(({ partition, offset, metadata = '' }) => {
      return {
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      }
    })
    const topics = [{ topicId: topicUuidOf(topicId), partitions }]
    const request = { api: 'OffsetCommit' as const, groupId, ...NOBODY, topics }
    const answer = await this.#coordinators.ask(request, groupId)
    for (const { partitionIndex, errorCode } of answer.topics.flatMap((one) => one.partitions)) {
      // Somebody has joined meanwhile.
      if (errorCode === 'UNKNOWN_MEMBER_ID') throw new KafkaError('NON_EMPTY_GROUP', inUse(groupId, 'has members'))
      throwError(errorCode, `The offset of partition ${partitionIndex} of '${topic}' was not set`)
    }
  }

  async #offsetsAt(groupId: string, topic: TopicMetadata, to: ReadTarget): Promise<readonly PartitionOffset[]> {
    const at = (partition: number, timestamp: number): Promise<number> =>
      this.#topics.offsetAt({ topic: topic.name, partition }, topic.topicId, timestamp)
    const each = (find: (partition: number) => Promise<number>): Promise<readonly PartitionOffset[]> =>
      Promise.all(topic.partitions.map(async ({ partition }) => ({ partition, offset: await find(partition) })))
    if (to === 'earliest') return each((partition) => at(partition, EARLIEST_TIMESTAMP))
    if (to === 'latest') return each((partition) => at(partition, LATEST_TIMESTAMP))
    const { shiftBy } = to
    if (shiftBy !== undefined) {
      const committed = await this.#committed(groupId, topic.name)
      return each(async (partition) => {
        const [first, end] = [await at(partition, EARLIEST_TIMESTAMP), await at(partition, LATEST_TIMESTAMP)]
        return Math.min(end, Math.max(first, (committed.get(partition) as number) + shiftBy))
      })
    }
    const moment = to.timestamp ?? Math.max(0, this.#front.lastTurn - durationMs(to.duration as string))
    return each(async (partition) => {
      const offset = await at(partition, moment)
      return offset < 0 ? at(partition, LATEST_TIMESTAMP) : offset
    })
  }

  /** What is committed of every partition. Rejects where there is nothing to shift, as Kafka's tool does. */
  async #committed(groupId: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const [fetched] = await this.#groups.fetchOffsets(groupId, [topic])
    const offsets = new Map((fetched?.partitions ?? []).map(({ partition, offset }) => [partition, offset]))
    for (const [partition, offset] of offsets) {
      if (offset >= 0) continue
      const nothing = `group '${groupId}' has committed nothing of partition ${partition} of '${topic}'`
      throw new KafkaError('INVALID_REQUEST', `Cannot shift offsets: ${nothing}`)
    }
    return offsets
  }
}

function inUse(groupId: string, state: string): string {
  return `Group '${groupId}' ${state}: offsets can be set only while a group has no members`
}
