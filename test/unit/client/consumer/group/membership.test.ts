import { expect, test } from 'vitest'
import { encodeSubscription } from '../../../../../src/client/consumer/group/assignors/member-metadata.js'
import { GivenMember, orders } from './given-member.js'

test('a member joins with the first poll, and is told what it is assigned', () => {
  const member = new GivenMember()
  member.subscribe('orders')
  expect([member.member.state, member.count('JoinGroup')]).toEqual(['subscribed', 0])
  member.poll()
  expect(member.told).toEqual(['assigned orders-0 orders-1'])
  expect(member.member).toMatchObject({ state: 'stable', memberId: 'm1', generationId: 1, isLeader: true })
  expect(member.asked('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', 'm1'])
})

test('nothing of an assignment is fetched before the application has taken it', () => {
  const member = new GivenMember()
  member.subscribe('orders')
  member.beginPoll()
  expect(member.step).toMatchObject({ type: 'assigned' })
  expect([member.owned, member.fetched]).toEqual(['orders-0 orders-1', ''])
  member.takeSteps()
  expect(member.fetched).toBe('0 1')
})

test('an eager member gives up all partitions before it joins, and is assigned all of them anew', () => {
  const member = new GivenMember().joined()
  member.told.length = 0
  member.during = ({ type }) => member.told.push(`${type}: ${member.count('JoinGroup')} joins, owns ${member.owned}`)
  member.rebalance()
  expect([member.member.state, member.count('JoinGroup')]).toEqual(['preparing', 2])
  member.poll()
  expect(member.told).toEqual([
    'revoked orders-0 orders-1',
    'revoked: 2 joins, owns orders-0 orders-1',
    'assigned orders-0 orders-1',
    'assigned: 3 joins, owns orders-0 orders-1',
  ])
})

test('an eager member without partitions is told of an empty revocation', () => {
  const member = new GivenMember()
  member.assigned = []
  member.joined()
  member.rebalance()
  member.poll()
  expect(member.told).toEqual(['assigned', 'revoked', 'assigned'])
})

test('of a partition that is about to be revoked nothing is fetched', () => {
  const member = new GivenMember().joined()
  member.rebalance()
  member.ask({ api: 'Take', slices: true })
  member.broker.answerWhere((body) => (body.api === 'Fetch' ? { api: 'Fetch', partitions: [] } : null))
  member.stage.settle()
  expect(member.fetched).toBe('')
})

test('a cooperative member keeps what it has while it joins, and says so', () => {
  const member = GivenMember.cooperative().joined()
  member.answers('JoinGroup', 'silent')
  member.rebalance()
  expect([member.member.state, member.owned, member.fetched]).toEqual(['joining', 'orders-0 orders-1', '0 1'])
})

test('a cooperative member gives up only what it has lost, and then joins again', () => {
  const member = GivenMember.cooperative()
  member.assigned = orders(0, 1)
  member.joined()
  member.told.length = 0
  member.assigned = orders(0)
  member.rebalance()
  expect(member.step).toMatchObject({ type: 'hold', partitions: orders(1) })
  expect(member.fetched).toContain('0')
  member.poll()
  expect(member.told).toEqual(['revoked orders-1', 'assigned', 'assigned'])
  expect(member.count('JoinGroup')).toBe(4)
  expect(member.owned).toBe('orders-0')
})

test('a kept partition is not assigned anew in a cooperative rebalance', () => {
  const member = GivenMember.cooperative()
  member.assigned = orders(0)
  member.joined()
  const { index } = member.news.partitions[0]!
  member.assigned = orders(0, 1)
  member.rebalance()
  member.poll()
  expect(member.told).toEqual(['assigned orders-0', 'assigned orders-1'])
  expect(member.news.partitions.map((one) => one.index)).toContain(index)
})

test('a cooperative member revokes before it joins what it does not subscribe to any more', () => {
  const member = GivenMember.cooperative()
  member.partitions.payments = 1
  member.joined('orders', 'payments')
  member.told.length = 0
  member.answers('JoinGroup', 'silent')
  member.subscribe('orders')
  member.takeSteps()
  expect(member.told).toEqual(['revoked payments-0'])
  expect([member.member.state, member.owned]).toEqual(['joining', 'orders-0 orders-1'])
})

test('subscribing to the same topics again changes nothing', () => {
  const member = new GivenMember().joined()
  member.subscribe('orders')
  member.poll()
  expect([member.member.state, member.count('JoinGroup')]).toEqual(['stable', 2])
})

test('a member that subscribes to other topics while it joins, joins once more', () => {
  const member = GivenMember.cooperative()
  member.partitions.payments = 1
  member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
  member.joined()
  member.subscribe('orders', 'payments')
  member.answerNow((body) => member.rote(body))
  member.poll()
  expect(member.owned).toBe('orders-0 orders-1 payments-0')
})

// ConsumerCoordinator.onJoinComplete: the leader has not heard of the subscription.
test('an assignment of what is not subscribed to is not taken, and the group is joined again', () => {
  const member = new GivenMember()
  member.assigned = [{ topic: 'payments', partition: 0 }]
  member.answers('SyncGroup', 'silent')
  member.joined()
  member.answers('JoinGroup', 'silent')
  member.answerNow((body) => member.rote(body))
  member.poll()
  expect(member.told).toEqual(['revoked'])
  expect([member.member.state, member.owned]).toEqual(['joining', ''])
})

test('a custom assignor is called at the application, and heartbeats go on meanwhile', () => {
  const member = new GivenMember({ assignors: [{ name: 'mine', isCustom: true, supportedProtocols: ['EAGER'] }] })
  member.joined()
  const step = member.step
  expect(step).toMatchObject({ type: 'assign', assignor: 'mine' })
  member.stage.pass(3000)
  expect(member.count('Heartbeat')).toBe(1)
  const assignment = [{ memberId: 'm1', partitions: orders(1) }]
  member.ask({ api: 'GroupAssigned', step: step!.step, assignment, failure: null })
  member.poll()
  expect(member.owned).toBe('orders-1')
})

test('a custom assignor that fails is told with the next poll', () => {
  const member = new GivenMember({ assignors: [{ name: 'mine', isCustom: true, supportedProtocols: ['EAGER'] }] })
  member.joined()
  member.ask({ api: 'GroupAssigned', step: member.step!.step, assignment: [], failure: 'It threw.' })
  expect(member.step).toMatchObject({ type: 'failed', error: 'UNKNOWN_SERVER_ERROR', says: 'It threw.' })
})

test('the leader has its group assign anew when a topic has grown, and a follower does not', () => {
  for (const [assigned, joins] of [
    [null, 3],
    [orders(0, 1), 2],
  ] as const) {
    const member = GivenMember.cooperative()
    member.assigned = assigned
    member.joined()
    member.partitions.orders = 3
    member.stage.pass(10_000)
    member.poll()
    expect(member.count('JoinGroup')).toBe(joins)
  }
})

// In Kafka nobody reads what a static member was to give up and, started again, does not have.
test('the leader of a cooperative group joins again when a next round is to come and does not', () => {
  for (const [owned, joins] of [
    [orders(0, 1), 3],
    [orders(1), 2],
  ] as const) {
    const member = GivenMember.cooperative()
    member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
    member.subscribe('orders')
    member.poll()
    const claims = { topics: ['orders'], userData: null, ownedPartitions: owned, generationId: 0, rackId: '' }
    const other = { memberId: 'm9', groupInstanceId: null, metadata: encodeSubscription(claims) }
    member.answerNow((body) => {
      const joined = member.rote(body)
      return joined?.api === 'JoinGroup' ? { ...joined, members: [...joined.members, other] } : joined
    })
    member.poll()
    for (let passedMs = 0; passedMs < 310_000; passedMs += 10_000) {
      member.stage.pass(10_000)
      member.poll()
    }
    expect(member.count('JoinGroup')).toBe(joins)
  }
})

// KAFKA-13435, KIP-814.
test('a static leader that returns assigns nothing, and watches the topics all the same', () => {
  const member = GivenMember.cooperative({ 'group.instance.id': 'first' })
  member.assigned = null
  member.answers('JoinGroup', 'silent')
  member.subscribe('orders')
  member.poll()
  member.answerNow((body) => {
    const joined = member.rote(body)
    return joined?.api === 'JoinGroup' ? { ...joined, skipAssignment: true } : joined
  })
  member.poll()
  expect(member.asked('SyncGroup')[0]!.assignments).toEqual([])
  member.partitions.orders = 3
  member.stage.pass(10_000)
  expect(member.count('JoinGroup')).toBe(2)
})

test('a topic that is made anew is read anew', () => {
  const member = new GivenMember().joined()
  const before = member.news.partitions.map(({ index }) => index)
  const { orders: count } = member.partitions
  delete member.partitions.orders
  member.partitions.others = 1
  member.partitions.orders = count!
  member.stage.pass(10_000)
  const after = member.news.partitions
  expect(after.map(({ index }) => before.includes(index))).toEqual([false, false])
})
