import type { Acks } from '../../base/config/definition.js'
import { ERRORS, type ErrorCode } from '../../base/error-code.js'
import {
  type BatchReference,
  type PartitionProduceResult,
  produce,
  produceWire,
  refusedBatch,
} from '../../protocol/apis/produce.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import type { Exchange, LentFrame } from '../exchange.js'
import { idOfTopic, withGoneTopics, withNamedTopics } from '../known-topics.js'
import { joined, lastOfEach } from '../named-twice.js'
import { nodeEndpoints } from '../node-endpoints.js'
import { translated } from '../passage.js'
import { checkedRecords, isTransactional, type SentPlace } from '../records-fault.js'

/**
 * Produce: the batches are lent to the broker where they lie, in the shared memory into which the request was copied.
 *
 * With acks=0 the broker is asked with acks=1 all the same, since an error must close the connection; that is how the
 * client hears of it. (`KafkaApis.handleProduceRequest`)
 *
 * Versions 0 to 2 are advertised and not served: librdkafka before 2.11.1 sends no compressed batches otherwise
 * (KAFKA-18659).
 */
type Asked = RequestOnWire<typeof produceWire>
type AskedTopic = Asked['topicData'][number]

/** The first version that names topics by their ids. */
const BY_ID = 13

type Outcome = Pick<
  PartitionProduceResult,
  'error' | 'baseOffset' | 'logAppendTimeMs' | 'logStartOffset' | 'currentLeader' | 'recordErrors'
>

/** One partition of the request. */
interface Part {
  readonly index: number
  /** Where its answer stands among those of the broker; -1: it is refused here. */
  asked: number
  outcome: Outcome
  /** What the gateway has found to say about its records. */
  says: string | null
}

const refused = (error: ErrorCode): Outcome => ({
  error,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  currentLeader: null,
})

export const producePassage = translated({
  name: produce.name,
  key: produce.key,
  wire: produceWire,
  advertised: { oldest: 0 },
  isLent: true,
  lends: true,
  serve(message, exchange) {
    const names = exchange.version < BY_ID ? message.topicData.map(({ name }) => name ?? '') : []
    withNamedTopics(exchange, names, () => serve(message, exchange))
  },
})

function serve(message: Asked, exchange: Exchange): void {
  const batches: BatchReference[] = []
  const asked = onlyOnce(message.topicData)
  const isForbidden = message.transactionalId === null && hasTransactions(asked, exchange)
  const topics = asked.map((topic) => ({
    topic,
    parts: topic.partitionData.map(({ index, records }) => {
      const part: Part = { index, asked: -1, outcome: refused('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'), says: null }
      if (isForbidden) return part
      const place = placeOf(exchange, records)
      const batch = batchOf(exchange, { topic, index, place, part })
      if (typeof batch === 'string') part.outcome = refused(batch)
      else part.asked = batches.push(batch) - 1
      return part
    }),
  }))
  const done = (results: readonly PartitionProduceResult[]): void => {
    const unknown = results.filter(isUnknown).map(({ topicId }) => topicId)
    withGoneTopics(exchange, unknown, exchange.version >= BY_ID, () => {
      for (const { parts } of topics) for (const part of parts) take(exchange, part, results)
      finish(message, exchange, topics)
    })
  }
  if (batches.length === 0) return done([])
  const acks = (message.acks === 0 ? 1 : message.acks) as Acks
  const request = { api: 'Produce' as const, acks, timeoutMs: message.timeoutMs, batches }
  exchange.ask(request, ({ partitions }) => done(partitions), { isHeard: message.acks !== 0 })
}

/** A topic without partitions is not answered, and of a partition that is named twice the last batch counts. */
function onlyOnce(topics: readonly AskedTopic[]): readonly AskedTopic[] {
  if (topics.length === 1 && topics[0]?.partitionData.length === 1) return topics
  const keyOf = ({ topicId, name }: AskedTopic): string => `${topicId} ${name}`
  return joined(topics, keyOf, ({ partitionData }) => partitionData).flatMap(({ topic, parts }) =>
    parts.length === 0 ? [] : { ...topic, partitionData: lastOfEach(parts, ({ index }) => index) },
  )
}

function placeOf({ frame }: Exchange, records: unknown): SentPlace {
  const { memory } = frame as LentFrame
  const sent = records as Uint8Array | null
  return { memory, position: sent?.byteOffset ?? 0, bytes: sent?.length ?? 0 }
}

/** Whoever writes in a transaction must say in which. (`KafkaApis.handleProduceRequest`) */
function hasTransactions(topics: readonly AskedTopic[], exchange: Exchange): boolean {
  return topics.some(({ partitionData }) =>
    partitionData.some(({ records }) => isTransactional(placeOf(exchange, records))),
  )
}

interface GivenRecords {
  readonly topic: AskedTopic
  readonly index: number
  readonly place: SentPlace
  readonly part: Part
}

/** The reference to a batch that the broker is to append or to refuse, or why it is not asked at all. */
function batchOf(exchange: Exchange, { topic, index, place, part }: GivenRecords): BatchReference | ErrorCode {
  const { version } = exchange
  const isById = version >= BY_ID
  const { name, topicId: uuid } = topic
  const topicId = idOfTopic(exchange, { ...(name !== undefined && { topic: name }), topicId: uuid }, isById)
  if (topicId === null) return isById ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
  const { memoryId } = exchange.frame as LentFrame
  const where = { topicId, partition: index, memoryId }
  const checked = checkedRecords(place, version)
  if (typeof checked === 'number') return { ...where, position: place.position, bytes: checked }
  part.says = checked.says
  return refusedBatch(where, checked)
}

const isUnknown = ({ error }: PartitionProduceResult): boolean => error === 'UNKNOWN_TOPIC_OR_PARTITION'

/** Takes over what the broker has said of a partition. */
function take({ version, cluster }: Exchange, part: Part, results: readonly PartitionProduceResult[]): void {
  const result = results[part.asked]
  if (result === undefined) return
  const isGone = version >= BY_ID && isUnknown(result) && cluster.topics.nameOf(result.topicId) === undefined
  part.outcome = isGone ? refused('UNKNOWN_TOPIC_ID') : result
}

function finish(
  message: Asked,
  exchange: Exchange,
  topics: readonly { readonly topic: AskedTopic; readonly parts: readonly Part[] }[],
): void {
  const parts = topics.flatMap((topic) => topic.parts)
  if (message.acks === 0) {
    exchange.answerNothing()
    if (parts.some(({ outcome }) => outcome.error !== 'NONE')) exchange.hangUp(null)
    return
  }
  const leaders = parts.map(({ outcome }) => outcome.currentLeader)
  exchange.answer({
    responses: topics.map(({ topic: { name, topicId }, parts: told }) => ({
      name,
      topicId,
      partitionResponses: told.map(partitionResponse),
    })),
    throttleTimeMs: 0,
    nodeEndpoints: nodeEndpoints(exchange, leaders),
  })
}

function partitionResponse({ index, outcome, says }: Part): object {
  const { error, baseOffset, logAppendTimeMs, logStartOffset, currentLeader, recordErrors = [] } = outcome
  const isRefused = error !== 'NONE'
  const words = recordErrors.length > 0 ? ERRORS[error].says : says
  return {
    index,
    errorCode: error,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors: recordErrors.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: ERRORS[error].says })),
    errorMessage: isRefused ? words : null,
    currentLeader: { leaderId: currentLeader?.leader ?? -1, leaderEpoch: currentLeader?.leaderEpoch ?? -1 },
  }
}
