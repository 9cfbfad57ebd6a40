import { expect, test } from 'vitest'
import { APIS, type Request, refusalTo } from '../../../src/protocol/api.js'

const where = { topicId: 7, partition: 1 }
const REQUESTS: readonly Request[] = [
  {
    api: 'Produce',
    acks: -1,
    timeoutMs: 1,
    batches: [{ ...where, memoryId: 0, position: 0, bytes: 8 }],
  },
  {
    api: 'Fetch',
    waitMsMax: 0,
    bytesMin: 1,
    bytesMax: 1,
    readCommitted: false,
    replicaId: -1,
    replicaEpoch: -1,
    partitions: [{ ...where, fetchOffset: 0, bytesMax: 1, leaseSlot: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }],
  },
  { api: 'Metadata', topics: ['a'], allowAutoTopicCreation: false },
  { api: 'ListOffsets', partitions: [{ ...where, timestamp: -1 }] },
  {
    api: 'CreateTopics',
    topics: [{ name: 'a', numPartitions: 1, replicationFactor: 1, configs: {} }],
    validateOnly: false,
  },
  { api: 'DeleteTopics', names: ['a'] },
  { api: 'BrokerRegistration', brokerId: 1, previousBrokerEpoch: -1 },
  { api: 'UpdateMetadata', version: 1, since: -1, brokers: [], topics: [], removedTopics: [] },
  {
    api: 'AlterPartition',
    brokerId: 1,
    brokerEpoch: 2,
    partitions: [{ ...where, leaderEpoch: 3, partitionEpoch: 4, newIsr: [{ brokerId: 1, brokerEpoch: 2 }] }],
  },
  { api: 'ControlledShutdown', brokerId: 1, brokerEpoch: 2 },
  { api: 'ElectLeaders', electionType: 'preferred', partitions: [{ topic: 'a', partition: 1 }] },
  { api: 'InitProducerId' },
  { api: 'OffsetForLeaderEpoch', partitions: [{ ...where, currentLeaderEpoch: -1, leaderEpoch: 0 }] },
]

test('every API that can fail is tried', () => {
  expect(REQUESTS.map(({ api }) => api)).toEqual(APIS.map(({ name }) => name))
})

test.each(REQUESTS)('$api says what went wrong, in its own shape', (request) => {
  const response = refusalTo(request, 'NOT_CONTROLLER')
  expect(response?.api).toBe(request.api)
  expect(JSON.stringify(response)).toContain('"error":"NOT_CONTROLLER"')
})

test('an API without errors has no such answer', () => {
  expect(refusalTo({ api: 'Stop', held: -1 }, 'NOT_CONTROLLER')).toBeNull()
})
