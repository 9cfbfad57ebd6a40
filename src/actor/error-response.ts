import type { ErrorCode } from '../base/error-code.js'
import type { Request, Response } from '../protocol/messages.js'

/** The APIs of brokers and controller: each can say that it failed. */
export const FALLIBLE_APIS = [
  'Produce',
  'Fetch',
  'Metadata',
  'ListOffsets',
  'CreateTopics',
  'DeleteTopics',
  'BrokerRegistration',
  'UpdateMetadata',
  'AlterPartition',
  'ControlledShutdown',
  'ElectLeaders',
  'InitProducerId',
  'OffsetForLeaderEpoch',
] as const
export type FallibleApi = (typeof FALLIBLE_APIS)[number]

/**
 * The answer to a request of which nothing was done, in the shape of its API: the error stands with each partition or topic
 * where the API has it there. Null: the API has no errors.
 */
export function errorResponse(request: Request, error: ErrorCode): Response | null {
  switch (request.api) {
    case 'Produce':
      return {
        api: 'Produce',
        partitions: request.batches.map((batch) => ({ ...NOT_PRODUCED, ...named(batch), error })),
      }
    case 'Fetch':
      return {
        api: 'Fetch',
        partitions: request.partitions.map((asked) => ({ ...NOT_FETCHED, ...named(asked), error })),
      }
    case 'Metadata': {
      const topics = (request.topics ?? []).map((name) => ({ error, name, topicId: -1, partitions: [] }))
      return { api: 'Metadata', brokers: [], controller: -1, topics }
    }
    case 'ListOffsets':
      return {
        api: 'ListOffsets',
        partitions: request.partitions.map((asked) => ({ ...named(asked), error, offset: -1 })),
      }
    case 'CreateTopics':
      return { api: 'CreateTopics', topics: request.topics.map(({ name }) => ({ name, topicId: -1, error, says: '' })) }
    case 'DeleteTopics':
      return { api: 'DeleteTopics', topics: request.names.map((name) => ({ name, topicId: -1, error, says: '' })) }
    case 'BrokerRegistration':
      return { api: 'BrokerRegistration', error, brokerEpoch: -1 }
    case 'UpdateMetadata':
      return { api: 'UpdateMetadata', error }
    case 'AlterPartition':
      return {
        api: 'AlterPartition',
        error: 'NONE',
        partitions: request.partitions.map(({ newIsr, leaderEpoch, partitionEpoch, ...asked }) => {
          const isr = newIsr.map(({ brokerId }) => brokerId)
          return { ...named(asked), error, leader: request.brokerId, leaderEpoch, isr, partitionEpoch }
        }),
      }
    case 'ControlledShutdown':
      return { api: 'ControlledShutdown', error, remaining: -1 }
    case 'InitProducerId':
      return { api: 'InitProducerId', error, producerId: -1, producerEpoch: -1 }
    case 'ElectLeaders':
      return { api: 'ElectLeaders', partitions: (request.partitions ?? []).map((name) => ({ ...name, error })) }
    case 'OffsetForLeaderEpoch': {
      const partitions = request.partitions.map((asked) => ({ ...named(asked), error, leaderEpoch: -1, endOffset: -1 }))
      return { api: 'OffsetForLeaderEpoch', partitions }
    }
    default:
      return null
  }
}

const NOT_PRODUCED = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, currentLeader: null }
const NOT_FETCHED = {
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  currentLeader: null,
  divergingEpoch: null,
  slice: null,
}

function named<Id>({ topicId, partition }: { readonly topicId: Id; readonly partition: number }): {
  readonly topicId: Id
  readonly partition: number
} {
  return { topicId, partition }
}
