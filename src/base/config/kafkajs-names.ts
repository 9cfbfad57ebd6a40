/**
 * Options of KafkaJS 2.2 whose names are not like Kafka's, and Kafka's. Those that are, such as `sessionTimeout`, are
 * found by their letters.
 */
export const KAFKAJS_NAMES: Readonly<Record<string, string>> = {
  allowAutoTopicCreation: 'allow.auto.create.topics',
  autoCommit: 'enable.auto.commit',
  autoCommitInterval: 'auto.commit.interval.ms',
  compression: 'compression.type',
  fromBeginning: 'auto.offset.reset',
  idempotent: 'enable.idempotence',
  initialRetryTime: 'retry.backoff.ms',
  maxBytes: 'fetch.max.bytes',
  maxBytesPerPartition: 'max.partition.fetch.bytes',
  maxInFlightRequests: 'max.in.flight.requests.per.connection',
  maxRetryTime: 'retry.backoff.max.ms',
  maxWaitTimeInMs: 'fetch.max.wait.ms',
  metadataMaxAge: 'metadata.max.age.ms',
  minBytes: 'fetch.min.bytes',
  partitionAssigners: 'partition.assignment.strategy',
  rackId: 'client.rack',
  readUncommitted: 'isolation.level',
  rebalanceTimeout: 'max.poll.interval.ms',
}
