import type { ErrorCode } from '../../base/error-code.js'
import { errorName, errorNumber } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import type { CurrentLeader } from '../current-leader.js'

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
  /** Of the follower that fetches, with its broker epoch (KIP-903); -1, -1: a consumer. */
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
 * How Fetch lies on a ring, in host order:
 *
 *     request   waitMs, bytesMin, bytesMax, readCommitted, count, replicaId: i32, replicaEpoch: f64
 *               | count * (topicId, partition, bytesMax, leaseSlot: i32, fetchOffset: f64,
 *                          currentLeaderEpoch, lastFetchedEpoch: i32)
 *     response  count, pad: i32
 *               | count * (topicId, partition, error, segment (-1: no slice), position, bytes, lease, pad: i32,
 *                          highWatermark, lastStableOffset, logStartOffset: f64,
 *                          leader (-1: null), leaderEpoch, diverging epoch (-1: null), pad: i32, its end: f64)
 */
const REQUEST_HEADER = 32
const REQUEST_ITEM = 32
const RESPONSE_HEADER = 8
const RESPONSE_ITEM = 80
const NO_SLICE = -1

export const fetchRequestFrame = {
  bytes: (request: FetchRequest): number => REQUEST_HEADER + request.partitions.length * REQUEST_ITEM,

  write(request: FetchRequest, view: DataView, at: number): void {
    view.setInt32(at, request.waitMsMax, true)
    view.setInt32(at + 4, request.bytesMin, true)
    view.setInt32(at + 8, request.bytesMax, true)
    view.setInt32(at + 12, request.readCommitted ? 1 : 0, true)
    view.setInt32(at + 16, request.partitions.length, true)
    view.setInt32(at + 20, request.replicaId, true)
    view.setFloat64(at + 24, request.replicaEpoch, true)
    let item = at + REQUEST_HEADER
    for (const partition of request.partitions) {
      view.setInt32(item, partition.topicId, true)
      view.setInt32(item + 4, partition.partition, true)
      view.setInt32(item + 8, partition.bytesMax, true)
      view.setInt32(item + 12, partition.leaseSlot, true)
      view.setFloat64(item + 16, partition.fetchOffset, true)
      view.setInt32(item + 24, partition.currentLeaderEpoch, true)
      view.setInt32(item + 28, partition.lastFetchedEpoch, true)
      item += REQUEST_ITEM
    }
  },

  read(view: DataView, at: number): FetchRequest {
    const partitions: FetchPartition[] = []
    const count = view.getInt32(at + 16, true)
    for (let index = 0; index < count; index++) {
      const item = at + REQUEST_HEADER + index * REQUEST_ITEM
      partitions.push({
        topicId: view.getInt32(item, true),
        partition: view.getInt32(item + 4, true),
        bytesMax: view.getInt32(item + 8, true),
        leaseSlot: view.getInt32(item + 12, true),
        fetchOffset: view.getFloat64(item + 16, true),
        currentLeaderEpoch: view.getInt32(item + 24, true),
        lastFetchedEpoch: view.getInt32(item + 28, true),
      })
    }
    return {
      api: 'Fetch',
      waitMsMax: view.getInt32(at, true),
      bytesMin: view.getInt32(at + 4, true),
      bytesMax: view.getInt32(at + 8, true),
      readCommitted: view.getInt32(at + 12, true) === 1,
      replicaId: view.getInt32(at + 20, true),
      replicaEpoch: view.getFloat64(at + 24, true),
      partitions,
    }
  },
}

export const fetchResponseFrame = {
  bytes: (response: FetchResponse): number => RESPONSE_HEADER + response.partitions.length * RESPONSE_ITEM,

  write(response: FetchResponse, view: DataView, at: number): void {
    view.setInt32(at, response.partitions.length, true)
    let item = at + RESPONSE_HEADER
    for (const result of response.partitions) {
      view.setInt32(item, result.topicId, true)
      view.setInt32(item + 4, result.partition, true)
      view.setInt32(item + 8, errorNumber(result.error), true)
      view.setInt32(item + 12, result.slice?.segment ?? NO_SLICE, true)
      view.setInt32(item + 16, result.slice?.position ?? 0, true)
      view.setInt32(item + 20, result.slice?.bytes ?? 0, true)
      view.setInt32(item + 24, result.slice?.lease ?? 0, true)
      view.setFloat64(item + 32, result.highWatermark, true)
      view.setFloat64(item + 40, result.lastStableOffset, true)
      view.setFloat64(item + 48, result.logStartOffset, true)
      view.setInt32(item + 56, result.currentLeader?.leader ?? -1, true)
      view.setInt32(item + 60, result.currentLeader?.leaderEpoch ?? -1, true)
      view.setInt32(item + 64, result.divergingEpoch?.epoch ?? -1, true)
      view.setFloat64(item + 72, result.divergingEpoch?.endOffset ?? -1, true)
      item += RESPONSE_ITEM
    }
  },

  read(view: DataView, at: number): FetchResponse {
    const partitions: PartitionFetchResult[] = []
    const count = view.getInt32(at, true)
    for (let index = 0; index < count; index++) {
      const item = at + RESPONSE_HEADER + index * RESPONSE_ITEM
      const segment = view.getInt32(item + 12, true)
      const leader = view.getInt32(item + 56, true)
      const epoch = view.getInt32(item + 64, true)
      partitions.push({
        topicId: view.getInt32(item, true),
        partition: view.getInt32(item + 4, true),
        error: errorName(view.getInt32(item + 8, true)),
        highWatermark: view.getFloat64(item + 32, true),
        lastStableOffset: view.getFloat64(item + 40, true),
        logStartOffset: view.getFloat64(item + 48, true),
        currentLeader: leader < 0 ? null : { leader, leaderEpoch: view.getInt32(item + 60, true) },
        divergingEpoch: epoch < 0 ? null : { epoch, endOffset: view.getFloat64(item + 72, true) },
        slice:
          segment === NO_SLICE
            ? null
            : {
                segment,
                position: view.getInt32(item + 16, true),
                bytes: view.getInt32(item + 20, true),
                lease: view.getInt32(item + 24, true),
              },
      })
    }
    return { api: 'Fetch', partitions }
  },
}
