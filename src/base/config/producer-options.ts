/**
 * The producer's options: Kafka's names and Kafka 4.2's defaults (class `ProducerConfig`), except where `doc` says so.
 */
import { ConfigError } from '../errors.js'
import { LEVEL_OPTIONS, refuseLevels } from './compression-options.js'
import { type GivenOptions, type OptionDefinitions, type Options, parseOptions, readOptions } from './definition.js'
import { METRICS_OPTIONS } from './metrics-options.js'
import { RECONNECT_OPTIONS } from './reconnect-options.js'

const INT_MAX = 2 ** 31 - 1
/** The place of a batch in buffer.memory is a number of 32 bits, for every thread that it is lent to. */
const BUFFER_BYTES_MAX = 2 ** 31

export const PRODUCER_OPTIONS = {
  acks: {
    type: 'acks',
    default: -1,
    doc: 'What must have happened before a record counts as sent: 0 nothing, 1 the leader appended it, all the whole isr did. 1 was the default before Kafka 3.0.',
  },
  'batch.size': {
    type: 'int',
    default: 16_384,
    min: 0,
    doc: 'Bytes at which the batch of a partition is full and leaves. A larger record gets a batch of its own; 0 means one record for each batch.',
  },
  'linger.ms': {
    type: 'long',
    default: 0,
    min: 0,
    kafkaDefault: 5,
    doc: 'How long a batch that is not full waits for more records. Kafka has 5 since 4.0 and had 0 before.',
  },
  'buffer.memory': {
    type: 'long',
    default: 33_554_432,
    min: 0,
    max: BUFFER_BYTES_MAX,
    doc: 'Bytes of shared memory for records that are not acknowledged yet. When it is full, send waits for max.block.ms, and produce throws. Kafka has no upper limit.',
  },
  'max.block.ms': {
    type: 'long',
    default: 60_000,
    min: 0,
    doc: 'How long send may wait, for metadata and for memory together, and how long a record that produce has taken is kept for metadata; also how long a batch waits for a topic that was deleted to be made again. produce itself never waits.',
  },
  'max.request.size': {
    type: 'int',
    default: 1_048_576,
    min: 0,
    doc: 'Bytes of one Produce request, and so of one record, before compression.',
  },
  'max.in.flight.requests.per.connection': {
    type: 'int',
    default: 5,
    min: 1,
    doc: 'Requests on their way to one broker without an answer. Above 1, and without idempotence, a retry can change the order.',
  },
  'request.timeout.ms': {
    type: 'int',
    default: 30_000,
    min: 0,
    doc: 'How long a request waits for its answer before it is sent again or fails.',
  },
  'delivery.timeout.ms': {
    type: 'int',
    default: 120_000,
    min: 0,
    doc: 'How long a record may take from send to its acknowledgement, retries included. At least linger.ms + request.timeout.ms.',
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
  retries: {
    type: 'int',
    default: INT_MAX,
    min: 0,
    doc: 'How often a batch is sent again. delivery.timeout.ms is the limit that is meant to end retries.',
  },
  'enable.idempotence': {
    type: 'boolean',
    default: true,
    doc: 'Whether brokers append each batch once, and in its turn, however often it is sent. Needs acks=all, retries, and at most 5 requests in flight; with other acks or without retries the default is false.',
  },
  'transactional.id': {
    type: 'string',
    default: null,
    doc: 'The name under which the transactions of a producer go on after it was started again. Not available yet: only null is.',
  },
  'partitioner.class': {
    type: 'enum',
    values: ['RoundRobinPartitioner', 'org.apache.kafka.clients.producer.RoundRobinPartitioner', 'consistent_random'],
    default: null,
    functionsBelong: 'it is given beside the options, as partitioner',
    doc: 'Null: by the hash of the key (murmur2), without key sticky (KIP-794). RoundRobinPartitioner: one partition after the other, keys or not. consistent_random: by the CRC-32 of the key, without key or with an empty one at random, as librdkafka with sticky.partitioning.linger.ms 0. A function of your own is no option: it is given beside them, as partitioner.',
  },
  'partitioner.ignore.keys': {
    type: 'boolean',
    default: false,
    doc: 'Whether records with a key are spread as if they had none. Without effect where partitioner.class or a partitioner is given.',
  },
  'partitioner.adaptive.partitioning.enable': {
    type: 'boolean',
    default: true,
    doc: 'Whether records without a key go to a partition the more often the fewer of its batches are not acknowledged yet. If false, all partitions get the same.',
  },
  'partitioner.availability.timeout.ms': {
    type: 'long',
    default: 0,
    min: 0,
    doc: 'How long nothing may be heard of the batches of a partition, linger.ms not counted, before records without a key go to others. 0: for ever. Without effect where partitioner.adaptive.partitioning.enable is false.',
  },
  'compression.type': {
    type: 'enum',
    values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    doc: 'How batches are compressed, on the thread of the sender. snappy takes the package snappy, lz4 the package lz4-napi; zstd takes Node 22.15, or the package @bokuweb/zstd-wasm.',
  },
  ...LEVEL_OPTIONS,
  'client.id': {
    type: 'string',
    default: '',
    doc: 'A name for logs and metrics.',
  },
  ...RECONNECT_OPTIONS,
  ...METRICS_OPTIONS,
  'metadata.max.age.ms': {
    type: 'long',
    default: 300_000,
    min: 0,
    doc: 'Age at which metadata is asked for again though nothing seems to have changed.',
  },
} as const satisfies OptionDefinitions

/** `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`. */
const IN_FLIGHT_MAX = 5

export type ProducerOptions = Options<typeof PRODUCER_OPTIONS>
export type GivenProducerOptions = GivenOptions<typeof PRODUCER_OPTIONS>

/** Completes and checks a producer's options, contradictions between them included. Throws a `ConfigError`. */
export function parseProducerOptions(given: GivenProducerOptions): ProducerOptions {
  const said = readOptions(PRODUCER_OPTIONS, given, { what: 'producer' })
  const options = withIdempotence(parseOptions(PRODUCER_OPTIONS, said, { what: 'producer' }), said)
  refuseTransactions(options)
  if (options['batch.size'] > options['buffer.memory']) {
    throw new ConfigError(
      'batch.size',
      `Cannot set batch.size to ${options['batch.size']} with a buffer.memory of ${options['buffer.memory']}: ` +
        'the buffer must hold at least one batch',
    )
  }
  refuseLevels(options)
  return withDeliveryTimeout(options, said)
}

function refuseTransactions({ 'transactional.id': id }: ProducerOptions): void {
  if (id === null) return
  throw new ConfigError(
    'transactional.id',
    `Cannot set transactional.id to ${JSON.stringify(id)}: transactions are not available yet`,
  )
}

/**
 * Kafka: `ProducerConfig.postProcessAndValidateIdempotenceConfigs`. An option that rules idempotence out turns the
 * default off, and contradicts an idempotence that the user wrote. Too many requests in flight contradict the default
 * as well (since 4.0).
 */
function withIdempotence(options: ProducerOptions, given: GivenProducerOptions): ProducerOptions {
  if (!options['enable.idempotence']) return options
  const inFlight = options['max.in.flight.requests.per.connection']
  if (inFlight > IN_FLIGHT_MAX) {
    throw new ConfigError(
      'max.in.flight.requests.per.connection',
      `Cannot set max.in.flight.requests.per.connection to ${inFlight} with enable.idempotence, which is the default: ` +
        `it must be at most ${IN_FLIGHT_MAX}, because brokers remember the last ${IN_FLIGHT_MAX} batches of a producer`,
    )
  }
  const against = options.retries === 0 ? 'retries' : options.acks === -1 ? null : 'acks'
  if (against === null) return options
  if (given['enable.idempotence'] === true) {
    const right = against === 'retries' ? 'more than 0' : 'all'
    throw new ConfigError(
      against,
      `Cannot set ${against} to ${options[against]} with enable.idempotence: it must be ${right}, or what was sent once could be there twice or not at all`,
    )
  }
  return Object.freeze({ ...options, 'enable.idempotence': false })
}

/** Kafka: `KafkaProducer.configureDeliveryTimeout`. A default may be raised, a value that the user wrote may not. */
function withDeliveryTimeout(options: ProducerOptions, given: GivenProducerOptions): ProducerOptions {
  const least = Math.min(options['linger.ms'] + options['request.timeout.ms'], INT_MAX)
  if (options['delivery.timeout.ms'] >= least) return options
  if (given['delivery.timeout.ms'] !== undefined) {
    throw new ConfigError(
      'delivery.timeout.ms',
      `Cannot set delivery.timeout.ms to ${options['delivery.timeout.ms']}: ` +
        `it must be at least linger.ms + request.timeout.ms, which is ${least}`,
    )
  }
  return Object.freeze({ ...options, 'delivery.timeout.ms': least })
}
