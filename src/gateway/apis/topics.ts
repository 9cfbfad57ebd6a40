import { type CreatedTopic, createTopics, createTopicsWire } from '../../protocol/apis/create-topics.js'
import { deleteTopics, deleteTopicsWire } from '../../protocol/apis/delete-topics.js'
import type { RequestOnWire, ResponseOnWire } from '../../protocol/codec.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { Exchange } from '../exchange.js'
import { withTopicIds } from '../known-topics.js'
import { translated } from '../passage.js'

/** CreateTopics and DeleteTopics: topic ids as Kafka has them, and settings as a list. */
type NewTopic = RequestOnWire<typeof createTopicsWire>['topics'][number]
type Created = ResponseOnWire<typeof createTopicsWire>['topics'][number]
type Deleted = ResponseOnWire<typeof deleteTopicsWire>['responses'][number]

/** The first version of DeleteTopics that names topics by their ids. */
const DELETED_BY_ID = 6

const uuidOf = (topicId: number): string => (topicId < 0 ? ZERO_UUID : topicUuidOf(topicId))

/** The first version of CreateTopics whose answer tells what was made. */
const TELLS_WHAT_WAS_MADE = 5

export const createTopicsPassage = translated({
  name: createTopics.name,
  key: createTopics.key,
  wire: createTopicsWire,
  serve(message, exchange) {
    const topics = message.topics.map(({ configs, ...topic }) => {
      return { ...topic, configs: Object.fromEntries(configs.map(toEntry)) }
    })
    const { validateOnly } = message
    const describes = exchange.version >= TELLS_WHAT_WAS_MADE
    exchange.ask({ api: 'CreateTopics', topics, validateOnly, describes }, (response) => {
      exchange.answer({ throttleTimeMs: 0, topics: response.topics.map(created) })
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

export const deleteTopicsPassage = translated({
  name: deleteTopics.name,
  key: deleteTopics.key,
  wire: deleteTopicsWire,
  serve(message, exchange) {
    const uuids = message.topics.flatMap(({ name, topicId }) => (name === null ? topicId : []))
    withTopicIds(exchange, uuids, () => deleteNamed(message, exchange))
  },
})

interface Doomed {
  readonly name: string | null
  readonly topicId: string
}

function deleteNamed(message: RequestOnWire<typeof deleteTopicsWire>, exchange: Exchange): void {
  const { topics: directory } = exchange.cluster
  const doomed = exchange.version >= DELETED_BY_ID ? message.topics.map(named) : (message.topicNames ?? []).map(byName)
  const names = [...new Set(doomed.flatMap(({ name }) => name ?? []))]
  const done = (told: ReadonlyMap<string, Pick<Deleted, 'errorCode' | 'errorMessage' | 'topicId'>>): void => {
    exchange.answer({
      throttleTimeMs: 0,
      responses: doomed.map(({ name, topicId }): Deleted => {
        const result = name === null ? undefined : told.get(name)
        if (name === null || result === undefined)
          return { name, topicId, errorCode: 'UNKNOWN_TOPIC_ID', errorMessage: null }
        return { name, ...result }
      }),
    })
  }
  if (names.length === 0) return done(new Map())
  exchange.ask({ api: 'DeleteTopics', names }, (response) => {
    for (const { name, error } of response.topics) if (error === 'NONE') directory.forget(name)
    done(
      new Map(
        response.topics.map(({ name, topicId, error, says }) => [
          name,
          { topicId: uuidOf(topicId), errorCode: error, errorMessage: says || null },
        ]),
      ),
    )
  })

  function named({ name, topicId }: Doomed): Doomed {
    if (name !== null) return { name, topicId }
    const id = topicIdOf(topicId)
    return { name: (id === null ? undefined : directory.nameOf(id)) ?? null, topicId }
  }
}

const byName = (name: string): Doomed => ({ name, topicId: ZERO_UUID })
