import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../../../src/base/error-code.js'
import { GivenMember } from './given-member.js'

function tell(member: GivenMember, error: ErrorCode): void {
  member.answerNow({ api: 'AwaitRebalance', error })
}

test('a stable member has one question at its coordinator, and sends nothing more until it is answered', () => {
  const member = new GivenMember().joined()
  expect(member.asked('AwaitRebalance')).toMatchObject([{ groupId: 'readers', memberId: 'm1', generationId: 1 }])
  member.progress.noteWaiting()
  for (let time = 0; time < 200; time++) member.stage.pass(3000)
  expect([member.member.state, member.count('AwaitRebalance')]).toEqual(['stable', 1])
})

test('a rebalance is noticed when it begins, and asked about again in the next generation', () => {
  const member = new GivenMember().joined()
  tell(member, 'REBALANCE_IN_PROGRESS')
  expect(member.member.state).toBe('preparing')
  member.poll()
  expect(member.member).toMatchObject({ state: 'stable', generationId: 2 })
  expect(member.asked('AwaitRebalance').map(({ generationId }) => generationId)).toEqual([1, 2])
})

test('a member that is unknown, or of another generation, hears of it at once', () => {
  const member = new GivenMember().joined()
  tell(member, 'UNKNOWN_MEMBER_ID')
  member.poll()
  expect(member.told.slice(1)).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
  tell(member, 'ILLEGAL_GENERATION')
  expect(member.member).toMatchObject({ memberId: 'm2', generationId: -1 })
})

test.each(['NONE', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)(
  'what is answered with %s is asked again, after retry.backoff.ms',
  (error) => {
    const member = new GivenMember().joined()
    tell(member, error)
    expect([member.member.state, member.count('AwaitRebalance')]).toEqual(['stable', 1])
    member.stage.pass(100)
    expect(member.count('AwaitRebalance')).toBe(2)
  },
)

test('a broker that does not know the question is not asked without end', () => {
  const member = new GivenMember().joined()
  for (let time = 0; time < 3; time++) {
    member.answerNow((body) =>
      body.api === 'AwaitRebalance' ? { api: 'Refused', error: 'INVALID_REQUEST', says: '' } : null,
    )
    member.stage.pass(100)
  }
  expect([member.member.state, member.count('AwaitRebalance')]).toEqual(['stable', 4])
})

test('the next coordinator is asked where one has ended, or says that it is not the one', () => {
  const member = new GivenMember().joined()
  member.coordinatorId = 3
  tell(member, 'NOT_COORDINATOR')
  member.stage.pass(100)
  expect([member.member.coordinator, member.asked('AwaitRebalance', member.other).length]).toEqual([3, 1])
  member.coordinatorId = 2
  member.stage.kill('broker-3')
  member.stage.release('broker-3')
  member.stage.pass(200)
  expect([member.member.coordinator, member.count('AwaitRebalance')]).toEqual([2, 2])
})

test('a member that joins by itself does not wait behind its question', () => {
  const member = new GivenMember()
  member.partitions.payments = 1
  member.joined()
  member.subscribe('orders', 'payments')
  member.poll()
  expect(member.member).toMatchObject({ state: 'stable', generationId: 2 })
  // What was asked before is of a generation that is over.
  tell(member, 'REBALANCE_IN_PROGRESS')
  expect([member.member.state, member.asked('AwaitRebalance').length]).toEqual(['stable', 2])
})
