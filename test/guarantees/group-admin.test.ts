import { describe, expect, test } from 'vitest'
import { ConfigError, type Consumer, type ResetTarget } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, textsOf } from '../support/given.js'

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

  test('names are as long as the protocol has room for, and no longer', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const [longest, tooLong] = [32_767, 32_768].map((bytes) => 'x'.repeat(bytes)) as [string, string]
    const consumer = cluster.consumer({ ...MEMBER, 'group.id': longest, 'client.id': longest })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await cluster.run(consumer.run({ eachMessage: () => {} }))
    await cluster.until(() => consumer.assignment.length === 2)
    const admin = cluster.admin()
    expect((await cluster.run(admin.describeGroups([longest]))).groups).toMatchObject([{ state: 'Stable' }])
    const another = `y${longest.slice(1)}`
    await expect(cluster.run(admin.describeGroups([another]))).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
    const name = { topic: 'orders', partition: 0 }
    const committed = (metadata: string) => cluster.run(consumer.commitSync([{ ...name, offset: 0, metadata }]))
    await expect(committed(longest)).rejects.toMatchObject({ code: 'OFFSET_METADATA_TOO_LARGE' })
    await expect(committed(tooLong)).rejects.toThrow('a string, of at most 32,767 bytes')
    const set = { groupId: 'milk', topic: 'orders', partitions: [{ partition: 0, offset: 0, metadata: tooLong }] }
    await expect(cluster.run(admin.setOffsets(set))).rejects.toThrow('a string, of at most 32,767 bytes')
    await expect(cluster.run(admin.groupLag(tooLong))).rejects.toThrow('of at most 32,767 bytes')
    expect(cluster.unexpectedExits).toEqual([])
  })

  // ConsumerConfig.maybeOverrideClientId: consumer-<group.id>-<group.instance.id or a number>
  test.each([
    ['a number', { 'group.id': 'tea' }, /^consumer-tea-\d+$/],
    ['its instance', { 'group.id': 'tea', 'group.instance.id': 'pot' }, /^consumer-tea-pot$/],
    ['a number alone, where there is no room for the group', { 'group.id': 'x'.repeat(32_767) }, /^consumer-\d+$/],
  ])('a member without a client.id is named for its group and %s', async (_, options, name) => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const consumer = cluster.consumer({ ...MEMBER, ...options })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await cluster.run(consumer.run({ eachMessage: () => {} }))
    await cluster.until(() => consumer.assignment.length === 2)
    const { groups } = await cluster.run(cluster.admin().describeGroups([options['group.id']]))
    expect(groups[0]?.members).toMatchObject([{ clientId: expect.stringMatching(name) }])
    if (!('group.instance.id' in options)) expect(groups[0]?.members[0]?.memberId).toMatch(/^consumer-/)
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

  test('offsets of a group without members are set, and those that come read on from there', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', ['a', 'b', 'c'])
    const admin = cluster.admin()
    const partitions = [{ partition: 0, offset: '2', metadata: 'by hand' }]
    await cluster.run(admin.setOffsets({ groupId: 'tea', topic: 'orders', partitions }))

    const [told] = await cluster.run(admin.fetchOffsets({ groupId: 'tea' }))
    expect(told?.partitions).toEqual([{ partition: 0, offset: 2, leaderEpoch: -1, metadata: 'by hand' }])
    const consumer = cluster.consumer({ ...MEMBER, 'group.id': 'tea' })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length > 0)
    expect(textsOf(read)).toEqual(['c'])
  })

  // ConsumerGroupCommand: assignments can only be reset if the group is inactive.
  test('offsets of a group with members are neither set nor reset nor deleted', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    await member(cluster, 'tea', 2)
    const admin = cluster.admin()
    const [first, of] = [
      { partition: 0, offset: 0 },
      { groupId: 'tea', topic: 'orders' },
    ]
    const refusal = {
      code: 'NON_EMPTY_GROUP',
      message: "Group 'tea' is Stable: offsets can be set only while a group has no members",
    }
    const set = cluster.run(admin.setOffsets({ ...of, partitions: [first] }))
    await expect(set).rejects.toMatchObject(refusal)
    await expect(cluster.run(admin.resetOffsets({ ...of, to: 'latest' }))).rejects.toMatchObject(refusal)
    const forgotten = admin.deleteOffsets({ groupId: 'tea', partitions: [{ topic: 'orders', partition: 0 }] })
    await expect(cluster.run(forgotten)).rejects.toMatchObject({ code: 'GROUP_SUBSCRIBED_TO_TOPIC' })
  })

  test('offsets are reset to an end, a moment, by a duration and by a number of records', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const messages = [1_000, 2_000, 3_000].map((timestamp) => ({ value: 'v', timestamp }))
    await cluster.run(cluster.producer().send({ topic: 'orders', messages }))
    const admin = cluster.admin()
    const of = { groupId: 'tea', topic: 'orders' }
    const resetTo = async (to: ResetTarget): Promise<unknown> => {
      const told = await cluster.run(admin.resetOffsets({ ...of, to }))
      const [committed] = await cluster.run(admin.fetchOffsets({ groupId: 'tea' }))
      expect(committed?.partitions).toMatchObject(told)
      return told[0]?.offset
    }
    const nothing = cluster.run(admin.resetOffsets({ ...of, to: { shiftBy: 1 } }))
    await expect(nothing).rejects.toThrow("group 'tea' has committed nothing of partition 0 of 'orders'")
    expect(await resetTo('latest')).toBe(3)
    expect(await resetTo({ shiftBy: -1 })).toBe(2)
    expect(await resetTo({ shiftBy: 100 })).toBe(3)
    expect(await resetTo({ shiftBy: -100 })).toBe(0)
    expect(await resetTo({ timestamp: 2_000 })).toBe(1)
    expect(await resetTo({ timestamp: 3_001 })).toBe(3)
    expect(await resetTo('earliest')).toBe(0)
    // All of it lies in 1970, which is past, and not a million days ago.
    expect(await resetTo({ duration: 'PT0S' })).toBe(3)
    expect(await resetTo({ duration: 'P1000000D' })).toBe(0)
  })

  // KIP-496
  test('a group forgets offsets of topics that none of its members reads', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    await committed(cluster, 'tea', [1, 2])
    const admin = cluster.admin()
    const forget = (groupId: string, partition: number) =>
      cluster.run(admin.deleteOffsets({ groupId, partitions: [{ topic: 'orders', partition }] }))
    await forget('tea', 0)
    const [left] = await cluster.run(admin.fetchOffsets({ groupId: 'tea' }))
    expect(left?.partitions).toMatchObject([{ partition: 1, offset: 2 }])
    await expect(forget('tea', 9)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await expect(forget('nobody', 0)).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
  })

  // ConsumerGroupCommand --describe
  test('the lag of a group is told with whoever has the partition', async () => {
    const cluster = await given({ host, brokers: 2, topics: { orders: 2 } })
    await cluster.send(cluster.producer(), { topic: 'orders', partition: 0 }, ['a', 'b', 'c'])
    await committed(cluster, 'tea', [1])
    const admin = cluster.admin()
    const row = { topic: 'orders', partition: 0, committed: 1, end: 3, lag: 2 }
    expect(await cluster.run(admin.groupLag('tea'))).toEqual([{ ...row, member: null }])
    const consumer = await member(cluster, 'tea', 2)
    const { memberId } = await cluster.run(consumer.describe())
    expect(await cluster.run(admin.groupLag('tea'))).toMatchObject([
      { ...row, member: { memberId } },
      { partition: 1, committed: null, end: 0, lag: null, member: { memberId } },
    ])
    await expect(cluster.run(admin.groupLag('nobody'))).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
  })

  test.each([
    ['two at once', { timestamp: 1, shiftBy: 1 }],
    ['none', {}],
    ['no duration', { duration: 'an hour' }],
  ])('a target of a reset is refused at the call: %s', async (_, to) => {
    const cluster = await given({ host })
    const reset = cluster.admin().resetOffsets({ groupId: 'tea', topic: 'orders', to: to as ResetTarget })
    await expect(reset).rejects.toBeInstanceOf(ConfigError)
  })
})
