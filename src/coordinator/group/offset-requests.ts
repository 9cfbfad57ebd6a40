import { assert } from '../../base/assert.js'
import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { AskedFor, GroupRequestOf, GroupResponseOf } from './group-messages.js'
import type { CommittedOffset, GroupRecord } from './group-records.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import { memberError } from './responses.js'
import type { Step } from './step.js'

type CommittedTopic = GroupRequestOf<'OffsetCommit'>['topics'][number]
type CommittedPartition = CommittedTopic['partitions'][number]
type FetchedGroup = GroupRequestOf<'OffsetFetch'>['groups'][number]
type FoundTopic = GroupResponseOf<'OffsetFetch'>['groups'][number]['topics'][number]

/** Before this version of OffsetCommit, a commit to an unknown group has the wrong generation (KIP-848). */
const NOT_FOUND_SINCE = 9

/** Serves OffsetCommit: one error for all partitions, or metadata that is too long. (`OffsetMetadataManager`) */
export function commitOffsets(asked: AskedFor<'OffsetCommit'>, groups: Groups, step: Step): void {
  const { body } = asked.request
  const error = commitError(asked, groups, step)
  const records: GroupRecord[] = []
  const topics = body.topics.map((topic) => {
    const partitions = topic.partitions.map((partition) => {
      const errorCode = error === 'NONE' ? metadataError(partition, step) : error
      if (errorCode === 'NONE') records.push(commitOf(body, topic, partition, step))
      return { partitionIndex: partition.partitionIndex, errorCode }
    })
    return { name: nameOf(topic), topicId: topic.topicId, partitions }
  })
  step.write(records)
  step.reply(asked, { api: 'OffsetCommit', throttleTimeMs: 0, topics })
}

/** The error of the group or of its member. (`OffsetMetadataManager.validateOffsetCommit`, `ClassicGroup`) */
function commitError({ request }: AskedFor<'OffsetCommit'>, groups: Groups, step: Step): ErrorCode {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request.body
  const group = groups.get(groupId)
  if (group === undefined) {
    if (generation < 0) return STATE_ANSWERS.commitOfNobody.none
    const isOld = request.caller.version < NOT_FOUND_SINCE
    return isOld ? 'ILLEGAL_GENERATION' : STATE_ANSWERS.commitOfMember.none
  }
  const isWithoutMember = generation < 0 && (group.state === 'Empty' || (memberId === '' && groupInstanceId === null))
  if (isWithoutMember) return STATE_ANSWERS.commitOfNobody[group.state]
  const error = memberError(group, memberId, groupInstanceId)
  const member = group.members.get(memberId)
  if (error !== 'NONE' || member === undefined) return error
  if (generation !== group.generation && isOn('generation-to-commit')) return 'ILLEGAL_GENERATION'
  const answer = STATE_ANSWERS.commitOfMember[group.state]
  // Whoever works for longer than a session, and commits, lives.
  if (answer === 'NONE') group.hear(member, step.now)
  return answer
}

function metadataError({ committedMetadata }: CommittedPartition, step: Step): ErrorCode {
  const length = committedMetadata?.length ?? 0
  return length > step.options['offset.metadata.max.bytes'] ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE'
}

function commitOf(
  { groupId, retentionTimeMs = -1 }: GroupRequestOf<'OffsetCommit'>,
  topic: CommittedTopic,
  partition: CommittedPartition,
  { wallMs }: Step,
): GroupRecord {
  const { committedOffset: offset, committedLeaderEpoch, committedMetadata } = partition
  const metadata = committedMetadata ?? ''
  const isForever = retentionTimeMs < 0
  // A record that expires by itself is of a version that holds neither of the two.
  const leaderEpoch = isForever ? committedLeaderEpoch : -1
  const topicId = isForever ? topic.topicId : ZERO_UUID
  const committed = { offset, leaderEpoch, metadata, commitTimestamp: wallMs, topicId }
  const value: CommittedOffset = isForever ? committed : { ...committed, expireTimestamp: wallMs + retentionTimeMs }
  return { type: 'offset', groupId, topic: nameOf(topic), partition: partition.partitionIndex, value }
}

/** Serves OffsetFetch: each partition that is asked for has an answer, known or not. (`fetchOffsets`) */
export function fetchOffsets(asked: AskedFor<'OffsetFetch'>, groups: Groups, step: Step): void {
  const found = asked.request.body.groups.map(({ groupId, topics }) => {
    return {
      groupId,
      topics: topics === null ? allOf(groupId, groups) : someOf(groupId, topics, groups),
      errorCode: 'NONE' as const,
    }
  })
  step.reply(asked, { api: 'OffsetFetch', throttleTimeMs: 0, groups: found })
}

function someOf(groupId: string, topics: NonNullable<FetchedGroup['topics']>, groups: Groups): FoundTopic[] {
  const offsets = groups.get(groupId)?.offsets
  return topics.map((topic) => {
    const name = nameOf(topic)
    const partitions = topic.partitionIndexes.map((partition) => {
      const committed = offsets?.get(name, partition)
      return found(partition, committed !== undefined && isOfTopic(committed, topic.topicId) ? committed : undefined)
    })
    return { name, topicId: topic.topicId, partitions }
  })
}

function allOf(groupId: string, groups: Groups): FoundTopic[] {
  const offsets = groups.get(groupId)?.offsets
  if (offsets === undefined) return []
  return [...offsets.topics()].map((name) => {
    const committed = [...offsets.partitionsOf(name)]
    const topicId = committed[0]?.[1].topicId ?? ZERO_UUID
    return { name, topicId, partitions: committed.map(([partition, offset]) => found(partition, offset)) }
  })
}

function found(partitionIndex: number, committed: CommittedOffset | undefined): FoundTopic['partitions'][number] {
  const { offset = -1, leaderEpoch = -1, metadata = '' } = committed ?? {}
  const committedAt = { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata }
  return { partitionIndex, ...committedAt, errorCode: 'NONE' }
}

/** Whether the offset is of this life of the topic. Who does not say which life is meant means any. */
export function isOfTopic({ topicId }: CommittedOffset, wanted: string): boolean {
  return topicId === wanted || topicId === ZERO_UUID || wanted === ZERO_UUID
}

/** Serves OffsetDelete. (`OffsetMetadataManager.deleteOffsets`) */
export function deleteOffsets(asked: AskedFor<'OffsetDelete'>, groups: Groups, step: Step): void {
  const { groupId, topics } = asked.request.body
  const group = groups.get(groupId)
  const answer = STATE_ANSWERS.deleteOffsets[group?.state ?? 'none']
  if (group === undefined || (answer !== 'NONE' && !group.isOfConsumers)) {
    return step.reply(asked, { api: 'OffsetDelete', throttleTimeMs: 0, errorCode: answer, topics: [] })
  }
  const deleted = topics.map(({ name, partitions }) => {
    const errorCode: ErrorCode = group.isSubscribedTo(name) ? 'GROUP_SUBSCRIBED_TO_TOPIC' : 'NONE'
    return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
  })
  const records = deleted.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ partitionIndex, errorCode }) => errorCode === 'NONE' && group.offsets.get(name, partitionIndex))
      .map(({ partitionIndex }) => tombstoneOf(groupId, name, partitionIndex)),
  )
  step.write(records)
  step.reply(asked, { api: 'OffsetDelete', throttleTimeMs: 0, errorCode: 'NONE', topics: deleted })
}

export function tombstoneOf(groupId: string, topic: string, partition: number): GroupRecord {
  return { type: 'offset', groupId, topic, partition, value: null }
}

function nameOf({ name }: { readonly name?: string }): string {
  assert(name !== undefined, 'The broker has resolved the ids of topics')
  return name
}
