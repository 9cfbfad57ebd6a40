import { errorName, errorNumber } from '../../base/error-code.js'
import type { FetchPartition, FetchRequest, FetchResponse, PartitionFetchResult } from '../apis/fetch.js'

/**
 * How Fetch lies on a ring, in host order:
 *
 *     request   waitMs, bytesMin, bytesMax, readCommitted, count, replicaId: i32, replicaEpoch: f64
 *               | count * (topicId, partition, bytesMax, leaseSlot: i32, fetchOffset: f64,
 *                          currentLeaderEpoch, lastFetchedEpoch: i32, and a follower's logStartOffset: f64)
 *     response  count, pad: i32
 *               | count * (topicId, partition, error, segment (-1: no slice), position, bytes, lease, pad: i32,
 *                          highWatermark, lastStableOffset, logStartOffset: f64,
 *                          leader (-1: null), leaderEpoch, diverging epoch (-1: null), pad: i32, its end: f64)
 */
const REQUEST_HEADER = 32
const REQUEST_ITEM = 32
/** With where the follower's log begins. */
const FOLLOWER_ITEM = 40
const RESPONSE_HEADER = 8
const RESPONSE_ITEM = 80
const NO_SLICE = -1

const itemBytes = (replicaId: number): number => (replicaId >= 0 ? FOLLOWER_ITEM : REQUEST_ITEM)

export const fetchRequestFrame = {
  bytes: (request: FetchRequest): number => REQUEST_HEADER + request.partitions.length * itemBytes(request.replicaId),

  write(request: FetchRequest, view: DataView, at: number): void {
    view.setInt32(at, request.waitMsMax, true)
    view.setInt32(at + 4, request.bytesMin, true)
    view.setInt32(at + 8, request.bytesMax, true)
    view.setInt32(at + 12, request.readCommitted ? 1 : 0, true)
    view.setInt32(at + 16, request.partitions.length, true)
    view.setInt32(at + 20, request.replicaId, true)
    view.setFloat64(at + 24, request.replicaEpoch, true)
    const isFollower = request.replicaId >= 0
    const bytes = itemBytes(request.replicaId)
    let item = at + REQUEST_HEADER
    for (const partition of request.partitions) {
      view.setInt32(item, partition.topicId, true)
      view.setInt32(item + 4, partition.partition, true)
      view.setInt32(item + 8, partition.bytesMax, true)
      view.setInt32(item + 12, partition.leaseSlot, true)
      view.setFloat64(item + 16, partition.fetchOffset, true)
      view.setInt32(item + 24, partition.currentLeaderEpoch, true)
      view.setInt32(item + 28, partition.lastFetchedEpoch, true)
      if (isFollower) view.setFloat64(item + 32, partition.logStartOffset ?? -1, true)
      item += bytes
    }
  },

  read(view: DataView, at: number): FetchRequest {
    const partitions: FetchPartition[] = []
    const count = view.getInt32(at + 16, true)
    const replicaId = view.getInt32(at + 20, true)
    const bytes = itemBytes(replicaId)
    for (let index = 0; index < count; index++) {
      const item = at + REQUEST_HEADER + index * bytes
      partitions.push({
        topicId: view.getInt32(item, true),
        partition: view.getInt32(item + 4, true),
        bytesMax: view.getInt32(item + 8, true),
        leaseSlot: view.getInt32(item + 12, true),
        fetchOffset: view.getFloat64(item + 16, true),
        currentLeaderEpoch: view.getInt32(item + 24, true),
        lastFetchedEpoch: view.getInt32(item + 28, true),
        ...(replicaId >= 0 && { logStartOffset: view.getFloat64(item + 32, true) }),
      })
    }
    return {
      api: 'Fetch',
      waitMsMax: view.getInt32(at, true),
      bytesMin: view.getInt32(at + 4, true),
      bytesMax: view.getInt32(at + 8, true),
      readCommitted: view.getInt32(at + 12, true) === 1,
      replicaId,
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
