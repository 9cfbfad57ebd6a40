import { expect, test } from 'vitest'
import { type Deferred, deferred } from '../../../../../src/base/deferred.js'
import type { EachMessagePayload } from '../../../../../src/client/consumer/handler.js'
import { GivenMember } from './given-member.js'

/** A member whose handler module is at work on a record of its one partition until `done` resolves. */
async function atWork(given: ConstructorParameters<typeof GivenMember>[0] = {}) {
  const member = new GivenMember(given)
  member.partitions.orders = 1
  const seen: number[] = []
  const done: Deferred<void> = deferred()
  member.handler = {
    eachMessage: ({ message }) => {
      seen.push(message.offset)
      return done.promise
    },
  }
  member.run()
  member.joined()
  member.told.length = 0
  member.answerFetch('a', 'b')
  const finish = async (): Promise<void> => {
    done.resolve()
    // The promise settles between two turns.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    member.stage.settle()
  }
  return { member, seen, finish }
}

test('a handler module is handed what its member is assigned, and what it has handled is committed', async () => {
  const { member, seen, finish } = await atWork({ 'auto.commit.interval.ms': 1000 })
  member.stage.pass(1000)
  expect(member.committed.get('orders-0')).toBe(7)
  await finish()
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  member.stage.settle()
  member.stage.pass(1000)
  expect([seen, member.committed.get('orders-0')]).toEqual([[7, 8], 9])
})

test('a revocation waits for the record that a handler module is at work on, and commits it', async () => {
  const { member, seen, finish } = await atWork()
  member.rebalance()
  expect([member.member.state, member.step]).toEqual(['preparing', null])
  await finish()
  member.takeSteps()
  expect([seen, member.committed.get('orders-0')]).toEqual([[7], 8])
  expect(member.told).toEqual(['revoked orders-0', 'assigned orders-0'])
})

test('a handler module that is at work for longer than max.poll.interval.ms is expelled', async () => {
  const { member } = await atWork({ 'max.poll.interval.ms': 5000 })
  member.stage.pass(4999)
  expect(member.member.state).toBe('stable')
  member.stage.pass(1)
  expect([member.member.state, member.count('LeaveGroup')]).toEqual(['expelled', 1])
})

test('an expelled handler module joins again when it has finished its record, and not before', async () => {
  const { member, finish } = await atWork({ 'max.poll.interval.ms': 5000 })
  member.stage.pass(5000)
  member.stage.pass(60_000)
  expect([member.step, member.count('JoinGroup')]).toEqual([null, 2])
  await finish()
  member.takeSteps()
  expect(member.told).toEqual(['lost orders-0', 'assigned orders-0'])
})

test('a handler module that waits for records polls all the time', async () => {
  const { member, finish } = await atWork({ 'max.poll.interval.ms': 5000 })
  await finish()
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  member.stage.settle()
  for (let time = 0; time < 10; time++) member.stage.pass(2000)
  expect(member.member.state).toBe('stable')
})

test('a handler module that has always a next record polls with each call', async () => {
  const { member, seen, finish } = await atWork({ 'max.poll.interval.ms': 5000 })
  const second: Deferred<void> = deferred()
  member.stage.pass(4000)
  Object.assign(member.handler, {
    eachMessage: ({ message }: EachMessagePayload) => {
      seen.push(message.offset)
      return second.promise
    },
  })
  await finish()
  member.stage.pass(4000)
  expect([seen, member.member.state]).toEqual([[7, 8], 'stable'])
  member.stage.pass(1000)
  expect(member.member.state).toBe('expelled')
})

test('a handler module has all of the time of a close but a reserve, and what it ends in it is committed', async () => {
  const { member, finish } = await atWork()
  const call = member.leave({ timeoutMs: 1000 })
  member.stage.pass(799)
  expect(member.count('OffsetCommit')).toBe(0)
  await finish()
  member.takeSteps()
  expect([member.committed.get('orders-0'), member.endOf(call)?.error]).toEqual([8, 'NONE'])
})

test('what a handler module does not end in the time of a close is not committed, and its member leaves', async () => {
  const { member } = await atWork()
  const call = member.leave({ timeoutMs: 1000 })
  member.stage.pass(800)
  member.takeSteps()
  member.stage.pass(200)
  expect([member.committed.get('orders-0'), member.endOf(call)?.error, member.count('LeaveGroup')]).toEqual([
    7,
    'NONE',
    1,
  ])
})
