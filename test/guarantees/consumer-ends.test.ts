import { describe, expect, test } from 'vitest'
import type { Consumer, KeptRecord } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

/** Longer than a simulation runs, and than a test may take. */
const FOR_EVER = Number.MAX_SAFE_INTEGER

const ORDERS = { topic: 'orders', partition: 0 }

/** A consumer of one partition that holds so many records. */
async function givenReader(
  host: HostName,
  records = 0,
  config = {},
): Promise<{ cluster: GivenCluster; consumer: Consumer }> {
  const cluster = await given({ host, topics: { orders: 1 } })
  if (records > 0) await cluster.send(cluster.producer(), ORDERS, values(records))
  const consumer = cluster.consumer(config)
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  return { cluster, consumer }
}

async function firstOf(records: AsyncIterable<KeptRecord>, count: number): Promise<string[]> {
  const read: KeptRecord[] = []
  for await (const record of records) if (read.push(record) === count) break
  return textsOf(read)
}

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: Error) => error.name,
  )

describe.each(HOSTS)('what ends a consumer (%s)', (host) => {
  test('a close ends a subscription, a seek and a pause that wait for a leader', async () => {
    const { cluster, consumer } = await givenReader(host)
    const subscribing = cluster.consumer()
    await cluster.stopBroker(await cluster.leaderOf('orders', 0))
    const pending = [
      subscribing.subscribe({ topic: 'orders' }),
      consumer.seek({ ...ORDERS, offset: 'earliest' }),
      consumer.assign([ORDERS]),
    ].map(outcomeOf)
    await cluster.run(consumer.pause([ORDERS]))

    await cluster.run(Promise.all([subscribing.close(), consumer.close()]))

    expect(await cluster.run(Promise.all(pending))).toEqual(['ClosedError', 'ClosedError', 'ClosedError'])
  })

  test('a close ends a poll that waits, and so does every close at once with it', async () => {
    const { cluster, consumer } = await givenReader(host)
    const poll = outcomeOf(consumer.poll(600_000))
    await cluster.run(Promise.all([consumer.close(), consumer.close(), consumer[Symbol.asyncDispose]()]))
    expect(await cluster.run(poll)).toBe('ClosedError')
    await expect(consumer.poll(0)).rejects.toMatchObject({ name: 'ClosedError' })
  })

  test('a close ends a loop, whether it waits for a record or is at work on one', async () => {
    const { cluster, consumer } = await givenReader(host, 3)
    const read: string[] = []
    const loop = async (reader: Consumer, closeAt: number): Promise<void> => {
      for await (const { value } of reader) if (read.push(String(value)) === closeAt) await reader.close()
    }
    const waiting = loop(consumer, -1)
    await cluster.until(() => read.length === 3)
    await cluster.run(consumer.close())
    await cluster.run(waiting)

    const second = cluster.consumer()
    await cluster.run(second.subscribe({ topic: 'orders' }))
    await cluster.run(loop(second, 5))
    expect(read).toEqual(['v0', 'v1', 'v2', 'v0', 'v1'])
  })

  // KafkaConsumer.acquire: ConcurrentModificationException.
  test('the second of two polls at once is refused, and the first one goes on', async () => {
    const { cluster, consumer } = await givenReader(host)
    const first = consumer.poll(60_000)
    await expect(consumer.poll(300)).rejects.toThrow('Cannot poll while this consumer is used by poll')
    await expect(consumer[Symbol.asyncIterator]().next()).rejects.toThrow('Cannot iterate while')
    await cluster.send(cluster.producer(), ORDERS, ['x'])
    expect(textsOf([...((await cluster.run(first)) ?? [])])).toEqual(['x'])
    expect(await cluster.run(consumer.poll(1))).toBe(null)
  })

  // KafkaConsumer.wakeup: if no thread is blocking in a method which can throw WakeupException, the next call will
  // raise it instead.
  test('a wake-up ends the poll that waits, or else the next one, and loses nothing', async () => {
    const { cluster, consumer } = await givenReader(host, 0, { 'max.poll.records': 2 })
    const poll = outcomeOf(consumer.poll(600_000))
    consumer.wakeup()
    expect(await cluster.run(poll)).toBe('WakeupError')

    await cluster.send(cluster.producer(), ORDERS, values(6))
    const read = textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])])
    consumer.wakeup()
    expect(await cluster.run(outcomeOf(consumer.poll(0)))).toBe('WakeupError')
    while (read.length < 6) read.push(...textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])]))
    expect(read).toEqual(values(6))
  })

  test('a wake-up ends a loop with an error, and another loop goes on where it was', async () => {
    const { cluster, consumer } = await givenReader(host, 5)
    const read: string[] = []
    const loop = async (wakeAt: number): Promise<void> => {
      for await (const { value } of consumer) if (read.push(String(value)) === wakeAt) consumer.wakeup()
    }
    expect(await cluster.run(outcomeOf(loop(2)))).toBe('WakeupError')
    const waiting = outcomeOf(loop(-1))
    await cluster.until(() => read.length === 5)
    consumer.wakeup()
    expect(await cluster.run(waiting)).toBe('WakeupError')
    expect([read, consumer.position(ORDERS)]).toEqual([values(5), 5])
  })

  test.each([
    ['has sought back', true],
    ['seeks back at the same time', false],
  ])('a handler that %s may close its own consumer, which waits for nothing', async (_what, isAwaited) => {
    const { cluster, consumer } = await givenReader(host, 3)
    const closed = new Promise<void>((resolve, reject) => {
      const eachMessage = async (): Promise<void> => {
        const sought = consumer.seek({ ...ORDERS, offset: 0 }).catch(() => {})
        if (isAwaited) await sought
        await consumer.close({ timeoutMs: FOR_EVER }).then(resolve, reject)
      }
      consumer.run({ eachMessage }).catch(reject)
    })
    await cluster.run(closed)
    await cluster.run(consumer.stopped)
  })

  test('a handler that seeks all partitions may close its consumer, whatever was fetched of the others', async () => {
    const cluster = await given({ host, topics: { orders: 3 } })
    const producer = cluster.producer()
    for (const partition of [0, 1, 2]) await cluster.send(producer, { topic: 'orders', partition }, values(3))
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const closed = new Promise<void>((resolve, reject) => {
      const eachBatch = async (): Promise<void> => {
        await Promise.all(consumer.assignment.map((name) => consumer.seek({ ...name, offset: 'earliest' })))
        await consumer.close({ timeoutMs: FOR_EVER }).then(resolve, reject)
      }
      consumer.run({ eachBatch }).catch(reject)
    })
    await cluster.run(closed)
  })

  test('an error that a handler throws rejects stopped, be it the ClosedError of another client', async () => {
    const { cluster, consumer } = await givenReader(host, 1)
    const producer = cluster.producer()
    await cluster.run(producer.close())
    const eachMessage = async (): Promise<void> => {
      await producer.send({ topic: 'orders', messages: [] })
    }
    await cluster.run(consumer.run({ eachMessage }))
    await expect(cluster.run(consumer.stopped)).rejects.toThrow('The producer is closed')
  })

  const BAD_RETURNS = ['{ get then() { throw new Error("when it is asked") } }', 'revoked']

  test.each(BAD_RETURNS)(
    'a handler that returns %s, which throws when it is looked at, rejects stopped',
    async (bad) => {
      const { cluster, consumer } = await givenReader(host, 1)
      const text = `const { proxy: revoked, revoke } = Proxy.revocable({}, {})
      revoke()
      export default () => ({ eachMessage: () => (${bad}) })`
      const module = `data:text/javascript,${encodeURIComponent(text)}`
      await cluster.run(consumer.run((await import(module)).default()))
      await expect(cluster.run(consumer.stopped)).rejects.toThrow(/when it is asked|revoked/)

      const inThread = cluster.consumer()
      await cluster.run(inThread.subscribe({ topic: 'orders' }))
      await cluster.run(inThread.run({ module }))
      await expect(cluster.run(inThread.stopped)).rejects.toThrow(/when it is asked|revoked/)
    },
  )

  test('a wake-up says nothing to a consumer that runs a handler', async () => {
    const { cluster, consumer } = await givenReader(host, 3)
    const read = await cluster.collect(consumer)
    consumer.wakeup()
    await cluster.until(() => read.length === 3)
    await cluster.run(consumer.close())
    await cluster.run(consumer.stopped)
  })

  test('a loop that is left while it waits for a record has ended, and another one gets that record', async () => {
    const { cluster, consumer } = await givenReader(host)
    const records = consumer[Symbol.asyncIterator]()
    const next = records.next()
    await cluster.run(records.return?.() as Promise<unknown>)
    expect(await cluster.run(next)).toEqual({ done: true, value: undefined })
    await cluster.send(cluster.producer(), ORDERS, values(3))
    expect(await cluster.run(firstOf(consumer, 2))).toEqual(['v0', 'v1'])
    const batch = await cluster.run(consumer.poll(5000))
    expect(textsOf([...(batch ?? [])])).toEqual(['v2'])
  })

  test('a loop goes on behind what a poll has handed out, and a poll behind what a loop has', async () => {
    const { cluster, consumer } = await givenReader(host, 10, { 'max.poll.records': 3 })
    const read = textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])])
    read.push(...(await cluster.run(firstOf(consumer, 2))))
    read.push(...textsOf([...((await cluster.run(consumer.poll(5000))) ?? [])]))
    expect(read).toEqual(values(8))
    await cluster.run(consumer.close())
  })

  test('a handler module that follows a loop begins where the loop was left', async () => {
    const { cluster, consumer } = await givenReader(host, 10)
    const shared = new SharedArrayBuffer(8)
    expect(await cluster.run(firstOf(consumer, 4))).toEqual(values(4))
    const text = `export default ({ shared }) => ({ eachMessage({ message }) {
      Atomics.add(new Int32Array(shared), 0, 1)
      Atomics.add(new Int32Array(shared), 1, message.offset)
    } })`
    const module = `data:text/javascript,${encodeURIComponent(text)}`
    await cluster.run(consumer.run({ module, options: { shared } }))
    await cluster.until(() => Atomics.load(new Int32Array(shared), 0) === 6)
    expect(new Int32Array(shared)[1]).toBe(4 + 5 + 6 + 7 + 8 + 9)
    await cluster.until(() => consumer.position(ORDERS) === 10)
  })
})
