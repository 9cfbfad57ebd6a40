import type { RequestOf } from '../../../protocol/api.js'
import type { CommittedOffset, MemberState } from '../../../protocol/inner/group-words.js'
import type { MemberOptions } from './group-options.js'
import type { MemberIdentity } from './member.js'
import type { TopicIds } from './topic-ids.js'

type CommittedTopic = RequestOf<'OffsetCommit'>['topics'][number]

export interface CommitSender {
  readonly options: MemberOptions
  readonly identity: MemberIdentity
  readonly state: MemberState
  readonly topics: TopicIds
}

/**
 * An OffsetCommit of this member. Where the application has assigned the partitions, nobody commits: without an id, and
 * without an instance id too (KAFKA-14201). Null: there is no such topic.
 */
export function commitRequest(
  offsets: readonly CommittedOffset[],
  { options, identity, state, topics }: CommitSender,
): RequestOf<'OffsetCommit'> | null {
  const byTopic = new Map<string, CommittedTopic['partitions'][number][]>()
  for (const { topic, partition, offset, leaderEpoch, metadata } of offsets) {
    const committed = {
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    }
    const others = byTopic.get(topic)
    if (others === undefined) byTopic.set(topic, [committed])
    else others.push(committed)
  }
  const named: CommittedTopic[] = []
  for (const [topic, partitions] of byTopic) {
    const topicId = topics.uuidOf(topic)
    if (topicId === undefined) return null
    named.push({ topicId, partitions })
  }
  const isMember = state !== 'unsubscribed'
  return {
    api: 'OffsetCommit',
    groupId: options['group.id'],
    generationIdOrMemberEpoch: isMember ? identity.generationId : -1,
    memberId: isMember ? identity.memberId : '',
    groupInstanceId: isMember ? options['group.instance.id'] : null,
    topics: named,
  }
}
