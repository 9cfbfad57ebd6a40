import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import {
  EARLIEST_TIMESTAMP,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  listOffsets,
  listOffsetsWire,
} from '../../protocol/apis/list-offsets.js'
import type { RequestOnWire } from '../../protocol/codec.js'
import type { Exchange } from '../exchange.js'
import { isIsolationLevel } from '../isolation-level.js'
import { idOfTopic, withNamedTopics } from '../known-topics.js'
import { joined, lastOfEach } from '../named-twice.js'
import { translated } from '../passage.js'

/**
 * ListOffsets: topics by name, and times that may be any 64 bits. (`KafkaApis.handleListOffsetRequest`,
 * `ReplicaManager.fetchOffset`)
 */
type Asked = RequestOnWire<typeof listOffsetsWire>
type AskedPartition = Asked['topics'][number]['partitions'][number]
type Found = ListOffsetsResponse['partitions'][number]

/** The special times that clients may ask for, with the first version that knows each (KIP-405, KIP-1005, KIP-1023). */
const SPECIAL_SINCE: ReadonlyMap<number, number> = new Map([
  [-1, 1],
  [-2, 1],
  [-3, 7],
  [-4, 8],
  [-5, 9],
  [-6, 11],
])
/** The first record that is on this broker itself: all of them are. */
const EARLIEST_LOCAL_TIMESTAMP = -4
const LATEST_TIERED_TIMESTAMP = -5
const EARLIEST_PENDING_UPLOAD_TIMESTAMP = -6

type Question = ListOffsetsRequest['partitions'][number]
const ASKED_TWICE = { error: 'INVALID_REQUEST', offset: -1 } as const

/** Nothing is kept elsewhere. */
const NOTHING_THERE = { error: 'NONE', offset: -1 } as const

/** What becomes of a partition: it is settled here, or it stands there among the questions to the broker. */
interface Part {
  readonly partition: number
  readonly settled: Settled | null
  readonly asked: number
  /** Whether the time is one of records that are kept elsewhere: only whether there is such a partition matters. */
  readonly isElsewhere: boolean
}

type Settled = { readonly error: ErrorCode; readonly offset: number; readonly timestamp?: number }

export const listOffsetsPassage = translated({
  name: listOffsets.name,
  key: listOffsets.key,
  wire: listOffsetsWire,
  serve(message, exchange) {
    withNamedTopics(
      exchange,
      message.topics.map(({ name }) => name),
      () => serve(message, exchange),
    )
  },
})

function serve(message: Asked, exchange: Exchange): void {
  const partitions: Question[] = []
  const topics = onlyOnce(message.topics)
  const parted = topics.map(({ name, partitions: wanted }) => ({
    name,
    parts: wanted.map((one): Part => {
      const topicId = idOfTopic(exchange, { topic: name, topicId: '' }, false)
      const settled = one.isTwice ? ASKED_TWICE : settledHere(topicId, one, exchange)
      const { partitionIndex: partition, currentLeaderEpoch } = one
      const { timestamp, isElsewhere } = timeOf(one)
      if (settled !== null || topicId === null) return { partition, settled, asked: -1, isElsewhere }
      const asked = partitions.push({ topicId, partition, timestamp, currentLeaderEpoch }) - 1
      return { partition, settled, asked, isElsewhere }
    }),
  }))
  // (`IsolationLevel.forId`)
  if (!isIsolationLevel(message.isolationLevel)) return exchange.answer(answerToFault(topics, exchange))
  const done = (found: readonly Found[]): void => {
    exchange.answer({
      throttleTimeMs: 0,
      topics: parted.map(({ name, parts }) => ({
        name,
        partitions: parts.map(({ partition, settled, asked, isElsewhere }) => {
          const told = settled ?? (found[asked] as Found)
          const result = isElsewhere && told.error === 'NONE' ? NOTHING_THERE : told
          if (result.error === 'UNKNOWN_TOPIC_OR_PARTITION') exchange.cluster.topics.forget(name)
          return partitionResponse(partition, result, exchange)
        }),
      })),
    })
  }
  if (partitions.length === 0) return done([])
  exchange.ask({ api: 'ListOffsets', partitions }, (response) => done(response.partitions))
}

interface WantedTopic {
  readonly name: string
  readonly partitions: readonly (AskedPartition & { readonly isTwice: boolean })[]
}

/** A topic without partitions is not answered, and a partition that is named twice is answered once. */
function onlyOnce(topics: Asked['topics']): readonly WantedTopic[] {
  return joined(
    topics,
    ({ name }) => name,
    ({ partitions }) => partitions,
  ).flatMap(({ topic: { name }, parts }) => {
    const times = new Map<number, number>()
    for (const { partitionIndex } of parts) times.set(partitionIndex, (times.get(partitionIndex) ?? 0) + 1)
    const once = lastOfEach(parts, ({ partitionIndex }) => partitionIndex)
    const partitions = once.map((one) => ({ ...one, isTwice: (times.get(one.partitionIndex) ?? 0) > 1 }))
    return partitions.length === 0 ? [] : { name, partitions }
  })
}

function answerToFault(topics: readonly WantedTopic[], exchange: Exchange): object {
  const fault = { error: 'UNKNOWN_SERVER_ERROR', offset: -1 } as const
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => partitionResponse(partitionIndex, fault, exchange)),
    })),
  }
}

/** What needs no broker: a topic or a time that this version does not know. */
function settledHere(topicId: TopicId | null, { timestamp }: AskedPartition, { version }: Exchange): Settled | null {
  const special = Number(timestamp)
  if (timestamp < 0n && (SPECIAL_SINCE.get(special) ?? Number.POSITIVE_INFINITY) > version)
    return { error: 'UNSUPPORTED_VERSION', offset: -1 }
  return topicId === null ? { error: 'UNKNOWN_TOPIC_OR_PARTITION', offset: -1 } : null
}

function timeOf({ timestamp }: AskedPartition): { readonly timestamp: number; readonly isElsewhere: boolean } {
  const special = Number(timestamp)
  const isElsewhere = special === LATEST_TIERED_TIMESTAMP || special === EARLIEST_PENDING_UPLOAD_TIMESTAMP
  return { timestamp: isElsewhere || special === EARLIEST_LOCAL_TIMESTAMP ? EARLIEST_TIMESTAMP : special, isElsewhere }
}

function partitionResponse(partitionIndex: number, result: Settled | Found, { version }: Exchange): object {
  const { error, offset, timestamp = -1 } = result
  const leaderEpoch = version >= 4 && 'leaderEpoch' in result ? (result.leaderEpoch ?? -1) : -1
  return { partitionIndex, errorCode: error, timestamp: BigInt(timestamp), offset, leaderEpoch }
}
