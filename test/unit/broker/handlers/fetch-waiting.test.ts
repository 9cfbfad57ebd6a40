import { expect, test, vi } from 'vitest'
import { ReplicaManager } from '../../../../src/broker/replica-manager.js'
import { GivenBroker, type GivenClient, ordersOf } from '../given-broker.js'

const given = (partitions: number): GivenBroker =>
  new GivenBroker().publish(ordersOf({ leaders: Array.from({ length: partitions }, () => 1) }))

const waiting = (broker: GivenBroker, count: number, partition: number): GivenClient[] =>
  Array.from({ length: count }, () => {
    const client = broker.client()
    client.fetch({ partitions: [{ partition }] })
    return client
  })

/** How often a broker looks a partition up while somebody writes to partition 0, for which one consumer waits. */
function looksBeside(others: number): number {
  const broker = given(2)
  waiting(broker, 1, 0)
  waiting(broker, others, 1)
  const producer = broker.client()
  const lookUp = vi.spyOn(ReplicaManager.prototype, 'partition')
  producer.produce({ 0: ['a'] })
  const looks = lookUp.mock.calls.length
  lookUp.mockRestore()
  return looks
}

test('news of a partition costs nothing of those who wait for others', () => {
  expect(looksBeside(50)).toBe(looksBeside(1))
})

/** Where keys come and go with every request, V8's collector takes the tables that were outgrown for alive. */
test('a fetch that waits and is answered takes nothing out of maps and sets', () => {
  const broker = given(1)
  const reader = broker.client()
  const once = (): void => {
    const asked = reader.fetch({ waitMsMax: 100 })
    expect(asked.answer).toBeUndefined()
    broker.stage.pass(150)
    expect(asked.answer).toBeDefined()
  }
  once()
  const removals = [vi.spyOn(Map.prototype, 'delete'), vi.spyOn(Set.prototype, 'delete')]
  once()
  const seen = removals.map((spy) => spy.mock.calls.length)
  for (const spy of removals) spy.mockRestore()
  expect(seen).toEqual([0, 0])
})

test('a fetch of several partitions is answered by news of any of them', () => {
  for (const written of [0, 1, 2]) {
    const broker = given(3)
    const asked = broker.client().fetch({ partitions: [0, 1, 2].map((partition) => ({ partition })) })
    expect(asked.answer).toBeUndefined()
    broker.client().produce({ [written]: ['a'] })
    const slices = [0, 1, 2].map((partition) => (partition === written ? expect.anything() : null))
    expect(asked.answer).toMatchObject({ partitions: slices.map((slice) => ({ slice })) })
  }
})

test('a deleted topic, and one with another leader, ends the wait of those who read it', () => {
  for (const change of [[], [ordersOf({ leaders: [2], leaderEpoch: 1 })]]) {
    const broker = given(1)
    const asked = broker.client().fetch()
    broker.publish(...change)
    const error = change.length === 0 ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NOT_LEADER_OR_FOLLOWER'
    expect(asked.answer).toMatchObject({ partitions: [{ error }] })
  }
})

test('each fetch that nothing answers in time is answered at its own deadline', () => {
  const broker = given(1)
  const [soon, late] = [broker.client().fetch({ waitMsMax: 100 }), broker.client().fetch({ waitMsMax: 300 })]
  broker.stage.pass(150)
  expect([soon.answer !== undefined, late.answer !== undefined]).toEqual([true, false])
  broker.stage.pass(150)
  expect(late.answer).toMatchObject({ partitions: [{ error: 'NONE', slice: null }] })
})
