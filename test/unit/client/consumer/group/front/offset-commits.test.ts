import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../../../../src/base/error-code.js'
import { GivenApplication, orders } from './given-application.js'

async function givenReader(): Promise<GivenApplication> {
  const given = new GivenApplication()
  await given.outcome(given.consumer.subscribe({ topics: ['orders'] }))
  given.assign([0, 1])
  await given.outcome(given.consumer.poll(0))
  return given
}

const committed = (partition: number, offset: number, metadata = '') => {
  return { topic: 'orders', partition, offset, leaderEpoch: -1, metadata }
}

test('offsets are taken as KafkaJS gives them, with metadata, and told as numbers', async () => {
  const given = await givenReader()
  const offsets = [
    { topic: 'orders', partition: 0, offset: '105', metadata: 'a note' },
    { topic: 'orders', partition: 1, offset: 106n, metadata: null },
  ]
  const committing = given.consumer.commitOffsets(offsets)
  await given.settle()
  expect(given.of('Commit')).toMatchObject([
    { offsets: [committed(0, 105, 'a note'), committed(1, 106)], timeoutMs: 60_000 },
  ])
  expect(await given.outcome(committing)).toBe('pending')
  given.end('Commit')
  expect(await given.outcome(committing)).toBe(undefined)
})

test('a time without an end is one, and not that of a single attempt', async () => {
  const given = await givenReader()
  void given.consumer.commitSync([{ topic: 'orders', partition: 0, offset: 1 }], { timeoutMs: Infinity })
  void given.consumer.committed([{ topic: 'orders', partition: 0 }], { timeoutMs: Infinity })
  await given.settle()
  const limit = { timeoutMs: Number.MAX_SAFE_INTEGER }
  expect([given.of('Commit'), given.of('Committed')]).toMatchObject([[limit], [limit]])
})

// KafkaConsumer.commitSync: the positions behind what the last poll has returned.
test('without offsets, all that was handed out is committed, the last poll included', async () => {
  const given = await givenReader()
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b', 'c'])
  await given.outcome(polling)
  expect(given.progress.positions.get(0)).toBe(100)
  void given.consumer.commitSync()
  await given.settle()
  expect([given.of('Commit')[0]?.offsets, given.progress.positions.get(0)]).toEqual([null, 103])
})

// Kafka: auto-commit takes what earlier polls have returned.
test('what a poll has handed out counts as read when the next one comes; of a loop, each record', async () => {
  const given = await givenReader()
  const polling = given.consumer.poll(1000)
  await given.settle()
  given.give(0, ['a', 'b', 'c'])
  await given.outcome(polling)
  await given.outcome(given.consumer.poll(0))
  expect(given.progress.positions.get(0)).toBe(103)

  const records = given.consumer[Symbol.asyncIterator]()
  const first = records.next()
  await given.settle()
  given.give(0, ['d', 'e', 'f'], { offset: 103 })
  await given.outcome(first)
  expect(given.progress.positions.get(0)).toBe(103)
  expect(given.consumer.position({ topic: 'orders', partition: 0 })).toBe(104)
  await given.outcome(records.next())
  expect(given.progress.positions.get(0)).toBe(104)
  await given.outcome(records.return?.() as Promise<unknown>)
  expect(given.progress.positions.get(0)).toBe(105)
})

test('a seek says where is read on from, and that is what may be committed', async () => {
  const given = await givenReader()
  await given.outcome(given.consumer.seek({ topic: 'orders', partition: 0, offset: 7 }))
  expect(given.progress.positions.get(0)).toBe(7)
  void given.consumer.seek({ topic: 'orders', partition: 0, offset: 'latest' })
  expect(given.progress.positions.get(0)).toBe(-1)
})

test.each([
  ['ILLEGAL_GENERATION', 'CommitFailedError', false],
  ['UNKNOWN_MEMBER_ID', 'CommitFailedError', false],
  ['FENCED_INSTANCE_ID', 'FencedInstanceIdError', false],
  ['REBALANCE_IN_PROGRESS', 'RebalanceInProgressError', false],
  ['REQUEST_TIMED_OUT', 'TimeoutError', true],
  ['INVALID_GROUP_ID', 'InvalidGroupIdError', false],
  ['OFFSET_METADATA_TOO_LARGE', 'KafkaError', false],
] as const)('a commit that ends with %s rejects with a %s', async (code, name, retriable) => {
  const given = await givenReader()
  const committing = given.consumer.commitSync()
  await given.settle()
  given.end('Commit', code as ErrorCode)
  expect(await given.outcome(committing)).toMatchObject({ name, code, retriable })
})

test('an asynchronous commit is tried once, and what could be tried again is told as such', async () => {
  const given = await givenReader()
  const told: unknown[] = []
  given.consumer.commitAsync((error, offsets) => told.push(error?.name ?? offsets))
  given.consumer.commitAsync([committed(0, 105)], (error, offsets) => told.push(error?.name ?? offsets))
  await given.settle()
  expect(given.of('Commit').map(({ timeoutMs }) => timeoutMs)).toEqual([null, null])
  given.end('Commit', 'COORDINATOR_NOT_AVAILABLE')
  given.end('Commit', 'NONE', [committed(0, 105)])
  await given.settle()
  expect(told).toEqual(['RetriableCommitFailedError', [committed(0, 105)]])
})

// KafkaConsumer.commitSync: the callbacks of all earlier commits were called when it returns.
test('callbacks of earlier commits are called before a synchronous one is over', async () => {
  const given = await givenReader()
  const order: string[] = []
  given.consumer.commitAsync(() => order.push('first'))
  given.consumer.commitAsync(() => order.push('second'))
  const committing = given.consumer.commitSync([]).then(() => order.push('sync'))
  await given.settle()
  for (let left = 3; left > 0; left--) given.end('Commit')
  await given.outcome(committing)
  expect(order).toEqual(['first', 'second', 'sync'])
})

test('what is committed is told in the order asked for, and null is nothing', async () => {
  const given = await givenReader()
  const asking = given.consumer.committed(orders(1, 0), { timeoutMs: 50 })
  await given.settle()
  expect(given.of('Committed')).toMatchObject([{ partitions: orders(1, 0), timeoutMs: 50 }])
  given.end('Committed', 'NONE', [committed(1, -1), committed(0, 105, 'm')])
  expect(await given.outcome(asking)).toEqual([null, committed(0, 105, 'm')])
})

test.each([
  ['a partition that is not assigned', [{ topic: 'orders', partition: 7, offset: 1 }], 'is not assigned'],
  ['an offset below zero', [{ topic: 'orders', partition: 0, offset: -1 }], 'a whole number from 0'],
  ['an offset beyond 2^53', [{ topic: 'orders', partition: 0, offset: 2 ** 53 }], 'a whole number from 0'],
  [
    'two offsets of one partition',
    [
      { topic: 'orders', partition: 0, offset: 1 },
      { topic: 'orders', partition: 0, offset: 2 },
    ],
    'two offsets of one partition',
  ],
])('%s is refused at the call, and nothing is committed', async (_what, offsets, says) => {
  const given = await givenReader()
  await expect(given.consumer.commitSync(offsets)).rejects.toThrow(says)
  expect(() => given.consumer.commitAsync(offsets)).toThrow(says)
  expect(given.of('Commit')).toEqual([])
})

test('without a group nothing is committed, and the error says so', async () => {
  const given = new GivenApplication({ isMember: false })
  const { consumer } = given
  for (const refused of [
    consumer.commitSync(),
    consumer.commitOffsets([]),
    consumer.committed([]),
    consumer.describe(),
    consumer.subscribe({ pattern: /a/ }),
    consumer.subscribe({ topics: ['a'], onPartitionsLost() {} }),
  ]) {
    await expect(refused).rejects.toMatchObject({ name: 'InvalidGroupIdError', code: 'INVALID_GROUP_ID' })
  }
  expect(() => consumer.commitAsync()).toThrow('set group.id')
})
