import type { Acks } from '../../base/config/definition.js'
import type { ErrorCode } from '../../base/error-code.js'
import { type BatchReference, type PartitionProduceResult, produce, produceWire } from '../../protocol/apis/produce.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import type { Exchange, LentFrame } from '../exchange.js'
import { idOfTopic, withNamedTopics } from '../known-topics.js'
import { nodeEndpoints } from '../node-endpoints.js'
import { translated } from '../passage.js'
import { recordsFault } from '../records-fault.js'

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

type Outcome = Pick<PartitionProduceResult, 'error' | 'baseOffset' | 'logAppendTimeMs' | 'logStartOffset'> & {
  readonly currentLeader?: PartitionProduceResult['currentLeader']
  readonly says?: string
}

/** One partition of the request; `asked` is where its answer stands among those of the broker, -1: it is refused here. */
interface Part {
  readonly index: number
  asked: number
  outcome: Outcome
}

const refused = (error: ErrorCode, says?: string): Outcome => ({
  error,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  ...(says !== undefined && { says }),
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
  const topics = message.topicData.map((topic) => ({
    topic,
    parts: topic.partitionData.map(({ index, records }) => {
      const part: Part = { index, asked: -1, outcome: refused('NONE') }
      const batch = batchOf(exchange, { topic, index, records: records as Uint8Array | null, message })
      if ('error' in batch) part.outcome = batch
      else part.asked = batches.push(batch) - 1
      return part
    }),
  }))
  const done = (results: readonly PartitionProduceResult[]): void => {
    for (const { topic, parts } of topics) for (const part of parts) take(exchange, topic, part, results)
    finish(message, exchange, topics)
  }
  if (batches.length === 0) return done([])
  const acks = (message.acks === 0 ? 1 : message.acks) as Acks
  const request = { api: 'Produce' as const, acks, timeoutMs: message.timeoutMs, batches }
  exchange.ask(request, ({ partitions }) => done(partitions), { isHeard: message.acks !== 0 })
}

interface GivenRecords {
  readonly topic: AskedTopic
  readonly index: number
  readonly records: Uint8Array | null
  readonly message: Asked
}

/** The reference to a batch that the broker is to append, or why it is not asked to. */
function batchOf(exchange: Exchange, { topic, index, records, message }: GivenRecords): BatchReference | Outcome {
  const { version } = exchange
  const isById = version >= BY_ID
  const { name, topicId: uuid } = topic
  const topicId = idOfTopic(exchange, { ...(name !== undefined && { topic: name }), topicId: uuid }, isById)
  if (topicId === null) return refused(isById ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
  if (message.transactionalId !== null) return refused('INVALID_TXN_STATE', 'This cluster has no transactions')
  const { memory, memoryId } = exchange.frame as LentFrame
  const position = records?.byteOffset ?? 0
  const bytes = records?.length ?? 0
  const fault = recordsFault(memory, position, bytes, version)
  if (fault !== null) return refused(fault.error, fault.says)
  return { topicId, partition: index, memoryId, position, bytes }
}

/** Takes over what the broker has said of a partition. */
function take(exchange: Exchange, topic: AskedTopic, part: Part, results: readonly PartitionProduceResult[]): void {
  const result = results[part.asked]
  if (result === undefined) return
  const isUnknown = result.error === 'UNKNOWN_TOPIC_OR_PARTITION'
  // The topic may be another one of the same name by now.
  if (isUnknown && topic.name !== undefined) exchange.cluster.topics.forget(topic.name)
  part.outcome = result
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
  const leaders = parts.map(({ outcome }) => outcome.currentLeader ?? null)
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

function partitionResponse({ index, outcome }: Part): object {
  const { error, baseOffset, logAppendTimeMs, logStartOffset, currentLeader = null, says = null } = outcome
  return {
    index,
    errorCode: error,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    recordErrors: [],
    errorMessage: says,
    currentLeader: { leaderId: currentLeader?.leader ?? -1, leaderEpoch: currentLeader?.leaderEpoch ?? -1 },
  }
}
