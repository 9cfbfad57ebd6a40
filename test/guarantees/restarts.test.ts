import { describe, expect, test } from 'vitest'
import { LOSSES } from '../../src/cluster/kept-memory.js'
import { given, HOSTS, textsOf, values } from '../support/given.js'

describe.each(HOSTS)('restarts (%s)', (host) => {
  test('a broker that is started again has what it had written', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(50))

    await cluster.killBroker(1)
    await cluster.restartBroker(1)

    expect(await cluster.send(producer, 'orders', ['after'])).toBe(50)
    expect(textsOf(await cluster.readAll('orders'))).toEqual([...values(50), 'after'])
  })

  test('a broker whose segments are of an odd size is started again with what it had written', async () => {
    const cluster = await given({ host, 'log.segment.bytes': 1_000_001, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(5))

    await cluster.killBroker(1)
    await cluster.restartBroker(1)

    expect(textsOf(await cluster.readAll('orders'))).toEqual(values(5))
  })

  test('a broker has what it had written after many deaths in the middle of its work', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'batch.size': 200 })
    const acknowledged: string[] = []
    for (let death = 0; death < 5; death++) {
      const sends = values(40, `${death}-`).map((value) =>
        producer.send({ topic: 'orders', messages: [{ value }] }).then(() => void acknowledged.push(value)),
      )
      await cluster.until(() => acknowledged.length > 40 * death)
      await cluster.killBroker(1)
      await cluster.restartBroker(1)
      await cluster.run(Promise.all(sends))
    }
    const read = textsOf(await cluster.readAll('orders'))
    expect(new Set(read)).toEqual(new Set(acknowledged))
  })

  test.each(LOSSES.slice(1))('a broker that loses %s comes back with nothing: logs have no files', async (loses) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(50))

    await cluster.killBroker(1, { loses })
    await cluster.restartBroker(1)
    const [offsets] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))

    expect(offsets).toMatchObject({ low: 0, high: 0 })
  })

  test('a broker that crashes is started again by itself', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['before'])

    await cluster.kill('broker-1')

    expect(await cluster.send(producer, 'orders', ['after'])).toBe(1)
  })

  test('a broker that crashes too often stays down, until it is started by hand', async () => {
    const cluster = await given({ host, 'odradek.restart.intensity': 0, topics: { orders: 1 } })

    await cluster.kill('broker-1')
    await cluster.until(() => cluster.failures.length === 1)

    expect(cluster.failures).toMatchObject([
      { address: 'broker-1', says: expect.stringContaining('more than 0 times') },
    ])
    await cluster.restartBroker(1)
    expect(await cluster.leaderOf('orders', 0)).toBe(1)
  })

  test('a supervisor that is started again knows the cluster, and its brokers serve meanwhile', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const producer = cluster.producer()
    await cluster.send(producer, { topic: 'orders', partition: 0 }, ['before'])

    const killed = cluster.killSupervisor()
    expect(await cluster.send(producer, { topic: 'orders', partition: 0 }, ['meanwhile'])).toBe(1)
    await killed

    const { brokers, topics } = await cluster.run(cluster.describe())
    expect([brokers, topics.map(({ name }) => name)]).toEqual([[1, 2], ['orders']])
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'invoices' }] }))
  })

  test('a supervisor that crashes too often leaves its brokers at work, and questions are refused', async () => {
    const cluster = await given({ host, 'odradek.restart.intensity': 1, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['before'])

    await cluster.killSupervisor()
    await cluster.run(cluster.describe())
    await cluster.killSupervisor()

    await expect(cluster.run(cluster.describe())).rejects.toMatchObject({ name: 'WorkerDiedError' })
    expect(await cluster.send(producer, 'orders', ['after'])).toBe(1)
  })
})
