import type { Handlers } from '../../actor/handler-table.js'
import type { ResponseOf } from '../../protocol/api.js'
import { topicIdOf } from '../../protocol/topic-uuid.js'
import type { ClusterView } from '../cluster-view.js'
import { CheckedTopics } from './checked-topics.js'
import type { GroupQuestions } from './group-questions.js'
import { OffsetLookup } from './offset-lookup.js'

type FoundGroup = ResponseOf<'OffsetFetch'>['groups'][number]

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
      const lookups = request.groups.map((group) => new OffsetLookup(group, cluster))
      const parts = lookups.map(({ asked }) => ({
        partition: questions.partitionOf(asked.groupId),
        request: { ...request, groups: [asked] },
      }))
      questions.askAll(parts, { connection, context }, (responses) => {
        const found = responses.flatMap(({ groups }) => groups)
        const groups = lookups.flatMap((lookup, index) => lookup.answered(found[index] as FoundGroup))
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
