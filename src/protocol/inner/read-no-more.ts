import { word } from '../definition.js'
import { type PartitionId, partitionId } from '../partition.js'
import { listOf, number, objectOf } from '../request-shape.js'

export interface UnreadPartition extends PartitionId {
  /** Where another member of the group would read on; -1: nobody does, and the consumer needs nothing of it. */
  readonly fetchOffset: number
}

/**
 * A consumer to the leader of partitions that it has fetched on this connection: it gives them up, or has done so.
 * (`FetchRequest.forgottenTopics` in Kafka.)
 */
export interface ReadNoMoreRequest {
  readonly api: 'ReadNoMore'
  readonly partitions: readonly UnreadPartition[]
}
export interface ReadNoMoreResponse {
  readonly api: 'ReadNoMore'
}

export const readNoMore = word<ReadNoMoreRequest, ReadNoMoreResponse>({
  name: 'ReadNoMore',
  shape: { partitions: listOf(objectOf<UnreadPartition>({ ...partitionId, fetchOffset: number })) },
})
