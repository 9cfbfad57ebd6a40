import { FETCHED_BYTES_MAX } from '../../base/config/internal-limits.js'
import type { ErrorCode } from '../../base/error-code.js'
import { type FetchPartition, fetch, fetchWire, type PartitionFetchResult } from '../../protocol/apis/fetch.js'
import type { CurrentLeader } from '../../protocol/partition.js'
import type { Exchange } from '../exchange.js'
import { contextOf, type FetchContext } from '../fetch-sessions/fetch-context.js'
import type { AskedFetch, FetchVerdict, WantedPartition } from '../fetch-sessions/fetch-session.js'
import { isIsolationLevel } from '../isolation-level.js'
import { idOfTopic, withGoneTopics, withNamedTopics } from '../known-topics.js'
import { nodeEndpoints } from '../node-endpoints.js'
import { translated } from '../passage.js'
import { NO_RECORDS, recordPieces } from '../record-pieces.js'

/**
 * Fetch: the answer's records are written from the memory of the log, which the broker has lent, and are given back when
 * the socket has taken them.
 *
 * The broker is asked for all that a client reads, each time. What of it the client says, and what of the answer it is
 * told, is for its fetch session to know (`fetch-sessions/`): a partition in which nothing happens is neither.
 */

/** The first version that names topics by their ids. */
const BY_ID = 13
/** All slices of a connection come back in the order in which they were lent, so that one word counts them. */
const LEASE_SLOT = 0
/** The first version that tells the new leader (KIP-951). */
const TELLS_LEADER = 16
/** Errors that Kafka sees before it looks at a log. */
const UNREAD: ReadonlySet<ErrorCode> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'TOPIC_AUTHORIZATION_FAILED',
])

export const fetchPassage = translated({
  name: fetch.name,
  key: fetch.key,
  wire: fetchWire,
  lends: true,
  answersHold: true,
  serve(message, exchange) {
    const { version, now, fetchSessions } = exchange
    const context = contextOf(message, fetchSessions, { usesTopicIds: version >= BY_ID, now })
    if (typeof context === 'string') return exchange.answer(answerWith(context, 0, [], []))
    const names = version < BY_ID ? context.wanted.map(({ topic }) => topic.topic ?? '') : []
    withNamedTopics(exchange, names, () => serve(message, exchange, context))
  },
})

/** (`FetchRequest.getErrorResponse`: topics that are named by their ids have no errors of their own.) */
function answerToFault(message: AskedFetch, { version }: Exchange): object {
  const error = 'UNKNOWN_SERVER_ERROR'
  const responses = message.topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({ ...nothingRead(partition, error), abortedTransactions: [] })),
  }))
  return answerWith(error, message.sessionId, version < BY_ID ? responses : [], [])
}

const answerWith = (
  errorCode: ErrorCode,
  sessionId: number,
  responses: readonly object[],
  endpoints: readonly object[],
): object => ({ throttleTimeMs: 0, errorCode, sessionId, responses, nodeEndpoints: endpoints })

function serve(message: AskedFetch, exchange: Exchange, context: FetchContext): void {
  const partitions: FetchPartition[] = []
  /** Of each wanted partition: its place among those that the broker is asked for, or why it is not. */
  const places = context.wanted.map(({ topic, wanted }): number | ErrorCode => {
    const topicId = idOfTopic(exchange, topic, exchange.version >= BY_ID)
    const refusal = refusalOf(message, topicId, exchange)
    if (topicId === null || refusal !== 'NONE') return refusal
    return (
      partitions.push({
        topicId,
        partition: wanted.partition,
        fetchOffset: wanted.fetchOffset,
        bytesMax: wanted.partitionMaxBytes,
        leaseSlot: LEASE_SLOT,
        currentLeaderEpoch: wanted.currentLeaderEpoch,
        lastFetchedEpoch: wanted.lastFetchedEpoch,
      }) - 1
    )
  })
  // Kafka fails as soon as there is something to read. (`IsolationLevel.forId`)
  if (partitions.length > 0 && !isIsolationLevel(message.isolationLevel))
    return exchange.answer(answerToFault(message, exchange))
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
  exchange.ask(request, ({ partitions: results }) => {
    const unknown = results.filter(isUnknown).map(({ topicId }) => topicId)
    withGoneTopics(exchange, unknown, exchange.version >= BY_ID, () => {
      const verdicts = places.map((place) => (typeof place === 'string' ? place : (results[place] as FetchVerdict)))
      finish(message, exchange, context, verdicts)
    })
  })
}

/** What a follower fetches moves the high watermark, so nobody outside may fetch as one (CVE-2018-1288). */
function refusalOf(message: AskedFetch, topicId: number | null, { version }: Exchange): ErrorCode {
  if ((message.replicaId ?? message.replicaState.replicaId) >= 0) return 'TOPIC_AUTHORIZATION_FAILED'
  if (topicId !== null) return 'NONE'
  return version >= BY_ID ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
}

const isUnknown = ({ error }: PartitionFetchResult): boolean => error === 'UNKNOWN_TOPIC_OR_PARTITION'

function finish(
  message: AskedFetch,
  exchange: Exchange,
  context: FetchContext,
  verdicts: readonly FetchVerdict[],
): void {
  const { errorCode, sessionId, told } = context.answer(verdicts, exchange.now)
  const responses: { topic: string | undefined; topicId: string; partitions: object[] }[] = []
  for (const index of told) {
    const { topic, wanted } = context.wanted[index] as WantedPartition
    const response = partitionResponse(
      exchange,
      wanted.partition,
      verdictFor(exchange, verdicts[index] as FetchVerdict),
    )
    const last = responses.at(-1)
    const isSame = last !== undefined && last.topic === topic.topic && last.topicId === topic.topicId
    const partitions = isSame ? last.partitions : []
    partitions.push({ ...response, abortedTransactions: abortedIn(message, response.errorCode) })
    if (!isSame) responses.push({ topic: topic.topic, topicId: topic.topicId, partitions })
  }
  let lease: number | null = null
  for (const verdict of verdicts) if (typeof verdict !== 'string') lease = verdict.slice?.lease ?? lease
  const leaders = told.map((index) => {
    const verdict = verdicts[index] as FetchVerdict
    return typeof verdict === 'string' ? null : leaderTold(exchange, verdict)
  })
  exchange.answer(answerWith(errorCode, sessionId, responses, nodeEndpoints(exchange, leaders)), () => {
    if (lease !== null) exchange.giveBack(lease)
  })
}

/** What is refused before a log is looked at has a list, and what is afterwards has none. (`FetchResponse`) */
function abortedIn({ isolationLevel }: AskedFetch, error: ErrorCode): readonly object[] | null {
  return UNREAD.has(error) || (error === 'NONE' && isolationLevel === 1) ? [] : null
}

/** A client that names a topic by its id is told whether it is the topic or the partition that is not there. */
function verdictFor({ version, cluster }: Exchange, verdict: FetchVerdict): FetchVerdict {
  if (version < BY_ID || typeof verdict === 'string' || !isUnknown(verdict)) return verdict
  return cluster.topics.nameOf(verdict.topicId) === undefined ? 'UNKNOWN_TOPIC_ID' : verdict
}

/** The leader that the client is told of: where it has asked another one, or is behind. (`KafkaApis.handleFetchRequest`) */
function leaderTold({ version }: Exchange, { error, currentLeader }: PartitionFetchResult): CurrentLeader | null {
  const isTold = error === 'NOT_LEADER_OR_FOLLOWER' || error === 'FENCED_LEADER_EPOCH'
  return isTold && version >= TELLS_LEADER ? currentLeader : null
}

function partitionResponse(exchange: Exchange, partitionIndex: number, result: FetchVerdict) {
  if (typeof result === 'string') return nothingRead(partitionIndex, result)
  const leader = leaderTold(exchange, result)
  const currentLeader = { leaderId: leader?.leader ?? -1, leaderEpoch: leader?.leaderEpoch ?? -1 }
  if (result.error !== 'NONE') return { ...nothingRead(partitionIndex, result.error), currentLeader }
  const { highWatermark, lastStableOffset, logStartOffset, divergingEpoch, slice } = result
  return {
    ...nothingRead(partitionIndex, 'NONE'),
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingEpoch: divergingEpoch ?? NO_EPOCH,
    currentLeader,
    records: slice === null ? NO_RECORDS : recordPieces(exchange.memory(slice.segment), slice),
  }
}

const NO_EPOCH = { epoch: -1, endOffset: -1 }

const nothingRead = (partitionIndex: number, errorCode: ErrorCode) => ({
  partitionIndex,
  errorCode,
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  divergingEpoch: NO_EPOCH,
  currentLeader: { leaderId: -1, leaderEpoch: -1 },
  snapshotId: NO_EPOCH,
  preferredReadReplica: -1,
  records: NO_RECORDS,
})
