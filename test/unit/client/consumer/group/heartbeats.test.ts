import { expect, test } from 'vitest'
import { GivenMember } from './given-member.js'

test('a member says every heartbeat.interval.ms that it lives, while the application is at work', () => {
  const member = new GivenMember().joined()
  for (let second = 0; second < 10; second++) member.stage.pass(1000)
  expect(member.asked('Heartbeat')).toHaveLength(3)
  expect(member.asked('Heartbeat')[0]).toMatchObject({ groupId: 'readers', memberId: 'm1', generationId: 1 })
})

test('a member that waits for the others to join sends no heartbeats', () => {
  const member = new GivenMember()
  member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
  member.joined()
  member.stage.pass(10_000)
  expect(member.count('Heartbeat')).toBe(0)
})

test('a coordinator that does not answer for session.timeout.ms is looked up again', () => {
  const member = new GivenMember({ 'session.timeout.ms': 900, 'heartbeat.interval.ms': 300 }).joined()
  member.answers('Heartbeat', 'silent')
  member.stage.pass(300)
  member.coordinatorId = 3
  member.stage.pass(600)
  member.stage.pass(300)
  expect(member.asked('Heartbeat', member.other)).toHaveLength(1)
  expect(member.member.coordinator).toBe(3)
})

test('an application that does not poll for max.poll.interval.ms is expelled, and joins as somebody new with its next poll', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  member.told.length = 0
  member.stage.pass(4999)
  expect(member.count('LeaveGroup')).toBe(0)
  member.stage.pass(1)
  expect(member.asked('LeaveGroup')[0]!.members).toEqual([
    { memberId: 'm1', groupInstanceId: null, reason: 'consumer poll timeout has expired.' },
  ])
  member.stage.pass(60_000)
  expect([member.member.state, member.count('JoinGroup')]).toEqual(['expelled', 2])
  member.poll()
  expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
  expect(
    member
      .asked('JoinGroup')
      .slice(2)
      .map(({ memberId }) => memberId),
  ).toEqual(['', 'm2'])
})

test('what an expelled member had is not fetched, and not committed', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000, 'auto.commit.interval.ms': 60_000 }).joined()
  member.read(0, 9)
  member.stage.pass(5000)
  member.broker.answerWhere((body) => (body.api === 'Fetch' ? { api: 'Fetch', partitions: [] } : null))
  member.stage.settle()
  expect(member.fetched).toBe('')
  const call = member.commit(null)
  expect(member.endOf(call)).toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
  member.poll()
  expect(member.committed.size).toBe(0)
})

test('a static member that does not poll says nothing, and is told of a loss all the same', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000, 'group.instance.id': 'first' }).joined()
  member.told.length = 0
  member.stage.pass(5000)
  expect([member.count('LeaveGroup'), member.member.state]).toEqual([0, 'expelled'])
  member.poll()
  expect(member.told[0]).toBe('lost orders-0 orders-1')
})

test('an application that waits in a poll polls all the time', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  member.progress.noteWaiting()
  for (let time = 0; time < 5; time++) member.stage.pass(4000)
  expect(member.member.state).toBe('stable')
  member.progress.notePoll(member.stage.now)
  for (let time = 0; time < 4; time++) member.stage.pass(1500)
  expect(member.member.state).toBe('expelled')
})

test('an application that polls in time stays', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  for (let time = 0; time < 5; time++) {
    member.stage.pass(4000)
    member.poll()
  }
  expect([member.member.state, member.count('JoinGroup')]).toEqual(['stable', 2])
})

test('an application that does not take the steps of a rebalance in time is expelled', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  member.rebalance()
  member.stage.pass(2000)
  expect(member.member.state).toBe('expelled')
  member.poll()
  expect(member.told.slice(1)).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
})

test('an application that is at a step of a rebalance for max.poll.interval.ms is expelled, though it waits in a poll', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  member.progress.noteWaiting()
  member.progress.beginStep(member.stage.now)
  member.stage.pass(4999)
  expect(member.member.state).toBe('stable')
  member.stage.pass(1)
  expect([member.member.state, member.count('LeaveGroup')]).toEqual(['expelled', 1])
})

test('a step of a rebalance that has ended in time counts as a poll', () => {
  const member = new GivenMember({ 'max.poll.interval.ms': 5000 }).joined()
  member.progress.beginStep(member.stage.now)
  member.stage.pass(4000)
  member.progress.notePoll(member.stage.now)
  member.progress.endStep()
  member.stage.pass(4999)
  expect(member.member.state).toBe('stable')
})
