import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { type CurrentLeader, idOf } from '../partition.js'

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
})

function fetched({ topicId, partition, error, highWatermark, slice }: PartitionFetchResult): string {
  const lent = slice === null ? 'nothing' : `${slice.bytes} bytes, lease ${slice.lease}`
  return `${topicId}-${partition} ${error} ${lent}, high watermark ${highWatermark}`
}
