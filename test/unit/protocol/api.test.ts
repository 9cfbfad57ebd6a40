import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/base/error-code.js'
import {
  APIS,
  coordinatorRefusalTo,
  passingErrorOf,
  type Request,
  type Response,
  refusalTo,
} from '../../../src/protocol/api.js'

const where = { topicId: 7, partition: 1 }
const UUID = 'AAAAAAAAAAAAAAAAAAAABw'
const member = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }
const resource = { resourceType: 2, resourceName: 'a' }
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
  { api: 'DeleteRecords', topics: [{ name: 'a', partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 1 },
  {
    api: 'CreatePartitions',
    topics: [{ name: 'a', count: 2, assignments: null }],
    timeoutMs: 1,
    validateOnly: false,
  },
  { api: 'DescribeCluster', includeFenced: true },
  { api: 'DescribeTopicPartitions', topics: [{ name: 'a' }], responsePartitionLimit: 1, cursor: null },
  { api: 'DescribeLogDirs', topics: null },
  { api: 'DescribeProducers', topics: [{ name: 'a', partitionIndexes: [0] }] },
  {
    api: 'DescribeConfigs',
    resources: [{ ...resource, configurationKeys: null }],
    includeSynonyms: false,
    includeDocumentation: false,
  },
  { api: 'AlterConfigs', resources: [{ ...resource, configs: [] }], validateOnly: false },
  { api: 'IncrementalAlterConfigs', resources: [{ ...resource, configs: [] }], validateOnly: false },
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
  { api: 'FindCoordinator', keyType: 0, coordinatorKeys: ['g', 'h'] },
  {
    api: 'JoinGroup',
    groupId: 'g',
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 1,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Uint8Array.of(1) }],
    reason: null,
  },
  { api: 'SyncGroup', ...member, protocolType: null, protocolName: null, assignments: [] },
  { api: 'Heartbeat', ...member },
  { api: 'LeaveGroup', groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null, reason: null }] },
  {
    api: 'OffsetCommit',
    groupId: 'g',
    generationIdOrMemberEpoch: 1,
    memberId: 'm',
    groupInstanceId: null,
    topics: [
      {
        topicId: UUID,
        partitions: [0, 1].map((partitionIndex) => {
          return { partitionIndex, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: null }
        }),
      },
    ],
  },
  {
    api: 'OffsetFetch',
    groups: ['g', 'h'].map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null })),
    requireStable: true,
  },
  { api: 'OffsetDelete', groupId: 'g', topics: [{ name: 'a', partitions: [{ partitionIndex: 0 }] }] },
  { api: 'ListGroups', statesFilter: [], typesFilter: [] },
  { api: 'DescribeGroups', groups: ['g', 'h'], includeAuthorizedOperations: false },
  { api: 'DeleteGroups', groupsNames: ['g', 'h'] },
]
const requestOf = (api: Request['api']): Request => REQUESTS.find((request) => request.api === api) as Request

/** Every error in an answer, wherever it stands. */
function errorsIn(value: unknown): ErrorCode[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) =>
    name === 'error' || name === 'errorCode' ? [one as ErrorCode] : errorsIn(one),
  )
}

test('every API that can fail is tried', () => {
  expect(REQUESTS.map(({ api }) => api)).toEqual(APIS.map(({ name }) => name))
})

test.each(REQUESTS)('$api says what went wrong, in its own shape', (request) => {
  const response = refusalTo(request, 'NOT_CONTROLLER')
  expect(response?.api).toBe(request.api)
  expect(errorsIn(response)).toContain('NOT_CONTROLLER')
})

test.each([
  ['FindCoordinator', 2],
  ['JoinGroup', 1],
  ['SyncGroup', 1],
  ['Heartbeat', 1],
  ['LeaveGroup', 1],
  ['OffsetCommit', 2],
  ['OffsetFetch', 2],
  ['OffsetDelete', 1],
  ['ListGroups', 1],
  ['DescribeGroups', 2],
  ['DeleteGroups', 2],
] as const)('%s has its error wherever one stands, and who asks looks for the coordinator again', (api, places) => {
  const response = refusalTo(requestOf(api), 'NOT_COORDINATOR') as Response
  expect(errorsIn(response)).toEqual(Array(places).fill('NOT_COORDINATOR'))
  expect(passingErrorOf(response)).toBe('NOT_COORDINATOR')
  expect(passingErrorOf(refusalTo(requestOf(api), 'INVALID_GROUP_ID') as Response)).toBeNull()
})

test.each([
  // apache/kafka#4788: the Java client takes 14 for fatal here.
  ['SyncGroup', 'COORDINATOR_LOAD_IN_PROGRESS', 'REBALANCE_IN_PROGRESS'],
  ['Heartbeat', 'COORDINATOR_LOAD_IN_PROGRESS', 'NONE'],
  ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_LOAD_IN_PROGRESS'],
  // GroupCoordinatorService.handleOffsetFetchException
  ['OffsetFetch', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'],
  ['OffsetCommit', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE'],
] as const)('%s says of a coordinator with %s: %s', (api, error, said) => {
  const errors = errorsIn(coordinatorRefusalTo(requestOf(api) as Parameters<typeof coordinatorRefusalTo>[0], error))
  expect(new Set(errors)).toEqual(new Set([said]))
})

test('an API without errors has no such answer', () => {
  expect(refusalTo({ api: 'Stop', held: [] }, 'NOT_CONTROLLER')).toBeNull()
})
