import { createTopics, createTopicsWire } from '../../protocol/apis/create-topics.js'
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

export const createTopicsPassage = translated({
  name: createTopics.name,
  key: createTopics.key,
  wire: createTopicsWire,
  serve(message, exchange) {
    const { validateOnly } = message
    const wanted = message.topics.filter(({ assignments }) => assignments.length === 0)
    const topics = wanted.map(({ name, numPartitions, replicationFactor, configs }) => {
      return { name, numPartitions, replicationFactor, configs: Object.fromEntries(configs.map(toEntry)) }
    })
    exchange.ask({ api: 'CreateTopics', topics, validateOnly }, (response) => {
      const told = response.topics.values()
      const answers = message.topics.map((topic): Created => {
        if (topic.assignments.length > 0) return { ...notMade(topic), ...NO_ASSIGNMENTS }
        const result = told.next().value
        if (result === undefined) return { ...notMade(topic), errorCode: 'UNKNOWN_SERVER_ERROR', errorMessage: null }
        const { topicId, error, says } = result
        return { ...notMade(topic), topicId: uuidOf(topicId), errorCode: error, errorMessage: says || null }
      })
      exchange.answer({ throttleTimeMs: 0, topics: answers })
    })
  },
})

const toEntry = ({ name, value }: NewTopic['configs'][number]): [string, string | null] => [name, value]

const NO_ASSIGNMENTS = {
  errorCode: 'INVALID_REPLICA_ASSIGNMENT',
  errorMessage: 'Brokers choose where replicas lie: say how many partitions and replicas the topic is to have',
} as const

function notMade({ name }: NewTopic): Omit<Created, 'errorCode' | 'errorMessage'> {
  return {
    name,
    topicId: ZERO_UUID,
    topicConfigErrorCode: 'NONE',
    numPartitions: -1,
    replicationFactor: -1,
    configs: null,
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
