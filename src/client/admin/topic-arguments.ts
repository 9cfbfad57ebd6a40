/** What the methods of an admin that are about topics are called with. */
import { signature } from '../../base/arguments/shape.js'
import { flag, listOf, nullable, objectWith, oneOf, optional, wholeNumber } from '../../base/arguments/shapes.js'
import {
  BROKERS_MAX,
  PARTITIONS_MAX,
  PARTITIONS_PER_REQUEST_MAX,
  PARTITIONS_PER_TOPIC_MAX,
} from '../../base/config/internal-limits.js'
import { TOPIC_OPTIONS } from '../../base/config/topic-options.js'
import { TO_HIGH_WATERMARK } from '../../protocol/apis/delete-records.js'
import { INT32_MAX, optionsOf, partitionName, partitionNumber, topicName } from '../argument-shapes.js'

/** The controller refuses a number that is not positive: INVALID_PARTITIONS. */
const count = wholeNumber(-1, INT32_MAX)
const replicas = listOf('ids of brokers', wholeNumber(0, INT32_MAX), BROKERS_MAX)
export const CREATE_TOPICS = signature('createTopics', [
  '',
  objectWith({
    topics: listOf(
      'topics',
      objectWith({
        topic: topicName,
        numPartitions: optional(count),
        replicationFactor: optional(count),
        replicaAssignment: optional(
          listOf('assignments', objectWith({ partition: partitionNumber, replicas }), PARTITIONS_PER_TOPIC_MAX),
        ),
        configs: optional(optionsOf(TOPIC_OPTIONS, 'topic')),
      }),
      PARTITIONS_PER_REQUEST_MAX,
    ),
    validateOnly: optional(flag),
  }),
])
export const CREATE_PARTITIONS = signature('createPartitions', [
  '',
  objectWith({
    topicPartitions: listOf(
      'topics',
      objectWith({
        topic: topicName,
        count: wholeNumber(0, INT32_MAX),
        assignments: optional(listOf('assignments', replicas, PARTITIONS_PER_TOPIC_MAX)),
      }),
      PARTITIONS_PER_REQUEST_MAX,
    ),
    validateOnly: optional(flag),
  }),
])
export const DESCRIBE_CLUSTER = signature('describeCluster', ['', objectWith({ includeFencedBrokers: optional(flag) })])
export const DESCRIBE_LOG_DIRS = signature('describeLogDirs', [
  '',
  objectWith({ brokers: optional(listOf('ids of brokers', wholeNumber(0, INT32_MAX), BROKERS_MAX)) }),
])
export const DESCRIBE_PRODUCERS = signature('describeProducers', [
  '',
  objectWith({ partitions: listOf('partitions', partitionName, PARTITIONS_MAX) }),
])
export const LIST_TOPICS = signature('listTopics', ['', objectWith({ listInternal: optional(flag) })])
export const DELETE_TOPIC_RECORDS = signature('deleteTopicRecords', [
  '',
  objectWith({
    topic: topicName,
    partitions: listOf(
      'partitions',
      objectWith({ partition: partitionNumber, offset: wholeNumber(TO_HIGH_WATERMARK) }),
      PARTITIONS_MAX,
    ),
  }),
])
export const DELETE_TOPICS = signature('deleteTopics', [
  '',
  objectWith({ topics: listOf('names', topicName, PARTITIONS_MAX) }),
])
export const FETCH_TOPIC_METADATA = signature('fetchTopicMetadata', [
  '',
  objectWith({ topics: optional(listOf('names', topicName, PARTITIONS_MAX)) }),
])
export const FETCH_TOPIC_OFFSETS = signature('fetchTopicOffsets', ['topic', topicName])
export const ELECT_LEADERS = signature('electLeaders', [
  '',
  objectWith({
    electionType: oneOf('preferred', 'unclean'),
    partitions: optional(nullable(listOf('partitions', partitionName, PARTITIONS_MAX))),
  }),
])
