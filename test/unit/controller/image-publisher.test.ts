import { expect, test } from 'vitest'
import type { RequestOf } from '../../../src/protocol/api.js'
import { CONTROLLER, GivenController } from './given-controller.js'
import { topicOf } from './given-image.js'

const bytesOf = (updates: readonly RequestOf<'UpdateMetadata'>[]): number =>
  updates.reduce((sum, update) => sum + JSON.stringify(update).length, 0)

/** What a broker is sent while something happens. */
function sentDuring(given: GivenController, act: () => void): RequestOf<'UpdateMetadata'>[] {
  const before = given.images(2).length
  act()
  return given.images(2).slice(before)
}

/** What brokers 1 and 2 are sent for a topic that is made, altered and deleted beside so many others. */
function costBeside(count: number): { readonly messages: number; readonly bytes: number } {
  const given = new GivenController([1, 2])
  const topics = Array.from({ length: count }, (_, index) => topicOf({ name: `t${index}`, replicationFactor: 2 }))
  given.ask({ api: 'CreateTopics', topics, validateOnly: false })
  const sent = sentDuring(given, () => {
    given.create('orders', { numPartitions: 4, replicationFactor: 2 })
    const { topicId, partitions } = given.controller.image.topicNamed('orders')!
    const { leader, leaderEpoch, partitionEpoch } = partitions[3]!
    const [brokerId, brokerEpoch] = [leader, given.epochOf(leader)]
    const newIsr = [{ brokerId, brokerEpoch }]
    const wanted = { topicId, partition: 3, leaderEpoch, partitionEpoch, newIsr }
    given.askAs(brokerId, { api: 'AlterPartition', brokerId, brokerEpoch, partitions: [wanted] })
    given.remove('orders')
  })
  return { messages: sent.length, bytes: bytesOf(sent) }
}

test('a change costs what is new in it, whatever else there is', () => {
  const [few, many] = [costBeside(10), costBeside(2_000)]
  expect(many.messages).toBe(few.messages)
  // Versions and ids have more digits.
  expect(many.bytes).toBeLessThan(few.bytes + 100)
})

test('a broker is sent the changed partitions of a topic that was there before', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { numPartitions: 3, replicationFactor: 2 })
  const topicId = 1
  const { leader, leaderEpoch, partitionEpoch } = given.partition(1)
  const [brokerId, brokerEpoch] = [leader, given.epochOf(leader)]
  const newIsr = [{ brokerId, brokerEpoch }]
  const [update] = sentDuring(given, () => {
    const partitions = [{ topicId, partition: 1, leaderEpoch, partitionEpoch, newIsr }]
    given.askAs(brokerId, { api: 'AlterPartition', brokerId, brokerEpoch, partitions })
  })
  expect(update?.topics).toMatchObject([{ name: 'orders', partitions: [{ partition: 1, isr: [leader] }] }])
})

test('a broker that falls behind is sent all that is new since what it has acknowledged', () => {
  const given = new GivenController([1, 2])
  given.create('gone')
  given.slow.add(2)
  const updates = sentDuring(given, () => {
    for (const name of ['a', 'b', 'c']) given.create(name)
    given.remove('gone')
    given.remove('b')
    given.acknowledge(2)
  })
  expect(updates.map(({ topics }) => topics.map(({ name }) => name))).toEqual([['a'], ['c']])
  expect(updates[1]).toMatchObject({ since: updates[0]!.version, removedTopics: expect.arrayContaining([1]) })
})

test('a broker that registers, and every broker of a controller that was started again, is sent the whole image', () => {
  const given = new GivenController([1, 2])
  for (const name of ['a', 'b']) given.create(name)
  given.kill('broker-2')
  given.register(2)
  expect(given.images(2)[0]).toMatchObject({ since: -1, topics: [{ name: 'a' }, { name: 'b' }] })
  given.kill(CONTROLLER)
  const [first] = sentDuring(given, () => given.startController())
  expect(first).toMatchObject({ since: -1, topics: [{ name: 'a' }, { name: 'b' }] })
})

test('a broker that does not have what an update is the difference to is sent the whole image next', () => {
  const given = new GivenController([1, 2])
  given.create('a')
  given.slow.add(2)
  const asked = given.create('b')
  const [next] = sentDuring(given, () => {
    given.brokers.get(2)!.answer({ api: 'UpdateMetadata', error: 'OFFSET_OUT_OF_RANGE' })
    given.stage.settle()
  })
  expect(next).toMatchObject({ since: -1, topics: [{ name: 'a' }, { name: 'b' }] })
  expect(asked.answer).toBeUndefined()
  given.acknowledge(2)
  expect(asked.answer).toMatchObject({ topics: [{ name: 'b', error: 'NONE' }] })
})

test('a broker that is behind by more than an image is long is sent the image', () => {
  const given = new GivenController([1, 2])
  given.create('orders')
  given.slow.add(2)
  given.create('first')
  const updates = sentDuring(given, () => {
    for (let turn = 0; turn < 1_000; turn++) {
      given.create('other')
      given.remove('other')
    }
    given.acknowledge(2)
  })
  expect(updates).toMatchObject([{ since: -1, topics: [{ name: 'orders' }, { name: 'first' }] }])
})
