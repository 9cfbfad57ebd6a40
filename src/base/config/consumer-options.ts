/** The consumer's options: Kafka's names and Kafka 4.2's defaults (class `ConsumerConfig`). */
import { ConfigError, InvalidGroupIdError } from '../errors.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions, readOptions } from './definition.js'
import { checkGroupMemberOptions, GROUP_MEMBER_OPTIONS } from './group-member-options.js'
import { METRICS_OPTIONS } from './metrics-options.js'
import { RECONNECT_OPTIONS } from './reconnect-options.js'

export const CONSUMER_OPTIONS = {
  'group.id': {
    type: 'string',
    default: null,
    doc: 'The group whose members share the partitions and remember their offsets.',
  },
  ...GROUP_MEMBER_OPTIONS,
  'client.id': {
    type: 'string',
    default: '',
    doc: 'A name for logs and metrics, with which the id of a member begins; a member without one is named for its group.',
  },
  'fetch.min.bytes': {
    type: 'int',
    default: 1,
    min: 0,
    doc: 'Bytes for which the broker waits, up to fetch.max.wait.ms, before it answers a fetch.',
  },
  'fetch.max.wait.ms': {
    type: 'int',
    default: 500,
    min: 0,
    doc: 'How long the broker holds a fetch back while there are fewer than fetch.min.bytes.',
  },
  'fetch.max.bytes': {
    type: 'int',
    default: 52_428_800,
    min: 0,
    doc: 'Bytes of one answer to a fetch. A soft limit: the first batch is always returned.',
  },
  'max.partition.fetch.bytes': {
    type: 'int',
    default: 1_048_576,
    min: 0,
    doc: 'Bytes of one partition in an answer to a fetch. A soft limit: the first batch is always returned.',
  },
  'max.poll.records': {
    type: 'int',
    default: 500,
    min: 1,
    doc: 'Records handed out at once. It cuts what was fetched already and changes no fetch.',
  },
  'auto.offset.reset': {
    type: 'enum',
    values: ['earliest', 'latest', 'none'],
    durationPrefix: 'by_duration:',
    default: 'latest',
    doc: 'Where to read without a committed offset, or with one that is out of range; none is an error. by_duration:PT1H begins with the first record that is no older than an hour.',
  },
  'check.crcs': {
    type: 'boolean',
    default: true,
    doc: 'Whether the CRC of every batch is computed again before its records are handed out.',
  },
  'isolation.level': {
    type: 'enum',
    values: ['read_uncommitted', 'read_committed'],
    default: 'read_uncommitted',
    doc: 'Whether records of open and aborted transactions are handed out.',
  },
  'request.timeout.ms': {
    type: 'int',
    default: 30_000,
    min: 0,
    doc: 'How long a request waits for its answer before it is sent again or fails.',
  },
  'default.api.timeout.ms': {
    type: 'int',
    default: 60_000,
    min: 0,
    doc: 'How long a call of the consumer may take when the call itself names no time.',
  },
  ...RECONNECT_OPTIONS,
  ...METRICS_OPTIONS,
  // Each partition that may be assigned has its samples.
  'metrics.num.samples': { ...METRICS_OPTIONS['metrics.num.samples'], max: 100 },
  'metadata.max.age.ms': {
    type: 'long',
    default: 300_000,
    min: 0,
    doc: 'Age at which metadata is asked for again though nothing seems to have changed.',
  },
  'allow.auto.create.topics': {
    type: 'boolean',
    default: true,
    doc: 'Whether asking for an unknown topic may create it, where the broker allows that as well.',
  },
  'retry.backoff.ms': {
    type: 'long',
    default: 100,
    min: 0,
    doc: 'Wait before the first retry; it doubles with each one that fails, up to retry.backoff.max.ms.',
  },
  'retry.backoff.max.ms': {
    type: 'long',
    default: 1_000,
    min: 0,
    doc: 'The longest wait between two retries; above it retry.backoff.ms has no effect.',
  },
  'odradek.decompressed.bytes.max': {
    type: 'int',
    default: 67_108_864,
    min: 1,
    doc: 'Bytes that the records of one batch may take when they are decompressed; a batch with more is corrupt. The default is twice that of buffer.memory: more than a producer with its defaults can have held. Not an option of Kafka, where a small batch can fill the memory.',
  },
  'odradek.lend': {
    type: 'enum',
    values: ['shared', 'poisoned-copy'],
    default: 'shared',
    doc: 'What a handler gets: a view of the log itself, or, to find handlers that keep it too long, a private copy that is overwritten afterwards. Not an option of Kafka.',
  },
} as const satisfies OptionDefinitions

export type ConsumerOptions = Options<typeof CONSUMER_OPTIONS>
export type GivenConsumerOptions = GivenOptions<typeof CONSUMER_OPTIONS>

/** Reads the value of an option that is more than a plain value; returns what stands for it in the options. */
export type OptionReaders = { readonly [Name in keyof ConsumerOptions]?: (given: unknown) => ConsumerOptions[Name] }

/** Completes and checks a consumer's options. Throws a `ConfigError`, or an `InvalidGroupIdError`. */
export function parseConsumerOptions(given: GivenConsumerOptions, readers: OptionReaders = {}): ConsumerOptions {
  const ofUser: Partial<ConsumerOptions> = readOptions(CONSUMER_OPTIONS, given, {
    what: 'consumer',
    elsewhere: ELSEWHERE,
    readers,
  })
  const options = { ...DEFAULTS, ...ofUser }
  refuseNamelessGroup(options)
  checkGroupMemberOptions(options)
  if (options['group.instance.id'] !== null && options['group.id'] === null)
    throw new ConfigError('group.instance.id', 'Cannot set group.instance.id without a group.id')
  return Object.freeze({ ...options, 'enable.auto.commit': autoCommits(options, ofUser) })
}

const RUN = 'it is given to run'
/** What users of KafkaJS and of Kafka's newer protocol look for among the options. */
const ELSEWHERE = {
  fromBeginning: 'it is given to subscribe; auto.offset.reset says it for all topics',
  autoCommit: `${RUN}; enable.auto.commit says it for whatever is read`,
  autoCommitInterval: `${RUN}; auto.commit.interval.ms says it for whatever is read`,
  autoCommitThreshold: RUN,
  eachBatchAutoResolve: RUN,
  partitionsConsumedConcurrently: RUN,
  eachMessage: RUN,
  eachBatch: RUN,
  retry: 'it is called retry.backoff.ms and retry.backoff.max.ms',
  brokers: 'a consumer belongs to the cluster that has made it',
  'bootstrap.servers': 'a consumer belongs to the cluster that has made it',
  'key.deserializer': 'records have bytes',
  'value.deserializer': 'records have bytes',
  'group.protocol': 'there is the classic one',
  'group.remote.assignor': 'there is the classic protocol, with partition.assignment.strategy',
}

const DEFAULTS = parseOptions(CONSUMER_OPTIONS, {}, { what: 'consumer' })

/** Kafka: `ConsumerConfig.maybeOverrideEnableAutoCommit`. */
function autoCommits({ 'group.id': id }: ConsumerOptions, ofUser: Partial<ConsumerOptions>): boolean {
  const isEnabled = ofUser['enable.auto.commit']
  if (id !== null) return isEnabled ?? true
  if (isEnabled !== true) return false
  throw new ConfigError('enable.auto.commit', 'Cannot set enable.auto.commit to true without a group.id')
}

function refuseNamelessGroup({ 'group.id': id }: ConsumerOptions): void {
  if (id === '') throw new InvalidGroupIdError('Cannot set group.id to "": a group has a name, and null is for none')
}
