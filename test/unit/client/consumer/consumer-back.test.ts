import { expect, test } from 'vitest'
import type { ResponseOf } from '../../../../src/protocol/api.js'
import type { PartitionName } from '../../../../src/protocol/partition.js'
import { GivenConsumer } from './given-consumer.js'

test('a take that waits for news alone brings no slices, and can be hurried', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const asked = consumer.ask({ api: 'Take', slices: false })
  expect(asked.answer).toMatchObject({ slices: [] })
  const waiting = consumer.ask({ api: 'Take', slices: false })
  consumer.answerFetch('a')
  expect(waiting.answer).toBeUndefined()
  consumer.ask({ api: 'Hurry' })
  expect(waiting.answer).toMatchObject({ slices: [] })
  expect(consumer.take().answer).toMatchObject({ slices: [{ fetchOffset: 7 }] })
})

test('an application that pauses and resumes a partition without reading is passed no more than two slices of it', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.take()
  for (let time = 0; time < 4; time++) {
    const taken = consumer.take()
    if (consumer.fetched().length > 0) consumer.answerFetch('a')
    consumer.ask({ api: 'Pause', indexes: [0] })
    consumer.ask({ api: 'Pause', indexes: [] })
    if (taken.answer === undefined) consumer.ask({ api: 'Hurry' })
  }
  expect(consumer.slicesMade).toBe(3)
  consumer.connection!.giveBack(0, 1)
  expect(consumer.take().answer).toMatchObject({ slices: [{ fetchOffset: 9 }] })
})

test('a stop is answered when all but the slices of the partition that is held have come back, and gives them back to the broker', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const taken = consumer.take()
  const { stage } = consumer
  const fetchConnection = consumer.answerFetch('a', 'b')
  expect(taken.answer).toMatchObject({ slices: [{ lease: 1 }] })

  expect(consumer.ask({ api: 'Stop', held: [0] }).answer).toEqual({ api: 'Stop' })
  const stopped = consumer.ask({ api: 'Stop', held: [] })
  stage.pass(50)
  expect([stopped.answer, fetchConnection.givenBack(0)]).toEqual([undefined, 0])
  consumer.connection!.giveBack(0, 1)
  stage.pass(50)
  expect([stopped.answer, fetchConnection.givenBack(0)]).toEqual([{ api: 'Stop' }, 1])
})

test('the application keeps one memory of each partition: the one that was read last', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const memoryIds: number[] = []
  for (let memory = 0; memory < 5; memory++) {
    const taken = consumer.take()
    consumer.answerFetch('a', 'b')
    const [slice] = (taken.answer as ResponseOf<'Take'>).slices
    memoryIds.push(slice!.memoryId)
    consumer.connection!.memory(slice!.memoryId)
    consumer.connection!.giveBack(slice!.index, slice!.lease)
  }
  expect(consumer.connection!.memory(memoryIds.at(-1)!)).toBeDefined()
  for (const memoryId of memoryIds.slice(0, -1)) {
    expect(() => consumer.connection!.memory(memoryId)).toThrow('A handle is posted before')
  }
})

/** The topic is another one now, and whoever fetches from the one that was is told so. */
const createAgain = (consumer: GivenConsumer): void => {
  consumer.topicId = 2
  const said = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, slice: null }
  const rest = { ...said, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, currentLeader: null, divergingEpoch: null }
  while (consumer.broker.unanswered('Fetch').some(({ body }) => body.partitions[0]?.topicId === 1)) {
    consumer.broker.answerWhere((body) => {
      if (body.api !== 'Fetch') return null
      return { api: 'Fetch', partitions: body.partitions.map((wanted) => ({ ...wanted, ...rest })) }
    })
    consumer.stage.pass(100)
  }
}

// KIP-516: the topic of that name is another one, with another id.
test('a topic that is created again is read from where auto.offset.reset says, and the application is told', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const taken = consumer.take()
  createAgain(consumer)
  expect(taken.answer).toMatchObject({ slices: [] })
  expect(consumer.assigned).toMatchObject([{ topic: 'orders', partition: 0, index: 1, position: 7 }])
  expect(consumer.broker.unanswered('Fetch').map(({ body }) => body.partitions[0]?.topicId)).toEqual([2])
})

test('the application is told when it has changed, and when the positions are known', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const answers = [consumer.take()]
  createAgain(consumer)
  for (let time = 0; time < 2; time++) answers.push(consumer.ask({ api: 'Take', slices: true }))
  expect(answers.map(({ answer }) => answer)).toEqual([
    { api: 'Take', slices: [], news: 2 },
    { api: 'Take', slices: [], news: 3 },
    undefined,
  ])
})

test('after an assignment that was refused, what was read before is read on from its next leader', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const typo = consumer.assign({ topics: ['typo'] })
  expect(consumer.endOf(typo)).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  createAgain(consumer)
  expect(consumer.broker.unanswered('Fetch').map(({ body }) => body.partitions[0]?.topicId)).toEqual([2])
})

// KafkaConsumer.assign: an empty list is the same as unsubscribing.
test('an assignment of nothing ends at once, and ends what was read', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  const assigned = consumer.assign({ topics: [] })
  expect([consumer.endOf(assigned)?.error, consumer.assigned]).toEqual(['NONE', []])
})

test('a partition that is named in two ways is assigned once', () => {
  const consumer = new GivenConsumer()
  const partitions = [{ topic: 'orders', partition: 0 }]
  consumer.assign({ topics: ['orders', 'orders'], partitions })
  expect(consumer.assigned).toMatchObject([{ partition: 0 }])
})

test('a partition that was paused is paused when its topic is created again', () => {
  const consumer = new GivenConsumer()
  consumer.assign()
  consumer.ask({ api: 'Pause', indexes: [0] })
  createAgain(consumer)
  consumer.stage.pass(300_000)
  expect(consumer.assigned).toMatchObject([{ index: 1 }])
  expect(consumer.broker.unanswered('Fetch')).toEqual([])
})

test('a topic that is gone keeps its partitions, and holds up no other one that was created again', () => {
  const consumer = new GivenConsumer()
  consumer.assign({ topics: ['orders', 'users'] })
  consumer.gone.add('users')
  createAgain(consumer)
  expect(consumer.assigned.map(({ topic, index }) => [topic, index])).toEqual([
    ['orders', 2],
    ['users', 1],
  ])
  consumer.gone.delete('users')
  consumer.stage.pass(100)
  expect(consumer.assigned.map(({ topic, index }) => [topic, index])).toEqual([
    ['orders', 2],
    ['users', 3],
  ])
})

test('a partition that is gone with its topic holds up no other one of the topic when that is created again', () => {
  const consumer = new GivenConsumer()
  consumer.partitionCount = 2
  const [first, second] = [0, 1].map((partition) => ({ topic: 'orders', partition })) as [PartitionName, PartitionName]
  consumer.assign({ partitions: [first, second] })
  consumer.partitionCount = 1
  createAgain(consumer)
  expect(consumer.assigned.map(({ partition, index }) => [partition, index])).toEqual([
    [0, 2],
    [1, 1],
  ])
})
