import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { idOf, partitionId } from '../partition.js'
import { listOf, number, objectOf } from '../request-shape.js'
import { array, errorCode, int32, int64, string } from '../schema.js'

/** Where an epoch ends in the leader's log (KIP-101, KIP-279, KIP-320). */
export interface OffsetForLeaderEpochRequest {
  readonly api: 'OffsetForLeaderEpoch'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    /** The leader's epoch as the asking side knows it; -1: it does not say. */
    readonly currentLeaderEpoch: number
    readonly leaderEpoch: number
  }[]
}
export interface OffsetForLeaderEpochResponse {
  readonly api: 'OffsetForLeaderEpoch'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    /** The largest epoch in the log that is not above the one asked for; -1: there is none. */
    readonly leaderEpoch: number
    /** Exclusive; -1 when there is no such epoch. */
    readonly endOffset: number
  }[]
}

/** Version 2 fences by leader epoch (KIP-320), and 3 says which replica asks (KIP-392). */
export const offsetForLeaderEpochWire = wire({ oldest: 2, newest: 4, flexibleFrom: 4 }, () => ({
  request: {
    replicaId: int32({ since: 3, default: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ default: -1 }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: errorCode(),
        partition: int32(),
        leaderEpoch: int32({ default: -1 }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
}))

export const offsetForLeaderEpoch = api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  servedBy: 'leader',
  shape: { partitions: listOf(objectOf({ ...partitionId, currentLeaderEpoch: number, leaderEpoch: number })) },
  refusal: ({ partitions }, error) => ({
    api: 'OffsetForLeaderEpoch',
    partitions: partitions.map((asked) => ({ ...idOf(asked), error, leaderEpoch: -1, endOffset: -1 })),
  }),
  wire: offsetForLeaderEpochWire,
})
