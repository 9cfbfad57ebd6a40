import { describe, expect, test } from 'vitest'
import {
  BufferExhaustedError,
  ConfigError,
  type GivenProducerOptions,
  KafkaError,
  type ProducerExtras,
  type ProducerMessage,
  RecordTooLargeError,
  SerializationError,
  type Serializer,
  TimeoutError,
} from '../../src/index.js'
import { given, HOSTS, textsOf } from '../support/given.js'

interface Failure {
  readonly config?: GivenProducerOptions
  readonly extras?: ProducerExtras<unknown, unknown>
  readonly record?: ProducerMessage<unknown, unknown>
  readonly topic?: string
  /** Of a record before it, which fills the buffer. */
  readonly valueBefore?: Uint8Array
  /** Requests that are lost. */
  readonly lost?: 'Produce' | 'Metadata'
  readonly error: typeof KafkaError | typeof TimeoutError | typeof RecordTooLargeError | typeof SerializationError
  readonly code: string
  readonly retriable: boolean
  readonly says: string
}

const refuse = (): string => {
  throw new TypeError('no such field')
}

// Kafka: the exceptions of KafkaProducer.send, and which of them extend RetriableException.
const FAILURES: Readonly<Record<string, Failure>> = {
  'a key whose serializer throws': {
    extras: { serializers: { key: refuse } },
    record: { key: 'k', value: 'v' },
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: "Cannot serialize the key of a record for 'orders': no such field",
  },
  'a value whose serializer throws': {
    extras: { serializers: { value: refuse } },
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: "Cannot serialize the value of a record for 'orders': no such field",
  },
  'a serializer that gives no data': {
    extras: { serializers: { value: (async () => 'v') as unknown as Serializer<unknown> } },
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: 'its serializer gave a Promise: it must give a string, a Uint8Array or null',
  },
  'a serializer that gives nothing': {
    extras: { serializers: { value: (() => {}) as unknown as Serializer<unknown> } },
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: 'its serializer gave undefined: it must give a string, a Uint8Array or null',
  },
  // KafkaJS: "Invalid message without value". Only null is a tombstone.
  'a message that is none': {
    record: 'v' as unknown as ProducerMessage,
    error: ConfigError,
    code: 'INVALID_CONFIG',
    retriable: false,
    says: 'Cannot call send with messages[0] "v": it must be an object with key, value, headers, partition, timestamp',
  },
  'a field that no message has': {
    record: { value: 'v', partion: 1 } as ProducerMessage,
    error: ConfigError,
    code: 'INVALID_CONFIG',
    retriable: false,
    says: 'Cannot call send with messages[0].partion: there is no such field, only key, value, headers, partition',
  },
  'a message without a value': {
    record: { key: 'k' } as unknown as ProducerMessage,
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: "Cannot serialize the value of a record for 'orders': there is none: a record without one has null",
  },
  'a value that is neither text nor bytes': {
    record: { value: 5 },
    error: SerializationError,
    code: 'INVALID_RECORD',
    retriable: false,
    says: 'not a number: give the producer a serializer for anything else',
  },
  'a header that is neither text nor bytes': {
    record: { value: 'v', headers: { attempt: 5 as unknown as string } },
    error: ConfigError,
    code: 'INVALID_CONFIG',
    retriable: false,
    says: "The header 'attempt' of a record cannot be sent: its name is a string, its value a string, a Uint8Array or null, not a number",
  },
  'a timestamp that is no time': {
    record: { value: 'v', timestamp: 'yesterday' },
    error: ConfigError,
    code: 'INVALID_CONFIG',
    retriable: false,
    says: 'Cannot send a record with the timestamp "yesterday": it must be milliseconds since 1970',
  },
  'a timestamp before 1970': {
    record: { value: 'v', timestamp: -5 },
    error: ConfigError,
    code: 'INVALID_CONFIG',
    retriable: false,
    says: 'Cannot send a record with the timestamp -5',
  },
  'a record larger than max.request.size': {
    config: { 'max.request.size': 1000 },
    record: { value: Buffer.alloc(2000) },
    error: RecordTooLargeError,
    code: 'MESSAGE_TOO_LARGE',
    retriable: false,
    says: 'more than max.request.size, which is 1000',
  },
  'a record larger than buffer.memory': {
    config: { 'buffer.memory': 20_000 },
    record: { value: Buffer.alloc(30_000) },
    error: RecordTooLargeError,
    code: 'MESSAGE_TOO_LARGE',
    retriable: false,
    says: 'more than buffer.memory, which is 20000',
  },
  'a buffer that stays full for max.block.ms': {
    config: { 'batch.size': 1024, 'buffer.memory': 1024, 'max.block.ms': 50 },
    record: { value: Buffer.alloc(900) },
    valueBefore: Buffer.alloc(900),
    lost: 'Produce',
    error: BufferExhaustedError,
    code: 'REQUEST_TIMED_OUT',
    retriable: true,
    says: 'the 1024 bytes of buffer.memory hold records that are not acknowledged yet',
  },
  'metadata that does not come for max.block.ms': {
    config: { 'max.block.ms': 50 },
    topic: 'payments',
    lost: 'Metadata',
    error: TimeoutError,
    code: 'REQUEST_TIMED_OUT',
    retriable: true,
    says: "No metadata of the topic 'payments' arrived within max.block.ms (50 ms)",
  },
  'a topic that is not there': {
    topic: 'nowhere',
    error: KafkaError,
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
    retriable: true,
    says: "Records for the topic 'nowhere' cannot be sent",
  },
  'a partition that is not there': {
    record: { value: 'v', partition: 1 },
    error: KafkaError,
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
    retriable: true,
    says: "The topic 'orders' has partition 0 alone, not 1",
  },
  'a partitioner that gives nonsense': {
    extras: { partitioner: () => 7 },
    error: KafkaError,
    code: 'INVALID_REQUEST',
    retriable: false,
    says: "gave 7 for a record of 'orders': it must give an integer from 0 to 0",
  },
}

describe.each(HOSTS)('a record that fails before it is sent (%s)', (host) => {
  test.each(Object.entries(FAILURES))('%s rejects with its own error, and nothing is written', async (_, failure) => {
    const { config, extras, record = { value: 'v' }, topic = 'orders', valueBefore, lost } = failure
    const cluster = await given({ host, topics: { orders: 1, payments: 1 }, 'auto.create.topics.enable': false })
    const producer = cluster.producer(config, extras)
    if (lost === 'Produce') await cluster.hearOf(producer, topic)
    if (lost !== undefined) await cluster.addFault({ api: lost, action: 'drop', until: 'removed' })
    if (valueBefore !== undefined) producer.produce({ topic, value: valueBefore })

    const error = await cluster.run(producer.send({ topic, messages: [record] }).catch((error: unknown) => error))

    expect(error).toBeInstanceOf(failure.error)
    expect(error).toMatchObject({ name: failure.error.name, code: failure.code, retriable: failure.retriable })
    expect((error as KafkaError).message).toContain(failure.says)
    expect(producer.totals().records).toBe(valueBefore === undefined ? 0 : 1)
  })

  // SerializationException: thrown by send itself, for its own record alone.
  test('a record that cannot be serialized takes its whole call with it, and no other', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const value = (_: string, input: { readonly n: number }): string => {
      if (input.n === 1) throw new TypeError('1 cannot be written')
      return JSON.stringify(input)
    }
    const producer = cluster.producer({}, { serializers: { value } })
    const calls = [[0], [2, 3, 1], [4]].map((call) => call.map((n) => ({ value: { n } })))

    const settled = await cluster.run(
      Promise.allSettled(calls.map((messages) => producer.send({ topic: 'orders', messages }))),
    )

    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(settled[1]).toMatchObject({
      reason: { topic: 'orders', half: 'value', cause: new TypeError('1 cannot be written') },
    })
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['{"n":0}', '{"n":4}'])
  })

  // ProducerRecord: partition, timestamp, key and headers may be null.
  test('a partition, a timestamp and headers that are null are as if they were not there', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const nulls = { key: null, partition: null, timestamp: null, headers: null } as unknown as { key: null }

    await cluster.run(cluster.producer().send({ topic: 'orders', messages: [{ value: 'v', ...nulls }] }))

    const [record] = await cluster.readAll('orders')
    expect(record).toMatchObject({ key: null, headers: [] })
    expect(record?.timestamp).toBeGreaterThan(1_700_000_000_000)
  })

  test('an error on the fast path is thrown, and the next record is taken', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer<unknown, unknown>({ 'max.request.size': 1000 })
    await cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'first' }] }))

    expect(() => producer.produce({ topic: 'orders', value: 5 })).toThrow(SerializationError)
    expect(() => producer.produce({ topic: 'orders', value: Buffer.alloc(2000) })).toThrow(RecordTooLargeError)
    expect(producer.produce({ topic: 'orders', value: 'second' })).toBe(true)

    await cluster.run(producer.flush())
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['first', 'second'])
  })
})
