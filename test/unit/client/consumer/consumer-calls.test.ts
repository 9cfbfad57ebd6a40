import { expect, test } from 'vitest'
import { GivenConsumer } from './given-consumer.js'

test('an assignment is answered at once, and ends when the positions were found', () => {
  const consumer = new GivenConsumer()
  const assigned = consumer.assign()
  expect(consumer.endOf(assigned)).toMatchObject({ error: 'NONE' })
  expect(consumer.assigned).toMatchObject([{ partition: 0, position: 7 }])
})

test('an assignment of a partition without a leader waits for one, and holds nothing else up', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  const assigned = consumer.assign()
  consumer.stage.pass(850)
  expect(consumer.endOf(assigned)).toBeUndefined()
  expect(consumer.ask({ api: 'Pause', indexes: [] }).answer).toEqual({ api: 'Pause' })
  consumer.elect(1)
  consumer.stage.pass(100)
  expect(consumer.endOf(assigned)).toMatchObject({ error: 'NONE' })
  expect(consumer.assigned).toMatchObject([{ position: 7 }])
})

test('a stop is answered while an assignment waits for a leader', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  consumer.assign()
  expect(consumer.ask({ api: 'Stop', held: [] }).answer).toEqual({ api: 'Stop' })
  // Neither a retry nor the end of default.api.timeout.ms is waited for.
  expect(consumer.stage.sleepMs('consumer-0')).toBeGreaterThan(1000)
})

test('an assignment that another one replaces has ended', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  const first = consumer.assign()
  const second = consumer.assign()
  expect([consumer.endOf(first), consumer.endOf(second)]).toEqual([{ call: first, error: 'NONE', says: '' }, undefined])
})

test('a partition that is assigned with an offset is read from there without a look-up, and another one is looked up', () => {
  const consumer = new GivenConsumer()
  const partitions = [
    { topic: 'orders', partition: 0, offset: 5000 },
    { topic: 'orders', partition: 1 },
  ]
  consumer.partitionCount = 2
  consumer.assign({ partitions })
  expect(consumer.assigned.map(({ position }) => position)).toEqual([5000, 7])
  expect(consumer.fetched()).toEqual([[0, 5000]])
})

test('an offset that was assigned is where reading begins, and not where it goes back to with other metadata', () => {
  const consumer = new GivenConsumer()
  consumer.assign({ partitions: [{ topic: 'orders', partition: 0, offset: 100 }] })
  consumer.answerFetch('a', 'b')
  consumer.take()
  consumer.stage.pass(300_000)
  expect(consumer.fetched()).toEqual([[0, 102]])
})

test('a partition that is assigned again with an offset is read from there, and stays paused', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.ask({ api: 'Pause', indexes: [0] })
  consumer.assign({ partitions: [{ topic: 'orders', partition: 0, offset: 100 }] })
  expect([consumer.assigned, consumer.fetched()]).toMatchObject([[{ index: 1, position: 100 }], [[0, 7]]])
})

test('an assignment waits for an error of its topic to pass, and is refused for one that stays', () => {
  const consumer = new GivenConsumer()
  consumer.topicErrors.push('NOT_CONTROLLER', 'UNKNOWN_TOPIC_OR_PARTITION')
  const assigned = consumer.assign()
  expect(consumer.endOf(assigned)).toBeUndefined()
  consumer.stage.pass(100)
  expect(consumer.endOf(assigned)).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
})

test('an assignment is given up after default.api.timeout.ms, and says which partition has no leader', () => {
  const consumer = new GivenConsumer()
  consumer.leader = -1
  const assigned = consumer.assign()
  consumer.stage.pass(999)
  expect(consumer.endOf(assigned)).toBeUndefined()
  consumer.stage.pass(1)
  expect(consumer.endOf(assigned)).toEqual({
    call: assigned,
    error: 'REQUEST_TIMED_OUT',
    says: "Within default.api.timeout.ms (1000 ms) no leader of partition 0 of 'orders' has said where it begins",
  })
  // Nothing is looked up any more of which the application would not know.
  expect([consumer.assigned, consumer.stage.sleepMs('consumer-0') > 1000]).toEqual([[], true])
  consumer.elect(1)
  const again = consumer.assign()
  expect([consumer.endOf(again)?.error, consumer.assigned]).toMatchObject(['NONE', [{ position: 7 }]])
})

test('an assignment is given up after default.api.timeout.ms when no broker can be reached', () => {
  const consumer = new GivenConsumer()
  consumer.stage.kill('broker-1')
  const assigned = consumer.assign()
  consumer.stage.pass(1000)
  expect(consumer.endOf(assigned)).toMatchObject({
    error: 'REQUEST_TIMED_OUT',
    says: 'Within default.api.timeout.ms (1000 ms) no broker has said who leads the partitions',
  })
})

test('a seek ends without a position after default.api.timeout.ms, and goes on', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.stage.kill('broker-1')
  const sought = consumer.seek(0, 'earliest')
  consumer.stage.pass(999)
  expect(consumer.endOf(sought)).toBeUndefined()
  consumer.stage.pass(1)
  expect(consumer.endOf(sought)).toMatchObject({
    error: 'REQUEST_TIMED_OUT',
    says: expect.stringContaining("No leader of partition 0 of 'orders' has said where it is to be read from"),
  })
  expect(consumer.assigned).toMatchObject([{ epoch: 1, position: -1 }])
})

test('a seek that waits holds up no seek of another partition, and ends when a later one replaces it', () => {
  const consumer = new GivenConsumer()
  consumer.partitionCount = 2
  consumer.assign()
  consumer.stage.kill('broker-1')
  const [waiting, other] = [consumer.seek(0, 'earliest'), consumer.seek(1, 300)]
  expect([consumer.endOf(waiting), consumer.endOf(other)?.error]).toEqual([undefined, 'NONE'])
  const later = consumer.seek(0, 500, 2)
  expect([consumer.endOf(waiting)?.error, consumer.endOf(later)?.error]).toEqual(['NONE', 'NONE'])
})

test('a seek of a partition that is not assigned is refused at once', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const sought = consumer.seek(5, 3)
  expect(consumer.endOf(sought)).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
})
