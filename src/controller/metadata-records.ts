import type { TopicId } from '../base/ids.js'
import type { Decision } from '../log/decision.js'
import type { RecordCodec } from '../log/record-log.js'

/** The part of a partition that may change after it was made. */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly number[]
  readonly elr: readonly number[]
  readonly lastKnownLeader: number
}

export interface PartitionChangeRecord extends PartitionState {
  readonly type: 'partitionChange'
  readonly topicId: TopicId
  readonly partition: number
}

/**
 * The entries of `__cluster_metadata`, which is all that the controller remembers. The image is their fold and nothing
 * else.
 */
export type MetadataRecord =
  /**
   * The rest of its batch is the whole image: earlier records are forgotten. `version` is how many records came before,
   * less those that follow. (Kafka has files of snapshots beside the log.)
   */
  | {
      readonly type: 'snapshot'
      readonly version: number
      readonly lastTopicId: TopicId
      readonly lastForgottenTopicId: TopicId
    }
  | { readonly type: 'registerBroker'; readonly brokerId: number; readonly brokerEpoch: number }
  | {
      /** Kafka's `BrokerRegistrationChangeRecord`. */
      readonly type: 'brokerChange'
      readonly brokerId: number
      readonly brokerEpoch: number
      readonly isFenced: boolean
      readonly isShuttingDown: boolean
    }
  /** The broker stays down until somebody starts it by hand: its next registration ends this. Not Kafka's. */
  | { readonly type: 'keepDown'; readonly brokerId: number }
  /** Ids below this one are taken. (`ProducerIdsRecord`) */
  | { readonly type: 'producerIds'; readonly nextProducerId: number }
  | {
      readonly type: 'topic'
      readonly name: string
      readonly topicId: TopicId
      readonly configs: Readonly<Record<string, unknown>>
    }
  /** What a topic says itself from now on. (Kafka has a `ConfigRecord` for each option.) */
  | {
      readonly type: 'topicConfigs'
      readonly topicId: TopicId
      readonly configs: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'removeTopic'; readonly topicId: TopicId }
  | (PartitionState & {
      readonly type: 'partition'
      readonly topicId: TopicId
      readonly partition: number
      readonly replicas: readonly number[]
    })
  | PartitionChangeRecord

/** A decision of the controller: see `Decision`. */
export type MetadataDecision<Reply> = Decision<MetadataRecord, Reply>

export const METADATA_CODEC: RecordCodec<MetadataRecord> = {
  encode: (record) => ({ key: null, value: JSON.stringify(record) }),
  decode: (_key, value) => (value === null ? null : (JSON.parse(value.toString('utf8')) as MetadataRecord)),
}
