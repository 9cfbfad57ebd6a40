import type { DescribedOption } from '../../base/config/described-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { notController } from '../passing.js'
import { anyOptions, flag, listOf, number, objectOf, optional, text } from '../request-shape.js'
import { array, bool, errorCode, int8, int16, int32, string, uuid } from '../schema.js'

/** Where the replicas of a partition are to lie; the first of them is preferred as its leader. */
export interface ReplicaAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}
export interface NewTopic {
  readonly name: string
  /** -1: the broker's `num.partitions`. */
  readonly numPartitions: number
  /** -1: the broker's `default.replication.factor`. */
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, unknown>>
  /** Where the replicas of all partitions are to lie; empty or absent: the controller chooses. */
  readonly assignments?: readonly ReplicaAssignment[]
}
/** Asked of any broker, which passes it on to the controller (as KIP-590 does). */
export interface CreateTopicsRequest {
  readonly api: 'CreateTopics'
  readonly topics: readonly NewTopic[]
  readonly validateOnly: boolean
  /** Whether the answer tells all options of the topics. Absent: it does not. */
  readonly describes?: boolean
}
export interface TopicResult {
  readonly name: string
  readonly topicId: TopicId
  readonly error: ErrorCode
  /** What was wrong and what would be right; empty when nothing was. */
  readonly says: string
}
/** What was made of a topic, or would have been if it was only to be validated. */
export interface MadeTopic {
  readonly numPartitions: number
  readonly replicationFactor: number
  /** All of its options; null: nobody has asked for them. */
  readonly configs: readonly Omit<DescribedOption, 'doc' | 'synonyms' | 'type'>[] | null
}
export interface CreatedTopic extends TopicResult {
  /** Null: it was refused. */
  readonly made: MadeTopic | null
}
/** Sent when every live broker knows the new topics. */
export interface CreateTopicsResponse {
  readonly api: 'CreateTopics'
  readonly topics: readonly CreatedTopic[]
}

/**
 * Since version 4 the broker's own numbers may be asked for with -1 (KIP-464); version 5 answers with what was
 * made (KIP-525), and 7 with the topic's id (KIP-516).
 */
export const createTopicsWire = wire({ oldest: 2, newest: 7, flexibleFrom: 5 }, () => ({
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string(),
        value: string({ nullableSince: 0 }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7, ignorable: true }),
      errorCode: errorCode(),
      errorMessage: string({ nullableSince: 0 }),
      topicConfigErrorCode: errorCode({ since: 5, ignorable: true, tag: 0 }),
      numPartitions: int32({ since: 5, default: -1, ignorable: true }),
      replicationFactor: int16({ since: 5, default: -1, ignorable: true }),
      configs: array(
        {
          name: string(),
          value: string({ nullableSince: 5 }),
          readOnly: bool(),
          configSource: int8({ default: -1 }),
          isSensitive: bool(),
        },
        { since: 5, nullableSince: 5, ignorable: true },
      ),
    }),
  },
}))

export const createTopics = api<CreateTopicsRequest, CreateTopicsResponse>({
  name: 'CreateTopics',
  key: 19,
  servedBy: 'controller',
  isForwarded: true,
  shape: {
    topics: listOf(
      objectOf<NewTopic>({
        name: text,
        numPartitions: number,
        replicationFactor: number,
        configs: anyOptions,
        assignments: optional(listOf(objectOf({ partitionIndex: number, brokerIds: listOf(number) }))),
      }),
    ),
    validateOnly: flag,
    describes: optional(flag),
  },
  refusal: ({ topics }, error, says = '') => ({
    api: 'CreateTopics',
    topics: topics.map(({ name }) => ({ name, topicId: -1, error, says, made: null })),
  }),
  passing: ({ topics }) => notController(topics),
  wire: createTopicsWire,
})
