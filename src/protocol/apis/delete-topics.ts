import { api } from '../definition.js'
import { notController } from '../passing.js'
import { listOf, text } from '../request-shape.js'
import type { TopicResult } from './create-topics.js'

export interface DeleteTopicsRequest {
  readonly api: 'DeleteTopics'
  readonly names: readonly string[]
}
export interface DeleteTopicsResponse {
  readonly api: 'DeleteTopics'
  readonly topics: readonly TopicResult[]
}

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
})
