import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { notController } from '../passing.js'
import { anyOptions, flag, listOf, number, objectOf, text } from '../request-shape.js'
import { array, bool, errorCode, int8, int16, int32, string, uuid } from '../schema.js'

export interface NewTopic {
  readonly name: string
  /** -1: the broker's `num.partitions`. */
  readonly numPartitions: number
  /** -1: the broker's `default.replication.factor`. */
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, unknown>>
}
/** Asked of any broker, which passes it on to the controller (as KIP-590 does). */
export interface CreateTopicsRequest {
  readonly api: 'CreateTopics'
  readonly topics: readonly NewTopic[]
  readonly validateOnly: boolean
}
export interface TopicResult {
  readonly name: string
  readonly topicId: TopicId
  readonly error: ErrorCode
  /** What was wrong and what would be right; empty when nothing was. */
  readonly says: string
}
/** Sent when every live broker knows the new topics. */
export interface CreateTopicsResponse {
  readonly api: 'CreateTopics'
  readonly topics: readonly TopicResult[]
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
    topics: listOf(objectOf({ name: text, numPartitions: number, replicationFactor: number, configs: anyOptions })),
    validateOnly: flag,
  },
  refusal: ({ topics }, error, says = '') => ({
    api: 'CreateTopics',
    topics: topics.map(({ name }) => ({ name, topicId: -1, error, says })),
  }),
  passing: ({ topics }) => notController(topics),
  wire: createTopicsWire,
})
