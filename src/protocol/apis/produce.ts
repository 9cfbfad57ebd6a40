import type { Acks } from '../../base/config/definition.js'
import { type ErrorCode, errorName, errorNumber } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { type CurrentLeader, idOf } from '../partition.js'
import { array, errorCode, int16, int32, int64, records, string, struct, uuid } from '../schema.js'

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
  /** Negative: the batch cannot be appended, and this is the number of the error, as `refusedBatch` has it. */
  readonly bytes: number
}

/**
 * What stands for a batch in which a gateway has found a fault. The broker says whether there is such a partition, and
 * whether it leads it, before it says what is wrong. `isSeenFirst`: even the leader does not matter.
 */
export function refusedBatch(
  where: Pick<BatchReference, 'topicId' | 'partition' | 'memoryId'>,
  fault: { readonly error: ErrorCode; readonly isSeenFirst: boolean },
): BatchReference {
  return { ...where, position: fault.isSeenFirst ? SEEN_FIRST : 0, bytes: -FAULTS_FROM - errorNumber(fault.error) }
}

/** Null: there is a batch. */
export function faultOf({
  position,
  bytes,
}: BatchReference): { readonly error: ErrorCode; readonly isSeenFirst: boolean } | null {
  return bytes < 0 ? { error: errorName(-FAULTS_FROM - bytes), isSeenFirst: position === SEEN_FIRST } : null
}

const SEEN_FIRST = -1
/** More than the negative of any number of an error. */
const FAULTS_FROM = 2

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
  /** The records for which the batch was refused, by where they stand in it (KIP-467). */
  readonly recordErrors?: readonly number[]
}

export interface ProduceResponse {
  readonly api: 'Produce'
  readonly partitions: readonly PartitionProduceResult[]
}

/**
 * Version 7 knows zstd (KIP-110), 8 names the records that were refused (KIP-467), 10 tells the new leader (KIP-951),
 * and 13 names topics by their ids (KIP-516). Kafka takes no older version than 3 since 4.0 (KIP-896).
 */
export const produceWire = wire({ oldest: 3, newest: 13, flexibleFrom: 9 }, () => ({
  request: {
    transactionalId: string({ nullableSince: 3, default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitionData: array({
        index: int32(),
        records: records({ nullableSince: 0 }),
      }),
    }),
  },
  response: {
    responses: array({
      name: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: errorCode(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ since: 2, default: -1, ignorable: true }),
        logStartOffset: int64({ since: 5, default: -1, ignorable: true }),
        recordErrors: array(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullableSince: 8, default: null }),
          },
          { since: 8, ignorable: true },
        ),
        errorMessage: string({ since: 8, nullableSince: 8, default: null, ignorable: true }),
        currentLeader: struct(
          {
            leaderId: int32({ default: -1 }),
            leaderEpoch: int32({ default: -1 }),
          },
          { since: 10, ignorable: true, tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullableSince: 10, default: null }),
      },
      { since: 10, ignorable: true, tag: 0 },
    ),
  },
}))

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
  wire: produceWire,
})
