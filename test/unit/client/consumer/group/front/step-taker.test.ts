import { expect, test } from 'vitest'
import type { LentBatch } from '../../../../../../src/client/consumer/lent-batch.js'
import type { PartitionName } from '../../../../../../src/protocol/partition.js'
import { GivenApplication, orders } from './given-application.js'

type Callbacks = Parameters<GivenApplication['consumer']['subscribe']>[0]

async function givenSubscribed(callbacks: Omit<Callbacks, 'topics'> = {}): Promise<GivenApplication> {
  const given = new GivenApplication()
  const topics = callbacks.pattern === undefined ? { topics: ['orders'] } : {}
  const subscribed = given.consumer.subscribe({ ...topics, ...callbacks })
  await given.settle()
  await subscribed
  return given
}

/** Callbacks that note what they were called with. */
function noting(calls: unknown[]): Omit<Callbacks, 'topics'> {
  const note =
    (name: string) =>
    (partitions: readonly PartitionName[]): void =>
      void calls.push([name, ...partitions.map(({ partition }) => partition)])
  return {
    onPartitionsAssigned: note('assigned'),
    onPartitionsRevoked: note('revoked'),
    onPartitionsLost: note('lost'),
  }
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const textsOf = (batch: LentBatch | string | Error | null): string[] =>
  [...(batch as LentBatch)].map(({ value }) => String(value))

test('a subscription is told, with its pattern, and is joined by a poll', async () => {
  const given = await givenSubscribed({ pattern: /orders-.*/i })
  expect(given.of('Subscribe')).toEqual([
    { api: 'Subscribe', topics: [], pattern: { source: 'orders-.*', flags: 'i' }, reset: null },
  ])
  expect(given.progress.polledAt(given.stage.now)).toBe(null)
  await given.outcome(given.consumer.poll(1000))
  expect(given.progress.polledAt(given.stage.now)).toBe(given.stage.now)
})

test('partitions are handed out once onPartitionsAssigned has returned, and the step is taken then', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed({
    onPartitionsAssigned: async (partitions) => {
      await soon()
      calls.push(partitions, given.stepsTaken.length, given.consumer.assignment.length)
    },
  })
  const polling = given.consumer.poll(1000)
  given.assign([0, 1])
  const step = given.tell({ type: 'assigned', partitions: orders(0, 1) })
  await given.outcome(polling)
  expect([calls, given.stepsTaken]).toEqual([[orders(0, 1), 0, 2], [step]])
})

test('revoked partitions are handed out no more, however many of their slices lie here', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0, 1])
  const first = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b'])
  expect(textsOf(await given.outcome(first))).toEqual(['a', 'b'])
  const second = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['c'], { offset: 102 })
  expect(textsOf(await given.outcome(second))).toEqual(['c'])

  given.tellSilently({ type: 'revoked', partitions: orders(0) })
  const third = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['not any more'], { offset: 103 })
  given.give(1, ['x'])

  expect(textsOf(await given.outcome(third))).toEqual(['x'])
  expect([calls, given.consumer.assignment]).toEqual([
    [
      ['assigned', 0, 1],
      ['revoked', 0],
    ],
    orders(1),
  ])
})

test('nothing but the shared memory has to say that there is a step', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0])
  const first = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a'])
  await given.outcome(first)
  const step = given.tellSilently({ type: 'revoked', partitions: orders(0) })
  await given.outcome(given.consumer.poll(0))
  expect([calls, given.stepsTaken]).toEqual([
    [
      ['assigned', 0],
      ['revoked', 0],
    ],
    [step],
  ])
})

test('lost partitions are told by onPartitionsLost, or else by onPartitionsRevoked', async () => {
  for (const [has, told] of [
    [true, 'lost'],
    [false, 'revoked'],
  ] as const) {
    const calls: unknown[] = []
    const { onPartitionsLost, ...others } = noting(calls)
    const given = await givenSubscribed({ ...others, ...(has && { onPartitionsLost }) })
    await given.own([0])
    given.tell({ type: 'lost', partitions: orders(0) })
    await given.outcome(given.consumer.poll(1000))
    expect(calls).toEqual([
      ['assigned', 0],
      [told, 0],
    ])
  }
})

test('a loss that takes the place of a revocation leaves out what was called back for, until it is assigned again', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0, 1])
  given.tell({ type: 'revoked', partitions: orders(0) })
  await given.outcome(given.consumer.poll(0))
  given.tell({ type: 'lost', partitions: orders(0, 1) })
  await given.outcome(given.consumer.poll(0))
  given.assign([0])
  given.tell({ type: 'assigned', partitions: orders(0) })
  await given.outcome(given.consumer.poll(0))
  given.tell({ type: 'lost', partitions: orders(0) })
  await given.outcome(given.consumer.poll(0))
  expect(calls).toEqual([
    ['assigned', 0, 1],
    ['revoked', 0],
    ['lost', 1],
    ['assigned', 0],
    ['lost', 0],
  ])
})

test('nothing is lost without a partition; nothing may be revoked, and is told', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  const polling = given.consumer.poll(1000)
  given.tell({ type: 'lost', partitions: [] })
  await given.settle()
  given.tell({ type: 'revoked', partitions: [] })
  await given.outcome(polling)
  expect([calls, given.stepsTaken]).toEqual([[['revoked']], [1, 2]])
})

test('of held partitions nothing is handed out, no callback is called, and positions are final', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  given.assign([0, 1])
  const first = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b'])
  await given.outcome(first)
  expect(given.progress.positions.get(0)).toBe(100)

  given.tell({ type: 'hold', partitions: orders(0) })
  const second = given.consumer.poll(1000)
  await given.settle()
  expect([given.progress.positions.get(0), given.stepsTaken]).toEqual([102, [1]])
  given.give(0, ['held'], { offset: 102 })
  given.give(1, ['x'])
  expect(textsOf(await given.outcome(second))).toEqual(['x'])
  expect([calls, given.consumer.assignment]).toEqual([[], orders(0, 1)])
})

// KAFKA-7194; ConsumerCoordinator: the first exception is thrown once all has been done.
test('a partition that was held, and stays because the member has failed in between, is read on', async () => {
  const given = await givenSubscribed()
  await given.own([0])
  given.tell({ type: 'hold', partitions: orders(0) })
  await given.outcome(given.consumer.poll(0))
  given.tell({ type: 'failed', error: 'COORDINATOR_NOT_AVAILABLE', says: 'It says why' })
  await given.outcome(given.consumer.poll(0))
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.tell({ type: 'assigned', partitions: [] })
  await given.settle()
  given.give(0, ['a'])
  expect(textsOf(await given.outcome(polling))).toEqual(['a'])
})

test('a callback that throws takes its step all the same, and the poll throws its error', async () => {
  const error = new Error('no')
  const given = await givenSubscribed({
    onPartitionsRevoked: () => {
      throw error
    },
  })
  await given.own([0])
  const step = given.tell({ type: 'revoked', partitions: orders(0) })
  expect(await given.outcome(given.consumer.poll(1000))).toBe(error)
  expect([given.stepsTaken, given.consumer.assignment]).toEqual([[step], []])
})

test('a wakeup inside of a callback ends the poll, and the callback runs once', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed({
    onPartitionsAssigned: async () => {
      given.consumer.wakeup()
      await soon()
      calls.push(given.stepsTaken.length)
    },
  })
  given.assign([0])
  const step = given.tell({ type: 'assigned', partitions: orders(0) })
  expect(await given.outcome(given.consumer.poll(1000))).toMatchObject({ name: 'WakeupError' })
  expect([calls, given.stepsTaken]).toEqual([[0], [step]])
  expect(await given.outcome(given.consumer.poll(1000))).toBe('pending')
})

test('what fails the member is thrown by one poll, and the next one goes on', async () => {
  const given = await givenSubscribed()
  const step = given.tell({ type: 'failed', error: 'FENCED_INSTANCE_ID', says: 'Another one took over' })
  expect(await given.outcome(given.consumer.poll(1000))).toMatchObject({
    name: 'FencedInstanceIdError',
    code: 'FENCED_INSTANCE_ID',
    message: 'Another one took over (FENCED_INSTANCE_ID)',
  })
  expect(given.stepsTaken).toEqual([])
  expect(await given.outcome(given.consumer.poll(1000))).toBe('pending')
  expect(given.stepsTaken).toEqual([step])
})

test('a step that is not to be taken any more is passed over', async () => {
  const given = await givenSubscribed()
  given.assign([0])
  given.tellSilently({ type: 'revoked', partitions: orders(0) })
  given.member = { ...given.member, step: null }
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a'])
  expect(textsOf(await given.outcome(polling))).toEqual(['a'])
  expect(given.stepsTaken).toEqual([])
})

test('a partition that stays keeps its pause; one that comes back does not', async () => {
  const given = await givenSubscribed()
  given.assign([0, 1])
  await given.outcome(given.consumer.poll(0))
  await given.outcome(given.consumer.pause(orders(0, 1)))
  given.tell({ type: 'revoked', partitions: orders(1) })
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.assign([0, 1], { 1: 1 })
  given.tell({ type: 'assigned', partitions: orders(1) })
  await given.settle()
  given.give(1, ['x'], { epoch: 1 })
  expect(textsOf(await given.outcome(polling))).toEqual(['x'])
  expect(given.of('Pause').at(-1)?.indexes).toEqual([0, 1])
})

test('a partition that was given up is not taken back from news that are older than that', async () => {
  const given = await givenSubscribed()
  given.assign([0, 1])
  given.tell({ type: 'revoked', partitions: orders(0) })
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.assign([0, 1])
  await given.settle()
  expect(given.consumer.assignment).toEqual(orders(1))
  given.assign([0, 1], { 0: 1 })
  expect([await given.outcome(polling), given.consumer.assignment]).toEqual(['pending', orders(0, 1)])
})

// ConsumerRebalanceListener: onPartitionsRevoked is called once for what is revoked.
test('partitions that were revoked are not revoked again before they are assigned; nothing is, where nothing was held', async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0, 1, 2])
  for (const partitions of [orders(0, 1), orders(0, 1), orders(), orders(1, 2)]) {
    const polling = given.consumer.poll(1000)
    given.tell({ type: 'revoked', partitions })
    await given.outcome(polling)
  }
  expect(calls).toEqual([['assigned', 0, 1, 2], ['revoked', 0, 1], ['revoked'], ['revoked', 2]])
})

// ConsumerCoordinator.onJoinComplete: what the application never came for was not assigned, and is not lost.
test.each(['lost', 'revoked'] as const)('partitions that the application was not told of are not %s', async (type) => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0])
  given.assign([0, 1])
  given.tell({ type: 'assigned', partitions: orders(1) })
  await given.settle()
  const step = given.tell({ type, partitions: orders(0, 1) })
  await given.settle()
  await given.outcome(given.consumer.poll(0))
  expect([calls, given.stepsTaken, given.consumer.assignment]).toEqual([
    [
      ['assigned', 0],
      [type, 0],
    ],
    [step],
    [],
  ])
})

test("a poll that waits ends with the consumer's thread, though a step was to be taken", async () => {
  const calls: unknown[] = []
  const given = await givenSubscribed(noting(calls))
  await given.own([0])
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.tellSilently({ type: 'revoked', partitions: orders(0) })
  given.stage.kill('consumer-0')
  expect(await given.outcome(polling)).toMatchObject({ message: "The consumer's thread has ended" })
  expect(calls).toEqual([['assigned', 0]])
})
