import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/actor/address.js'
import { javaHash } from '../../src/base/java-hash.js'
import type { Consumer, PartitionName } from '../../src/index.js'
import { type GivenCluster, given, HOSTS } from '../support/given.js'

/** Nobody hears of anything by a heartbeat, and no session ends, for longer than a test waits. */
const QUIET = { 'group.id': 'tea', 'heartbeat.interval.ms': 100_000, 'session.timeout.ms': 600_000 } as const

interface Member {
  readonly consumer: Consumer
  readonly address: Address
  readonly read: string[]
  readonly told: string[]
}

async function consumerThreads(cluster: GivenCluster): Promise<Address[]> {
  const { threads } = await cluster.run(cluster.describe())
  return threads.map(({ address }) => address).filter((address) => address.startsWith('consumer-'))
}

async function coordinatorOf(groupId: string, cluster: GivenCluster): Promise<Address> {
  const { topics } = await cluster.run(cluster.describe())
  const { partitions = [] } = topics.find(({ name }) => name === '__consumer_offsets') ?? {}
  return `broker-${partitions[Math.abs(javaHash(groupId)) % partitions.length]?.leader ?? 0}`
}

async function join(cluster: GivenCluster, options: object = {}): Promise<Member> {
  const before = await consumerThreads(cluster)
  const consumer = cluster.consumer({ ...QUIET, ...options })
  const address = (await consumerThreads(cluster)).find((one) => !before.includes(one)) as Address
  const [read, told]: [string[], string[]] = [[], []]
  const tell = (what: string) => (partitions: readonly PartitionName[]) =>
    told.push(`${what} ${partitions.map(({ partition }) => partition).join(' ')}`)
  await cluster.run(
    consumer.subscribe({
      topics: ['orders'],
      onPartitionsAssigned: tell('assigned'),
      onPartitionsRevoked: tell('revoked'),
    }),
  )
  consumer.stopped.catch(() => {})
  const eachMessage = ({ message }: { message: { value: Buffer | null } }): void =>
    void read.push(String(message.value))
  await cluster.run(consumer.run({ eachMessage }))
  return { consumer, address, read, told }
}

const share = ({ consumer }: Member): number => consumer.assignment.length
const sharesOf = (...members: readonly Member[]): string => members.map(share).sort().join()

describe.each(HOSTS)('members that come, go and end (%s)', (host) => {
  test('a member hears of those that come and leave when they do, and not with its next heartbeat', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    const first = await join(cluster)
    await cluster.until(() => share(first) === 4)
    const second = await join(cluster)
    await cluster.until(() => sharesOf(first, second) === '2,2')
    const third = await join(cluster)
    await cluster.until(() => sharesOf(first, second, third) === '1,1,2')
    await cluster.run(second.consumer.close())
    await cluster.run(third.consumer.close())
    await cluster.until(() => share(first) === 4)
  })

  test('a member whose thread is killed is a member no more, and others read what was its own', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const first = await join(cluster)
    const second = await join(cluster)
    await cluster.until(() => sharesOf(first, second) === '1,1')
    const [{ partition }] = second.consumer.assignment as [PartitionName]
    const killedAt = host === 'simulation' ? cluster.simulated.now : 0
    await cluster.kill(second.address)
    await cluster.until(() => share(first) === 2)
    // The simulated clock jumps to the end of the session if nothing else happens.
    if (host === 'simulation') expect(cluster.simulated.now - killedAt).toBeLessThan(QUIET['session.timeout.ms'])
    await cluster.send(cluster.producer(), { topic: 'orders', partition }, ['tea'])
    await cluster.until(() => first.read.includes('tea'))
    const [group] = await cluster.run(
      cluster
        .admin()
        .describeGroups(['tea'])
        .then(({ groups }) => groups),
    )
    expect(group?.members).toHaveLength(1)
  })

  test('a member whose thread is killed with the coordinator is a member no more to the next one', async () => {
    const cluster = await given({ host, brokers: 3, topics: { orders: 2 } })
    const first = await join(cluster)
    const second = await join(cluster)
    await cluster.until(() => sharesOf(first, second) === '1,1')
    const killedAt = host === 'simulation' ? cluster.simulated.now : 0
    const coordinator = await coordinatorOf('tea', cluster)
    await Promise.all([cluster.kill(coordinator), cluster.kill(second.address)])
    await cluster.until(() => share(first) === 2)
    if (host === 'simulation') expect(cluster.simulated.now - killedAt).toBeLessThan(QUIET['session.timeout.ms'])
  })

  test('the last member that is killed leaves an empty group', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const only = await join(cluster)
    await cluster.until(() => share(only) === 2)
    await cluster.kill(only.address)
    const admin = cluster.admin()
    for (let state = ''; state !== 'Empty'; ) {
      const { groups } = await cluster.run(admin.describeGroups(['tea']))
      state = groups[0]?.state ?? ''
    }
    const next = await join(cluster)
    await cluster.until(() => share(next) === 2)
  })

  // KIP-345: who restarts within its session gets back what it had, and nobody else is disturbed.
  test('a static member whose thread is killed keeps its place for the one that is started again', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const first = await join(cluster)
    await cluster.until(() => share(first) === 2)
    const fixed = await join(cluster, { 'group.instance.id': 'one' })
    // Its callback comes after its assignment.
    await cluster.until(() => sharesOf(first, fixed) === '1,1' && first.told.length === 3)
    const had = fixed.consumer.assignment
    await cluster.kill(fixed.address)
    const again = await join(cluster, { 'group.instance.id': 'one' })
    await cluster.until(() => share(again) === 1)
    expect(again.consumer.assignment).toEqual(had)
    expect(first.told).toEqual(['assigned 0 1', 'revoked 0 1', `assigned ${first.consumer.assignment[0]?.partition}`])
  })

  test.each([true, false])(
    'a member that closes when its coordinator has died leaves its group (auto-commit: %s)',
    async (isOn) => {
      const cluster = await given({ host, brokers: 3, topics: { orders: 2 } })
      const only = await join(cluster, { 'enable.auto.commit': isOn })
      await cluster.until(() => share(only) === 2)
      await cluster.kill(await coordinatorOf('tea', cluster))
      await cluster.run(only.consumer.close())
      const { groups } = await cluster.run(cluster.admin().describeGroups(['tea']))
      expect(groups[0]?.members).toEqual([])
    },
  )

  test('a static member that is to leave while it joins for the first time is a member no more', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const first = cluster.consumer({ ...QUIET, 'group.instance.id': 'one' })
    await cluster.run(first.subscribe({ topics: ['orders'] }))
    while (first.assignment.length === 0) await cluster.run(first.poll(10))
    const second = cluster.consumer({ ...QUIET, 'group.instance.id': 'two' })
    await cluster.run(second.subscribe({ topics: ['orders'] }))
    second.poll(100_000).catch(() => {})
    const admin = cluster.admin()
    const members = async (): Promise<unknown> => {
      const { groups } = await cluster.run(admin.describeGroups(['tea']))
      return groups[0]?.members.map(({ groupInstanceId }) => groupInstanceId).sort()
    }
    // The first one does not poll, so that the group waits for it.
    while (String(await members()) !== 'one,two');
    await cluster.run(second.close({ groupMembershipOperation: 'LEAVE_GROUP' }))
    expect(await members()).toEqual(['one'])
  })
})
