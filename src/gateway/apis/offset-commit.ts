import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { offsetCommit } from '../../protocol/apis/offset-commit.js'
import type { Wire } from '../../protocol/codec.js'
import { topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { Exchange } from '../exchange.js'
import { withNamedTopics } from '../known-topics.js'
import { joined } from '../named-twice.js'
import { translated } from '../passage.js'

/** OffsetCommit: before version 10 topics have names, and what is committed of a topic that is unknown is refused. */
type Asked = RequestOf<'OffsetCommit'>
type Told = ResponseOf<'OffsetCommit'>

/** The first version that names topics by their ids. */
const BY_ID = 10

export const offsetCommitPassage = translated({
  name: offsetCommit.name,
  key: offsetCommit.key,
  wire: offsetCommit.spoken as Wire<Asked, object>,
  serve(message, exchange) {
    const isById = exchange.version >= BY_ID
    const wanted = eachTopicOnce(message.topics)
    const names = isById ? [] : wanted.map(({ name }) => name ?? '')
    withNamedTopics(exchange, names, () => {
      const topics = isById
        ? wanted
        : wanted.map((topic) => ({ ...topic, topicId: uuidOf(topic.name, exchange) })).filter(isAnswered)
      const asked = { ...message, ...exchange.caller, api: 'OffsetCommit' as const, topics }
      exchange.ask(asked, (told) => exchange.answer(isById ? told : byName(asked, told)))
    })
  },
})

/** (`OffsetCommitResponse.Builder`) */
function eachTopicOnce(topics: Asked['topics']): Asked['topics'] {
  if (topics.length < 2) return topics
  const keyOf = ({ name, topicId }: Asked['topics'][number]): string => `${topicId} ${name}`
  return joined(topics, keyOf, ({ partitions }) => partitions).map(({ topic, parts }) => ({
    ...topic,
    partitions: parts,
  }))
}

function uuidOf(name: string | undefined, { cluster }: Exchange): string {
  const topicId = cluster.topics.idOf(name ?? '')
  // The broker knows no topic with the id of nothing, and says so.
  return topicId === undefined ? ZERO_UUID : topicUuidOf(topicId)
}

/** A topic of which no partition is named has no answer, unless it is not there. */
const isAnswered = ({ topicId, partitions }: Asked['topics'][number]): boolean =>
  partitions.length > 0 || topicId === ZERO_UUID

/** Answers stand in the order of the request. */
function byName({ topics }: Pick<Asked, 'topics'>, told: Told): object {
  return {
    ...told,
    topics: told.topics.map(({ partitions }, at) => ({
      name: topics[at]?.name ?? '',
      topicId: ZERO_UUID,
      partitions: partitions.map(({ partitionIndex, errorCode }) => ({
        partitionIndex,
        errorCode: errorCode === 'UNKNOWN_TOPIC_ID' ? 'UNKNOWN_TOPIC_OR_PARTITION' : errorCode,
      })),
    })),
  }
}
