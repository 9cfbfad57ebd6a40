import { describe, expect, test } from 'vitest'
import { BROKER_OPTIONS, parseBrokerOptions } from '../../../../src/base/config/broker-options.js'
import { CONSUMER_OPTIONS, parseConsumerOptions } from '../../../../src/base/config/consumer-options.js'
import { type OptionDefinitions, parseOptions } from '../../../../src/base/config/definition.js'
import { PRODUCER_OPTIONS, parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { parseTopicOptions, TOPIC_OPTIONS } from '../../../../src/base/config/topic-options.js'
import { ConfigError } from '../../../../src/base/errors.js'

const TABLES: Record<string, OptionDefinitions> = {
  producer: PRODUCER_OPTIONS,
  consumer: CONSUMER_OPTIONS,
  topic: TOPIC_OPTIONS,
  broker: BROKER_OPTIONS,
}

describe.each(Object.entries(TABLES))('every %s option', (what, definitions) => {
  test('has a default that it would accept', () => {
    const defaults = Object.fromEntries(Object.entries(definitions).map(([name, { default: value }]) => [name, value]))
    expect(parseOptions(definitions, defaults, { what })).toEqual(defaults)
  })

  test('is explained in sentences', () => {
    for (const { doc } of Object.values(definitions)) expect(doc).toMatch(/^\S.*\.$/)
  })

  test("whose default is not Kafka's says so", () => {
    for (const { doc, kafkaDefault } of Object.values(definitions)) {
      if (kafkaDefault !== undefined) expect(doc).toContain('Kafka')
    }
  })
})

describe('groups', () => {
  // GroupCoordinatorConfig: the defaults of Kafka 4.2, but for the two of docs/differences.md.
  test("have Kafka's defaults, but for the wait before the first rebalance", () => {
    expect(parseBrokerOptions({})).toMatchObject({
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 6_000,
      'group.max.session.timeout.ms': 1_800_000,
      'offsets.topic.num.partitions': 50,
      'offsets.topic.replication.factor': 3,
      'offsets.retention.minutes': 10_080,
      'offset.metadata.max.bytes': 4_096,
      'offsets.commit.timeout.ms': 5_000,
    })
  })

  test('need a session timeout that is neither too short nor too long', () => {
    const given = { 'group.min.session.timeout.ms': 10, 'group.max.session.timeout.ms': 9 }
    expect(() => parseBrokerOptions(given)).toThrow('it must be at most group.max.session.timeout.ms, which is 9')
  })
})

describe('a producer', () => {
  test('waits for the whole isr and sends at once, unless told otherwise', () => {
    expect(parseProducerOptions({})).toMatchObject({ acks: -1, 'linger.ms': 0, 'batch.size': 16_384 })
  })

  test('raises the default delivery.timeout.ms above linger.ms + request.timeout.ms', () => {
    const options = parseProducerOptions({ 'linger.ms': 1_000, 'request.timeout.ms': 200_000 })
    expect(options['delivery.timeout.ms']).toBe(201_000)
    expect(Object.isFrozen(options)).toBe(true)
  })

  test('refuses a given delivery.timeout.ms below linger.ms + request.timeout.ms', () => {
    const given = { 'delivery.timeout.ms': 30_000, 'linger.ms': 5 }
    expect(() => parseProducerOptions(given)).toThrow(
      'it must be at least linger.ms + request.timeout.ms, which is 30005',
    )
    expect(() => parseProducerOptions({ ...given, 'request.timeout.ms': 29_995 })).not.toThrow()
  })

  test('allows a linger.ms that no delivery.timeout.ms can contain', () => {
    const options = parseProducerOptions({ 'linger.ms': Number.MAX_SAFE_INTEGER })
    expect(options['delivery.timeout.ms']).toBe(2 ** 31 - 1)
  })

  test('refuses a function as partitioner.class, saying where it belongs', () => {
    const given = { 'partitioner.class': (() => 0) as unknown as null }
    expect(() => parseProducerOptions(given)).toThrow(
      'Cannot set partitioner.class to a function: it is given beside the options, as partitioner',
    )
  })

  // ProducerConfig transactional.id
  test('refuses a transactional.id while there are no transactions', () => {
    expect(() => parseProducerOptions({ 'transactional.id': 'payments' })).toThrow(
      new ConfigError(
        'transactional.id',
        'Cannot set transactional.id to "payments": transactions are not available yet',
      ),
    )
    expect(parseProducerOptions({ 'transactional.id': null })['transactional.id']).toBeNull()
  })

  describe('with enable.idempotence', () => {
    const idempotent = { 'enable.idempotence': true }

    test('is idempotent, unless told otherwise', () => {
      expect(parseProducerOptions({})).toMatchObject({ 'enable.idempotence': true, acks: -1 })
    })

    // ProducerConfig.postProcessAndValidateIdempotenceConfigs: the default gives way, what the user wrote does not.
    test.each([{ acks: 1 as const }, { acks: 0 as const }, { retries: 0 }])(
      'gives way to %j where it is the default',
      (given) => {
        expect(parseProducerOptions(given)).toMatchObject({ 'enable.idempotence': false })
      },
    )

    test('refuses other acks than all, and no retries, where it was asked for', () => {
      expect(() => parseProducerOptions({ ...idempotent, acks: 1 })).toThrow(
        'Cannot set acks to 1 with enable.idempotence: it must be all',
      )
      expect(() => parseProducerOptions({ ...idempotent, retries: 0 })).toThrow(
        'Cannot set retries to 0 with enable.idempotence',
      )
    })

    test('refuses more than five requests in flight, even where it is the default', () => {
      const given = { 'max.in.flight.requests.per.connection': 6 }
      expect(() => parseProducerOptions(given)).toThrow(
        'with enable.idempotence, which is the default: it must be at most 5',
      )
      expect(() => parseProducerOptions({ ...given, 'enable.idempotence': false })).not.toThrow()
      // In Kafka, too, the default has not given way by then.
      expect(() => parseProducerOptions({ ...given, acks: 1 })).toThrow('it must be at most 5')
    })
  })

  test('refuses a compression.type that Kafka does not have, and names what there is', () => {
    expect(() => parseProducerOptions({ 'compression.type': 'brotli' as 'gzip' })).toThrow(
      'Cannot set compression.type to "brotli": it must be none, gzip, snappy, lz4 or zstd',
    )
  })

  test('refuses levels of lz4 that are not there, and those that Kafka does not have', () => {
    expect(parseProducerOptions({ 'compression.lz4.level': 9, 'compression.zstd.level': -131_072 })).toBeDefined()
    expect(() => parseProducerOptions({ 'compression.lz4.level': 12 })).toThrow('it must be 9, the fast way of lz4')
    expect(() => parseProducerOptions({ 'compression.lz4.level': 18 })).toThrow('from 1 to 17')
    expect(() => parseProducerOptions({ 'compression.zstd.level': 23 })).toThrow('from -131072 to 22')
  })

  // GzipCompression.LevelValidator
  test.each([-2, 0, 10])('refuses a level of gzip that gzip does not have: %i', (level) => {
    expect(() => parseProducerOptions({ 'compression.gzip.level': level })).toThrow('compression.gzip.level')
    expect(parseProducerOptions({ 'compression.gzip.level': 9 })['compression.gzip.level']).toBe(9)
  })

  test('refuses more memory than its threads can point into', () => {
    expect(() => parseProducerOptions({ 'buffer.memory': 2 ** 31 + 1 })).toThrow(
      'Cannot set buffer.memory to 2147483649: it must be an integer from 0 to 2147483648',
    )
  })

  test('refuses a batch that its memory cannot hold', () => {
    expect(() => parseProducerOptions({ 'buffer.memory': 1_000 })).toThrow('the buffer must hold at least one batch')
  })
})

test('a consumer starts at the end of the log, unless told otherwise', () => {
  expect(parseConsumerOptions({})).toMatchObject({ 'auto.offset.reset': 'latest', 'group.id': null })
})

// ConsumerConfig.maybeOverrideEnableAutoCommit
test('a consumer commits by itself in a group, and never without one', () => {
  expect(parseConsumerOptions({})['enable.auto.commit']).toBe(false)
  expect(parseConsumerOptions({ 'group.id': 'g' })['enable.auto.commit']).toBe(true)
  expect(parseConsumerOptions({ 'group.id': 'g', 'enable.auto.commit': false })['enable.auto.commit']).toBe(false)
  expect(() => parseConsumerOptions({ 'enable.auto.commit': true })).toThrow('to true without a group.id')
})

test('auto.offset.reset may be a duration, as Java writes it', () => {
  const options = parseConsumerOptions({ 'auto.offset.reset': 'by_duration:PT1H30M' })
  expect(options['auto.offset.reset']).toBe('by_duration:PT1H30M')
  for (const wrong of ['by_duration:', 'by_duration:1h', 'by_duration:-PT1H', 'by_duration'])
    expect(() => parseConsumerOptions({ 'auto.offset.reset': wrong as 'latest' })).toThrow(
      'by_duration: and a duration, such as P3D or PT1H30M',
    )
})

test('a consumer does not know options of a producer', () => {
  expect(() => parseConsumerOptions({ 'linger.ms': 5 } as object)).toThrow('There is no consumer option linger.ms')
})

test('a broker is refused a session that ends before the next heartbeat', () => {
  expect(() => parseBrokerOptions({ 'broker.session.timeout.ms': 2_000 })).toThrow(
    'it must be above broker.heartbeat.interval.ms, which is 2000',
  )
})

test.each(['replica.lag.time.max.ms', 'replica.socket.timeout.ms'] as const)(
  'a follower may not wait at its leader for longer than %s',
  (limit) => {
    const given = { 'replica.fetch.wait.max.ms': 200, [limit]: 199 }
    expect(() => parseBrokerOptions(given)).toThrow(
      `Cannot set replica.fetch.wait.max.ms to 200: it must be at most ${limit}, which is 199`,
    )
    expect(() => parseBrokerOptions({ ...given, [limit]: 200 })).not.toThrow()
  },
)

test('a topic takes what it does not say from its broker', () => {
  const broker = parseBrokerOptions({
    'log.segment.bytes': 4_096,
    'log.retention.ms': 1_000,
    'odradek.log.full': 'block',
  })
  expect(parseTopicOptions({ 'retention.ms': -1 }, broker)).toMatchObject({
    'segment.bytes': 4_096,
    'retention.ms': -1,
    'retention.bytes': 256 * 2 ** 20,
    'max.message.bytes': 1_048_588,
    'odradek.log.full': 'block',
  })
})

test('a topic without a broker has the defaults of one', () => {
  expect(parseTopicOptions({})).toEqual(parseTopicOptions({}, parseBrokerOptions({})))
})

test('a topic is compacted by the options of its broker, where it does not say otherwise', () => {
  const broker = parseBrokerOptions({ 'log.cleaner.min.cleanable.ratio': 0.25, 'log.cleaner.delete.retention.ms': 7 })
  expect(parseTopicOptions({ 'cleanup.policy': 'compact', 'delete.retention.ms': 9 }, broker)).toMatchObject({
    'cleanup.policy': ['compact'],
    'min.cleanable.dirty.ratio': 0.25,
    'delete.retention.ms': 9,
    'min.compaction.lag.ms': 0,
    'max.compaction.lag.ms': Number.MAX_SAFE_INTEGER,
  })
  expect(() => parseTopicOptions({ 'cleanup.policy': 'compacted' as 'compact' })).toThrow(
    'it must be a list of delete, compact',
  )
})

test('a record may not have to be older than it may become before it is compacted', () => {
  const given = { 'min.compaction.lag.ms': 11, 'max.compaction.lag.ms': 10 }
  expect(() => parseTopicOptions(given)).toThrow('it must be at most max.compaction.lag.ms, which is 10')
})

test('segments may be as small as 1 KiB', () => {
  expect(parseTopicOptions({ 'segment.bytes': 1_024 })['segment.bytes']).toBe(1_024)
  expect(() => parseTopicOptions({ 'segment.bytes': 1_023 })).toThrow('an integer from 1024')
})
