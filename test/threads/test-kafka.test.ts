/** The test kit, as a test uses it. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { ConfigError, TimeoutError } from '../../src/index.js'
import { kafkaForFile, startKafka } from '../../src/testing.js'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const kafka = await startKafka({ brokers: 3 })
beforeEach(() => kafka.reset())
afterAll(() => kafka.stop())

const IN_VAIN = { timeoutMs: 50 }

test('what was sent is read, as text, as JSON and as bytes', async () => {
  const tea = { tea: 1 }
  await kafka.send('orders', ['text', Buffer.from([255]), { key: 'k', value: tea, headers: { h: 'x' }, timestamp: 5 }])
  await kafka.send('numbers', { value: 1 })
  await kafka.send('numbers', null)
  expect(await kafka.records('orders', { count: 3 })).toEqual([
    expect.objectContaining({ key: null, value: 'text' }),
    expect.objectContaining({ value: '\ufffd' }),
    { topic: 'orders', partition: 0, offset: 2, timestamp: 5, key: 'k', value: '{"tea":1}', headers: { h: 'x' } },
  ])
  expect((await kafka.records('orders', { count: 3, as: 'bytes' }))[1]?.value).toEqual(Buffer.from([255]))
  const numbers = await kafka.records('numbers', { count: 2, as: 'json' })
  expect(numbers.map(({ value }) => value)).toEqual([1, null])
  await expect(kafka.records('orders', { as: 'json' })).rejects.toThrow(
    'The value at offset 0 of partition 0 of orders is not JSON: text',
  )
})

test('records come one partition after the other, all that there are when there are enough', async () => {
  await kafka.cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 3 }] })
  await kafka.send(
    'orders',
    [2, 0, 1, 0].map((partition, value) => ({ partition, value })),
  )
  const records = await kafka.records('orders', { count: 2 })
  expect(records.map(({ partition, offset, value }) => [partition, offset, value])).toEqual([
    [0, 0, '1'],
    [0, 1, '3'],
    [1, 0, '2'],
    [2, 0, '0'],
  ])
  expect(await kafka.records('nothing', { count: 0 })).toEqual([])
})

test('records are waited for, and so is the topic', async () => {
  const waiting = kafka.records('orders', { count: 2 })
  await kafka.send('orders', 'first')
  await kafka.send('orders', 'second')
  expect(await waiting).toMatchObject([{ value: 'first' }, { value: 'second' }])
})

test('whoever waits for records in vain is told what there is', async () => {
  await kafka.send('orders', { key: 'alice', value: 'one tea' })
  const failed = await kafka.records('orders', { count: 2, ...IN_VAIN }).catch((error: Error) => error)
  expect(failed).toBeInstanceOf(TimeoutError)
  expect((failed as Error).message).toBe(`Waited 50 ms for 2 records of the topic orders: it has 1
  partition 0, offset 0: key "alice", value "one tea"
There is:
  3 brokers: 1, 2, 3
  topic orders: 1 record, 1 in partition 0
  no group`)
  await expect(kafka.records('order', IN_VAIN)).rejects.toThrow(
    'for 1 record of the topic order: there is no such topic',
  )
})

test('whoever waits in vain while brokers are down is told so all the same', async () => {
  await kafka.send('orders', 'one tea')
  await Promise.all([1, 2, 3].map((id) => kafka.cluster.killBroker(id)))
  await expect(kafka.records('orders', { count: 2, ...IN_VAIN })).rejects.toThrow('no broker that runs')
})

test('a condition is waited for until it is true, and what it says is returned', async () => {
  let calls = 0
  expect(await kafka.until(() => ++calls === 3 && 'three')).toBe('three')
  expect(await kafka.until(async () => ((await kafka.records('orders', { count: 0 })).length === 0 ? 7 : 0))).toBe(7)
})

test('a condition that never comes true is told with its last word, and with what there is', async () => {
  const cause = new Error('expected 1 to be 2')
  const throwing = (): never => {
    throw cause
  }
  const failed = await kafka.until(throwing, IN_VAIN).catch((error: Error) => error)
  expect(failed).toMatchObject({ name: 'TimeoutError', cause })
  expect((failed as Error).message).toMatch(
    /^Waited 50 ms in vain: the condition threw expected 1 to be 2\nThere is:\n/,
  )
  await expect(kafka.until(() => 0, IN_VAIN)).rejects.toThrow('the condition returned 0')
  await expect(kafka.until(() => new Promise(() => {}), IN_VAIN)).rejects.toThrow('the condition has not settled')
})

test('what a group of another client has committed is told, and where it stands when a wait was in vain', async () => {
  await kafka.send('orders', ['a', 'b'])
  expect(await kafka.committed('billing')).toEqual({})
  const consumer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).consumer({
    groupId: 'billing',
    maxWaitTimeInMs: 50,
  })
  onTestFinished(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => {} })
  await kafka.until(async () => (await kafka.committed('billing')).orders?.[0] === 2)
  await expect(kafka.until(() => false, IN_VAIN)).rejects.toThrow(
    'group billing, Stable, 1 reader: committed 2 of 2 in partition 0 of orders',
  )
})

test('after a reset nothing is left, and the kit goes on', async () => {
  await kafka.send('orders', 'old')
  await kafka.cluster.killBroker(1)
  await kafka.reset()
  await kafka.send('orders', 'new')
  expect(await kafka.records('orders')).toMatchObject([{ offset: 0, value: 'new' }])
})

test('what is sent while a reset runs leaves no thread behind', async () => {
  const reset = kafka.reset()
  await Promise.all([reset, kafka.send('orders', 'meanwhile').catch(() => {})])
  const senders = async (): Promise<boolean> => {
    const { threads } = await kafka.cluster.describe()
    return threads.every(({ address }) => !address.startsWith('sender-'))
  }
  await kafka.until(senders)
})

test('one that is stopped while it starts does not stay', async () => {
  const hooks: (() => Promise<void>)[] = []
  const hook = (run: () => Promise<void>): unknown => hooks.push(run)
  const own = kafkaForFile({}, { beforeAll: hook, beforeEach: hook, afterAll: hook })
  const [start, , stop] = hooks
  const started = start?.()
  await stop?.()
  await started
  await expect(own.cluster.describe()).rejects.toMatchObject({ name: 'ClosedError' })
})

test('arguments are checked at the call', async () => {
  const wrong = 5 as unknown as string
  await expect(kafka.records(wrong)).rejects.toThrow(ConfigError)
  await expect(kafka.records('orders', { count: -1 })).rejects.toThrow('count')
  await expect(kafka.send('orders', [wrong])).rejects.toThrow('messages[0]')
  await expect(kafka.send('orders', { value: () => {} })).rejects.toThrow('it has no JSON')
  await expect(kafka.until(wrong as unknown as () => boolean)).rejects.toThrow('it must be a function')
  await expect(startKafka({ broker: 3 } as object)).rejects.toThrow(ConfigError)
  expect(() => kafkaForFile({}, {})).toThrow('there is no hook beforeAll or before')
})

test('one that is used before it has started, or started twice, says so', async () => {
  const hooks = { before: () => {}, beforeEach: () => {}, after: () => {} }
  expect(() => kafkaForFile({}, hooks).brokers).toThrow('The cluster has not started yet')
  await expect(kafka.start()).rejects.toThrow('it has started')
})
