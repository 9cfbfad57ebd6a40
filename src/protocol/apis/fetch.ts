import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { type CurrentLeader, idOf } from '../partition.js'
import {
  array,
  bigInt64,
  errorCode,
  int8,
  int32,
  int64,
  nearestInt64,
  records,
  string,
  struct,
  uuid,
} from '../schema.js'

export interface FetchPartition {
  readonly topicId: TopicId
  readonly partition: number
  /** The first offset wanted. */
  readonly fetchOffset: number
  readonly bytesMax: number
  /** Which of the connection's lease words counts the slices of this partition that came back. */
  readonly leaseSlot: number
  /** The leader's epoch as the reader knows it; -1: it does not say (KIP-320). */
  readonly currentLeaderEpoch: number
  /** Epoch of the last record before `fetchOffset`; -1: none, or it does not say (KIP-595). */
  readonly lastFetchedEpoch: number
  /** Where the log of a follower begins, which its leader may wait for (KIP-107). Absent: a consumer asks. */
  readonly logStartOffset?: number
}

/** `bytesMin`, `bytesMax`, `waitMsMax` are Kafka's fetch.min.bytes, fetch.max.bytes, fetch.max.wait.ms. */
export interface FetchRequest {
  readonly api: 'Fetch'
  readonly waitMsMax: number
  readonly bytesMin: number
  readonly bytesMax: number
  readonly readCommitted: boolean
  /** Id of the follower that fetches, with its broker epoch (KIP-903); -1, -1: a consumer. */
  readonly replicaId: number
  readonly replicaEpoch: number
  readonly partitions: readonly FetchPartition[]
}

/** Where the reader's log leaves the leader's: at the end of this epoch, or before. */
export interface DivergingEpoch {
  readonly epoch: number
  /** Exclusive. */
  readonly endOffset: number
}

/**
 * A reference to whole batches in the leader's memory, lent until the reader publishes `lease` in its lease word.
 * Leases of one slot grow by one and are given back in order.
 */
export interface LentSlice {
  readonly segment: number
  readonly position: number
  readonly bytes: number
  readonly lease: number
}

export interface PartitionFetchResult {
  readonly topicId: TopicId
  readonly partition: number
  readonly error: ErrorCode
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** Null unless the broker that was asked does not lead, and knows who does. */
  readonly currentLeader: CurrentLeader | null
  /** Not null: the reader holds records that the leader does not have; there is no slice. */
  readonly divergingEpoch: DivergingEpoch | null
  /** `null`: nothing to read. */
  readonly slice: LentSlice | null
}

export interface FetchResponse {
  readonly api: 'Fetch'
  readonly partitions: readonly PartitionFetchResult[]
}

/**
 * Version 7 knows fetch sessions (KIP-227), 9 fences by leader epoch (KIP-320), 12 tells where logs diverge (KIP-595),
 * 13 names topics by their ids (KIP-516), 15 says which replica asks (KIP-903), and 16 tells the new leader (KIP-951).
 */
export const fetchWire = wire({ oldest: 4, newest: 18, flexibleFrom: 12 }, () => ({
  request: {
    clusterId: string({ since: 12, nullableSince: 12, default: null, ignorable: true, tag: 0 }),
    replicaId: int32({ until: 14, default: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ default: -1 }),
        replicaEpoch: int64({ default: -1 }),
      },
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ since: 3, default: 0x7fffffff, ignorable: true }),
    isolationLevel: int8({ since: 4, ignorable: true }),
    sessionId: int32({ since: 7, ignorable: true }),
    sessionEpoch: int32({ since: 7, default: -1, ignorable: true }),
    topics: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1, ignorable: true }),
        fetchOffset: nearestInt64(),
        lastFetchedEpoch: int32({ since: 12, default: -1 }),
        logStartOffset: nearestInt64({ since: 5, default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, ignorable: true, tag: 0 }),
        highWatermark: bigInt64({ since: 18, default: 2n ** 63n - 1n, ignorable: true, tag: 1 }),
      }),
    }),
    forgottenTopicsData: array(
      {
        topic: string({ until: 12, ignorable: true }),
        topicId: uuid({ since: 13, ignorable: true }),
        partitions: array(int32()),
      },
      { since: 7 },
    ),
    rackId: string({ since: 11, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: errorCode({ since: 7, ignorable: true }),
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: errorCode(),
        highWatermark: int64(),
        lastStableOffset: int64({ since: 4, default: -1, ignorable: true }),
        logStartOffset: int64({ since: 5, default: -1, ignorable: true }),
        divergingEpoch: struct(
          {
            epoch: int32({ default: -1 }),
            endOffset: int64({ default: -1 }),
          },
          { since: 12, tag: 0 },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { since: 12, ignorable: true, tag: 1 },
        ),
        snapshotId: struct(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { since: 12, tag: 2 },
        ),
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { since: 4, nullableSince: 4, ignorable: true },
        ),
        preferredReadReplica: int32({ since: 11, default: -1 }),
        records: records({ nullableSince: 0 }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullableSince: 16, default: null }),
      },
      { since: 16, ignorable: true, tag: 0 },
    ),
  },
}))

const NOT_FETCHED = {
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  currentLeader: null,
  divergingEpoch: null,
  slice: null,
}

export const fetch = api<FetchRequest, FetchResponse>({
  name: 'Fetch',
  key: 1,
  servedBy: 'leader',
  shape: 'framed',
  refusal: ({ partitions }, error) => ({
    api: 'Fetch',
    partitions: partitions.map((asked) => ({ ...NOT_FETCHED, ...idOf(asked), error })),
  }),
  // A Fetch is answered with a loan, which nobody would give back if it were answered twice.
  endures: { repetition: false },
  brief: {
    request: ({ partitions }) =>
      partitions.map(({ topicId, partition, fetchOffset }) => `${topicId}-${partition} @${fetchOffset}`).join(', '),
    response: ({ partitions }) => partitions.map(fetched).join(', '),
  },
  struck: 'outside',
  wire: fetchWire,
})

function fetched({ topicId, partition, error, highWatermark, slice }: PartitionFetchResult): string {
  const lent = slice === null ? 'nothing' : `${slice.bytes} bytes, lease ${slice.lease}`
  return `${topicId}-${partition} ${error} ${lent}, high watermark ${highWatermark}`
}
