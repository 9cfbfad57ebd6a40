import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ClosedError, type Producer } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'
import { givenWarnings } from '../support/given-warnings.js'

/**
 * Every close settles, whatever is pending. Kafka: "This method waits up to timeout for the producer to complete the
 * sending of all incomplete requests. If the producer is unable to complete all requests before the timeout expires,
 * this method will fail any unsent and unacknowledged records immediately" (`KafkaProducer.close(Duration)`).
 */
describe.each(HOSTS)('closing on %s', (host) => {
  const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'resolved',
      (error) => error.constructor,
    )

  /** A cluster whose only broker has stopped to answer. */
  async function givenSilence(): Promise<GivenCluster> {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', ['a'])
    await cluster.pauseBroker(1)
    return cluster
  }

  test('a producer sends everything before it is closed', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'linger.ms': 60_000 })
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'a' }] })
    await cluster.run(producer.close())
    expect(await sent).toHaveLength(1)
  })

  // What `produce` took without a callback is nobody's: there is no promise that rejects.
  test.each([
    [
      'nobody was told of',
      () => {},
      ["2 records that 'produce' took for 'orders' could not be sent (NETWORK_EXCEPTION), and nobody was told"],
    ],
    ['a listener was told of', (producer: Producer) => void producer.on('undelivered', () => {}), []],
  ])(
    'a process is warned of records that the end of a cluster leaves unsent and %s',
    async (_whose, hear, expected) => {
      const cluster = await given({ host, topics: { orders: 1 } })
      const warnings = givenWarnings()
      const producer = cluster.producer({ 'linger.ms': 60_000 })
      await cluster.hearOf(producer, 'orders')
      hear(producer)
      for (const value of ['a', 'b']) producer.produce({ topic: 'orders', value })
      await cluster.close()
      await new Promise(setImmediate)
      expect(warnings).toEqual(expected)
    },
  )

  test('a producer with no time to close fails what is pending', async () => {
    const cluster = await givenSilence()
    const producer = cluster.producer()
    const sent = outcomeOf(producer.send({ topic: 'orders', messages: [{ value: 'b' }] }))
    await cluster.run(producer.close({ timeoutMs: 0 }))
    expect(await sent).toBe(ClosedError)
  })

  test('a producer fails what is pending when its time to close is over', async () => {
    const cluster = await givenSilence()
    const producer = cluster.producer()
    const sent = outcomeOf(producer.send({ topic: 'orders', messages: [{ value: 'b' }] }))
    await cluster.run(producer.close({ timeoutMs: 20 }))
    expect(await sent).toBe(ClosedError)
  })

  test('the close with the least time counts for all closes at once', async () => {
    const cluster = await givenSilence()
    const producer = cluster.producer()
    const sent = outcomeOf(producer.send({ topic: 'orders', messages: [{ value: 'b' }] }))
    const closes = [producer.close(), producer.close({ timeoutMs: 0 }), producer.close({ timeoutMs: 60_000 })]
    await cluster.run(Promise.all(closes))
    expect(await sent).toBe(ClosedError)
  })

  test('an admin has the time that it is given to be answered', async () => {
    const cluster = await given({ host })
    const admin = cluster.admin()
    const created = outcomeOf(admin.createTopics({ topics: [{ topic: 'orders' }] }))
    const closed = admin.close({ timeoutMs: 60_000 })
    const late = outcomeOf(admin.listTopics())
    await cluster.run(closed)
    expect([await created, await late]).toEqual(['resolved', ClosedError])
  })

  test.each([undefined, { timeoutMs: 20 }])(
    'an admin that is closed with %j fails what nobody answers',
    async (options) => {
      const cluster = await givenSilence()
      const admin = cluster.admin()
      const listed = outcomeOf(admin.listTopics())
      await cluster.run(admin.close(options))
      expect(await listed).toBe(ClosedError)
    },
  )

  test('a consumer is closed in time though nobody says where its partitions begin', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.killBroker(1)
    const consumer = cluster.consumer()
    const subscribed = outcomeOf(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.close({ timeoutMs: 20 }))
    expect(await subscribed).toBe(ClosedError)
  })

  test('all clients are closed when the cluster is', async () => {
    const cluster = await givenSilence()
    const [producer, admin, consumer] = [cluster.producer(), cluster.admin(), cluster.consumer()]
    const pending = [
      producer.send({ topic: 'orders', messages: [{ value: 'b' }] }),
      admin.listTopics(),
      consumer.subscribe({ topic: 'orders' }),
    ].map(outcomeOf)
    const closes = [producer.close(), consumer.close()]
    await cluster.close()
    await Promise.all(closes)
    expect(await Promise.all(pending)).toEqual([ClosedError, ClosedError, ClosedError])
  })
})

test('a broker that is told to stand still when its cluster is closed is not waited for', async () => {
  const cluster = await given({ host: 'threads' })
  const paused = cluster.pauseBroker(1)
  await cluster.close()
  await paused.catch(() => {})
})

test('a consumer whose handler module never returns is ended when its time is over', async () => {
  const cluster = await given({ host: 'threads' })
  await cluster.send(cluster.producer(), 'orders', ['a'])
  const consumer = cluster.consumer()
  await consumer.subscribe({ topic: 'orders' })
  const begun = new Int32Array(new SharedArrayBuffer(4))
  const module = new URL('./handler-without-end.js', import.meta.url)
  await consumer.run({ module, options: begun })
  await cluster.until(() => begun[0] === 1)
  await consumer.close({ timeoutMs: 20 })
  await consumer.stopped
})

test('a handler in native code, where no thread can be ended, is not waited for', async () => {
  const cluster = await given({ host: 'threads' })
  await cluster.send(cluster.producer(), 'orders', ['a'])
  const consumer = cluster.consumer()
  await consumer.subscribe({ topic: 'orders' })
  const [begun, goOn] = ['begun', 'go-on'].map((name) => join(mkdtempSync(join(tmpdir(), 'odradek-')), name))
  onTestFinished(() => writeFileSync(String(goOn), ''))
  await consumer.run({ module: new URL('./handler-in-native-code.js', import.meta.url), options: { begun, goOn } })
  await cluster.until(() => existsSync(String(begun)))
  // Both would wait for the test to be over.
  await consumer.close({ timeoutMs: 0 })
  await cluster.close()
})

test.each(HOSTS)('a producer on %s is closed in time though an interceptor never is', async (host) => {
  const cluster = await given({ host, topics: { orders: 1 } })
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const producer = cluster.producer({}, { interceptors: [{ close: () => held }] })
  await cluster.send(producer, 'orders', ['a'])
  await cluster.run(producer.close({ timeoutMs: 20 }))
  release()
})
