import { describe, expect, test } from 'vitest'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { CONTROLLER, GivenController } from './given-controller.js'
import { topicOf } from './given-image.js'

test('a broker is told that it is in, and all of them of one another', () => {
  const given = new GivenController([1, 2])
  for (const asked of given.registrations.values()) expect(asked.answer).toMatchObject({ error: 'NONE' })
  for (const brokerId of [1, 2]) expect(given.aliveAsSeenBy(brokerId)).toEqual([1, 2])
})

test('whoever waits for so many brokers is called once they know of one another', () => {
  const given = new GivenController([1])
  const calls: number[] = []
  given.controller.whenRegistered(1, () => calls.push(1))
  given.controller.whenRegistered(2, () => calls.push(2))
  expect(calls).toEqual([1])
  given.slow.add(1)
  given.register(2)
  expect(calls).toEqual([1])
  given.acknowledge(1)
  expect(calls).toEqual([1, 2])
})

test('a topic is answered when every live broker knows it, and not before', () => {
  const given = new GivenController([1, 2, 3])
  given.slow.add(2).add(3)
  const asked = given.create('orders')
  expect(given.images(1).at(-1)?.topics).toMatchObject([{ name: 'orders' }])
  given.acknowledge(3)
  expect(asked.answer).toBeUndefined()
  given.acknowledge(2)
  expect(asked.answer).toMatchObject({ topics: [{ name: 'orders', error: 'NONE', topicId: 1 }] })
})

test('a broker that ends is waited for no longer', () => {
  const given = new GivenController([1, 2])
  given.slow.add(2)
  const asked = given.create('orders')
  expect(asked.answer).toBeUndefined()
  given.kill('broker-2')
  expect(asked.answer).toMatchObject({ topics: [{ error: 'NONE' }] })
})

test('a broker that ends is fenced, and the others are told', () => {
  const given = new GivenController([1, 2])
  given.create('orders')
  given.kill('broker-1')
  expect(given.controller.image.activeBrokers).toEqual([2])
  expect(given.aliveAsSeenBy(2)).toEqual([2])
  expect(given.images(2).at(-1)?.topics).toMatchObject([{ partitions: [{ leader: -1, leaderEpoch: 1 }] }])
})

test('a broker has one image under way, and gets the newest one next', () => {
  const given = new GivenController([1, 2])
  given.slow.add(2)
  const before = given.images(2).length
  const asked = ['a', 'b', 'c'].map((name) => given.create(name))
  expect(given.images(2).length).toBe(before + 1)
  given.acknowledge(2)
  const names = given.images(2).map(({ topics }) => topics.map(({ name }) => name).join())
  expect(names.slice(before)).toEqual(['a', 'b,c'])
  expect(asked.map(({ answer }) => answer !== undefined)).toEqual([true, false, false])
  given.acknowledge(2)
  expect(asked.map(({ answer }) => answer !== undefined)).toEqual([true, true, true])
})

test('images of one broker only get newer', () => {
  const given = new GivenController([1, 2])
  for (const name of ['a', 'b', 'c']) given.create(name)
  given.remove('b')
  const versions = given.images(2).map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
})

test('a refusal is answered as well, and publishes nothing', () => {
  const given = new GivenController([1])
  given.create('orders')
  const before = given.images(1).length
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'TOPIC_ALREADY_EXISTS' }] })
  expect(given.remove('other').answer).toMatchObject({ topics: [{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }] })
  expect(given.images(1).length).toBe(before)
})

test('a second broker under a living id is refused, and the living one goes on', () => {
  const given = new GivenController([1])
  const impostor = new ScriptedActor()
  given.stage.seat('broker-7', impostor)
  const asked = impostor.ask(CONTROLLER, { api: 'BrokerRegistration', brokerId: 1, previousBrokerEpoch: -1 })
  given.stage.settle()
  expect(asked.answer).toMatchObject({ error: 'DUPLICATE_BROKER_REGISTRATION' })
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'NONE' }] })
  const versions = given.images(1).map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)])
})

test('a broker that never got its answer may ask again, and is fenced in between', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  const asked = given.brokers
    .get(1)!
    .ask(CONTROLLER, { api: 'BrokerRegistration', brokerId: 1, previousBrokerEpoch: -1 })
  const before = given.epochOf(1)
  given.stage.settle()
  expect(asked.answer).toMatchObject({ error: 'NONE', brokerEpoch: given.epochOf(1) })
  expect(given.epochOf(1)).toBeGreaterThan(before)
  expect(given.partition()).toMatchObject({ leader: 2, isr: [2] })
})

test('a deleted topic is answered when every broker has let go of it', () => {
  const given = new GivenController([1, 2])
  given.create('orders')
  given.slow.add(1)
  const asked = given.remove('orders')
  expect([asked.answer, given.images(2).at(-1)?.topics]).toEqual([undefined, []])
  given.acknowledge(1)
  expect(asked.answer).toMatchObject({ topics: [{ name: 'orders', error: 'NONE' }] })
})

test('a leader is answered before the brokers have its new isr', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  given.slow.add(2)
  const newIsr = [{ brokerId: 1, brokerEpoch: given.epochOf(1) }]
  const asked = given.askAs(1, {
    ...{ api: 'AlterPartition', brokerId: 1, brokerEpoch: given.epochOf(1) },
    partitions: [{ topicId: 1, partition: 0, leaderEpoch: 0, partitionEpoch: 0, newIsr }],
  })
  expect(asked.answer).toMatchObject({ error: 'NONE', partitions: [{ error: 'NONE', isr: [1], partitionEpoch: 1 }] })
  expect(given.images(1).at(-1)?.topics).toMatchObject([{ partitions: [{ isr: [1] }] }])
})

test('a broker that shuts down is answered when the others know the new leaders', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  given.slow.add(2)
  const asked = given.ask({ api: 'ControlledShutdown', brokerId: 1, brokerEpoch: given.epochOf(1) })
  expect(asked.answer).toBeUndefined()
  expect(given.partition().leader).toBe(2)
  given.acknowledge(2)
  expect(asked.answer).toEqual({ api: 'ControlledShutdown', error: 'NONE', remaining: 0 })
})

test('leaders go back to where they belong, by request or after a while', () => {
  const given = new GivenController([1, 2], { 'leader.imbalance.check.interval.seconds': 60 })
  given.create('orders', { replicationFactor: 2 })
  const election = { api: 'ElectLeaders', electionType: 'preferred', partitions: null } as const
  for (const bringBack of [() => given.ask(election), () => given.stage.pass(60_000)]) {
    given.kill('broker-1')
    given.register(1)
    const { leaderEpoch, partitionEpoch } = given.partition()
    const newIsr = [2, 1].map((brokerId) => ({ brokerId, brokerEpoch: given.epochOf(brokerId) }))
    given.askAs(2, {
      ...{ api: 'AlterPartition', brokerId: 2, brokerEpoch: given.epochOf(2) },
      partitions: [{ topicId: 1, partition: 0, leaderEpoch, partitionEpoch, newIsr }],
    })
    expect(given.partition()).toMatchObject({ leader: 2, isr: [2, 1] })
    bringBack()
    expect(given.partition().leader).toBe(1)
  }
})

// BoundedListTooLongException becomes a PolicyViolationException.
describe('a request whose decision is larger than a segment of the metadata log is refused, whole', () => {
  const padded = { 'retention.ms': `${' '.repeat(990)}5` }
  const NAMES = ['a', 'b', 'd', 'e', 'f']
  const named = (name: string) => ({ resourceType: 2, resourceName: name })

  test('to create topics', () => {
    const given = new GivenController([1], { 'metadata.log.segment.bytes': 4_096 })
    const topics = NAMES.map((name) => topicOf({ name, numPartitions: 1, configs: padded }))
    const asked = given.ask({ api: 'CreateTopics', topics, validateOnly: false })
    expect(asked.answer).toMatchObject({ topics: NAMES.map(() => ({ error: 'POLICY_VIOLATION' })) })
    expect(given.controller.image.topics).toEqual([])
    // What is smaller is decided as before.
    expect(given.create('c').answer).toMatchObject({ topics: [{ error: 'NONE' }] })
  })

  test.each(['AlterConfigs', 'IncrementalAlterConfigs'] as const)('to change options: %s', (api) => {
    const given = new GivenController([1], { 'metadata.log.segment.bytes': 4_096 })
    for (const name of NAMES) given.create(name)
    const configs = Object.entries(padded).map(([name, value]) => ({ name, value, configOperation: 0 }))
    const change = (...names: string[]) =>
      given.ask({ api, resources: names.map((name) => ({ ...named(name), configs })), validateOnly: false })
    expect(change(...NAMES).answer).toMatchObject({
      responses: NAMES.map(() => ({ errorCode: 'POLICY_VIOLATION' })),
    })
    expect(given.controller.image.topics.map(({ configs: own }) => own)).toEqual(NAMES.map(() => ({})))
    expect(change('b').answer).toMatchObject({ responses: [{ errorCode: 'NONE' }] })
  })

  test('to add partitions', () => {
    const given = new GivenController([1], { 'metadata.log.segment.bytes': 4_096 })
    given.create('a')
    const grown = (count: number) =>
      given.ask({
        api: 'CreatePartitions',
        topics: [{ name: 'a', count, assignments: null }],
        timeoutMs: 0,
        validateOnly: false,
      })
    expect(grown(1_000).answer).toMatchObject({ results: [{ errorCode: 'POLICY_VIOLATION' }] })
    expect(grown(2).answer).toMatchObject({ results: [{ errorCode: 'NONE' }] })
  })
})
