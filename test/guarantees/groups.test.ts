import { describe, expect, test } from 'vitest'
import { type Consumer, type KafkaError, type LentBatch, SimulatedCluster } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, values } from '../support/given.js'

/** So that a test on threads does not wait for Kafka's heartbeat of 3 s. */
const MEMBER = { 'group.id': 'tea', 'heartbeat.interval.ms': 50, 'session.timeout.ms': 6_000 } as const

interface Member {
  readonly consumer: Consumer
  readonly read: string[]
  readonly told: string[]
}

const numbers = (partitions: readonly { partition: number }[]): string =>
  partitions.map(({ partition }) => partition).join(' ')

/** A member that runs a handler, and notes what it reads and what it is told. */
async function join(cluster: GivenCluster, options: object = {}, run: object = {}): Promise<Member> {
  const consumer = cluster.consumer({ ...MEMBER, ...options })
  const member: Member = { consumer, read: [], told: [] }
  const { read, told } = member
  await cluster.run(
    consumer.subscribe({
      topics: ['orders'],
      onPartitionsAssigned: (partitions) => void told.push(`assigned ${numbers(partitions)}`.trim()),
      onPartitionsRevoked: (partitions) => void told.push(`revoked ${numbers(partitions)}`.trim()),
      onPartitionsLost: (partitions) => void told.push(`lost ${numbers(partitions)}`.trim()),
    }),
  )
  consumer.stopped.catch(() => {})
  const eachMessage = ({ partition, message }: { partition: number; message: { value: Buffer | null } }): void =>
    void read.push(`${partition} ${message.value}`)
  await cluster.run(consumer.run({ eachMessage, ...run }))
  return member
}

const COUNTING = 'data:text/javascript,export default (count) => ({ eachMessage() { Atomics.add(count, 0, 1) } })'

const share = ({ consumer }: Member): number => consumer.assignment.length

async function sendToEach(cluster: GivenCluster, partitions: number, value: string): Promise<void> {
  const producer = cluster.producer()
  for (let partition = 0; partition < partitions; partition++)
    await cluster.send(producer, { topic: 'orders', partition }, [value])
  await cluster.run(producer.close())
}

describe.each(HOSTS)('groups (%s)', (host) => {
  // KafkaConsumer: each partition is assigned to exactly one consumer in the group.
  test('one partition, one consumer: members share what there is, and a third one gets its part', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    const first = await join(cluster)
    await cluster.until(() => share(first) === 4)
    const second = await join(cluster)
    await cluster.until(() => share(first) === 2 && share(second) === 2)
    const third = await join(cluster)
    await cluster.until(() => [first, second, third].map(share).sort().join() === '1,1,2')

    await sendToEach(cluster, 4, 'once')
    const members = [first, second, third]
    await cluster.until(() => members.reduce((sum, { read }) => sum + read.length, 0) === 4)
    expect(members.flatMap(({ read }) => read).sort()).toEqual(['0 once', '1 once', '2 once', '3 once'])
    for (const { read, consumer } of members)
      expect(new Set(read.map((one) => Number(one[0])))).toEqual(
        new Set(consumer.assignment.map(({ partition }) => partition)),
      )
  })

  test('a member that closes gives its partitions to the others, at once', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    const first = await join(cluster)
    await cluster.until(() => share(first) === 4)
    const second = await join(cluster)
    await cluster.until(() => share(first) === 2 && share(second) === 2)
    const had = numbers(first.consumer.assignment)
    await cluster.run(first.consumer.close())
    await cluster.until(() => share(second) === 4)
    expect(first.told.at(-1)).toBe(`revoked ${had}`)
  })

  // ConsumerCoordinator.close: what was handed out is committed; a new consumer begins there.
  test('who comes later goes on where the group has committed, and reads nothing twice', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10, 'old '))
    const first = await join(cluster)
    await cluster.until(() => first.read.length === 10)
    await cluster.run(first.consumer.close())
    await cluster.send(producer, 'orders', ['new'])
    const second = await join(cluster)
    await cluster.until(() => second.read.length > 0)
    expect(second.read).toEqual(['0 new'])
  })

  test('what a handler has failed at is read again by whoever comes next', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', ['a', 'b', 'c'])
    let seen = 0
    const failing = {
      eachMessage: () => {
        seen += 1
        if (seen === 2) throw new Error('no tea')
      },
    }
    const first = await join(cluster, {}, failing)
    expect(await cluster.run(first.consumer.stopped.catch((error: Error) => error.message))).toBe('no tea')
    await cluster.run(first.consumer.close())
    const second = await join(cluster)
    await cluster.until(() => second.read.length === 2)
    expect(second.read).toEqual(['0 b', '0 c'])
  })

  test('a handler module shares partitions like a closure, and commits what it has handled', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    await sendToEach(cluster, 4, 'once')
    const count = new Int32Array(new SharedArrayBuffer(4))
    const run = { eachMessage: undefined, module: COUNTING, options: count }
    const first = await join(cluster, {}, run)
    await cluster.until(() => count[0] === 4)
    const second = await join(cluster, {}, run)
    await cluster.until(() => share(first) === 2 && share(second) === 2)
    await cluster.run(first.consumer.close())
    await cluster.run(second.consumer.close())
    const [reader] = [cluster.consumer(MEMBER)]
    const partitions = [0, 1, 2, 3].map((partition) => ({ topic: 'orders', partition }))
    expect(await cluster.run(reader.committed(partitions))).toMatchObject(partitions.map(() => ({ offset: 1 })))
    expect(count[0]).toBe(4)
  })

  test('offsets are committed with metadata, and told again', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    await cluster.send(cluster.producer(), { topic: 'orders', partition: 0 }, ['a', 'b'])
    const consumer = cluster.consumer({ ...MEMBER, 'enable.auto.commit': false })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    while ((await cluster.run(consumer.poll(1_000))) === null);
    await cluster.run(consumer.commitOffsets([{ topic: 'orders', partition: 0, offset: '1', metadata: 'half' }]))
    const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition }))
    expect(await cluster.run(consumer.committed(partitions))).toMatchObject([{ offset: 1, metadata: 'half' }, null])
    await cluster.run(consumer.commitSync())
    expect(await cluster.run(consumer.committed(partitions))).toMatchObject([
      { offset: 2, metadata: '' },
      { offset: 0 },
    ])
  })

  test('a member describes itself: who it is, and where it is in its partitions', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const producer = cluster.producer()
    await cluster.send(producer, { topic: 'orders', partition: 0 }, values(5))
    const consumer = cluster.consumer({ ...MEMBER, 'max.poll.records': 3, 'enable.auto.commit': false })
    expect(await cluster.run(consumer.describe())).toMatchObject({
      state: 'unsubscribed',
      assignment: [],
      memberId: '',
    })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    let batch: LentBatch | null = null
    while (batch === null) batch = await cluster.run(consumer.poll(1_000))
    await cluster.run(consumer.commitSync([{ topic: 'orders', partition: 0, offset: 2 }]))

    const described = await cluster.run(consumer.describe())
    expect(described).toMatchObject({
      groupId: 'tea',
      state: 'stable',
      generationId: 1,
      assignor: 'range',
      protocol: 'EAGER',
      isLeader: true,
      coordinator: 1,
    })
    expect(described.memberId).not.toBe('')
    expect(described.assignment.find(({ partition }) => partition === 0)).toEqual({
      topic: 'orders',
      partition: 0,
      position: 3,
      committed: 2,
      lag: 2,
    })
    await cluster.run(consumer.close())

    const next = cluster.consumer({ ...MEMBER })
    await cluster.run(next.subscribe({ topics: ['orders'] }))
    for (let rest: LentBatch | null = null; rest === null; ) rest = await cluster.run(next.poll(1_000))
    const { assignment } = await cluster.run(next.describe())
    expect(assignment.find(({ partition }) => partition === 0)).toMatchObject({ position: 5, committed: 2, lag: 0 })
  })

  test('a cooperative member keeps what it does not lose', async () => {
    const cluster = await given({ host, topics: { orders: 4 } })
    const cooperative = { 'partition.assignment.strategy': 'cooperative-sticky' }
    const first = await join(cluster, cooperative)
    await cluster.until(() => share(first) === 4)
    const second = await join(cluster, cooperative)
    await cluster.until(() => share(first) === 2 && share(second) === 2)
    expect(first.told[0]).toBe('assigned 0 1 2 3')
    expect(first.told.filter((one) => one.startsWith('revoked'))).toEqual(['revoked 2 3'])
  })

  test('a subscription to a pattern finds topics that are made later', async () => {
    const cluster = await given({ host, topics: { 'orders-eu': 1, other: 1 } })
    const consumer = cluster.consumer({ ...MEMBER, 'metadata.max.age.ms': 100 })
    await cluster.run(consumer.subscribe({ pattern: /orders-.*/ }))
    await cluster.run(consumer.run({ eachMessage() {} }))
    await cluster.until(() => consumer.assignment.length === 1)
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders-us', numPartitions: 2 }] }))
    await cluster.until(() => consumer.assignment.length === 3)
    expect(consumer.assignment.map(({ topic }) => topic).sort()).toEqual(['orders-eu', 'orders-us', 'orders-us'])
  })

  test('an assignor of the application decides who gets what', async () => {
    const cluster = await given({ host, topics: { orders: 2 } })
    const mine = {
      name: 'all-to-one',
      assign: ({ members }: { members: readonly { memberId: string }[] }) => {
        const [first] = members.map(({ memberId }) => memberId).sort()
        return { [first as string]: [0, 1].map((partition) => ({ topic: 'orders', partition })) }
      },
    }
    const options = { 'partition.assignment.strategy': [mine] }
    const first = await join(cluster, options)
    await cluster.until(() => share(first) === 2)
    const second = await join(cluster, options)
    await cluster.until(() => second.told.length > 0 && share(first) + share(second) === 2)
    expect([share(first), share(second)].sort()).toEqual([0, 2])
  })

  test('auto.offset.reset none: a partition without a committed offset is an error that says what to do', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ ...MEMBER, 'auto.offset.reset': 'none' })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    const error: KafkaError = await cluster.run(consumer.poll(10_000)).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'NoOffsetForPartitionError', topic: 'orders', partition: 0 })
    expect(error.message).toContain('Commit an offset, seek to one, or set auto.offset.reset')
  })

  test('members that share no assignor are told, and the group goes on', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const first = await join(cluster, { 'partition.assignment.strategy': 'range' })
    await cluster.until(() => share(first) === 1)
    const other = await join(cluster, { 'partition.assignment.strategy': 'roundrobin' })
    const error = await cluster.run(other.consumer.stopped.catch((thrown: KafkaError) => thrown))
    expect(error).toMatchObject({ code: 'INCONSISTENT_GROUP_PROTOCOL' })
    expect(share(first)).toBe(1)
  })
})

// GroupCoordinator: a member that sends no heartbeat within session.timeout.ms is removed.
test('the partitions of a member that has died are read by the others, from where it has committed', async () => {
  const cluster = await given({ host: 'simulation', topics: { orders: 2 } })
  const first = await join(cluster)
  await cluster.until(() => share(first) === 2)
  const second = await join(cluster)
  await cluster.until(() => share(first) === 1 && share(second) === 1)
  await sendToEach(cluster, 2, 'before')
  await cluster.until(() => first.read.length + second.read.length === 2)
  await cluster.run(first.consumer.commitSync())
  const { threads } = await cluster.describe()
  const died = threads.find(({ address }) => address.startsWith('consumer-'))?.address
  await cluster.kill(died as 'consumer-1')
  await cluster.until(() => share(second) === 2)
  await sendToEach(cluster, 2, 'after')
  await cluster.until(() => second.read.filter((one) => one.endsWith('after')).length === 2)
  expect(second.read.length).toBe(3)
})

// KafkaConsumer, "Detecting Consumer Failures": a member that does not poll within max.poll.interval.ms leaves.
test('a member that does not poll for too long leaves, loses its partitions, and comes back with the next poll', async () => {
  const cluster = await SimulatedCluster.start({ brokers: 1, seed: 1 })
  await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] }))
  const told: string[] = []
  const consumer = cluster.consumer({ ...MEMBER, 'max.poll.interval.ms': 10_000, 'session.timeout.ms': 6_000 })
  await cluster.run(
    consumer.subscribe({
      topics: ['orders'],
      onPartitionsAssigned: () => void told.push('assigned'),
      onPartitionsRevoked: () => void told.push('revoked'),
      onPartitionsLost: () => void told.push('lost'),
    }),
  )
  await cluster.run(consumer.poll(1_000))
  const later = cluster.now + 11_000
  await cluster.runUntil(() => cluster.now >= later)
  expect(await cluster.run(consumer.describe())).toMatchObject({ state: 'expelled' })
  await cluster.run(consumer.poll(5_000))
  expect(told).toEqual(['assigned', 'lost', 'assigned'])
  await cluster.close()
})

const offsetsOf = (committed: readonly ({ offset: number } | null)[]): (number | null)[] =>
  committed.map((one) => one?.offset ?? null)

test('a member that gives up a partition commits no record that lay there and was not handed out', async () => {
  // Where the other member's join meets the first one is not the test's to say, so it tries many moments.
  for (let ms = 0; ms <= 40; ms += 4) {
    const cluster = await SimulatedCluster.start({ brokers: 1, seed: 1 })
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] }))
    const producer = cluster.producer()
    for (let number = 0; number < 10; number++)
      producer.produce({ topic: 'orders', partition: number % 2, value: 'tea' }, () => {})
    await cluster.run(producer.flush())
    const options = { ...MEMBER, 'auto.offset.reset': 'earliest', 'max.poll.records': 1 } as const
    const [first, second] = [cluster.consumer(options), cluster.consumer(options)]
    const read = new Set<string>()
    const note = (batch: LentBatch | null): void => {
      for (const { offset } of batch ?? []) read.add(`${batch?.partition} ${offset}`)
    }
    for (const member of [first, second]) await cluster.run(member.subscribe({ topics: ['orders'] }))
    note(await cluster.run(first.poll(1000)))
    const other = second.poll(5000)
    await cluster.advance(ms)
    for (let round = 0; round < 20; round++) {
      note(await cluster.run(first.poll(0)))
      await cluster.advance(10)
    }
    note(await cluster.run(other))
    for (let round = 0; round < 10; round++)
      for (const member of [first, second]) note(await cluster.run(member.poll(50)))
    expect(read.size, `${ms} ms`).toBe(10)
    await cluster.close()
  }
})

describe.each(HOSTS)('the position of a member on %s', (host) => {
  test('is known before anything is read, though the group has committed nothing', async () => {
    const cluster = await given({ host, topics: { orders: 8 } })
    const { consumer } = await join(cluster, { 'auto.offset.reset': 'earliest' })
    await cluster.until(() => consumer.assignment.length === 8)
    await cluster.until(() => consumer.assignment.every((name) => consumer.position(name) === 0))
  })
})

describe.each(HOSTS)('leaving a group on %s', (host) => {
  test('offsets may be committed while a consumer is closed, where it gives up its partitions', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(3))
    const options = { ...MEMBER, 'auto.offset.reset': 'earliest', 'enable.auto.commit': false } as const
    const consumer = cluster.consumer(options)
    await cluster.run(consumer.subscribe({ topics: ['orders'], onPartitionsRevoked: () => consumer.commitSync() }))
    expect([...((await cluster.run(consumer.poll(10_000))) ?? [])]).toHaveLength(3)
    await cluster.run(consumer.poll(0))
    await cluster.run(consumer.close())
    const next = cluster.consumer(options)
    expect(offsetsOf(await cluster.run(next.committed([{ topic: 'orders', partition: 0 }])))).toEqual([3])
  })
})

test.each([
  ['a group.id that no frame has room for', { 'group.id': 'x'.repeat(40_000) }],
  ['a client.id that no frame has room for', { 'client.id': 'é'.repeat(20_000) }],
  ['an empty group.instance.id', { 'group.id': 'g', 'group.instance.id': '' }],
  ['a group.instance.id of other letters', { 'group.id': 'g', 'group.instance.id': 'a b!' }],
  ['a group.instance.id that is too long', { 'group.id': 'g', 'group.instance.id': 'x'.repeat(250) }],
  ['a group.instance.id without a group', { 'group.instance.id': 'a' }],
])('%s is refused', async (_what, options) => {
  const cluster = await SimulatedCluster.start()
  expect(() => cluster.consumer(options)).toThrow(Object.keys(options).at(-1))
  await cluster.close()
})
