import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { idOf, partitionId } from '../partition.js'
import { retriableError } from '../passing.js'
import { listOf, number, objectOf, optional } from '../request-shape.js'
import { array, bigInt64, errorCode, int8, int32, int64, string } from '../schema.js'

/** The special timestamps of ListOffsets (`ListOffsetsRequest` in Kafka). */
export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2
/** Asks for the record with the largest timestamp. */
export const MAX_TIMESTAMP = -3

export interface ListOffsetsRequest {
  readonly api: 'ListOffsets'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly timestamp: number
    /** The leader's epoch as the asking side knows it (KIP-320). Absent: it does not say. */
    readonly currentLeaderEpoch?: number
  }[]
}
export interface ListOffsetsResponse {
  readonly api: 'ListOffsets'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    /** -1: no record is that young. */
    readonly offset: number
    /** The time of the record that was found. Absent: it was not looked for by its time. */
    readonly timestamp?: number
    /** The leader epoch in which the record at the offset was written, or will be. Absent: that is not known. */
    readonly leaderEpoch?: number
  }[]
}

/**
 * Version 4 fences by leader epoch (KIP-320), and 10 says how long a broker may look (KIP-1075). A timestamp may
 * be any int64: clients ask for Long.MAX_VALUE.
 */
export const listOffsetsWire = wire({ oldest: 1, newest: 11, flexibleFrom: 6 }, () => ({
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1, ignorable: true }),
        timestamp: bigInt64(),
      }),
    }),
    timeoutMs: int32({ since: 10, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: errorCode(),
        timestamp: bigInt64({ default: -1n }),
        offset: int64({ default: -1 }),
        leaderEpoch: int32({ since: 4, default: -1 }),
      }),
    }),
  },
}))

export const listOffsets = api<ListOffsetsRequest, ListOffsetsResponse>({
  name: 'ListOffsets',
  key: 2,
  servedBy: 'leader',
  shape: { partitions: listOf(objectOf({ ...partitionId, timestamp: number, currentLeaderEpoch: optional(number) })) },
  refusal: ({ partitions }, error) => ({
    api: 'ListOffsets',
    partitions: partitions.map((asked) => ({ ...idOf(asked), error, offset: -1 })),
  }),
  passing: ({ partitions }) => retriableError(partitions),
  struck: 'outside',
  wire: listOffsetsWire,
})
