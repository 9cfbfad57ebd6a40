import type { Handlers } from '../../actor/handler-table.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { ClusterView } from '../cluster-view.js'
import { CheckedTopics } from './checked-topics.js'
import type { GroupQuestions } from './group-questions.js'

type FetchedGroup = RequestOf<'OffsetFetch'>['groups'][number]
type FoundGroup = ResponseOf<'OffsetFetch'>['groups'][number]
type FoundTopic = FoundGroup['topics'][number]

/**
 * Serves what is asked about committed offsets. A broker knows which topics there are, and requests name them by their
 * ids; coordinators know them by the names that their records have. What is wrong with a topic is answered here, and
 * the coordinator is asked about the rest. (`KafkaApis.handleOffsetCommitRequest`, `fetchOffsetsForGroup`,
 * `handleOffsetDeleteRequest`)
 */
export function committedOffsetHandlers(questions: GroupQuestions, cluster: ClusterView): Handlers {
  const topicOf = (topicId: string) => cluster.topicOf(topicIdOf(topicId))
  return {
    OffsetCommit: (connection, correlationId, request, context) => {
      const topics = new CheckedTopics(request.topics, ({ topicId }) => topicOf(topicId), 'UNKNOWN_TOPIC_ID')
      const answer = (said: ResponseOf<'OffsetCommit'>['topics']): void =>
        connection.reply(correlationId, { api: 'OffsetCommit', throttleTimeMs: 0, topics: topics.answered(said) })
      // Where nothing is left to commit, nobody is asked who coordinates the group.
      if (topics.sound.length === 0) return answer([])
      const asked = { partition: questions.partitionOf(request.groupId), request: { ...request, topics: topics.sound } }
      questions.ask(asked, { connection, context }, (response) => answer(response.topics))
    },
    OffsetFetch: (connection, correlationId, request, context) => {
      const parts = request.groups.map((group) => ({
        partition: questions.partitionOf(group.groupId),
        request: { ...request, groups: [withNames(group, cluster)] },
      }))
      questions.askAll(parts, { connection, context }, (responses) => {
        const groups = responses.flatMap((response, index) =>
          response.groups.map((found) => withIds(found, request.groups[index] as FetchedGroup, cluster)),
        )
        connection.reply(correlationId, { api: 'OffsetFetch', throttleTimeMs: 0, groups })
      })
    },
    OffsetDelete: (connection, correlationId, request, context) => {
      const topics = new CheckedTopics(
        request.topics,
        ({ name }) => cluster.topicNamed(name),
        'UNKNOWN_TOPIC_OR_PARTITION',
      )
      const asked = { partition: questions.partitionOf(request.groupId), request: { ...request, topics: topics.sound } }
      questions.ask(asked, { connection, context }, (response) => {
        const said = response.errorCode === 'NONE' ? topics.answered(response.topics) : []
        connection.reply(correlationId, { ...response, topics: said })
      })
    },
  }
}

/** The topics that there are, with their names; all of them, if all are asked for. */
function withNames(group: FetchedGroup, cluster: ClusterView): FetchedGroup {
  const topics = group.topics?.flatMap((topic) => {
    const known = cluster.topicOf(topicIdOf(topic.topicId))
    return known === undefined ? [] : [{ ...topic, name: known.name }]
  })
  return { ...group, topics: topics ?? null }
}

/** What the coordinator has found, as whoever asked has named it. */
function withIds(found: FoundGroup, asked: FetchedGroup, cluster: ClusterView): FoundGroup {
  if (found.errorCode !== 'NONE') return found
  if (asked.topics === null) return { ...found, topics: found.topics.flatMap((topic) => presentTopic(topic, cluster)) }
  const said = found.topics.values()
  const topics = asked.topics.map(({ topicId, partitionIndexes }): FoundTopic => {
    const isKnown = cluster.topicOf(topicIdOf(topicId)) !== undefined
    const topic = isKnown ? said.next().value : undefined
    return topic ?? { topicId, partitions: partitionIndexes.map(ofUnknownTopic) }
  })
  return { ...found, topics }
}

/** A topic that is gone is passed over, and so is what was committed for an earlier one of its name. */
function presentTopic(topic: FoundTopic, cluster: ClusterView): FoundTopic[] {
  const present = cluster.topicNamed(topic.name ?? '')
  if (present === undefined) return []
  const topicId = topicUuidOf(present.topicId)
  return topic.topicId === ZERO_UUID || topic.topicId === topicId ? [{ ...topic, topicId }] : []
}

function ofUnknownTopic(partitionIndex: number): FoundTopic['partitions'][number] {
  const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' }
  return { partitionIndex, ...nothing, errorCode: 'UNKNOWN_TOPIC_ID' }
}
