import { BROKER_OPTIONS, type GivenBrokerOptions } from '../../base/config/broker-options.js'
import { CONSUMER_OPTIONS, type GivenConsumerOptions } from '../../base/config/consumer-options.js'
import type { OptionDefinition, OptionDefinitions, OptionValue } from '../../base/config/definition.js'
import { BROKERS_MAX } from '../../base/config/internal-limits.js'
import { type GivenProducerOptions, PRODUCER_OPTIONS } from '../../base/config/producer-options.js'
import { type GivenTopicOptions, TOPIC_OPTIONS } from '../../base/config/topic-options.js'
import type { BenchConfig, ConfigValue } from './bench-result.js'
import { NUMBER_BYTES, NUMBERED_PRODUCERS_MAX } from './record-number.js'

/** The shape of a run: everything about it that is not an option of Kafka's. */
export const WORKLOAD_OPTIONS = {
  brokers: { type: 'int', default: 1, min: 1, max: BROKERS_MAX, doc: 'Broker threads.' },
  partitions: { type: 'int', default: 1, min: 1, doc: 'Partitions of the topic.' },
  'replication.factor': { type: 'int', default: 1, min: 1, doc: 'Replicas of each partition.' },
  producers: {
    type: 'int',
    default: 1,
    min: 1,
    max: NUMBERED_PRODUCERS_MAX,
    doc: 'Producers, each with a sender thread.',
  },
  consumers: { type: 'int', default: 1, min: 1, doc: 'Consumer threads; the partitions are dealt out to them.' },
  'record-size': {
    type: 'int',
    default: 100,
    min: NUMBER_BYTES,
    doc: "Bytes of a value, of which the first 8 are the record's number.",
  },
  api: {
    type: 'enum',
    values: ['produce', 'produceMany', 'send'],
    default: 'produce',
    doc: 'produce: the fast path, one record a call. produceMany: values alone, --records-per-call a call. send: promises, as many records a call.',
  },
  'records-per-call': { type: 'int', default: 100, min: 1, doc: 'Records of one call of send or produceMany.' },
  outstanding: { type: 'int', default: 8, min: 1, doc: 'Calls of send that a producer has under way at once.' },
  handler: {
    type: 'enum',
    values: ['module', 'closure'],
    default: 'module',
    doc: "module: records are handled inside the consumer's thread. closure: on the application's.",
  },
} as const satisfies OptionDefinitions

/** Every option that a producer, a consumer, a topic or a broker has, by Kafka's name. */
export const KAFKA_OPTIONS: readonly { readonly title: string; readonly definitions: OptionDefinitions }[] = [
  { title: 'Producer options', definitions: PRODUCER_OPTIONS },
  { title: 'Consumer options', definitions: CONSUMER_OPTIONS },
  { title: 'Topic options', definitions: TOPIC_OPTIONS },
  { title: 'Broker options', definitions: BROKER_OPTIONS },
]

/** Returns the definitions of one name: several where producer, consumer, topic or broker share it. */
export function definitionsOf(name: string): readonly OptionDefinition[] {
  return KAFKA_OPTIONS.flatMap(({ definitions }) => (Object.hasOwn(definitions, name) ? [definitions[name]!] : []))
}

export interface Workload {
  readonly brokers: number
  readonly partitions: number
  readonly replicationFactor: number
  readonly producers: number
  readonly consumers: number
  /** Bytes of each value; for records from a file, their mean. */
  readonly recordBytes: number
  /** Records per second, of all producers together. */
  readonly rate: number | 'max'
  readonly api: 'produce' | 'produceMany' | 'send'
  readonly recordsPerCall: number
  readonly outstanding: number
  readonly handler: 'module' | 'closure'
  /** Option values by Kafka's name; a name that several parts know is meant for all of them. */
  readonly options: Readonly<Record<string, OptionValue>>
  /** The seed of the values' bytes, and of what the cluster leaves to chance. */
  readonly seed: string
}

const option = (name: keyof typeof WORKLOAD_OPTIONS): number => WORKLOAD_OPTIONS[name].default as number

export const DEFAULT_WORKLOAD: Workload = {
  brokers: option('brokers'),
  partitions: option('partitions'),
  replicationFactor: option('replication.factor'),
  producers: option('producers'),
  consumers: option('consumers'),
  recordBytes: option('record-size'),
  rate: 'max',
  api: 'produce',
  recordsPerCall: option('records-per-call'),
  outstanding: option('outstanding'),
  handler: 'module',
  options: {},
  seed: '1',
}

export interface OptionsByPart {
  readonly producer: GivenProducerOptions
  readonly consumer: GivenConsumerOptions
  readonly topic: GivenTopicOptions
  readonly broker: GivenBrokerOptions
}

/** Bytes of a log: one this small is reused all the time, and stays in the processor's cache as far as possible. */
const LOG_BYTES = 64 * 2 ** 20
const LOG_SEGMENTS = 4
const SEGMENT_BYTES_MIN = 2 * 2 ** 20

/** Sorts the options to the parts that know them, and adds what a run needs in order to lose nothing. */
export function optionsByPart({ options, partitions }: Workload): OptionsByPart {
  const segmentBytes = Math.max(SEGMENT_BYTES_MIN, Math.floor(LOG_BYTES / partitions / LOG_SEGMENTS))
  const isSized = ['retention.bytes', 'log.retention.bytes', 'segment.bytes', 'log.segment.bytes'].some(
    (name) => options[name] !== undefined,
  )
  const log: GivenTopicOptions = isSized
    ? {}
    : { 'segment.bytes': segmentBytes, 'retention.bytes': segmentBytes * LOG_SEGMENTS }
  return {
    producer: known(options, PRODUCER_OPTIONS),
    consumer: { 'auto.offset.reset': 'earliest', ...known(options, CONSUMER_OPTIONS) },
    topic: { 'odradek.log.full': 'block', ...log, ...known(options, TOPIC_OPTIONS) },
    broker: { 'odradek.log.full': 'block', ...known(options, BROKER_OPTIONS) },
  }
}

function known(options: Workload['options'], definitions: OptionDefinitions): Record<string, never> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(definitions, name))) as Record<
    string,
    never
  >
}

/**
 * Returns the workload as a run's `config` says it: first what is always there, then every other option that was given.
 */
export function configOf(workload: Workload): BenchConfig {
  const { options, api } = workload
  const given = Object.entries(options).map(([name, value]) => [name, shown(name, value)] as const)
  return {
    'batch.size': PRODUCER_OPTIONS['batch.size'].default,
    'linger.ms': PRODUCER_OPTIONS['linger.ms'].default,
    acks: shown('acks', PRODUCER_OPTIONS.acks.default) as string,
    ...Object.fromEntries(given),
    brokers: workload.brokers,
    partitions: workload.partitions,
    'replication.factor': workload.replicationFactor,
    producers: workload.producers,
    consumers: workload.consumers,
    recordSize: workload.recordBytes,
    rate: workload.rate,
    api,
    ...(api === 'produce' ? {} : { recordsPerCall: workload.recordsPerCall }),
    ...(api === 'send' ? { outstanding: workload.outstanding } : {}),
    handler: workload.handler,
  }
}

function shown(name: string, value: OptionValue): ConfigValue {
  if (name === 'acks') return value === -1 ? 'all' : String(value)
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value)
}
