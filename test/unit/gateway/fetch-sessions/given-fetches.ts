import type { AskedFetch, FetchVerdict, WantedPartition } from '../../../../src/gateway/fetch-sessions/fetch-session.js'
import type { PartitionFetchResult } from '../../../../src/protocol/apis/fetch.js'

export const UUID = 'AAAAAAAAAAAAAAAAAAAAAQ'

type AskedTopic = AskedFetch['topics'][number]

export function askedTopic(topic: string, partitions: readonly number[], fetchOffset = 0): AskedTopic {
  return {
    topic,
    topicId: UUID,
    partitions: partitions.map((partition) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 1_000,
      replicaDirectoryId: UUID,
      highWatermark: 0n,
    })),
  }
}

export function wantedOf(topic: string, count: number): WantedPartition[] {
  const asked = askedTopic(topic, [...Array(count).keys()])
  return asked.partitions.map((wanted) => ({ topic: asked, wanted }))
}

export function askedFetch(session: Partial<AskedFetch>): AskedFetch {
  return {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: 0,
    topics: [],
    forgottenTopicsData: [],
    rackId: '',
    ...session,
  }
}

/** What a broker says of a partition, by default that nothing is in it. */
export function said(result: Partial<PartitionFetchResult> = {}): FetchVerdict {
  const nothing = { currentLeader: null, divergingEpoch: null, slice: null }
  const offsets = { highWatermark: 0, lastStableOffset: 0, logStartOffset: 0 }
  return { topicId: 0 as never, partition: 0, error: 'NONE', ...offsets, ...nothing, ...result }
}

export const RECORDS = { slice: { segment: 1, position: 0, bytes: 100, lease: 1 } }
