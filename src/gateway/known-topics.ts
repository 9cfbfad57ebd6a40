import type { TopicId } from '../base/ids.js'
import { topicIdOf, topicUuidOf } from '../protocol/topic-uuid.js'
import type { Exchange } from './exchange.js'

/** Calls back when the directory knows the ids of these topics, as far as they exist. */
export function withNamedTopics(exchange: Exchange, names: readonly string[], then: () => void): void {
  const { topics } = exchange.cluster
  const unknown = names.filter((name) => topics.idOf(name) === undefined)
  if (unknown.length === 0) return then()
  learn(exchange, [...new Set(unknown)], [], then)
}

/** Calls back when the directory knows the names of these topics, as far as they exist. */
export function withTopicIds(exchange: Exchange, uuids: readonly string[], then: () => void): void {
  const { topics } = exchange.cluster
  const ids = uuids.map(topicIdOf).filter((topicId) => topicId !== null)
  const unknown = ids.filter((topicId) => topics.nameOf(topicId) === undefined)
  if (unknown.length === 0) return then()
  learn(exchange, [], [...new Set(unknown)], then)
}

/**
 * Calls back when the directory no longer knows those of these topics that are gone, which a broker has said that it
 * does not know. `isById`: a client that names them so is told whether it is the topic or the partition that is not
 * there.
 */
export function withGoneTopics(
  exchange: Exchange,
  topicIds: readonly TopicId[],
  isById: boolean,
  then: () => void,
): void {
  const { topics } = exchange.cluster
  const unknown = [...new Set(topicIds)]
  for (const topicId of unknown) {
    const name = topics.nameOf(topicId)
    // The topic may be another one of the same name by now.
    if (name !== undefined) topics.forget(name)
  }
  if (unknown.length === 0 || !isById) return then()
  withTopicIds(exchange, unknown.map(topicUuidOf), then)
}

function learn(exchange: Exchange, names: readonly string[], topicIds: readonly TopicId[], then: () => void): void {
  const asked = { api: 'Metadata' as const, topics: names, topicIds, allowAutoTopicCreation: false }
  exchange.askFirst(asked, (response) => {
    exchange.cluster.topics.learn(response.topics)
    then()
  })
}

/** A topic as requests name it: by its name, or by its id where the version does. */
export interface NamedTopic {
  readonly topic?: string
  readonly topicId: string
}

/** The house's id of a topic; null: there is none that is known by now. */
export function idOfTopic({ cluster }: Exchange, { topic, topicId }: NamedTopic, isById: boolean): TopicId | null {
  return isById ? topicIdOf(topicId) : (cluster.topics.idOf(topic ?? '') ?? null)
}
