/**
 * A broker's options: Kafka's names and Kafka 4.2's defaults (classes `ServerLogConfigs`, `ReplicationConfigs`,
 * `KRaftConfigs`), except where `doc` says so: a log lives in memory here, and memory is not disk.
 */
import { ConfigError } from '../errors.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions } from './definition.js'

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
    doc: 'What happens when retention.bytes is reached: the oldest segment goes, or the append is refused, retriably, while somebody still needs that segment. Not an option of Kafka.',
  },
  'broker.heartbeat.interval.ms': {
    type: 'int',
    default: 2_000,
    min: 1,
    doc: 'How often a broker tells the controller that it is alive.',
  },
  'broker.session.timeout.ms': {
    type: 'int',
    default: 9_000,
    min: 1,
    doc: 'How long the controller waits for a heartbeat before it fences a broker.',
  },
  'odradek.pool.bytes': {
    type: 'long',
    default: 64 * 2 ** 20,
    min: 0,
    doc: 'Bytes of free segments that a broker keeps to use again; what is above is left to the garbage collector. Not an option of Kafka.',
  },
} as const satisfies OptionDefinitions

export type BrokerOptions = Options<typeof BROKER_OPTIONS>
export type GivenBrokerOptions = GivenOptions<typeof BROKER_OPTIONS>

/** Completes and checks a broker's options, contradictions between them included. Throws a `ConfigError`. */
export function parseBrokerOptions(given: GivenBrokerOptions): BrokerOptions {
  const options = parseOptions(BROKER_OPTIONS, given, { what: 'broker' })
  const interval = options['broker.heartbeat.interval.ms']
  const timeout = options['broker.session.timeout.ms']
  if (timeout <= interval) {
    throw new ConfigError(
      'broker.session.timeout.ms',
      `Cannot set broker.session.timeout.ms to ${timeout}: ` +
        `it must be above broker.heartbeat.interval.ms, which is ${interval}, or every broker is fenced between two heartbeats`,
    )
  }
  return options
}
