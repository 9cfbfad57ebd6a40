import { describe, expect, test } from 'vitest'
import type { Consumer, ConsumerConfig } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, values } from '../support/given.js'

/** No session ends for longer than a test waits: who is gone has left. */
const GROUP = { 'group.id': 'tea', 'session.timeout.ms': 600_000, 'heartbeat.interval.ms': 100_000 } as const
const ORDERS = { topic: 'orders', partition: 0 }

async function member(cluster: GivenCluster, options: ConsumerConfig = {}): Promise<Consumer> {
  const consumer = cluster.consumer({ ...GROUP, 'auto.offset.reset': 'earliest', ...options })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  return consumer
}

/** Polls until that many records were handed out, and once more, so that all of them count as read. */
async function read(cluster: GivenCluster, consumer: Consumer, count: number): Promise<void> {
  for (let seen = 0; seen < count; ) {
    const batch = await cluster.run(consumer.poll(5_000))
    batch?.forEach(() => {
      seen += 1
    })
  }
}

/** Waits until the group has so many members, and has committed this. */
async function untilGroupHas(cluster: GivenCluster, members: number, committed: number): Promise<void> {
  const admin = cluster.admin()
  for (;;) {
    const [orders] = await cluster.run(admin.fetchOffsets({ groupId: 'tea', topics: ['orders'] }))
    // Until something is committed there may be no such group.
    if (orders?.partitions[0]?.offset !== committed) continue
    const { groups } = await cluster.run(admin.describeGroups(['tea']))
    if (groups[0]?.members.length === members) return
  }
}

// AbstractCoordinator.close: the commit and the LeaveGroup are sent, and only their answers are waited for (KIP-1092).
describe.each(HOSTS)('a close that has no time (%s)', (host) => {
  test('a member that is closed without time commits and leaves all the same', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const consumer = await member(cluster)
    await read(cluster, consumer, 3)
    await cluster.run(consumer.close({ timeoutMs: 0 }))
    await untilGroupHas(cluster, 0, 3)
  })

  test('a static member that is closed without time commits and stays, unless it is to leave', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const first = await member(cluster, { 'group.instance.id': 'one' })
    await read(cluster, first, 3)
    await cluster.run(first.close({ timeoutMs: 0 }))
    await untilGroupHas(cluster, 1, 3)
    await cluster.send(cluster.producer(), 'orders', values(2))
    const second = await member(cluster, { 'group.instance.id': 'one' })
    await read(cluster, second, 2)
    await cluster.run(second.close({ timeoutMs: 0, groupMembershipOperation: 'LEAVE_GROUP' }))
    await untilGroupHas(cluster, 0, 5)
  })

  test('a member that is to remain, and is closed without time, does', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const consumer = await member(cluster)
    await read(cluster, consumer, 3)
    await cluster.run(consumer.close({ timeoutMs: 0, groupMembershipOperation: 'REMAIN_IN_GROUP' }))
    await untilGroupHas(cluster, 1, 3)
  })

  test('a member that is closed while its coordinator answers nothing is gone when that works again', async () => {
    const cluster = await given({ host, topics: { orders: 1 }, 'broker.session.timeout.ms': 600_000 })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const consumer = await member(cluster)
    await read(cluster, consumer, 3)
    await cluster.run(consumer.commitSync())
    await cluster.pauseBroker(1)
    await cluster.run(consumer.close({ timeoutMs: 5 }))
    cluster.resumeBroker(1)
    await untilGroupHas(cluster, 0, 3)
  })

  test('a member that unsubscribes, and is closed without time before it has left, is gone', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = await member(cluster)
    await cluster.send(cluster.producer(), 'orders', values(3))
    await read(cluster, consumer, 3)
    await cluster.run(consumer.commitSync())
    const left = consumer.unsubscribe().catch((error: Error) => error.name)
    await cluster.run(consumer.close({ timeoutMs: 0 }))
    expect(['ClosedError', undefined]).toContain(await cluster.run(left))
    await untilGroupHas(cluster, 0, 3)
  })

  test('partitions that the application has named itself are committed by a close without time', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const consumer = cluster.consumer({ ...GROUP, 'auto.offset.reset': 'earliest' })
    await cluster.run(consumer.assign([ORDERS]))
    await read(cluster, consumer, 3)
    await cluster.run(consumer.close({ timeoutMs: 0 }))
    await untilGroupHas(cluster, 0, 3)
  })

  test('a close without time waits for nobody, and a second one for nothing more', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = await member(cluster)
    await cluster.run(consumer.poll(0))
    await cluster.pauseBroker(1)
    await cluster.run(consumer.close({ timeoutMs: 0 }))
    await cluster.run(consumer.close())
    await expect(cluster.run(consumer.poll(0))).rejects.toMatchObject({ name: 'ClosedError' })
    cluster.resumeBroker(1)
  })
})
