import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { flag, listOf, orNull, text } from '../request-shape.js'

export interface PartitionMetadata {
  readonly partition: number
  /** Broker id, or -1 while there is none. */
  readonly leader: number
  readonly leaderEpoch: number
  /** Grows with every change of the partition; a change that names an older one is refused (KIP-497). */
  readonly partitionEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Eligible leader replicas: left the isr while it was too small, and hold all that is committed (KIP-966). */
  readonly elr: readonly number[]
  /** Who led last, while nobody leads; -1 otherwise. */
  readonly lastKnownLeader: number
}

export interface TopicMetadata {
  readonly error: ErrorCode
  readonly name: string
  readonly topicId: TopicId
  readonly partitions: readonly PartitionMetadata[]
}

/** Asks any broker. `topics: null` means all of them. */
export interface MetadataRequest {
  readonly api: 'Metadata'
  readonly topics: readonly string[] | null
  readonly allowAutoTopicCreation: boolean
}
export interface MetadataResponse {
  readonly api: 'Metadata'
  readonly brokers: readonly number[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

export const metadata = api<MetadataRequest, MetadataResponse>({
  name: 'Metadata',
  key: 3,
  servedBy: 'broker',
  shape: { topics: orNull(listOf(text)), allowAutoTopicCreation: flag },
  refusal: ({ topics }, error) => ({
    api: 'Metadata',
    brokers: [],
    controller: -1,
    topics: (topics ?? []).map((name) => ({ error, name, topicId: -1, partitions: [] })),
  }),
  // A broker that names no broker knows no cluster yet.
  passing: ({ brokers }) => (brokers.length === 0 ? 'BROKER_NOT_AVAILABLE' : null),
  struck: 'outside',
})
