import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { given, HOSTS, values } from '../support/given.js'

const died = { name: 'WorkerDiedError', code: 'NETWORK_EXCEPTION', retriable: true }

describe.each(HOSTS)('the death of a thread (%s)', (host) => {
  test('a producer whose sender dies rejects what is pending, and everything after it', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'linger.ms': 80_000 })
    await cluster.hearOf(producer, 'orders')
    const pending = producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
    const outcome = pending.catch((error) => error)

    await cluster.kill('sender-2')

    expect(await cluster.run(outcome)).toMatchObject(died)
    await expect(cluster.run(producer.send({ topic: 'orders', messages: [{ value: 'v' }] }))).rejects.toMatchObject(
      died,
    )
    await cluster.run(producer.close())
  })

  test('a flush does not wait for a dead sender', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'linger.ms': 80_000 })
    await cluster.hearOf(producer, 'orders')
    const errors: unknown[] = []
    producer.produce({ topic: 'orders', value: 'v' }, (error) => errors.push(error))

    await cluster.kill('sender-2')
    await cluster.run(producer.flush())

    expect(errors).toMatchObject([died])
  })

  test('a consumer whose thread dies tells whoever waits', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.run({ eachMessage: () => {} }))
    const stopped = consumer.stopped.catch((error) => error)

    await cluster.kill('consumer-2')

    expect(await cluster.run(stopped)).toMatchObject(died)
    await expect(cluster.run(consumer.subscribe({ topic: 'orders' }))).rejects.toMatchObject(died)
    await cluster.run(consumer.close())
  })

  test('a poll does not wait for a dead consumer', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const polled = consumer.poll(80_000).catch((error) => error)

    await cluster.kill('consumer-2')

    expect(await cluster.run(polled)).toMatchObject(died)
  })

  test('a send to a broker that dies is written once it is back, and nothing before it is lost', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const producer = cluster.producer()
    const partition = (await cluster.leaderOf('orders', 0)) === 2 ? 0 : 1
    await cluster.send(producer, { topic: 'orders', partition }, ['before'])

    await cluster.kill('broker-2')

    expect(await cluster.send(producer, { topic: 'orders', partition }, ['after'])).toBe(1)
  })

  test('a send to a broker that stays down is given up after delivery.timeout.ms; others are served', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const producer = cluster.producer({ 'request.timeout.ms': 100, 'delivery.timeout.ms': 200 })
    const partition = (await cluster.leaderOf('orders', 0)) === 2 ? 0 : 1
    await cluster.send(producer, { topic: 'orders', partition }, ['before'])

    await cluster.run(cluster.killBroker(2))
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'after', partition }] })

    await expect(cluster.run(sent)).rejects.toMatchObject({ name: 'TimeoutError', code: 'REQUEST_TIMED_OUT' })
    expect(await cluster.send(producer, { topic: 'orders', partition: 1 - partition }, ['elsewhere'])).toBe(0)
  })

  test('the other partitions of a consumer are read on when a broker dies', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const { topics } = await cluster.run(cluster.describe())
    const partition = topics[0]?.partitions.findIndex(({ leader }) => leader === 1) ?? -1
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read = await cluster.collect(consumer)

    await cluster.kill('broker-2')
    await cluster.send(cluster.producer(), { topic: 'orders', partition }, ['still there'])
    await cluster.until(() => read.length === 1)

    expect(String(read[0]?.value)).toBe('still there')
  })

  test('the death of a client leaves the others at work', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const [dying, staying] = [cluster.producer(), cluster.producer()]
    await cluster.send(dying, 'orders', ['a'])
    await cluster.send(staying, 'orders', ['b'])

    await cluster.kill('sender-2')

    expect(await cluster.send(staying, 'orders', ['c'])).toBe(2)
    expect(await cluster.readAll('orders')).toHaveLength(3)
  })

  test('a cluster can be closed after any death', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['a'])
    for (const address of ['broker-1', 'controller-0', 'sender-2'] as const) await cluster.kill(address)
    await cluster.close()
  })
})

test('a process whose threads have died can end', async () => {
  const program = `
    import { Cluster } from '${new URL('../../src/index.js', import.meta.url)}'
    const cluster = await Cluster.start({ brokers: 2 })
    const producer = cluster.producer()
    await producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
    for (const address of ['sender-1', 'broker-1', 'controller-0']) await cluster.kill(address)
    const error = await producer.send({ topic: 'orders', messages: [{ value: 'v' }] }).catch((thrown) => thrown)
    await cluster.close()
    process.stdout.write(error.name + ' ' + cluster.unexpectedExits.length)`

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])

  expect(stdout).toBe('WorkerDiedError 3')
})

describe('deaths at any moment, in the simulation', () => {
  const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1)

  test.each(SEEDS)(
    'a sender that dies with reports that nobody has read yet settles every send once (seed %i)',
    async (seed) => {
      const cluster = await given({ host: 'simulation', seed, topics: { orders: 1 } })
      const producer = cluster.producer({ 'batch.size': 100 })
      const sends = values(100).map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))
      const settled = Promise.allSettled(sends)
      await cluster.until(() => producer.totals().answered >= 3)

      await cluster.kill('sender-2')

      const outcomes = await cluster.run(settled)
      const written = outcomes.filter(({ status }) => status === 'fulfilled').length
      expect(written).toBeGreaterThan(0)
      expect(outcomes.slice(written)).toMatchObject(Array(100 - written).fill({ status: 'rejected', reason: died }))
    },
  )

  test.each(SEEDS)('a broker that dies leaves no send pending (seed %i)', async (seed) => {
    const cluster = await given({ host: 'simulation', seed, brokers: 2, topics: { orders: 4 } })
    const producer = cluster.producer({ 'batch.size': 100 })
    const sends = values(100).map((value, index) =>
      producer.send({ topic: 'orders', messages: [{ value, partition: index % 4 }] }),
    )
    const settled = Promise.allSettled(sends)
    await cluster.until(() => producer.totals().answered >= 3)

    await cluster.kill('broker-1')

    const { topics } = await cluster.run(cluster.describe())
    const outcomes = await cluster.run(settled)
    for (const { partition, replicas } of topics[0]?.partitions ?? []) {
      const own = outcomes.filter((_, index) => index % 4 === partition)
      if (replicas[0] === 2) expect(own.map(({ status }) => status)).toEqual(Array(25).fill('fulfilled'))
    }
  })
})
