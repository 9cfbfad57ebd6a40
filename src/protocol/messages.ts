import type { ErrorCode } from '../base/error-code.js'
import type { TopicId } from '../base/ids.js'
import type { FetchRequest, FetchResponse } from './apis/fetch.js'
import type { ProduceRequest, ProduceResponse } from './apis/produce.js'
import type {
  AssignRequest,
  AssignResponse,
  HurryRequest,
  HurryResponse,
  NewsRequest,
  NewsResponse,
  PartitionName,
  PauseRequest,
  PauseResponse,
  RunRequest,
  RunResponse,
  SeekRequest,
  SeekResponse,
  StopRequest,
  StopResponse,
} from './inner/consumer-messages.js'
import type { TakeRequest, TakeResponse } from './inner/take.js'

export type {
  AssignRequest,
  CallEnd,
  PartitionAssignment,
  PartitionName,
  SeekRequest,
  StopRequest,
  WantedPartition,
} from './inner/consumer-messages.js'

/**
 * What actors say to one another: Kafka's requests and responses as objects, named as in Kafka. Produce and Fetch
 * have files of their own, because they are fast; the rest travels as JSON inside the process.
 */

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

export interface DeleteTopicsRequest {
  readonly api: 'DeleteTopics'
  readonly names: readonly string[]
}
export interface DeleteTopicsResponse {
  readonly api: 'DeleteTopics'
  readonly topics: readonly TopicResult[]
}

/** The special timestamps of ListOffsets (`ListOffsetsRequest` in Kafka). */
export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2
/** Of the record with the largest timestamp. */
export const MAX_TIMESTAMP = -3

export interface ListOffsetsRequest {
  readonly api: 'ListOffsets'
  readonly partitions: readonly { readonly topicId: TopicId; readonly partition: number; readonly timestamp: number }[]
}
export interface ListOffsetsResponse {
  readonly api: 'ListOffsets'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    /** -1: no record is that young. */
    readonly offset: number
  }[]
}

/** Broker to controller, first thing after connecting (KIP-631). */
export interface BrokerRegistrationRequest {
  readonly api: 'BrokerRegistration'
  readonly brokerId: number
  /** The epoch that the broker's memory carries; -1: it holds nothing, so what it held is lost (KIP-966). */
  readonly previousBrokerEpoch: number
}
export interface BrokerRegistrationResponse {
  readonly api: 'BrokerRegistration'
  readonly error: ErrorCode
  readonly brokerEpoch: number
}

/** A replica that is to be in the isr, in the incarnation that has caught up (KIP-903). */
export interface IsrMember {
  readonly brokerId: number
  readonly brokerEpoch: number
}
/** Leader to controller: the isr that it wants (KIP-497). */
export interface AlterPartitionRequest {
  readonly api: 'AlterPartition'
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly leaderEpoch: number
    readonly partitionEpoch: number
    readonly newIsr: readonly IsrMember[]
  }[]
}
/** Where nothing was changed, the rest of an entry is as the request had it. */
export interface AlterPartitionResponse {
  readonly api: 'AlterPartition'
  /** STALE_BROKER_EPOCH: nothing was looked at. */
  readonly error: ErrorCode
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    readonly leader: number
    readonly leaderEpoch: number
    readonly isr: readonly number[]
    readonly partitionEpoch: number
  }[]
}

/** Broker to controller, before it ends: move the leaders away. Asked again until nothing remains. */
export interface ControlledShutdownRequest {
  readonly api: 'ControlledShutdown'
  readonly brokerId: number
  readonly brokerEpoch: number
}
export interface ControlledShutdownResponse {
  readonly api: 'ControlledShutdown'
  readonly error: ErrorCode
  /** Partitions that it still leads, because no other replica may. */
  readonly remaining: number
}

/** An id for an idempotent producer, which counts its batches with it (KIP-98). Brokers pass it on to the controller. */
export interface InitProducerIdRequest {
  readonly api: 'InitProducerId'
}
export interface InitProducerIdResponse {
  readonly api: 'InitProducerId'
  readonly error: ErrorCode
  /** -1 with an error. */
  readonly producerId: number
  readonly producerEpoch: number
}

/** Asked of any broker, which passes it on to the controller (KIP-183, KIP-460). */
export interface ElectLeadersRequest {
  readonly api: 'ElectLeaders'
  readonly electionType: 'preferred' | 'unclean'
  /** Null: all. */
  readonly partitions: readonly PartitionName[] | null
}
/** ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE or ELIGIBLE_LEADERS_NOT_AVAILABLE where nothing changed. */
export interface ElectLeadersResponse {
  readonly api: 'ElectLeaders'
  readonly partitions: readonly (PartitionName & { readonly error: ErrorCode })[]
}

/** Where an epoch ends in the leader's log (KIP-101, KIP-279, KIP-320). */
export interface OffsetForLeaderEpochRequest {
  readonly api: 'OffsetForLeaderEpoch'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    /** The leader's epoch as the asking side knows it; -1: it does not say. */
    readonly currentLeaderEpoch: number
    readonly leaderEpoch: number
  }[]
}
export interface OffsetForLeaderEpochResponse {
  readonly api: 'OffsetForLeaderEpoch'
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    /** The largest epoch in the log that is not above the one asked for; -1: there is none. */
    readonly leaderEpoch: number
    /** Exclusive; -1 when there is no such epoch. */
    readonly endOffset: number
  }[]
}

export interface TopicImage {
  readonly name: string
  readonly topicId: TopicId
  readonly configs: Readonly<Record<string, unknown>>
  readonly partitions: readonly PartitionMetadata[]
}
export interface BrokerImage {
  readonly brokerId: number
  readonly brokerEpoch: number
  /** Not seen alive: it is in no isr, and leads nothing. */
  readonly isFenced: boolean
  /** It has asked to end: it is to lead nothing more, and joins no isr. */
  readonly isShuttingDown: boolean
}
/**
 * Controller to broker: the image after a change, or what is new in it. (Kafka's UpdateMetadata, before KRaft replaced it by a log of
 * which brokers fetch what they do not have.)
 */
export interface UpdateMetadataRequest {
  readonly api: 'UpdateMetadata'
  /** Length of the metadata log that this image is the fold of; an older image is ignored. */
  readonly version: number
  /** What follows is what is new since this version; -1: it is the whole image. */
  readonly since: number
  /** All of them. */
  readonly brokers: readonly BrokerImage[]
  /** Of a topic that was there before, those partitions that have changed. */
  readonly topics: readonly TopicImage[]
  /** Ids of those that are gone. */
  readonly removedTopics: readonly TopicId[]
}
/** OFFSET_OUT_OF_RANGE: the broker does not have what the request is the difference to, and needs the whole image. */
export interface UpdateMetadataResponse {
  readonly api: 'UpdateMetadata'
  readonly error: ErrorCode
}

/** The answer to a request that its actor does not look at: it is malformed, or not for this actor, or not from this peer. */
export interface RefusedResponse {
  readonly api: 'Refused'
  readonly error: ErrorCode
  readonly says: string
}

export type Request =
  | ProduceRequest
  | FetchRequest
  | MetadataRequest
  | CreateTopicsRequest
  | DeleteTopicsRequest
  | ListOffsetsRequest
  | BrokerRegistrationRequest
  | UpdateMetadataRequest
  | AlterPartitionRequest
  | ControlledShutdownRequest
  | ElectLeadersRequest
  | InitProducerIdRequest
  | OffsetForLeaderEpochRequest
  | AssignRequest
  | NewsRequest
  | SeekRequest
  | HurryRequest
  | PauseRequest
  | TakeRequest
  | RunRequest
  | StopRequest

export type Response =
  | ProduceResponse
  | FetchResponse
  | MetadataResponse
  | CreateTopicsResponse
  | DeleteTopicsResponse
  | ListOffsetsResponse
  | BrokerRegistrationResponse
  | UpdateMetadataResponse
  | AlterPartitionResponse
  | ControlledShutdownResponse
  | ElectLeadersResponse
  | InitProducerIdResponse
  | OffsetForLeaderEpochResponse
  | AssignResponse
  | NewsResponse
  | SeekResponse
  | HurryResponse
  | PauseResponse
  | TakeResponse
  | RunResponse
  | StopResponse
  | RefusedResponse

export type Body = Request | Response
export type Api = Request['api']
export type RequestOf<A extends Api> = Extract<Request, { api: A }>
export type ResponseOf<A extends Api> = Extract<Response, { api: A }>
