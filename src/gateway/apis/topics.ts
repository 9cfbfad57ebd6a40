import { type CreatedTopic, createTopics, createTopicsWire } from '../../protocol/apis/create-topics.js'
import type { RequestOnWire, ResponseOnWire } from '../../protocol/codec.js'
import { topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import { translated } from '../passage.js'

/** CreateTopics: topic ids as Kafka has them, and settings as a list. */
type NewTopic = RequestOnWire<typeof createTopicsWire>['topics'][number]
type Created = ResponseOnWire<typeof createTopicsWire>['topics'][number]

const uuidOf = (topicId: number): string => (topicId < 0 ? ZERO_UUID : topicUuidOf(topicId))

/** The first version of CreateTopics whose answer tells what was made. */
const TELLS_WHAT_WAS_MADE = 5

export const createTopicsPassage = translated({
  name: createTopics.name,
  isLarge: true,
  key: createTopics.key,
  wire: createTopicsWire,
  serve(message, exchange) {
    const topics = message.topics.map(({ configs, ...topic }) => {
      return { ...topic, configs: Object.fromEntries(configs.map(toEntry)) }
    })
    const { validateOnly } = message
    const describes = exchange.version >= TELLS_WHAT_WAS_MADE
    exchange.ask({ api: 'CreateTopics', topics, validateOnly, describes }, (response) => {
      // A topic that is named twice is answered once.
      const once = new Map(response.topics.map((topic) => [topic.name, topic]))
      exchange.answer({ throttleTimeMs: 0, topics: [...once.values()].map(created) })
    })
  },
})

const toEntry = ({ name, value }: NewTopic['configs'][number]): [string, string | null] => [name, value]

function created({ name, topicId, error, says, made }: CreatedTopic): Created {
  const configs = made?.configs?.map(({ source, ...config }) => {
    return { ...config, readOnly: false, configSource: source, isSensitive: false }
  })
  return {
    name,
    topicId: uuidOf(topicId),
    errorCode: error,
    errorMessage: says || null,
    topicConfigErrorCode: 'NONE',
    numPartitions: made?.numPartitions ?? -1,
    replicationFactor: made?.replicationFactor ?? -1,
    // Kafka has an empty list where nothing was made. (`CreatableTopicResult`)
    configs: configs ?? [],
  }
}
