import type { ErrorCode } from '../../base/error-code.js'
import type { ResponseOf } from '../../protocol/api.js'
import { deleteTopics, deleteTopicsWire } from '../../protocol/apis/delete-topics.js'
import type { RequestOnWire, ResponseOnWire } from '../../protocol/codec.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { Exchange } from '../exchange.js'
import { withTopicIds } from '../known-topics.js'
import { translated } from '../passage.js'

/**
 * DeleteTopics: topics by their names or by their ids. What is named twice, in whatever way, is answered once, and not
 * deleted. (`ControllerApis.deleteTopics`)
 */
type Deleted = ResponseOnWire<typeof deleteTopicsWire>['responses'][number]

/** The first version that names topics by their ids. */
const BY_ID = 6

export const deleteTopicsPassage = translated({
  name: deleteTopics.name,
  key: deleteTopics.key,
  wire: deleteTopicsWire,
  serve(message, exchange) {
    const uuids = message.topics.flatMap(({ name, topicId }) => (name === null ? topicId : []))
    withTopicIds(exchange, uuids, () => serve(message, exchange))
  },
})

/** A topic as it was asked for. */
interface Asked {
  readonly name: string | null
  readonly topicId: string
}

/** A topic that is to be deleted, or what is wrong with how it was asked for. */
type Doomed = { readonly asked: Asked; readonly name: string } | Deleted

function serve(message: RequestOnWire<typeof deleteTopicsWire>, exchange: Exchange): void {
  const asked = exchange.version >= BY_ID ? message.topics : (message.topicNames ?? []).map(byName)
  const doomed = doomedOf(asked, exchange)
  const names = doomed.flatMap((one) => ('asked' in one ? one.name : []))
  const done = (told: ResponseOf<'DeleteTopics'>['topics']): void => {
    const results = new Map(told.map((result) => [result.name, result]))
    for (const { name, error } of told) if (error === 'NONE') exchange.cluster.topics.forget(name)
    exchange.answer({
      throttleTimeMs: 0,
      responses: doomed.map((one): Deleted => {
        if (!('asked' in one)) return one
        const result = results.get(one.name)
        if (result === undefined) return refused(one.asked, 'UNKNOWN_SERVER_ERROR', 'Nothing is known of this topic')
        const topicId = result.topicId < 0 ? ZERO_UUID : topicUuidOf(result.topicId)
        return { name: one.name, topicId, errorCode: result.error, errorMessage: result.says || null }
      }),
    })
  }
  if (names.length === 0) return done([])
  exchange.ask({ api: 'DeleteTopics', names }, (response) => done(response.topics))
}

const byName = (name: string): Asked => ({ name, topicId: ZERO_UUID })

function doomedOf(asked: readonly Asked[], { cluster }: Exchange): readonly Doomed[] {
  const times = new Map<string, number>()
  for (const one of asked) times.set(keyOf(one), (times.get(keyOf(one)) ?? 0) + 1)
  const byId = new Map(asked.map((one) => [nameOfId(one), one]))
  const once = new Map(asked.map((one) => [keyOf(one), one]))
  return [...once.entries()].flatMap(([key, one]): Doomed | [] => {
    const { name, topicId } = one
    if (name !== null && topicId !== ZERO_UUID)
      return refused(one, 'INVALID_REQUEST', 'A topic is named by its name or by its id, not by both')
    if (name === null && topicId === ZERO_UUID)
      return refused(one, 'INVALID_REQUEST', 'A topic is named by its name or by its id, and this one by neither')
    if ((times.get(key) ?? 0) > 1) return refused(one, 'INVALID_REQUEST', 'The request names a topic twice')
    // The answer to its id says what is wrong.
    if (name !== null) return byId.has(name) ? [] : { asked: one, name }
    const named = nameOfId(one)
    if (named === null) return refused(one, 'UNKNOWN_TOPIC_ID', 'There is no topic with this id')
    return once.has(keyOf(byName(named)))
      ? refused({ name: named, topicId }, 'INVALID_REQUEST', 'The request names a topic by its name and by its id')
      : { asked: one, name: named }
  })

  function nameOfId({ name, topicId }: Asked): string | null {
    const id = name === null ? topicIdOf(topicId) : null
    return id === null ? null : (cluster.topics.nameOf(id) ?? null)
  }
}

const keyOf = ({ name, topicId }: Asked): string => `${topicId} ${name ?? ''}`

function refused({ name, topicId }: Asked, errorCode: ErrorCode, errorMessage: string): Deleted {
  return { name, topicId, errorCode, errorMessage }
}
