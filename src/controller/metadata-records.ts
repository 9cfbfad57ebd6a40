import type { TopicId } from '../base/ids.js'

/** What the controller remembers: the entries of `__cluster_metadata`. The image is their fold and nothing else. */
export type MetadataRecord =
  | { readonly type: 'registerBroker'; readonly brokerId: number; readonly brokerEpoch: number }
  | { readonly type: 'fenceBroker'; readonly brokerId: number; readonly brokerEpoch: number }
  | {
      readonly type: 'topic'
      readonly name: string
      readonly topicId: TopicId
      readonly configs: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'removeTopic'; readonly topicId: TopicId }
  | {
      readonly type: 'partition'
      readonly topicId: TopicId
      readonly partition: number
      readonly replicas: readonly number[]
      readonly isr: readonly number[]
      readonly leader: number
      readonly leaderEpoch: number
    }
  | {
      readonly type: 'partitionChange'
      readonly topicId: TopicId
      readonly partition: number
      readonly leader: number
      readonly leaderEpoch: number
      readonly isr: readonly number[]
    }

/** Replicated state: decide reads and never writes, replay writes and never asks. */
export interface Decision<Reply> {
  readonly records: readonly MetadataRecord[]
  readonly reply: Reply
}
