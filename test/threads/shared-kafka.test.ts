/** The Kafka that all workers of a test runner share: what one of them sees is what the one that has it sees. */
import { afterAll, expect, test } from 'vitest'
import { SerializationError } from '../../src/base/errors.js'
import { ConfigError, KafkaError, TimeoutError } from '../../src/index.js'
import { sharedKafka, shareKafka, startKafka } from '../../src/testing.js'

const OPTIONS = { 'message.max.bytes': 2_000 }
const stop = await shareKafka(OPTIONS)
const [shared, own] = [sharedKafka(), await startKafka(OPTIONS)]
afterAll(() => Promise.all([stop(), own.stop()]))

class Price {
  readonly #euros: number
  constructor(euros: number) {
    this.#euros = euros
  }
  toJSON(): string {
    return `${this.#euros} EUR`
  }
}

const oneByOne = function* (): Generator<string> {
  yield 'a'
  yield 'b'
}

test.each([
  ['one whose class has a JSON of its own', () => ({ value: new Price(3) }), 1],
  ['one that holds such a value', () => [{ value: { price: new Price(3) } }], 1],
  ['a date', () => ({ value: new Date(0) }), 1],
  ['several that come one by one', oneByOne, 2],
  ['bytes', () => [Buffer.from([255]), new Uint8Array([1, 2])], 2],
  ['keys and headers', () => ({ key: Buffer.from('k'), value: null, headers: { a: ['1', Buffer.from('2')] } }), 1],
])('records that are sent arrive as by the kit itself: %s', async (name, records, count) => {
  const topic = name.replaceAll(' ', '-')
  const read = await Promise.all(
    [shared, own].map(async (kafka) => {
      await kafka.send(topic, records())
      const found = await kafka.records(topic, { count, as: 'bytes' })
      return found.map(({ key, value, headers }) => ({ key, value, headers }))
    }),
  )
  expect(read[0]).toEqual(read[1])
  expect(read[0]).toHaveLength(count)
})

test.each([
  ['a record that is too large', KafkaError, 'MESSAGE_TOO_LARGE', () => shared.send('t', 'x'.repeat(3_000))],
  ['a record without a value', SerializationError, 'INVALID_RECORD', () => shared.send('t', [{} as { value: 1 }])],
  ['a value that has no JSON', ConfigError, 'INVALID_CONFIG', () => shared.send('t', { value: () => 1 })],
  ['a topic that cannot be', KafkaError, 'INVALID_TOPIC_EXCEPTION', () => shared.send('a/b', 'x')],
  ['an argument that is wrong', ConfigError, 'INVALID_CONFIG', () => shared.committed(3 as unknown as string)],
  ['an argument that is a function', ConfigError, 'INVALID_CONFIG', () => shared.committed((() => 1) as never)],
  ['a wait in vain', TimeoutError, 'REQUEST_TIMED_OUT', () => shared.records('nothing', { timeoutMs: 0 })],
])('%s is refused with the error of the kit itself', async (_, errorClass, code, call) => {
  const error = await call().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(errorClass)
  expect(error).toMatchObject({ code, name: errorClass.name })
})

test('an argument that is wrong is named', async () => {
  await expect(shared.records('t', { as: 'xml' as 'json' })).rejects.toMatchObject({ option: 'as' })
})
