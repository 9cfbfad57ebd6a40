import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { idOf, partitionId } from '../partition.js'
import { retriableError } from '../passing.js'
import { listOf, number, objectOf } from '../request-shape.js'

/** The special timestamps of ListOffsets (`ListOffsetsRequest` in Kafka). */
export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2
/** Of the record with the largest timestamp. */
export const MAX_TIMESTAMP = -3

export interface ListOffsetsRequest {
  readonly api: 'ListOffsets'
  readonly partitions: readonly { readonly topicId: TopicId; readonly partition: number; readonly timestamp: number }[]
}
export interface ListOffsetsResponse {
  readonly api: 'ListOffsets'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    /** -1: no record is that young. */
    readonly offset: number
  }[]
}

export const listOffsets = api<ListOffsetsRequest, ListOffsetsResponse>({
  name: 'ListOffsets',
  key: 2,
  servedBy: 'leader',
  shape: { partitions: listOf(objectOf({ ...partitionId, timestamp: number })) },
  refusal: ({ partitions }, error) => ({
    api: 'ListOffsets',
    partitions: partitions.map((asked) => ({ ...idOf(asked), error, offset: -1 })),
  }),
  passing: ({ partitions }) => retriableError(partitions),
  struck: 'outside',
})
