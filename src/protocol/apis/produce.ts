import type { Acks } from '../../base/config/definition.js'
import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { type CurrentLeader, idOf } from '../partition.js'

/**
 * One batch, lent: its bytes stay in the producer's memory until the response (or until the broker's thread has
 * exited).
 */
export interface BatchReference {
  readonly topicId: TopicId
  readonly partition: number
  /** Which of the memories that this connection was lent. */
  readonly memoryId: number
  readonly position: number
  readonly bytes: number
}

export interface ProduceRequest {
  readonly api: 'Produce'
  readonly acks: Acks
  readonly timeoutMs: number
  readonly batches: readonly BatchReference[]
}

export interface PartitionProduceResult {
  readonly topicId: TopicId
  readonly partition: number
  readonly error: ErrorCode
  /** Offset of the batch's first record; -1 on error. */
  readonly baseOffset: number
  /** -1 unless the topic stamps its own time. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** Null unless the broker that was asked does not lead, and knows who does. */
  readonly currentLeader: CurrentLeader | null
}

export interface ProduceResponse {
  readonly api: 'Produce'
  readonly partitions: readonly PartitionProduceResult[]
}

const NOT_PRODUCED = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, currentLeader: null }

export const produce = api<ProduceRequest, ProduceResponse>({
  name: 'Produce',
  key: 0,
  servedBy: 'leader',
  shape: 'framed',
  refusal: ({ batches }, error) => ({
    api: 'Produce',
    partitions: batches.map((batch) => ({ ...NOT_PRODUCED, ...idOf(batch), error })),
  }),
  isAnswered: ({ acks }) => acks !== 0,
  brief: {
    request: ({ acks, batches }) =>
      [
        `acks ${acks}`,
        ...batches.map(({ topicId, partition, bytes }) => `${topicId}-${partition} ${bytes} bytes`),
      ].join(', '),
    response: ({ partitions }) =>
      partitions
        .map(({ topicId, partition, error, baseOffset }) => `${topicId}-${partition} ${error} @${baseOffset}`)
        .join(', '),
  },
  struck: 'outside',
})
