import { wire } from '../codec.js'
import { api } from '../definition.js'
import { notController } from '../passing.js'
import { listOf, text } from '../request-shape.js'
import { array, errorCode, int32, string, uuid } from '../schema.js'
import type { TopicResult } from './create-topics.js'

export interface DeleteTopicsRequest {
  readonly api: 'DeleteTopics'
  readonly names: readonly string[]
}
export interface DeleteTopicsResponse {
  readonly api: 'DeleteTopics'
  readonly topics: readonly TopicResult[]
}

/** Version 5 says in words what was wrong, and 6 names topics by their ids (KIP-516). */
export const deleteTopicsWire = wire({ oldest: 1, newest: 6, flexibleFrom: 4 }, () => ({
  request: {
    topics: array(
      {
        name: string({ nullableSince: 6, default: null }),
        topicId: uuid(),
      },
      { since: 6 },
    ),
    topicNames: array(string(), { until: 5, ignorable: true }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    responses: array({
      name: string({ nullableSince: 6 }),
      topicId: uuid({ since: 6, ignorable: true }),
      errorCode: errorCode(),
      errorMessage: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
    }),
  },
}))

export const deleteTopics = api<DeleteTopicsRequest, DeleteTopicsResponse>({
  name: 'DeleteTopics',
  key: 20,
  servedBy: 'controller',
  isForwarded: true,
  shape: { names: listOf(text) },
  refusal: ({ names }, error, says = '') => ({
    api: 'DeleteTopics',
    topics: names.map((name) => ({ name, topicId: -1, error, says })),
  }),
  passing: ({ topics }) => notController(topics),
  wire: deleteTopicsWire,
})
