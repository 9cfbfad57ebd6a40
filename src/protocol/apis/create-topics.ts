import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { notController } from '../passing.js'
import { anyOptions, flag, listOf, number, objectOf, text } from '../request-shape.js'

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
})
