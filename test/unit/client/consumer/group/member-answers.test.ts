import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../../../../src/base/error-code.js'
import { GivenMember, orders } from './given-member.js'

/** The member ids and generations of the JoinGroups that came after this many. */
const joinsAfter = (member: GivenMember, count: number) =>
  member
    .asked('JoinGroup')
    .slice(count)
    .map(({ memberId }) => memberId)

describe('an answer to a JoinGroup', () => {
  test('79 brings an id, with which the member joins at once', () => {
    const member = new GivenMember().joined()
    expect(joinsAfter(member, 0)).toEqual(['', 'm1'])
  })

  test.each(['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const)(
    '%s has it sent again after a while, with the same id',
    (error) => {
      const member = new GivenMember()
      member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', error)
      member.joined()
      expect([member.member.state, joinsAfter(member, 0)]).toEqual(['joining', ['', 'm1']])
      member.stage.pass(200)
      member.poll()
      expect([member.member.state, joinsAfter(member, 2)]).toEqual(['stable', ['m1']])
    },
  )

  // KAFKA-13214.
  test('none, since the connection is lost, keeps the id', () => {
    const member = new GivenMember()
    member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'lost')
    member.joined()
    member.stage.pass(200)
    member.poll()
    expect([member.member.state, joinsAfter(member, 2)]).toEqual(['stable', ['m1']])
  })

  test('25 takes the id away: what was owned is lost, and the member joins as somebody new', () => {
    const member = GivenMember.cooperative().joined()
    member.told.length = 0
    member.answers('JoinGroup', 'UNKNOWN_MEMBER_ID')
    member.rebalance()
    member.poll()
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(joinsAfter(member, 2)).toEqual(['m1', '', 'm2'])
  })

  test.each([
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_GROUP_ID',
    'INVALID_SESSION_TIMEOUT',
    'GROUP_MAX_SIZE_REACHED',
    'FENCED_INSTANCE_ID',
    'GROUP_AUTHORIZATION_FAILED',
  ] as const)('%s is told to the application, and the next poll joins again', (error) => {
    const member = new GivenMember()
    member.answers('JoinGroup', error)
    member.joined()
    expect([member.told, member.member.state]).toEqual([[`failed ${error}`], 'failed'])
    member.stage.pass(10_000)
    expect(member.count('JoinGroup')).toBe(1)
    member.poll()
    expect(member.member.state).toBe('stable')
  })
})

describe('an answer to a SyncGroup', () => {
  test('27 has the member join again, in its generation and without giving anything up once more', () => {
    const member = new GivenMember()
    member.answers('SyncGroup', 'REBALANCE_IN_PROGRESS')
    member.joined()
    expect(joinsAfter(member, 2)).toEqual(['m1'])
    expect(member.told).toEqual(['assigned orders-0 orders-1'])
  })

  test.each(['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'lost'] as const)(
    '%s has the member join again after a while, with its id',
    (error) => {
      const member = new GivenMember()
      member.answers('SyncGroup', error)
      member.joined()
      member.stage.pass(200)
      member.poll()
      expect([member.member.state, joinsAfter(member, 2)]).toEqual(['stable', ['m1']])
    },
  )

  // KAFKA-13419, KAFKA-13406.
  test('22 ends the generation: the id is kept, and what was owned is lost and claimed no more', () => {
    const member = GivenMember.cooperative().joined()
    member.told.length = 0
    member.answers('SyncGroup', 'ILLEGAL_GENERATION')
    member.rebalance()
    member.poll()
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(joinsAfter(member, 3)).toEqual(['m1'])
    const [claimed, none] = member
      .asked('JoinGroup')
      .slice(2)
      .map(({ protocols }) => protocols[0]!.metadata.length)
    expect(none).toBeLessThan(claimed!)
  })

  test('25 takes the id away', () => {
    const member = new GivenMember()
    member.answers('SyncGroup', 'UNKNOWN_MEMBER_ID')
    member.joined()
    expect(joinsAfter(member, 2)).toEqual(['', 'm2'])
  })

  test.each(['FENCED_INSTANCE_ID', 'GROUP_AUTHORIZATION_FAILED', 'INCONSISTENT_GROUP_PROTOCOL'] as const)(
    '%s is told to the application',
    (error) => {
      const member = new GivenMember()
      member.answers('SyncGroup', error)
      member.joined()
      expect(member.told).toEqual([`failed ${error}`])
    },
  )
})

describe('an answer to a heartbeat', () => {
  const beaten = (error: ErrorCode | 'lost'): GivenMember => {
    const member = new GivenMember().joined()
    member.told.length = 0
    member.answers('Heartbeat', error)
    member.stage.pass(3000)
    member.poll()
    return member
  }

  test('0 changes nothing', () => {
    const member = beaten('NONE')
    expect([member.told, member.member.state, member.count('JoinGroup')]).toEqual([[], 'stable', 2])
  })

  test('27 has the member join again, with revocation', () => {
    const member = beaten('REBALANCE_IN_PROGRESS')
    expect(member.told).toEqual(['revoked orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(joinsAfter(member, 2)).toEqual(['m1'])
  })

  test('22 ends the generation: the id is kept', () => {
    const member = beaten('ILLEGAL_GENERATION')
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(joinsAfter(member, 2)).toEqual(['m1'])
  })

  test('25 takes the id away', () => {
    const member = beaten('UNKNOWN_MEMBER_ID')
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(joinsAfter(member, 2)).toEqual(['', 'm2'])
  })

  test('82 is told to the application, and what was owned is lost with the poll after that', () => {
    const member = beaten('FENCED_INSTANCE_ID')
    expect(member.told).toEqual(['failed FENCED_INSTANCE_ID'])
    member.poll()
    expect(member.told.slice(1)).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
  })

  test.each(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'lost'] as const)(
    '%s changes nothing, and heartbeats go on',
    (error) => {
      const member = beaten(error)
      const beats = member.count('Heartbeat')
      for (let second = 0; second < 4; second++) member.stage.pass(1000)
      expect([member.told, member.member.state, member.count('JoinGroup')]).toEqual([[], 'stable', 2])
      expect(member.count('Heartbeat')).toBeGreaterThan(beats)
    },
  )

  test('of an older generation is not heard', () => {
    const member = new GivenMember().joined()
    member.answers('Heartbeat', 'silent')
    member.stage.pass(3000)
    member.partitions.payments = 1
    member.subscribe('orders', 'payments')
    member.poll()
    member.told.length = 0
    member.answerNow({ api: 'Heartbeat', throttleTimeMs: 0, errorCode: 'UNKNOWN_MEMBER_ID' })
    member.poll()
    expect([member.told, member.member.memberId]).toEqual([[], 'm1'])
  })

  // KAFKA-10134: an assignment that takes its time is no reason to join again and again.
  test('27 during a long assignment makes no loop', () => {
    const member = new GivenMember({ 'request.timeout.ms': 30_000 })
    member.answers('SyncGroup', 'silent')
    member.joined()
    for (let beat = 0; beat < 5; beat++) member.rebalance()
    expect([member.count('JoinGroup'), member.count('Heartbeat'), member.member.state]).toEqual([2, 5, 'syncing'])
    member.answerNow((body) => member.rote(body))
    member.poll()
    expect(member.member.state).toBe('stable')
  })

  // KAFKA-8104: the heartbeat takes the generation away while the callback is awaited.
  test('25 between SyncGroup and the callback ends in another join, after both callbacks', () => {
    const member = new GivenMember()
    member.subscribe('orders')
    member.beginPoll()
    expect(member.step).toMatchObject({ type: 'assigned' })
    member.answers('Heartbeat', 'UNKNOWN_MEMBER_ID')
    member.stage.pass(3000)
    member.poll()
    expect(member.told).toEqual(['assigned orders-0 orders-1', 'lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(member.member).toMatchObject({ state: 'stable', memberId: 'm2' })
  })

  test('25 while partitions are revoked turns the rest into a loss', () => {
    const member = new GivenMember({ 'enable.auto.commit': true }).joined()
    member.told.length = 0
    member.rebalance()
    expect(member.step).toMatchObject({ type: 'hold', partitions: orders(0, 1) })
    member.answers('Heartbeat', 'UNKNOWN_MEMBER_ID')
    member.stage.pass(3000)
    member.poll()
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
  })
})
