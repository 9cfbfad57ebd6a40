import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import type { PartitionMetadata } from '../apis/metadata.js'
import { api } from '../definition.js'

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
 * Controller to broker: the image after a change, or what is new in it. (Kafka's UpdateMetadata, before KRaft replaced
 * it by a log of which brokers fetch what they do not have.)
 */
export interface UpdateMetadataRequest {
  readonly api: 'UpdateMetadata'
  /** Length of the metadata log that this image is the fold of; an older image is ignored. */
  readonly version: number
  /** What follows is what is new since this version; -1: it is the whole image. */
  readonly since: number
  /** All brokers. */
  readonly brokers: readonly BrokerImage[]
  /** Topics; one that was there before has only its changed partitions here. */
  readonly topics: readonly TopicImage[]
  /** Ids of the topics that are gone. */
  readonly removedTopics: readonly TopicId[]
}
/** OFFSET_OUT_OF_RANGE: the broker does not have what the request is the difference to, and needs the whole image. */
export interface UpdateMetadataResponse {
  readonly api: 'UpdateMetadata'
  readonly error: ErrorCode
}

export const updateMetadata = api<UpdateMetadataRequest, UpdateMetadataResponse>({
  name: 'UpdateMetadata',
  key: 6,
  servedBy: 'broker',
  shape: 'internal',
  refusal: (_, error) => ({ api: 'UpdateMetadata', error }),
  // The controller counts on it that a broker has what it was sent.
  endures: { loss: false, refusal: false },
  struck: 'inside',
})
