import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { isInternalTopic } from '../../base/internal-topics.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { flag, listOf, number, optional, orNull, text } from '../request-shape.js'
import { array, authorizedOperations, bool, errorCode, int32, string, uuid } from '../schema.js'

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
  /** The broker that led last, while nobody leads; -1 otherwise. */
  readonly lastKnownLeader: number
}

export interface TopicMetadata {
  readonly error: ErrorCode
  readonly name: string
  readonly topicId: TopicId
  /** Brokers keep in it what they need themselves: clients can read it, and not write to it. */
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

/** Asks any broker. `topics: null` means all of them. */
export interface MetadataRequest {
  readonly api: 'Metadata'
  readonly topics: readonly string[] | null
  /** Further topics, by their ids, answered behind those with names. UNKNOWN_TOPIC_ID: there is no such topic. */
  readonly topicIds?: readonly TopicId[]
  readonly allowAutoTopicCreation: boolean
}
export interface MetadataResponse {
  readonly api: 'Metadata'
  readonly brokers: readonly number[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

/**
 * Version 1 tells null, all topics, from an empty list (KIP-4), 7 knows leader epochs (KIP-320), 10 topic ids
 * (KIP-516), and 13 an error of its own (KIP-1102).
 */
export const metadataWire = wire({ oldest: 0, newest: 13, flexibleFrom: 9 }, () => ({
  request: {
    topics: array(
      {
        topicId: uuid({ since: 10, ignorable: true }),
        name: string({ nullableSince: 10 }),
      },
      { nullableSince: 1 },
    ),
    allowAutoTopicCreation: bool({ since: 4, default: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, ignorable: true }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullableSince: 1, default: null, ignorable: true }),
    }),
    clusterId: string({ since: 2, nullableSince: 2, default: null, ignorable: true }),
    controllerId: int32({ since: 1, default: -1, ignorable: true }),
    topics: array({
      errorCode: errorCode(),
      name: string({ nullableSince: 12 }),
      topicId: uuid({ since: 10, ignorable: true }),
      isInternal: bool({ since: 1, ignorable: true }),
      partitions: array({
        errorCode: errorCode(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1, ignorable: true }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { since: 5, ignorable: true }),
      }),
      topicAuthorizedOperations: authorizedOperations({ since: 8 }),
    }),
    clusterAuthorizedOperations: authorizedOperations({ since: 8, until: 10 }),
    errorCode: errorCode({ since: 13, ignorable: true }),
  },
}))

export const metadata = api<MetadataRequest, MetadataResponse>({
  name: 'Metadata',
  key: 3,
  servedBy: 'broker',
  shape: { topics: orNull(listOf(text)), topicIds: optional(listOf(number)), allowAutoTopicCreation: flag },
  refusal: ({ topics }, error) => ({
    api: 'Metadata',
    brokers: [],
    controller: -1,
    topics: (topics ?? []).map((name) => ({
      error,
      name,
      topicId: -1,
      isInternal: isInternalTopic(name),
      partitions: [],
    })),
  }),
  // A broker that names no broker knows no cluster yet.
  passing: ({ brokers }) => (brokers.length === 0 ? 'BROKER_NOT_AVAILABLE' : null),
  struck: 'outside',
  wire: metadataWire,
})
