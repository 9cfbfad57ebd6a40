import { expect, test } from 'vitest'
import { GivenMember } from './given-member.js'

test('a pattern is matched against the whole names of topics, and internal ones are passed over', () => {
  const member = new GivenMember()
  Object.assign(member.partitions, { 'orders-eu': 1, 'old-orders': 1, __consumer_offsets: 1 })
  member.subscribeTo(/orders.*|__.*/)
  member.poll()
  expect(member.owned).toBe('orders-0 orders-1 orders-eu-0')
})

test('with exclude.internal.topics off a pattern finds internal topics as well', () => {
  const member = new GivenMember({ 'exclude.internal.topics': false })
  Object.assign(member.partitions, { __consumer_offsets: 1 })
  member.subscribeTo(/__.*/)
  member.poll()
  expect(member.owned).toBe('__consumer_offsets-0')
})

test('a pattern that remembers where it was matches all the same', () => {
  const member = new GivenMember()
  Object.assign(member.partitions, { 'orders-eu': 1 })
  member.subscribeTo(/orders.*/gy)
  member.poll()
  expect(member.owned).toBe('orders-0 orders-1 orders-eu-0')
})

test('a topic that comes and matches is joined for', () => {
  const member = GivenMember.cooperative()
  member.subscribeTo(/orders.*/)
  member.poll()
  member.partitions['orders-eu'] = 1
  member.stage.pass(10_000)
  member.poll()
  expect(member.told).toEqual(['assigned orders-0 orders-1', 'assigned orders-eu-0'])
})

test('the group is not joined before it is known which topics a pattern names', () => {
  const member = new GivenMember()
  member.stage.cut('consumer-0', 'broker-1')
  member.subscribeTo(/orders/)
  member.poll()
  expect(member.count('JoinGroup')).toBe(0)
})

test('a topic that is not there yet is assigned when it comes', () => {
  const member = GivenMember.cooperative()
  member.joined('payments')
  expect(member.owned).toBe('')
  member.partitions.payments = 1
  member.stage.pass(100)
  member.poll()
  expect(member.owned).toBe('payments-0')
})

test('the leader knows the topics that other members want', () => {
  const member = new GivenMember()
  member.partitions.payments = 1
  member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
  member.joined()
  const { protocols: theirs } = new OtherMember('payments').join
  member.answerNow((body) => {
    const joined = member.rote(body)
    if (joined?.api !== 'JoinGroup') return null
    const other = { memberId: 'other', groupInstanceId: null, metadata: theirs[0]!.metadata }
    return { ...joined, members: [...joined.members, other] }
  })
  member.poll()
  expect(
    member.asked('SyncGroup')[0]!.assignments.map(({ memberId, assignment }) => [memberId, assignment.length > 10]),
  ).toEqual([
    ['m1', true],
    ['other', true],
  ])
})

/** What another member would say in its JoinGroup. */
class OtherMember {
  readonly join
  constructor(topic: string) {
    const member = new GivenMember()
    member.partitions[topic] = 1
    member.joined(topic)
    this.join = member.asked('JoinGroup').at(-1)!
  }
}
