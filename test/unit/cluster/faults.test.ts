import { describe, expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import type { Point } from '../../../src/actor/points.js'
import { SimulatedCluster } from '../../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf } from '../../support/given.js'

async function untilItRuns(cluster: GivenCluster, address: Address): Promise<void> {
  const isRunning = async (): Promise<boolean> =>
    (await cluster.run(cluster.describe())).threads.some((thread) => thread.address === address)
  while (!(await isRunning()));
}

describe.each(HOSTS)('faults (%s)', (host) => {
  const givenBrokers = (): Promise<GivenCluster> =>
    given({ host, brokers: 3, topics: { orders: { numPartitions: 1, replicationFactor: 3 } } })

  test('a broker that is killed stays down until it is restarted', async () => {
    const cluster = await givenBrokers()
    await cluster.killBroker(2)
    await cluster.send(cluster.producer({ acks: 'all' }), 'orders', ['meanwhile'])
    expect((await cluster.run(cluster.describe())).threads.map(({ address }) => address)).not.toContain('broker-2')
    await cluster.restartBroker(2)
    expect((await cluster.run(cluster.describe())).brokers).toEqual([1, 2, 3])
  })

  test('a broker that is stopped has given its leaders away', async () => {
    const cluster = await givenBrokers()
    const leader = await cluster.leaderOf('orders', 0)
    await cluster.stopBroker(leader)
    const next = await cluster.leaderOf('orders', 0)
    expect([next === leader, next >= 1]).toEqual([false, true])
    await cluster.restartBroker(leader)
  })

  test('a broker that is paused answers when it is resumed', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['before'])
    await cluster.pauseBroker(1)
    const sent = cluster.send(producer, 'orders', ['held'])
    cluster.resumeBroker(1)
    expect(await sent).toBe(1)
  })

  test('a message over a link that is cut arrives when it is healed', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['before'])
    await cluster.cutLink('sender-2', 1)
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'held' }] })
    await cluster.run(cluster.admin().listTopics())
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['before'])
    await cluster.healLink('sender-2', 1)
    expect(await cluster.run(sent)).toMatchObject([{ baseOffset: 1 }])
  })

  test('a scripted fault hits the request that it is meant for, once', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    const fault = await cluster.addFault({
      api: 'Produce',
      broker: 1,
      action: 'error',
      error: 'NOT_LEADER_OR_FOLLOWER',
      once: true,
    })
    expect(await cluster.send(producer, 'orders', ['a'])).toBe(0)
    await cluster.run(fault.hit())
    expect([fault.count, await cluster.send(producer, 'orders', ['b'])]).toEqual([1, 1])
  })

  test.each<[string, (cluster: GivenCluster) => Promise<void>, object]>([
    [
      'killing a broker that does not exist',
      (cluster) => cluster.killBroker(9),
      {
        code: 'BROKER_ID_NOT_REGISTERED',
        message: "Cannot kill broker 9: the cluster's brokers are 1 to 1",
      },
    ],
    [
      'killing a thread that does not exist',
      (cluster) => cluster.kill('broker-9'),
      { code: 'INVALID_REQUEST', message: 'Cannot kill broker-9: there is no such thread' },
    ],
    [
      'killing a broker that is down',
      async (cluster) => {
        await cluster.killBroker(1)
        await cluster.killBroker(1)
      },
      { code: 'BROKER_NOT_AVAILABLE', message: 'Cannot kill broker 1: it is down' },
    ],
    [
      'restarting a broker that runs',
      (cluster) => cluster.restartBroker(1),
      { code: 'INVALID_REQUEST', message: 'Cannot restart broker 1: it is running; kill or stop it first' },
    ],
    [
      'resuming a broker that is not paused',
      async (cluster) => cluster.resumeBroker(1),
      { code: 'INVALID_REQUEST', message: 'Cannot resume broker 1: it is not paused' },
    ],
    [
      'pausing a broker twice',
      async (cluster) => {
        await cluster.pauseBroker(1)
        await cluster.pauseBroker(1)
      },
      { code: 'INVALID_REQUEST', message: 'Cannot pause broker 1: it is paused already' },
    ],
    [
      'cutting a link to itself',
      (cluster) => cluster.cutLink(1, 'broker-1'),
      { code: 'INVALID_REQUEST', message: 'Cannot cut the link from broker-1 to itself: name two ends' },
    ],
  ])('%s is refused', async (_what, act, refusal) => {
    const cluster = await given({ host })
    await expect(act(cluster)).rejects.toMatchObject({ name: 'KafkaError', ...refusal })
  })

  test('a cluster that is closed makes no faults', async () => {
    const cluster = await given({ host })
    await cluster.close()
    await expect(cluster.killBroker(1)).rejects.toMatchObject({ name: 'ClosedError' })
    await expect(cluster.addFault({ api: 'Produce', action: 'drop', once: true })).rejects.toMatchObject({
      name: 'ClosedError',
    })
  })

  test('nobody waits for the return of a broker that is killed on its way', async () => {
    const cluster = await given({ host, brokers: 2 })
    await cluster.killBroker(2)
    await cluster.cutLink(2, 'controller-0')
    const restarting = cluster.restartBroker(2).catch((error) => error)
    await untilItRuns(cluster, 'broker-2')
    await cluster.killBroker(2)
    expect(await restarting).toMatchObject({
      code: 'BROKER_NOT_AVAILABLE',
      message: 'Broker 2 was killed before it was back',
    })
  })

  test('nobody waits for the return of a broker that nobody will start again', async () => {
    const cluster = await given({ host, brokers: 2 })
    await cluster.killBroker(2)
    await cluster.cutLink(2, 'controller-0')
    const restarting = cluster.restartBroker(2).catch((error) => error)
    await untilItRuns(cluster, 'broker-2')
    await cluster.kill('broker-2')
    expect(await restarting).toMatchObject({
      name: 'WorkerDiedError',
      message: expect.stringContaining('broker-2 has ended before it was back'),
    })
  })
})

/** Settles like the promise, if it does without any step of the simulation. */
const orPending = (promise: Promise<void>): Promise<unknown> =>
  Promise.race([promise, new Promise((resolve) => setImmediate(resolve, 'pending'))])

describe('deaths in the middle of a turn, in the simulation', () => {
  const POINTS = ['append-copied', 'append-stamped', 'append-published', 'segment-opened'] as const

  test.each(POINTS)('a broker that dies at %s keeps what it has acknowledged', async (point) => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const producer = cluster.producer()
    const died = cluster.simulated.killAt('broker-1', { point })
    const sent = producer.send({ topic: 'orders', messages: [{ value: 'a' }] })
    await cluster.run(died)
    await cluster.run(sent)
    expect(new Set(textsOf(await cluster.readAll('orders')))).toEqual(new Set(['a']))
  })

  test('a supervisor that dies in the middle of a change has made it or not', async () => {
    const cluster = await given({ host: 'simulation', brokers: 2 })
    const died = cluster.simulated.killAt('controller-0')
    const created = cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })
    await cluster.run(died)
    await cluster.run(created.catch(() => {}))
    const { brokers, topics } = await cluster.run(cluster.describe())
    expect([brokers, topics.length <= 1]).toEqual([[1, 2], true])
  })

  test('an actor that passes no named point is refused, since it would never die or rest there', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', ['a'])
    await cluster.run(cluster.consumer().subscribe({ topic: 'orders' }))
    const { simulated } = cluster
    const pointless = simulated.seats.filter((address) => !/^(broker|controller)-/.test(address))

    expect(pointless).toEqual(
      expect.arrayContaining([expect.stringMatching(/^sender/), expect.stringMatching(/^cons/)]),
    )
    for (const address of pointless) {
      const refusal = { name: 'ConfigError', option: 'address', message: expect.stringContaining('no named point') }
      await expect(orPending(simulated.killAt(address))).rejects.toMatchObject(refusal)
      expect(() => simulated.pauseAt(address, { restMs: 1 })).toThrow(expect.objectContaining(refusal))
    }
  })

  test('a point that an actor does not pass is refused, and those that it passes are named', async () => {
    const cluster = await given({ host: 'simulation' })
    const refusals = { name: 'ConfigError', option: 'point' }
    const at = (point: string): { readonly point: Point } => ({ point: point as Point })

    await expect(orPending(cluster.simulated.killAt('broker-1', at('nosuch')))).rejects.toMatchObject({
      ...refusals,
      message:
        'Cannot call killAt with point "nosuch": broker-1 passes append-begun, append-copied, append-stamped, append-published, segment-opened, segment-filled, segment-swapped, segment-unlinked, follower-answered, committed',
    })
    for (const point of ['committed', 'about-to-sleep'])
      expect(() => cluster.simulated.pauseAt('controller-0', { ...at(point), restMs: 1 })).toThrow(
        expect.objectContaining(refusals),
      )
  })

  test('an actor whose sleep is simulated passes the points of going to sleep', async () => {
    const cluster = await SimulatedCluster.start({ simulatesSleep: true })
    cluster.pauseAt('controller-0', { point: 'about-to-sleep', restMs: 1 })
    await cluster.runUntil(() => cluster.trace.text.includes('controller-0 rests at about-to-sleep'))
    await cluster.close()
  })

  test('the same deaths give the same trace', async () => {
    const digest = async (): Promise<string> => {
      const cluster = await given({ host: 'simulation', seed: 5, brokers: 2, topics: { orders: 2 } })
      const died = cluster.simulated.killAt('broker-1', { nth: 3 })
      const producer = cluster.producer({ acks: 'all' })
      const sends = [0, 1, 2, 3, 4, 5].map((n) =>
        producer.send({ topic: 'orders', messages: [{ value: `${n}`, partition: n % 2 }] }),
      )
      await cluster.run(Promise.allSettled([...sends, died]))
      cluster.simulated.delay('broker-2', 3)
      cluster.simulated.jumpClock(10_000)
      await cluster.killSupervisor()
      await cluster.simulated.advance(1000)
      return cluster.simulated.trace.digest
    }
    expect(await digest()).toBe(await digest())
  })
})
