/** The public API of Odradek. */
export type { GivenAdminOptions } from './base/config/admin-options.js'
export type { GivenBrokerOptions } from './base/config/broker-options.js'
export type { GivenConsumerOptions } from './base/config/consumer-options.js'
export type { GivenProducerOptions } from './base/config/producer-options.js'
export type { GivenTopicOptions } from './base/config/topic-options.js'
export type { ErrorCode } from './base/error-code.js'
export {
  BufferExhaustedError,
  ClosedError,
  CommitFailedError,
  ConfigError,
  FencedInstanceIdError,
  InvalidGroupIdError,
  KafkaError,
  NoOffsetForPartitionError,
  RebalanceInProgressError,
  RecordTooLargeError,
  RetriableCommitFailedError,
  SerializationError,
  TimeoutError,
  WakeupError,
  WorkerDiedError,
} from './base/errors.js'
export type { Admin } from './client/admin/admin.js'
export type {
  ConfigEntry,
  ConfigOperation,
  ConfigSource,
  ConfigSynonym,
  ConfigsToAlter,
  ConfigsToAlterIncrementally,
  ConfigsToDescribe,
  ConfigValue,
  DescribedResource,
  NamedResource,
  ResourceType,
} from './client/admin/config-admin.js'
export type {
  DeletedGroup,
  DescribedMember,
  FetchedOffset,
  FetchedOffsets,
  GroupDescription,
  GroupState,
  GroupType,
  ListedGroup,
} from './client/admin/group-admin.js'
export type { ActiveProducer, BrokerLogs, DescribedLog, PartitionProducers } from './client/admin/log-admin.js'
export type { OffsetToSet, PartitionLag, PartitionOffset, ResetTarget } from './client/admin/offset-admin.js'
export type { DeletedRecords, PartitionsToCreate, RecordsToDelete, TopicToCreate } from './client/admin/topic-admin.js'
export type { DescribedBroker, ElectedLeader, TopicOffsets } from './client/admin/topic-doors.js'
export type { BatchReport } from './client/batches/batch-report.js'
export type { Consumer } from './client/consumer/consumer.js'
export type { Assignment, ConsumerCloseOptions, GivenOffset } from './client/consumer/consumer-arguments.js'
export type { GivenAssignmentStrategy } from './client/consumer/group/assignors/assignment-strategy.js'
export type {
  Group,
  GroupMember,
  GroupTopic,
  RebalanceProtocol,
} from './client/consumer/group/assignors/assignor.js'
export type { CustomAssignor, GivenAssignment } from './client/consumer/group/assignors/custom-assignor.js'
export type { OffsetToCommit } from './client/consumer/group/front/commit-arguments.js'
export type { ConsumerConfig } from './client/consumer/group/front/consumer-config.js'
export type { DescribedPartition, MemberDescription } from './client/consumer/group/front/member-front.js'
export type { CommitCallback } from './client/consumer/group/front/offset-commits.js'
export type { RebalanceCallback, RebalanceCallbacks, Subscription } from './client/consumer/group/front/subscription.js'
export type {
  BatchHandler,
  EachBatchPayload,
  EachMessagePayload,
  HandlerContext,
  HandlerModule,
  MessageHandler,
  OffsetsByTopic,
  RecordHandler,
  RunOptions,
} from './client/consumer/handler.js'
export type { LentBatch, LentRecordView } from './client/consumer/lent-batch.js'
export {
  CONSUMER_METRICS,
  CONSUMER_PARTITION_METRICS,
  CONSUMER_TOPIC_METRICS,
  type ConsumerMetrics,
  type ConsumerPartitionMetrics,
  type ConsumerTopicMetrics,
} from './client/consumer/metrics/consumer-metric-tables.js'
export type { RunRequest } from './client/consumer/run-arguments.js'
export { type DeadLetterCluster, deadLetterTopic } from './client/dead-letter-topic/dead-letter-topic.js'
export {
  type DeadLetterReplay,
  DeadLetterReplayError,
  type DeadLetterSource,
  type ReplayOptions,
} from './client/dead-letters/dead-letter-replay.js'
export type {
  DeadLetter,
  DeadLetterCause,
  DeadLetterFailure,
  DeadLetterSink,
} from './client/dead-letters/dead-letters.js'
export type { CloseOptions } from './client/lifetime.js'
export type { MetricDefinition } from './client/metric-definition.js'
export { partitionForKey } from './client/producer/key-hash.js'
export type { Partitioner } from './client/producer/partitioner.js'
export type { Producer } from './client/producer/producer.js'
export type { ProducerExtras } from './client/producer/producer-extras.js'
export type { ProducerInterceptor } from './client/producer/producer-interceptors.js'
export {
  PRODUCER_METRICS,
  PRODUCER_TOPIC_METRICS,
  type ProducerMetrics,
  type TopicMetrics,
} from './client/producer/producer-metric-tables.js'
export type {
  DeliveredRecord,
  DeliveryCallback,
  ProducerMessage,
  ProducerRecord,
  RecordMetadata,
  SendRequest,
} from './client/producer/producer-record.js'
export type { Serializer, Serializers } from './client/producer/serializers.js'
export type { AttachedCluster } from './cluster/attached-cluster.js'
export { Cluster, type ClusterOptions } from './cluster/cluster.js'
export type { ClusterFacts, ClusterHandle } from './cluster/cluster-handle.js'
export type { ClusterDescription, MemoryDescription, ThreadFailure } from './cluster/doors.js'
export type { ScriptedFault } from './cluster/fault-rule.js'
export type { ClusterFaults, KillOptions, LinkEnd, LinkOptions } from './cluster/faults.js'
export type { Loss } from './cluster/kept-memory.js'
export type { FaultHandle } from './cluster/scripted-faults.js'
export { SimulatedCluster } from './cluster/simulated.js'
export type { DeathPlan, SimulatedClusterOptions } from './cluster/simulated-arguments.js'
export type { ListenOptions } from './gateway/listen-options.js'
export type { SaslOptions } from './gateway/sasl/sasl-options.js'
export type { TlsOptions } from './gateway/tls/tls-options.js'
export type { CommittedOffset, LeaveOperation, MemberState } from './protocol/inner/group-words.js'
export type { PartitionName } from './protocol/partition.js'
export type { HeadersByName, KeptRecord, LentRecord } from './record/lent-record.js'
export type { RecordData, RecordHeader } from './record/record.js'
export { BrokenDeadLettersError, deadLetterFile } from './storage/dead-letter-file.js'
export { deadLetterTable } from './storage/dead-letter-table.js'
