import { describe, expect, test } from 'vitest'
import type { Consumer } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** So that a test on threads does not wait for Kafka's heartbeat of 3 s. */
const MEMBER = { 'heartbeat.interval.ms': 50, 'session.timeout.ms': 6_000, 'enable.auto.commit': false } as const

/** A member that holds all partitions of `orders` and has read what there was. */
async function member(cluster: GivenCluster, groupId: string, partitions: number): Promise<Consumer> {
  const consumer = cluster.consumer({ ...MEMBER, 'group.id': groupId })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  await cluster.run(consumer.run({ eachMessage: () => {} }))
  await cluster.until(() => consumer.assignment.length === partitions)
  return consumer
}

/** A group that has committed these offsets of `orders`, and has no members. */
async function committed(cluster: GivenCluster, groupId: string, offsets: readonly number[]): Promise<void> {
  const consumer = await member(cluster, groupId, 2)
  const given = offsets.map((offset, partition) => ({ topic: 'orders', partition, offset, metadata: 'noted' }))
  await cluster.run(consumer.commitOffsets(given))
  await cluster.run(consumer.close())
}

describe.each(HOSTS)('the admin of groups (%s)', (host) => {
  // Admin.listGroups: all brokers are asked, since each knows its own groups.
  test('groups of all brokers are listed, by state and type where these are asked for', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 2 } })
    const admin = cluster.admin()
    expect(await cluster.run(admin.listGroups())).toEqual({ groups: [] })
    const ids = ['tea', 'milk', 'sugar', 'lemon']
    for (const groupId of ids) await committed(cluster, groupId, [1])
    await member(cluster, 'cup', 2)

    const { groups } = await cluster.run(admin.listGroups())
    expect(groups.map(({ groupId }) => groupId).sort()).toEqual([...ids, 'cup'].sort())
    const { groups: stable } = await cluster.run(admin.listGroups({ states: ['Stable'] }))
    expect(stable).toEqual([{ groupId: 'cup', protocolType: 'consumer', state: 'Stable', type: 'classic' }])
    expect(await cluster.run(admin.listGroups({ types: ['consumer'] }))).toEqual({ groups: [] })
  })

  test('a description of a group tells its members, and which partitions each has', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    const consumer = await member(cluster, 'tea', 2)
    const [group] = (await cluster.run(cluster.admin().describeGroups(['tea']))).groups
    expect(group).toMatchObject({ groupId: 'tea', state: 'Stable', protocolType: 'consumer', protocol: 'range' })
    const { memberId } = await cluster.run(consumer.describe())
    expect(group?.members.map((one) => one.memberId)).toEqual([memberId])
    expect(group?.members[0]?.partitions).toEqual([0, 1].map((partition) => ({ topic: 'orders', partition })))
  })

  // KIP-1043
  test('a group that nobody knows is not described', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const described = cluster.run(cluster.admin().describeGroups(['nobody']))
    await expect(described).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
  })

  test('committed offsets are told of all partitions that are asked for, and of those committed otherwise', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    await cluster.send(cluster.producer(), { topic: 'orders', partition: 1 }, ['a', 'b', 'c'])
    await committed(cluster, 'tea', [7])
    const admin = cluster.admin()
    const first = { partition: 0, offset: 7, metadata: 'noted' }

    const all = await cluster.run(admin.fetchOffsets({ groupId: 'tea' }))
    expect(all).toMatchObject([{ topic: 'orders', partitions: [first] }])
    const asked = { groupId: 'tea', topics: ['orders'] }
    const some = await cluster.run(admin.fetchOffsets(asked))
    expect(some).toMatchObject([{ topic: 'orders', partitions: [first, { partition: 1, offset: -1 }] }])
    const resolved = await cluster.run(admin.fetchOffsets({ ...asked, resolveOffsets: true }))
    expect(resolved).toMatchObject([{ topic: 'orders', partitions: [first, { partition: 1, offset: 3 }] }])
    expect(await cluster.run(admin.fetchOffsets({ groupId: 'nobody' }))).toEqual([])
    const unknown = cluster.run(admin.fetchOffsets({ groupId: 'tea', topics: ['none'] }))
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  // KIP-229
  test('a group without members is forgotten with its offsets, and one with members is not', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    await committed(cluster, 'tea', [1])
    await member(cluster, 'cup', 2)
    const admin = cluster.admin()

    const both = cluster.run(admin.deleteGroups(['cup', 'tea']))
    await expect(both).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' })
    expect(await cluster.run(admin.fetchOffsets({ groupId: 'tea' }))).toEqual([])
    const again = cluster.run(admin.deleteGroups(['tea']))
    await expect(again).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
    const { groups } = await cluster.run(admin.listGroups())
    expect(groups.map(({ groupId }) => groupId)).toEqual(['cup'])
  })
})
