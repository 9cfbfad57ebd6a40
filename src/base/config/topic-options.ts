/** A topic's options: Kafka's names (class `TopicConfig`). An option that a topic leaves out is its broker's. */
import { ConfigError } from '../errors.js'
import type { BrokerOptions } from './broker-options.js'
import { BROKER_OPTIONS } from './broker-options.js'
import { KEPT_COMPRESSION_OPTIONS, refuseLevels } from './compression-options.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions } from './definition.js'
import { FILE_OPTIONS } from './file-options.js'

export const TOPIC_OPTIONS = {
  'cleanup.policy': {
    type: 'list',
    values: ['delete', 'compact'],
    default: ['delete'],
    doc: 'What happens to old segments: they are deleted, as retention.bytes and retention.ms say, or compacted, which keeps the latest record of each key, or both. An empty list keeps everything.',
  },
  'min.cleanable.dirty.ratio': {
    ...BROKER_OPTIONS['log.cleaner.min.cleanable.ratio'],
    doc: 'The share of a compacted log that must not have been compacted yet before it is compacted again.',
  },
  'delete.retention.ms': {
    ...BROKER_OPTIONS['log.cleaner.delete.retention.ms'],
    doc: 'How long a compacted log keeps a record without a value after its first compaction: a reader that is further behind may never hear of the deletion.',
  },
  'min.compaction.lag.ms': {
    ...BROKER_OPTIONS['log.cleaner.min.compaction.lag.ms'],
    doc: 'How old a record must be before it is compacted.',
  },
  'max.compaction.lag.ms': {
    ...BROKER_OPTIONS['log.cleaner.max.compaction.lag.ms'],
    doc: 'How old a record may become before its log is compacted, whatever min.cleanable.dirty.ratio says.',
  },
  'segment.bytes': {
    ...BROKER_OPTIONS['log.segment.bytes'],
    doc: 'Bytes of one segment of the log, which is never longer than log.segment.bytes of its broker. Kafka has 1 GiB, and at least 1 MiB since 4.0; 1 KiB is allowed here, for tests.',
  },
  'segment.ms': {
    type: 'long',
    default: BROKER_OPTIONS['log.roll.ms'].default,
    min: 1,
    doc: 'How much younger than the first batch of a segment a batch may be and still go there: only what lies in a segment before is compacted, or deleted for its age.',
  },
  'retention.bytes': {
    ...BROKER_OPTIONS['log.retention.bytes'],
    doc: 'Bytes of a partition before its oldest segment is recycled; -1 is no limit, which is the default of Kafka.',
  },
  'retention.ms': {
    ...BROKER_OPTIONS['log.retention.ms'],
    doc: 'Age at which a segment is recycled; -1 is no limit.',
  },
  'max.message.bytes': {
    ...BROKER_OPTIONS['message.max.bytes'],
    doc: 'Bytes of one batch; a larger one is refused with MESSAGE_TOO_LARGE.',
  },
  'index.interval.bytes': {
    type: 'int',
    default: 4_096,
    min: 0,
    doc: 'Bytes of the log between two entries of its offset index.',
  },
  'min.insync.replicas': {
    ...BROKER_OPTIONS['min.insync.replicas'],
    doc: 'Replicas that must be in the isr for an append with acks=all; with fewer, the high watermark stands still. Never more than a partition has.',
  },
  'unclean.leader.election.enable': {
    ...BROKER_OPTIONS['unclean.leader.election.enable'],
    doc: 'Whether a replica that may lack acknowledged records can be elected when no other is left.',
  },
  'message.timestamp.type': {
    type: 'enum',
    values: ['CreateTime', 'LogAppendTime'],
    default: 'CreateTime',
    doc: 'Whether a record keeps the time its producer gave it, or gets the time of its append.',
  },
  'message.timestamp.before.max.ms': {
    ...BROKER_OPTIONS['log.message.timestamp.before.max.ms'],
    doc: 'How far the timestamp of a record may lie before the time of its append, with CreateTime. INVALID_TIMESTAMP beyond. No limit by default, which Kafka writes as Long.MAX_VALUE.',
  },
  'message.timestamp.after.max.ms': {
    ...BROKER_OPTIONS['log.message.timestamp.after.max.ms'],
    doc: 'How far the timestamp of a record may lie behind the time of its append, with CreateTime. INVALID_TIMESTAMP beyond: such records never expire. An hour since Kafka 4.0; there was no limit before.',
  },
  ...KEPT_COMPRESSION_OPTIONS,
  ...FILE_OPTIONS,
  'odradek.log.full': BROKER_OPTIONS['odradek.log.full'],
} as const satisfies OptionDefinitions

export type TopicOptions = Options<typeof TOPIC_OPTIONS>
export type GivenTopicOptions = GivenOptions<typeof TOPIC_OPTIONS>

/** The brokers' option that holds where a topic does not say its own. (`ServerTopicConfigSynonyms`) */
export const BROKER_SYNONYMS = {
  'segment.bytes': 'log.segment.bytes',
  'segment.ms': 'log.roll.ms',
  'retention.bytes': 'log.retention.bytes',
  'retention.ms': 'log.retention.ms',
  'max.message.bytes': 'message.max.bytes',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
  'message.timestamp.before.max.ms': 'log.message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms': 'log.message.timestamp.after.max.ms',
  'compression.type': 'compression.type',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.zstd.level': 'compression.zstd.level',
  'odradek.log.full': 'odradek.log.full',
} as const satisfies Partial<Record<keyof TopicOptions, keyof BrokerOptions>>

/** Checks a topic's options and completes them with its broker's. Throws a `ConfigError`. */
export function parseTopicOptions(given: GivenTopicOptions, broker?: BrokerOptions): TopicOptions {
  const options = completed(given, broker)
  refuseLevels(options)
  // `LogConfig.validateRemoteStorageOnlyIfSystemEnabled`
  if (options['remote.storage.enable'])
    throw new ConfigError('remote.storage.enable', 'Cannot set remote.storage.enable to true: there is no such storage')
  const { 'min.compaction.lag.ms': lagMin, 'max.compaction.lag.ms': lagMax } = options
  if (lagMin <= lagMax) return options
  // `LogConfig.validateValues`
  throw new ConfigError(
    'min.compaction.lag.ms',
    `Cannot set min.compaction.lag.ms to ${lagMin}: it must be at most max.compaction.lag.ms, which is ${lagMax}`,
  )
}

function completed(given: GivenTopicOptions, broker: BrokerOptions | undefined): TopicOptions {
  const said = parseOptions(TOPIC_OPTIONS, given, { what: 'topic' })
  if (broker === undefined) return said
  const ofBroker = Object.entries(BROKER_SYNONYMS)
    .filter(([name]) => given[name as keyof TopicOptions] === undefined)
    .map(([name, synonym]) => [name, broker[synonym]])
  return Object.freeze({ ...said, ...Object.fromEntries(ofBroker) }) as TopicOptions
}
