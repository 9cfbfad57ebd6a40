import { FETCHED_BYTES_MAX } from '../../base/config/internal-limits.js'
import type { ErrorCode } from '../../base/error-code.js'
import { type FetchPartition, fetch, fetchWire, type PartitionFetchResult } from '../../protocol/apis/fetch.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import type { Exchange } from '../exchange.js'
import { idOfTopic, withNamedTopics } from '../known-topics.js'
import { nodeEndpoints } from '../node-endpoints.js'
import { translated } from '../passage.js'
import { NO_RECORDS, recordPieces } from '../record-pieces.js'

/**
 * Fetch: the answer's records are written from the memory of the log, which the broker has lent, and are given back when
 * the socket has taken them.
 *
 * There are no fetch sessions: whoever asks for one is answered in full with session 0, which says so (KIP-227).
 */
type Asked = RequestOnWire<typeof fetchWire>
type AskedTopic = Asked['topics'][number]

/** The first version that names topics by their ids. */
const BY_ID = 13
/** All slices of a connection come back in the order in which they were lent, so that one word counts them. */
const LEASE_SLOT = 0

interface Part {
  readonly partition: number
  /** Where its answer stands among those of the broker; -1: it is refused here. */
  readonly asked: number
  readonly refusal: ErrorCode
}

export const fetchPassage = translated({
  name: fetch.name,
  key: fetch.key,
  wire: fetchWire,
  lends: true,
  answersHold: true,
  serve(message, exchange) {
    if (message.sessionId !== 0) return exchange.answer(noSession())
    const names = exchange.version < BY_ID ? message.topics.map(({ topic }) => topic ?? '') : []
    withNamedTopics(exchange, names, () => serve(message, exchange))
  },
})

const noSession = (): object => ({
  throttleTimeMs: 0,
  errorCode: 'FETCH_SESSION_ID_NOT_FOUND',
  sessionId: 0,
  responses: [],
  nodeEndpoints: [],
})

function serve(message: Asked, exchange: Exchange): void {
  const partitions: FetchPartition[] = []
  const topics = message.topics.map((topic) => {
    const topicId = idOfTopic(exchange, topic, exchange.version >= BY_ID)
    const refusal = refusalOf(message, topicId, exchange)
    const parts = topic.partitions.map((wanted): Part => {
      if (topicId === null || refusal !== 'NONE') return { partition: wanted.partition, asked: -1, refusal }
      const asked =
        partitions.push({
          topicId,
          partition: wanted.partition,
          fetchOffset: wanted.fetchOffset,
          bytesMax: wanted.partitionMaxBytes,
          leaseSlot: LEASE_SLOT,
          currentLeaderEpoch: wanted.currentLeaderEpoch,
          lastFetchedEpoch: wanted.lastFetchedEpoch,
        }) - 1
      return { partition: wanted.partition, asked, refusal }
    })
    return { topic, parts }
  })
  const request = {
    api: 'Fetch' as const,
    waitMsMax: message.maxWaitMs,
    bytesMin: message.minBytes,
    bytesMax: Math.min(message.maxBytes, FETCHED_BYTES_MAX),
    readCommitted: message.isolationLevel === 1,
    replicaId: -1,
    replicaEpoch: -1,
    partitions,
  }
  exchange.ask(request, (response) => finish(message, exchange, topics, response.partitions))
}

/** What a follower fetches moves the high watermark, so nobody outside may fetch as one (CVE-2018-1288). */
function refusalOf(message: Asked, topicId: number | null, { version }: Exchange): ErrorCode {
  if ((message.replicaId ?? message.replicaState.replicaId) >= 0) return 'TOPIC_AUTHORIZATION_FAILED'
  if (topicId !== null) return 'NONE'
  return version >= BY_ID ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
}

function finish(
  message: Asked,
  exchange: Exchange,
  topics: readonly { readonly topic: AskedTopic; readonly parts: readonly Part[] }[],
  results: readonly PartitionFetchResult[],
): void {
  const abortedTransactions = message.isolationLevel === 1 ? [] : null
  let lease: number | null = null
  const responses = topics.map(({ topic: { topic, topicId }, parts }) => ({
    topic,
    topicId,
    partitions: parts.map(({ partition, asked, refusal }) => {
      const result = results[asked]
      lease = result?.slice?.lease ?? lease
      if (result?.error === 'UNKNOWN_TOPIC_OR_PARTITION' && topic !== undefined) exchange.cluster.topics.forget(topic)
      return { ...partitionResponse(exchange, partition, result ?? refusal), abortedTransactions }
    }),
  }))
  const endpoints = nodeEndpoints(
    exchange,
    results.map(({ currentLeader }) => currentLeader),
  )
  const answer = { throttleTimeMs: 0, errorCode: 'NONE', sessionId: 0, responses, nodeEndpoints: endpoints }
  exchange.answer(answer, () => {
    if (lease !== null) exchange.giveBack(lease)
  })
}

function partitionResponse(exchange: Exchange, partitionIndex: number, result: PartitionFetchResult | ErrorCode) {
  const failed = typeof result === 'string' ? result : result.error
  const read = typeof result === 'string' || failed !== 'NONE' ? null : result
  const leader = typeof result === 'string' ? null : result.currentLeader
  const slice = read?.slice ?? null
  return {
    partitionIndex,
    errorCode: failed,
    highWatermark: read?.highWatermark ?? -1,
    lastStableOffset: read?.lastStableOffset ?? -1,
    logStartOffset: read?.logStartOffset ?? -1,
    divergingEpoch: { epoch: read?.divergingEpoch?.epoch ?? -1, endOffset: read?.divergingEpoch?.endOffset ?? -1 },
    currentLeader: { leaderId: leader?.leader ?? -1, leaderEpoch: leader?.leaderEpoch ?? -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    preferredReadReplica: -1,
    records: slice === null ? NO_RECORDS : recordPieces(exchange.memory(slice.segment), slice),
  }
}
