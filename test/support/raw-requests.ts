/** Requests that raw clients send, with their schemas. */
import { fetch, fetchWire } from '../../src/protocol/apis/fetch.js'
import { metadata, metadataWire } from '../../src/protocol/apis/metadata.js'
import { produce, produceWire } from '../../src/protocol/apis/produce.js'

export const PRODUCE = { name: produce.name, key: produce.key, wire: produceWire }
export const FETCH = { name: fetch.name, key: fetch.key, wire: fetchWire }
export const METADATA = { name: metadata.name, key: metadata.key, wire: metadataWire }

export const allOf = (name: string) => ({
  topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  allowAutoTopicCreation: false,
  includeTopicAuthorizedOperations: false,
})

export const toProduce = (name: string, records: Uint8Array | null, acks = -1) => ({
  transactionalId: null,
  acks,
  timeoutMs: 5_000,
  topicData: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionData: [{ index: 0, records }] }],
})

export const toFetch = (topic: string, topicId: string, fetchOffset = 0, maxWaitMs = 0) => ({
  clusterId: null,
  replicaState: { replicaId: -1, replicaEpoch: -1 },
  maxWaitMs,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: -1,
  topics: [
    {
      topic,
      topicId,
      partitions: [
        {
          partition: 0,
          currentLeaderEpoch: -1,
          fetchOffset,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
          partitionMaxBytes: 1_000_000,
          replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
          highWatermark: 2n ** 63n - 1n,
        },
      ],
    },
  ],
  forgottenTopicsData: [],
  rackId: '',
})
