import { expect, test } from 'vitest'
import { at, GivenMember } from './given-member.js'

const lookUps = (member: GivenMember): number => member.asked('FindCoordinator', member.broker).length

test('nobody looks for a coordinator before it is needed', () => {
  const member = new GivenMember()
  member.subscribe('orders')
  expect(lookUps(member)).toBe(0)
})

test('one look-up serves all who ask', () => {
  const member = new GivenMember()
  member.subscribe('orders')
  member.commit([])
  member.askCommitted(at(0))
  member.poll()
  expect([member.member.state, lookUps(member)]).toEqual(['stable', 1])
})

test('a coordinator that has moved is looked up at once, and the member keeps its id and its partitions', () => {
  const member = new GivenMember().joined()
  member.told.length = 0
  member.coordinatorId = 3
  member.answers('Heartbeat', 'NOT_COORDINATOR')
  member.stage.pass(3000)
  member.stage.pass(3000)
  expect([member.member.coordinator, member.told]).toEqual([3, []])
  expect(member.asked('Heartbeat', member.other)[0]).toMatchObject({ memberId: 'm1', generationId: 1 })
})

test('a coordinator that dies is looked up, and what was asked of it is asked of the next one', () => {
  const member = new GivenMember({ 'enable.auto.commit': false }).joined()
  member.answers('OffsetCommit', 'silent')
  const call = member.commit([at(0, 8)], 5000)
  member.coordinatorId = 3
  member.stage.kill('broker-2')
  member.stage.release('broker-2')
  member.stage.pass(200)
  expect([member.endOf(call)?.error, member.committed.get('orders-0')]).toEqual(['NONE', 8])
})

test('look-ups back off while there is no coordinator', () => {
  const member = new GivenMember()
  member.answers('FindCoordinator', ...Array(100).fill('COORDINATOR_NOT_AVAILABLE'))
  member.joined()
  for (let time = 0; time < 20; time++) member.stage.pass(100)
  expect(lookUps(member)).toBeGreaterThan(3)
  expect(lookUps(member)).toBeLessThan(10)
  member.next.FindCoordinator = []
  member.stage.pass(2000)
  member.poll()
  expect(member.member.state).toBe('stable')
})

// FindCoordinator and NOT_COORDINATOR may contradict each other for as long as they like.
test('look-ups back off while the broker that is named does not coordinate', () => {
  const member = new GivenMember()
  member.answers('JoinGroup', ...Array(100).fill('NOT_COORDINATOR'))
  member.joined()
  for (let time = 0; time < 20; time++) member.stage.pass(100)
  expect(lookUps(member)).toBeLessThan(10)
})

test('a broker that is named, and that nobody reaches, makes no loop', () => {
  const member = new GivenMember()
  member.coordinatorId = 7
  member.joined()
  for (let time = 0; time < 20; time++) member.stage.pass(100)
  expect(lookUps(member)).toBeLessThan(12)
})

test('a group that nobody may coordinate is told to the application', () => {
  const member = new GivenMember()
  member.answers('FindCoordinator', 'GROUP_AUTHORIZATION_FAILED')
  member.joined()
  expect(member.told).toEqual(['failed GROUP_AUTHORIZATION_FAILED'])
})

// A parked JoinGroup blocks its connection: nothing behind it is read.
test('a JoinGroup that is parked holds up no commit', () => {
  const member = new GivenMember()
  member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
  member.joined()
  const call = member.askCommitted(at(0))
  expect(member.endOf(call)?.error).toBe('NONE')
})

test('a SyncGroup that was lost holds up no JoinGroup: a member that was removed meanwhile joins at once', () => {
  const member = new GivenMember({ 'request.timeout.ms': 30_000 })
  member.answers('SyncGroup', 'silent')
  member.joined()
  expect(member.member.state).toBe('syncing')
  member.answers('Heartbeat', 'UNKNOWN_MEMBER_ID')
  member.stage.pass(3_000)
  for (let time = 0; time < 4; time++) {
    member.stage.pass(100)
    member.poll()
  }
  expect([member.member.state, member.member.memberId]).toEqual(['stable', 'm2'])
})

// AbstractCoordinator.sendSyncGroupRequest: only a JoinGroup waits for others for longer than request.timeout.ms.
test('a SyncGroup whose answer is lost is given up after request.timeout.ms, and the member joins again', () => {
  const member = new GivenMember({ 'request.timeout.ms': 5_000, 'max.poll.interval.ms': 300_000 })
  member.answers('SyncGroup', 'silent')
  member.joined()
  member.stage.pass(4_999)
  expect([member.count('JoinGroup'), member.member.state]).toEqual([2, 'syncing'])
  for (let time = 0; time < 4; time++) {
    member.stage.pass(200)
    member.poll()
  }
  expect([member.count('JoinGroup'), member.member.state]).toEqual([3, 'stable'])
})

test('a coordinator that leaves a JoinGroup parked for longer than a rebalance takes is looked up again', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 10_000 })
  member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
  member.joined()
  member.progress.noteWaiting()
  member.stage.pass(14_999)
  expect(member.count('JoinGroup')).toBe(2)
  for (let time = 0; time < 4; time++) member.stage.pass(200)
  expect(member.count('JoinGroup')).toBe(3)
})
