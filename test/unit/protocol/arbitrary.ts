/** Requests and responses of every kind, for the property tests. */
import fc from 'fast-check'
import type { ErrorCode } from '../../../src/base/error-code.js'
import {
  type ApiName,
  apiNamed,
  type KafkaApiName,
  type RequestOf,
  type ResponseOf,
} from '../../../src/protocol/api.js'
import type { LeaveOperation, MemberState } from '../../../src/protocol/inner/group-words.js'
import { DrawingReader } from './drawing-reader.js'

export type ArbitraryOf<Value> = fc.Arbitrary<Value>

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const count = fc.nat({ max: 2 ** 31 - 1 })
/** Offsets, and milliseconds with a fraction: whatever a double holds, -1 included. */
const offset = fc.oneof(fc.constant(-1), fc.maxSafeNat())
const timestamp = fc.double({ min: -1, max: 2 ** 45, noNaN: true }).map((value) => value + 0)
const error = fc.constantFrom<ErrorCode>('NONE', 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_SERVER_ERROR', 'CORRUPT_MESSAGE')
const text = fc.string({ unit: 'binary', maxLength: 30 })
const list = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> => fc.array(item, { maxLength: 5 })
const api = <Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name)

const place = { topicId: int32, partition: int32 }
const partitionMetadata = fc.record({
  partition: count,
  leader: int32,
  leaderEpoch: count,
  partitionEpoch: count,
  replicas: list(count),
  isr: list(count),
  elr: list(count),
  lastKnownLeader: int32,
})
/** On a ring, -1 stands for null. */
const currentLeader = fc.option(fc.record({ leader: count, leaderEpoch: count }))
const divergingEpoch = fc.option(fc.record({ epoch: count, endOffset: offset }))
const broker = fc.record({ brokerId: count, brokerEpoch: int32, isFenced: fc.boolean(), isShuttingDown: fc.boolean() })
const member = fc.record({ brokerId: count, brokerEpoch: int32 })
const name = fc.record({ topic: text, partition: count })
const configs = fc.dictionary(fc.string({ maxLength: 9 }), fc.oneof(count, text, fc.boolean()), {
  maxKeys: 3,
  noNullPrototype: true,
})
const topicResult = fc.record({ name: text, topicId: int32, error, says: text })
const assignments = fc.array(fc.record({ partitionIndex: int32, brokerIds: fc.array(int32) }))
const describedOption = fc.record({ name: text, value: fc.option(text), source: int32 })
const made = fc.record({
  numPartitions: int32,
  replicationFactor: int32,
  configs: fc.option(fc.array(describedOption)),
})
const createdTopic = fc
  .tuple(topicResult, fc.option(made))
  .map(([result, whatWasMade]) => ({ ...result, made: whatWasMade }))
const assigned = fc.record({ topic: text, partition: count, index: count, epoch: count, position: offset })
const committed = fc.record({ topic: text, partition: count, offset, leaderEpoch: int32, metadata: text })
const step = fc.oneof(
  fc.record({
    type: fc.constantFrom<'hold' | 'revoked' | 'lost' | 'assigned'>('hold', 'revoked', 'lost', 'assigned'),
    step: count,
    partitions: list(name),
  }),
  fc.record({ type: fc.constant<'failed'>('failed'), step: count, error, says: text }),
  fc.record({ type: fc.constant<'assign'>('assign'), step: count, assignor: text, attachment: count }),
)
const groupMember = fc.record({
  state: fc.constantFrom<MemberState>('unsubscribed', 'preparing', 'stable', 'expelled'),
  memberId: text,
  generationId: int32,
  coordinator: int32,
  assignor: fc.option(text),
  isLeader: fc.boolean(),
  step: fc.option(step),
})
const lent = fc.record({ segment: count, position: count, bytes: count, lease: int32 })

/** A message of an API whose schema says what it is made of. */
function spoken<A extends KafkaApiName, Body>(name: A, half: 'request' | 'response'): fc.Arbitrary<Body> {
  const schema = apiNamed(name).spoken
  const plan = schema?.plansOf(schema.versions.newest)?.[half]
  return fc.gen().map((draw) => ({ api: name, ...plan?.read(new DrawingReader(draw)) }) as Body)
}
const askedBySchema = <A extends KafkaApiName>(name: A): fc.Arbitrary<RequestOf<A>> =>
  fc
    .tuple(spoken<A, RequestOf<A>>(name, 'request'), fc.option(text, { nil: undefined }))
    .map(([asked, clientId]) => (clientId === undefined ? asked : { ...asked, clientId }))
const toldBySchema = <A extends KafkaApiName>(name: A): fc.Arbitrary<ResponseOf<A>> => spoken(name, 'response')

/** Only a follower says where its log begins. */
const fetchOf = (replicaId: fc.Arbitrary<number>, said: { readonly logStartOffset?: fc.Arbitrary<number> }) =>
  fc.record({
    api: api('Fetch'),
    waitMsMax: count,
    bytesMin: count,
    bytesMax: count,
    readCommitted: fc.boolean(),
    replicaId,
    replicaEpoch: offset,
    partitions: list(
      fc.record({
        ...place,
        fetchOffset: offset,
        bytesMax: count,
        leaseSlot: count,
        currentLeaderEpoch: int32,
        lastFetchedEpoch: int32,
        ...said,
      }),
    ),
  })

export const requests: { readonly [A in ApiName]: fc.Arbitrary<RequestOf<A>> } = {
  Produce: fc.record({
    api: api('Produce'),
    acks: fc.constantFrom<-1 | 0 | 1>(-1, 0, 1),
    timeoutMs: count,
    batches: list(fc.record({ ...place, memoryId: count, position: count, bytes: count })),
  }),
  Fetch: fc.oneof(fetchOf(fc.integer({ min: -5, max: -1 }), {}), fetchOf(count, { logStartOffset: offset })),
  Metadata: fc.record({
    api: api('Metadata'),
    topics: fc.option(list(text)),
    allowAutoTopicCreation: fc.boolean(),
  }),
  CreateTopics: fc.record({
    api: api('CreateTopics'),
    topics: list(fc.record({ name: text, numPartitions: int32, replicationFactor: int32, configs, assignments })),
    validateOnly: fc.boolean(),
    describes: fc.boolean(),
  }),
  DeleteTopics: fc.record({ api: api('DeleteTopics'), names: list(text) }),
  ListOffsets: fc.record({
    api: api('ListOffsets'),
    partitions: list(fc.record({ ...place, timestamp: fc.oneof(fc.constantFrom(-1, -2), timestamp) })),
  }),
  BrokerRegistration: fc.record({
    api: api('BrokerRegistration'),
    brokerId: count,
    previousBrokerEpoch: int32,
  }),
  AlterPartition: fc.record({
    api: api('AlterPartition'),
    brokerId: count,
    brokerEpoch: int32,
    partitions: list(fc.record({ ...place, leaderEpoch: count, partitionEpoch: count, newIsr: list(member) })),
  }),
  ControlledShutdown: fc.record({ api: api('ControlledShutdown'), brokerId: count, brokerEpoch: int32 }),
  ElectLeaders: fc.record({
    api: api('ElectLeaders'),
    electionType: fc.constantFrom<'preferred' | 'unclean'>('preferred', 'unclean'),
    partitions: fc.option(list(name)),
  }),
  OffsetForLeaderEpoch: fc.record({
    api: api('OffsetForLeaderEpoch'),
    partitions: list(fc.record({ ...place, currentLeaderEpoch: int32, leaderEpoch: int32 })),
  }),
  UpdateMetadata: fc.record({
    api: api('UpdateMetadata'),
    version: count,
    since: int32,
    brokers: list(broker),
    removedTopics: list(int32),
    topics: list(fc.record({ name: text, topicId: int32, configs, partitions: list(partitionMetadata) })),
  }),
  Assign: fc.record({
    api: api('Assign'),
    call: count,
    topics: list(text),
    partitions: list(fc.oneof(name, fc.record({ topic: text, partition: count, offset: fc.maxSafeNat() }))),
    reset: fc.constantFrom<'earliest' | 'latest' | null>('earliest', 'latest', null),
  }),
  Seek: fc.record({
    api: api('Seek'),
    call: count,
    index: count,
    epoch: count,
    to: fc.oneof(
      fc.maxSafeNat(),
      fc.constantFrom<'earliest' | 'latest'>('earliest', 'latest'),
      fc.record({ timestamp: fc.maxSafeNat() }),
    ),
  }),
  Pause: fc.record({ api: api('Pause'), indexes: list(count) }),
  News: fc.record({ api: api('News') }),
  Share: fc.record({ api: api('Share'), attachment: int32 }),
  Subscribe: fc.record({
    api: api('Subscribe'),
    topics: list(text),
    pattern: fc.option(fc.record({ source: text, flags: text })),
    reset: fc.constantFrom<'earliest' | 'latest' | null>('earliest', 'latest', null),
  }),
  Commit: fc.record({
    api: api('Commit'),
    call: count,
    offsets: fc.option(list(committed)),
    timeoutMs: fc.option(count),
  }),
  Committed: fc.record({ api: api('Committed'), call: count, partitions: list(name), timeoutMs: count }),
  Leave: fc.record({
    api: api('Leave'),
    call: count,
    commits: fc.boolean(),
    operation: fc.constantFrom<LeaveOperation>('DEFAULT', 'LEAVE_GROUP', 'REMAIN_IN_GROUP'),
    timeoutMs: count,
  }),
  StepTaken: fc.record({ api: api('StepTaken'), step: count }),
  GroupAssigned: fc.record({
    api: api('GroupAssigned'),
    step: count,
    assignment: list(fc.record({ memberId: text, partitions: list(name) })),
    failure: fc.option(text),
  }),
  Hurry: fc.record({ api: api('Hurry') }),
  Take: fc.record({ api: api('Take'), slices: fc.boolean() }),
  Run: fc.record({ api: api('Run'), call: count, attachment: int32 }),
  EndRun: fc.record({ api: api('EndRun') }),
  AwaitRebalance: fc.record({
    api: api('AwaitRebalance'),
    groupId: text,
    memberId: text,
    groupInstanceId: fc.option(text),
    generationId: count,
  }),
  ReadNoMore: fc.record({
    api: api('ReadNoMore'),
    partitions: fc.array(fc.record({ topicId: count, partition: count, fetchOffset: count })),
  }),
  CreateInternalTopic: fc.record({ api: api('CreateInternalTopic'), name: text }),
  AwaitBroker: fc.record({ api: api('AwaitBroker'), brokerId: count }),
  EndConversations: fc.record({ api: api('EndConversations') }),
  Emitted: fc.record({ api: api('Emitted') }),
  Stop: fc.record({ api: api('Stop'), held: fc.array(count) }),
  InitProducerId: fc.record({ api: api('InitProducerId') }),
  FindCoordinator: askedBySchema('FindCoordinator'),
  JoinGroup: askedBySchema('JoinGroup'),
  SyncGroup: askedBySchema('SyncGroup'),
  Heartbeat: askedBySchema('Heartbeat'),
  LeaveGroup: askedBySchema('LeaveGroup'),
  OffsetCommit: askedBySchema('OffsetCommit'),
  OffsetFetch: askedBySchema('OffsetFetch'),
  OffsetDelete: askedBySchema('OffsetDelete'),
  ListGroups: askedBySchema('ListGroups'),
  DescribeGroups: askedBySchema('DescribeGroups'),
  DeleteGroups: askedBySchema('DeleteGroups'),
  DeleteRecords: askedBySchema('DeleteRecords'),
  DescribeTopicPartitions: askedBySchema('DescribeTopicPartitions'),
  DescribeLogDirs: askedBySchema('DescribeLogDirs'),
  DescribeProducers: askedBySchema('DescribeProducers'),
  CreatePartitions: askedBySchema('CreatePartitions'),
  DescribeCluster: fc.record({ api: api('DescribeCluster'), includeFenced: fc.boolean() }),
  DescribeConfigs: askedBySchema('DescribeConfigs'),
  AlterConfigs: askedBySchema('AlterConfigs'),
  IncrementalAlterConfigs: askedBySchema('IncrementalAlterConfigs'),
}

const callEnd = fc.record(
  { call: count, error, says: text, offsets: list(committed) },
  { requiredKeys: ['call', 'error', 'says'] },
)

export const responses: { readonly [A in ApiName]: fc.Arbitrary<ResponseOf<A>> } = {
  Produce: fc.record({
    api: api('Produce'),
    partitions: list(
      fc.record({
        ...place,
        error,
        baseOffset: offset,
        logAppendTimeMs: timestamp,
        logStartOffset: offset,
        currentLeader,
      }),
    ),
  }),
  Fetch: fc.record({
    api: api('Fetch'),
    partitions: list(
      fc.record({
        ...place,
        error,
        highWatermark: offset,
        lastStableOffset: offset,
        logStartOffset: offset,
        currentLeader,
        divergingEpoch,
        slice: fc.option(lent),
      }),
    ),
  }),
  Metadata: fc.record({
    api: api('Metadata'),
    brokers: list(count),
    controller: int32,
    topics: list(
      fc.record({ error, name: text, topicId: int32, isInternal: fc.boolean(), partitions: list(partitionMetadata) }),
    ),
  }),
  CreateTopics: fc.record({ api: api('CreateTopics'), topics: list(createdTopic) }),
  DeleteTopics: fc.record({ api: api('DeleteTopics'), topics: list(topicResult) }),
  ListOffsets: fc.record({ api: api('ListOffsets'), partitions: list(fc.record({ ...place, error, offset })) }),
  BrokerRegistration: fc.record({ api: api('BrokerRegistration'), error, brokerEpoch: int32 }),
  UpdateMetadata: fc.record({ api: api('UpdateMetadata'), error }),
  AlterPartition: fc.record({
    api: api('AlterPartition'),
    error,
    partitions: list(
      fc.record({ ...place, error, leader: int32, leaderEpoch: int32, isr: list(count), partitionEpoch: int32 }),
    ),
  }),
  ControlledShutdown: fc.record({ api: api('ControlledShutdown'), error, remaining: count }),
  ElectLeaders: fc.record({
    api: api('ElectLeaders'),
    partitions: list(fc.record({ topic: text, partition: count, error })),
  }),
  OffsetForLeaderEpoch: fc.record({
    api: api('OffsetForLeaderEpoch'),
    partitions: list(fc.record({ ...place, error, leaderEpoch: int32, endOffset: offset })),
  }),
  Assign: fc.record({ api: api('Assign') }),
  Seek: fc.record({ api: api('Seek') }),
  Pause: fc.record({ api: api('Pause') }),
  News: fc.record({
    api: api('News'),
    partitions: list(assigned),
    ended: list(callEnd),
    member: groupMember,
  }),
  Share: fc.record({ api: api('Share') }),
  Subscribe: fc.record({ api: api('Subscribe') }),
  Commit: fc.record({ api: api('Commit') }),
  Committed: fc.record({ api: api('Committed') }),
  Leave: fc.record({ api: api('Leave') }),
  StepTaken: fc.record({ api: api('StepTaken') }),
  GroupAssigned: fc.record({ api: api('GroupAssigned') }),
  Hurry: fc.record({ api: api('Hurry') }),
  Emitted: fc.record({ api: api('Emitted'), count, isLast: fc.boolean() }),
  Take: fc.record(
    {
      api: api('Take'),
      news: int32,
      slices: list(
        fc.record({
          index: count,
          epoch: count,
          error,
          memoryId: count,
          position: count,
          bytes: count,
          lease: int32,
          fetchOffset: offset,
          highWatermark: offset,
        }),
      ),
      ended: list(callEnd),
    },
    { requiredKeys: ['api', 'news', 'slices'] },
  ),
  Run: fc.record({ api: api('Run') }),
  EndRun: fc.record({ api: api('EndRun') }),
  AwaitRebalance: fc.record({ api: api('AwaitRebalance'), error }),
  ReadNoMore: fc.record({ api: api('ReadNoMore') }),
  CreateInternalTopic: fc.record({ api: api('CreateInternalTopic'), error, says: text }),
  AwaitBroker: fc.record({ api: api('AwaitBroker') }),
  EndConversations: fc.record({ api: api('EndConversations') }),
  Stop: fc.record({ api: api('Stop') }),
  InitProducerId: fc.record({ api: api('InitProducerId'), error, producerId: fc.maxSafeNat(), producerEpoch: count }),
  FindCoordinator: toldBySchema('FindCoordinator'),
  JoinGroup: toldBySchema('JoinGroup'),
  SyncGroup: toldBySchema('SyncGroup'),
  Heartbeat: toldBySchema('Heartbeat'),
  LeaveGroup: toldBySchema('LeaveGroup'),
  OffsetCommit: toldBySchema('OffsetCommit'),
  OffsetFetch: toldBySchema('OffsetFetch'),
  OffsetDelete: toldBySchema('OffsetDelete'),
  ListGroups: toldBySchema('ListGroups'),
  DescribeGroups: toldBySchema('DescribeGroups'),
  DeleteGroups: toldBySchema('DeleteGroups'),
  DeleteRecords: toldBySchema('DeleteRecords'),
  DescribeTopicPartitions: toldBySchema('DescribeTopicPartitions'),
  DescribeLogDirs: toldBySchema('DescribeLogDirs'),
  DescribeProducers: toldBySchema('DescribeProducers'),
  CreatePartitions: toldBySchema('CreatePartitions'),
  DescribeCluster: fc.record({
    api: api('DescribeCluster'),
    error,
    brokers: list(fc.record({ brokerId: int32, isFenced: fc.boolean() })),
  }),
  DescribeConfigs: toldBySchema('DescribeConfigs'),
  AlterConfigs: toldBySchema('AlterConfigs'),
  IncrementalAlterConfigs: toldBySchema('IncrementalAlterConfigs'),
}
