/**
 * A broker's options: Kafka's names and Kafka 4.2's defaults (classes `ServerLogConfigs`, `ReplicationConfigs`,
 * `KRaftConfigs`), except where `doc` says so: a log lives in memory here, and memory is not disk.
 */
import { ConfigError } from '../errors.js'
import { CLEANER_OPTIONS } from './cleaner-options.js'
import { KEPT_COMPRESSION_OPTIONS, refuseLevels } from './compression-options.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions } from './definition.js'
import { GROUP_OPTIONS } from './group-options.js'
import { LISTENER_OPTIONS } from './listener-options.js'

const GIB = 2 ** 30

export const BROKER_OPTIONS = {
  'num.partitions': {
    type: 'int',
    default: 1,
    min: 1,
    doc: 'Partitions of a topic that is created without saying how many.',
  },
  'default.replication.factor': {
    type: 'int',
    default: 1,
    min: 1,
    max: 32_767,
    doc: 'Replicas of each partition of a topic that is created without saying how many.',
  },
  'auto.create.topics.enable': {
    type: 'boolean',
    default: true,
    doc: 'Whether asking for an unknown topic creates it.',
  },
  'log.segment.bytes': {
    type: 'int',
    default: 16 * 2 ** 20,
    min: 1_024,
    max: GIB,
    kafkaDefault: GIB,
    doc: 'Bytes of one segment of a log, for topics that do not say segment.bytes. Kafka has 1 GiB, and at least 1 MiB since 4.0; ours are smaller, because they are memory.',
  },
  'log.roll.ms': {
    type: 'long',
    default: 604_800_000,
    min: 1,
    kafkaDefault: null,
    doc: 'How much younger than the first batch of a segment a batch may be and still go there, for topics that do not say segment.ms. Kafka takes log.roll.hours, 168, where this is not set.',
  },
  'log.retention.bytes': {
    type: 'long',
    default: 256 * 2 ** 20,
    min: -1,
    kafkaDefault: -1,
    doc: 'Bytes of a partition before its oldest segment is recycled, for topics that do not say retention.bytes; -1 is no limit, which is the default of Kafka.',
  },
  'log.retention.ms': {
    type: 'long',
    default: 604_800_000,
    min: -1,
    doc: 'Age at which a segment is recycled, for topics that do not say retention.ms; -1 is no limit.',
  },
  'log.retention.check.interval.ms': {
    type: 'long',
    default: 300_000,
    min: 1,
    doc: 'How often a broker looks for segments that are too old.',
  },
  'metadata.log.segment.bytes': {
    type: 'int',
    default: 32 * 2 ** 20,
    min: 1_024,
    max: GIB,
    kafkaDefault: GIB,
    doc: 'Bytes of one segment of the log of what the supervisor has decided. One decision must fit into it, such as what follows from the end of a broker that was in 40,000 partitions. Kafka has 1 GiB.',
  },
  'metadata.log.max.record.bytes.between.snapshots': {
    type: 'long',
    default: 20 * 2 ** 20,
    min: 1,
    doc: 'Bytes of decisions after which the supervisor writes down all that there is and deletes what led to it. Later, if what there is takes more than that.',
  },
  'log.message.timestamp.before.max.ms': {
    type: 'long',
    default: Number.MAX_SAFE_INTEGER,
    min: 0,
    doc: 'How far the timestamp of a record may lie before the time of its append, with CreateTime, for topics that do not say message.timestamp.before.max.ms. INVALID_TIMESTAMP beyond. No limit by default, which Kafka writes as Long.MAX_VALUE.',
  },
  'log.message.timestamp.after.max.ms': {
    type: 'long',
    default: 3_600_000,
    min: 0,
    doc: 'How far the timestamp of a record may lie behind the time of its append, with CreateTime, for topics that do not say message.timestamp.after.max.ms. INVALID_TIMESTAMP beyond: such records never expire. An hour since Kafka 4.0; there was no limit before.',
  },
  ...CLEANER_OPTIONS,
  ...LISTENER_OPTIONS,
  'producer.id.expiration.ms': {
    type: 'int',
    default: 86_400_000,
    min: 1,
    doc: 'How long a partition remembers an idempotent producer after its last batch was appended, whatever timestamps that has (in Kafka those count). Looked at with log.retention.check.interval.ms.',
  },
  'message.max.bytes': {
    type: 'int',
    default: 1_048_588,
    min: 0,
    doc: 'Bytes of one batch, for topics that do not say max.message.bytes.',
  },
  'odradek.log.full': {
    type: 'enum',
    values: ['delete', 'block'],
    default: 'delete',
    doc: 'What happens when retention.bytes is reached: the oldest segment goes, or the append is refused, retriably, while somebody who is connected still needs that segment. Not an option of Kafka.',
  },
  'broker.heartbeat.interval.ms': {
    type: 'int',
    default: 2_000,
    min: 1,
    doc: 'How often a broker that has nothing to do shows that it is alive; at least four times in broker.session.timeout.ms in any case.',
  },
  'broker.session.timeout.ms': {
    type: 'int',
    default: 9_000,
    min: 1,
    doc: 'How long the controller waits for a heartbeat before it fences a broker.',
  },
  'min.insync.replicas': {
    type: 'int',
    default: 1,
    min: 1,
    doc: 'Replicas that must be in the isr for an append with acks=all, for topics that do not say so themselves. Never more than a partition has.',
  },
  'unclean.leader.election.enable': {
    type: 'boolean',
    default: false,
    doc: 'Whether a replica that may lack acknowledged records can be elected when no other is left, for topics that do not say so themselves.',
  },
  'replica.lag.time.max.ms': {
    type: 'long',
    default: 30_000,
    min: 1,
    doc: 'A follower that has not caught up with its leader for so long leaves the isr.',
  },
  'replica.fetch.wait.max.ms': {
    type: 'int',
    default: 500,
    min: 0,
    doc: "How long a follower's fetch may wait at the leader. At most replica.lag.time.max.ms.",
  },
  'replica.socket.timeout.ms': {
    type: 'int',
    default: 30_000,
    min: 1,
    doc: "How long a follower's fetch may go without an answer before its connection is given up. At least replica.fetch.wait.max.ms.",
  },
  'replica.fetch.min.bytes': {
    type: 'int',
    default: 1,
    min: 0,
    doc: "Bytes for which a follower's fetch waits.",
  },
  'replica.fetch.max.bytes': {
    type: 'int',
    default: 2 ** 20,
    min: 0,
    doc: 'Bytes of one partition in one fetch of a follower; the first batch comes in any case.',
  },
  'replica.fetch.response.max.bytes': {
    type: 'int',
    default: 10 * 2 ** 20,
    min: 0,
    doc: 'Bytes of one fetch of a follower, all partitions together; the first batch comes in any case.',
  },
  'replica.fetch.backoff.ms': {
    type: 'int',
    default: 1_000,
    min: 0,
    doc: 'How long a follower leaves a partition alone after its fetch has failed.',
  },
  'auto.leader.rebalance.enable': {
    type: 'boolean',
    default: true,
    doc: 'Whether the controller gives partitions back to their preferred leaders, the first of their replicas.',
  },
  'leader.imbalance.check.interval.seconds': {
    type: 'long',
    default: 300,
    min: 1,
    doc: 'How often the controller looks for partitions that are not led by their preferred leader.',
  },
  ...GROUP_OPTIONS,
  'odradek.restart.intensity': {
    type: 'int',
    default: 3,
    min: 0,
    doc: 'How often a thread that has crashed is started again within odradek.restart.period.ms; after that it stays down. Not an option of Kafka: an init system does it there.',
  },
  'odradek.restart.period.ms': {
    type: 'long',
    default: 60_000,
    min: 1,
    doc: 'See odradek.restart.intensity. Not an option of Kafka.',
  },
  ...KEPT_COMPRESSION_OPTIONS,
} as const satisfies OptionDefinitions

export type BrokerOptions = Options<typeof BROKER_OPTIONS>
export type GivenBrokerOptions = GivenOptions<typeof BROKER_OPTIONS>

/**
 * Completes and checks a broker's options, contradictions between them included. `beside`: see `readOptions`. Throws a
 * `ConfigError`.
 */
export function parseBrokerOptions(given: GivenBrokerOptions, beside: readonly string[] = []): BrokerOptions {
  const options = parseOptions(BROKER_OPTIONS, given, { what: 'broker', beside })
  const interval = options['broker.heartbeat.interval.ms']
  const timeout = options['broker.session.timeout.ms']
  if (timeout <= interval) {
    throw new ConfigError(
      'broker.session.timeout.ms',
      `Cannot set broker.session.timeout.ms to ${timeout}: ` +
        `it must be above broker.heartbeat.interval.ms, which is ${interval}, or every broker is fenced between two heartbeats`,
    )
  }
  refuseLongFetchWait(options, 'replica.lag.time.max.ms', 'or followers leave the isr and come back all the time')
  refuseLongFetchWait(options, 'replica.socket.timeout.ms', 'or followers give up fetches that only wait')
  refuseNoSession(options)
  refuseLevels(options)
  return options
}

function refuseNoSession(options: BrokerOptions): void {
  const [min, max] = [options['group.min.session.timeout.ms'], options['group.max.session.timeout.ms']]
  if (min <= max) return
  throw new ConfigError(
    'group.min.session.timeout.ms',
    `Cannot set group.min.session.timeout.ms to ${min}: ` +
      `it must be at most group.max.session.timeout.ms, which is ${max}, or nobody may join a group`,
  )
}

/** `KafkaConfig.validateValues`. */
function refuseLongFetchWait(
  options: BrokerOptions,
  limit: 'replica.lag.time.max.ms' | 'replica.socket.timeout.ms',
  why: string,
): void {
  const waitMs = options['replica.fetch.wait.max.ms']
  if (waitMs <= options[limit]) return
  throw new ConfigError(
    'replica.fetch.wait.max.ms',
    `Cannot set replica.fetch.wait.max.ms to ${waitMs}: it must be at most ${limit}, which is ${options[limit]}, ${why}`,
  )
}
