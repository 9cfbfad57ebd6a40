import { types } from 'node:util'
import vm from 'node:vm'
import type { KafkaError, Producer, RecordMetadata } from '../../src/index.js'
import { type Method, method, mustBe, partitionOf } from './methods.js'
import {
  aFunction,
  exactly,
  flag,
  list,
  nullable,
  object,
  oneOf,
  optional,
  quantity,
  record,
  type Spec,
  textOf,
} from './specs.js'
import { endsOf, PRODUCER_TIMES, type World } from './world.js'

const isThere = (bytes: Uint8Array): boolean => {
  try {
    return new Uint8Array(bytes.buffer).length >= 0
  } catch {
    return false
  }
}

/** Keys and values. A text of a megabyte is larger than max.request.size. */
const data: Spec = exactly(
  (random) =>
    random.pick([
      () => 'text',
      () => '',
      () => 'ünï',
      () => Buffer.from('bytes'),
      () => new Uint8Array(new SharedArrayBuffer(4)),
      () => vm.runInNewContext('new Uint8Array([1, 2, 3])'),
    ])(),
  (given) => {
    // What cannot be serialized is a SerializationError, and what is too large a RecordTooLargeError.
    if (typeof given === 'string') return given.length < 2 ** 20 ? 'taken' : 'denied'
    return types.isUint8Array(given) && isThere(given) ? 'taken' : 'denied'
  },
)

const HOUR_MS = 3_600_000
const stamp: Spec = exactly(
  (random) => random.pick([Date.now(), String(Date.now()), BigInt(Date.now()), 0]),
  (given) => {
    if (given === null) return 'taken'
    if (typeof given === 'string') return /^\d{1,15}$/.test(given) ? 'taken' : 'refused'
    const isTime = typeof given === 'number' || typeof given === 'bigint'
    const ms = isTime ? Number(given) : Number.NaN
    return ms >= 0 && ms < Date.now() + HOUR_MS / 2 ? 'taken' : 'refused'
  },
)

const headers: Spec = exactly(
  (random) =>
    random.pick([
      {},
      { a: 'x' },
      { a: ['x', 'y'] },
      new Map([['a', 'x']]),
      [],
      [{ key: 'a', value: null }],
      { a: undefined },
    ]),
  (given) => (given === null || typeof given === 'object' ? 'either' : 'refused'),
)

/** Null says what absence does. */
const partition: Spec = nullable(partitionOf('denied'))

const MESSAGE = {
  key: optional(nullable(data)),
  value: nullable(data),
  headers: optional(headers),
  partition: optional(partition),
  timestamp: optional(stamp),
}
const orders = textOf(() => 'orders')

interface Told {
  readonly end: number
  readonly calls: (KafkaError | null)[]
}

const onlySource = { async *read(): AsyncGenerator<never> {} }
const source: Spec = exactly(
  () => onlySource,
  () => 'refused',
)

const freshProducer = ({ cluster }: World): Producer => cluster.producer(PRODUCER_TIMES)

export const PRODUCER_METHODS: readonly Method[] = [
  method({
    name: 'producer.send',
    weight: 120,
    args: [object({ topic: orders, messages: list(record(MESSAGE)), acks: optional(oneOf([-1])) })],
    before: (world) => endsOf(world, 'orders'),
    call: ({ producer }, args: never[]) => producer.send(args[0] as never),
    async check(world, [{ messages }]: readonly [{ messages: unknown[] }], told: RecordMetadata[], end: number) {
      const written = (await endsOf(world, 'orders')) - end
      mustBe(written === messages.length, `${written} of ${messages.length} records were written`)
      const counted = told.reduce((sum, { recordCount }) => sum + recordCount, 0)
      mustBe(counted === messages.length, `${counted} of ${messages.length} records were told of`)
    },
  }),
  method({
    name: 'producer.produce',
    weight: 120,
    args: [record({ topic: orders, ...MESSAGE })],
    before: async (world): Promise<Told> => ({ end: await endsOf(world, 'orders'), calls: [] }),
    /** Whether the partition is there is only told to the callback. */
    async call({ producer }, args: never[], { calls }) {
      const isRoom = producer.produce(args[0] as never, (error) => calls.push(error))
      await producer.flush()
      const [refusal = null] = calls
      if (refusal !== null) throw refusal
      return isRoom
    },
    async check(world, _, isRoom: boolean, { end, calls }) {
      const written = (await endsOf(world, 'orders')) - end
      mustBe(isRoom === true, `it said ${isRoom}`)
      mustBe(written === 1, `${written} records were written`)
      mustBe(calls.length === 1 && calls[0] === null, `the callback was called ${calls.length} times`)
    },
    after: ({ producer }) => producer.flush(),
  }),
  method({
    name: 'producer.produce with a callback',
    args: [
      // Whether the partition is there is told to nobody who looks.
      record({ topic: orders, ...MESSAGE, partition: optional(nullable(partitionOf('either'))) }),
      optional(nullable(aFunction(() => () => {}))),
    ],
    call: ({ producer }, args: readonly [never, never]) => producer.produce(...args),
    after: ({ producer }) => producer.flush(),
  }),
  method({
    name: 'producer.produceMany',
    weight: 60,
    args: [orders, list(nullable(data))],
    before: (world) => endsOf(world, 'orders'),
    async call({ producer }, args: readonly [never, never]) {
      const taken = producer.produceMany(...args)
      await producer.flush()
      return taken
    },
    async check(world, [, values]: readonly [unknown, unknown[]], taken: number, end: number) {
      const written = (await endsOf(world, 'orders')) - end
      // Given as a set, equal ones are one.
      const isAll = taken === values.length || taken === new Set(values).size
      mustBe(isAll, `${taken} of ${values.length} values were taken`)
      mustBe(written === taken, `${written} of ${taken} records were written`)
    },
    after: ({ producer }) => producer.flush(),
  }),
  method({
    name: 'producer.on',
    args: [oneOf(['drain', 'undelivered', 'deadLetterFailed']), aFunction(() => () => {})],
    weight: 3,
    before: freshProducer,
    call: (_, args: readonly [never, never], producer) => producer.on(...args),
    check: (_, __, result: unknown, producer) => mustBe(result === producer, 'it does not return the producer'),
    after: (_, producer) => producer.close(),
  }),
  method({
    name: 'producer.off',
    args: [oneOf(['drain', 'undelivered', 'deadLetterFailed']), aFunction(() => () => {})],
    weight: 3,
    call: ({ producer }, args: readonly [never, never]) => producer.off(...args),
  }),
  method({
    name: 'producer.replayDeadLetters',
    args: [source, optional(object({ remove: optional(flag) }))],
    call: ({ producer }, args: readonly [never, never]) => producer.replayDeadLetters(...args),
    check: (_, __, { sent }: { sent: number }) => mustBe(sent === 0, `${sent} of no letters were sent`),
  }),
  method({ name: 'producer.flush', call: ({ producer }) => producer.flush() }),
  method({ name: 'producer.totals', call: ({ producer }) => producer.totals() }),
  method({ name: 'producer.drained', call: ({ producer }) => producer.drained() }),
  method({
    name: 'producer.metrics',
    call: ({ producer }) => producer.metrics(),
    check: (_, __, metrics: object) => mustBe('record-send-total' in metrics, 'there are no metrics'),
  }),
  method({
    name: 'producer.close',
    weight: 3,
    args: [optional(object({ timeoutMs: optional(quantity([0, 1, 1_000], Number.POSITIVE_INFINITY)) }))],
    before: freshProducer,
    call: (_, args: readonly [never], producer) => producer.close(...args),
    check: (_, __, ___, producer) => {
      let isOpen = true
      try {
        producer.produce({ topic: 'orders', value: 'late' })
      } catch {
        isOpen = false
      }
      mustBe(!isOpen, 'a closed producer takes records')
    },
    after: (_, producer) => producer.close(),
  }),
]
