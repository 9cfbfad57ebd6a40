/**
 * The broker's options of groups: Kafka's names and Kafka 4.2's defaults (class `GroupCoordinatorConfig`), except where
 * `doc` says so.
 */
import type { OptionDefinitions } from './definition.js'

/** Replicas of `__consumer_offsets` where there are so many brokers. */
export const OFFSETS_REPLICATION_FACTOR = 3

export const GROUP_OPTIONS = {
  'group.initial.rebalance.delay.ms': {
    type: 'int',
    default: 0,
    min: 0,
    kafkaDefault: 3_000,
    doc: 'How long a group that was empty waits for further members after the first one, before it shares out the partitions. Kafka waits for 3 s, because its members are processes that start one after the other.',
  },
  'group.min.session.timeout.ms': {
    type: 'int',
    default: 6_000,
    min: 0,
    doc: 'The shortest session.timeout.ms with which a member may join; INVALID_SESSION_TIMEOUT below.',
  },
  'group.max.session.timeout.ms': {
    type: 'int',
    default: 1_800_000,
    min: 0,
    doc: 'The longest session.timeout.ms with which a member may join; INVALID_SESSION_TIMEOUT above.',
  },
  'group.max.size': {
    type: 'int',
    default: 2_147_483_647,
    min: 1,
    doc: 'Members of one group; GROUP_MAX_SIZE_REACHED for whoever wants to join beyond.',
  },
  'offsets.topic.num.partitions': {
    type: 'int',
    default: 50,
    min: 1,
    doc: 'Partitions of __consumer_offsets when it is created. A group lies on one of them, and its coordinator is the leader of that partition.',
  },
  'offsets.topic.replication.factor': {
    type: 'int',
    default: OFFSETS_REPLICATION_FACTOR,
    min: 1,
    max: 32_767,
    doc: 'Replicas of each partition of __consumer_offsets, exactly: with fewer brokers it is not created, and groups have no coordinator. A cluster that is started with fewer than three brokers has as many replicas by default; Kafka wants three all the same.',
  },
  'offsets.topic.segment.bytes': {
    type: 'int',
    default: 2 * 2 ** 20,
    min: 1_024,
    kafkaDefault: 100 * 2 ** 20,
    doc: 'Bytes of one segment of __consumer_offsets; log.segment.bytes where that is less. The segment that is written is not compacted, so each partition takes that much memory. Kafka has 100 MiB.',
  },
  'offsets.retention.minutes': {
    type: 'int',
    default: 10_080,
    min: 1,
    doc: 'How long committed offsets outlive the last member of their group, or the last commit where there was none.',
  },
  'offsets.retention.check.interval.ms': {
    type: 'long',
    default: 600_000,
    min: 1,
    doc: 'How often a coordinator looks for committed offsets that have expired.',
  },
  'offset.metadata.max.bytes': {
    type: 'int',
    default: 4_096,
    min: 0,
    doc: 'Letters of the text that is committed with an offset; OFFSET_METADATA_TOO_LARGE beyond.',
  },
  'offsets.commit.timeout.ms': {
    type: 'int',
    default: 5_000,
    min: 1,
    doc: 'How long a coordinator waits until all replicas of __consumer_offsets that must have them have its records; COORDINATOR_NOT_AVAILABLE then.',
  },
} as const satisfies OptionDefinitions
