import { describe, expect, test } from 'vitest'
import { at, GivenMember } from './given-member.js'

describe('a member that closes', () => {
  test('commits, gives up what it has, and leaves', () => {
    const member = new GivenMember().joined()
    member.told.length = 0
    member.read(0, 12)
    member.during = ({ type }) => member.told.push(`${type} with ${member.committed.get('orders-0')} committed`)
    const call = member.leave()
    expect(member.endOf(call)).toBeUndefined()
    member.takeSteps()
    expect(member.told).toEqual(['revoked orders-0 orders-1', 'revoked with 12 committed'])
    expect(member.asked('LeaveGroup')[0]!.members).toEqual([
      { memberId: 'm1', groupInstanceId: null, reason: 'the consumer is being closed' },
    ])
    expect(member.endOf(call)?.error).toBe('NONE')
    expect([member.owned, member.member.state, member.member.memberId]).toEqual(['', 'unsubscribed', ''])
  })

  test('ends all commits before it gives up', () => {
    const member = new GivenMember({ 'enable.auto.commit': false }).joined()
    member.answers('OffsetCommit', 'silent')
    const commit = member.commit([at(0, 3)])
    member.leave()
    expect(member.step).toBeNull()
    member.answerNow((body) => member.rote(body))
    expect([member.endOf(commit)?.error, member.step?.type]).toEqual(['NONE', 'revoked'])
  })

  test('in the middle of a rebalance has lost what it had', () => {
    const member = GivenMember.cooperative().joined()
    member.told.length = 0
    member.answers('JoinGroup', 'silent')
    member.rebalance()
    member.leave()
    member.takeSteps()
    expect(member.told).toEqual(['lost orders-0 orders-1'])
    expect(member.count('LeaveGroup')).toBe(1)
  })

  test('is not held up by a JoinGroup that is parked', () => {
    const member = new GivenMember()
    member.answers('JoinGroup', 'MEMBER_ID_REQUIRED', 'silent')
    member.joined()
    const call = member.leave()
    expect([member.count('LeaveGroup'), member.endOf(call)?.error]).toEqual([1, 'NONE'])
  })

  test('without partitions calls back nobody', () => {
    const member = new GivenMember()
    member.assigned = []
    member.joined()
    member.told.length = 0
    member.leave()
    member.takeSteps()
    expect(member.told).toEqual([])
  })

  test('ends with its time, and leaves all the same, though a commit hangs and the application takes no step', () => {
    const member = new GivenMember().joined()
    member.read(0, 12)
    member.answers('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_LOAD_IN_PROGRESS')
    const call = member.leave({ timeoutMs: 100 })
    member.stage.pass(100)
    expect([member.endOf(call)?.error, member.count('LeaveGroup')]).toEqual(['NONE', 1])
  })

  test('leaves its group too where it had begun to leave before, and had not come to it', () => {
    const member = new GivenMember().joined()
    const first = member.leave({ commits: false })
    member.subscribe('orders')
    const second = member.leave()
    expect([member.endOf(first)?.error, member.endOf(second)?.error, member.count('LeaveGroup')]).toEqual([
      'NONE',
      'NONE',
      1,
    ])
  })

  test('before it has joined says nothing', () => {
    const member = new GivenMember()
    member.subscribe('orders')
    const call = member.leave()
    expect([member.endOf(call)?.error, member.coordinator.messages]).toEqual(['NONE', []])
  })

  test('commits what was assigned by hand, and does not leave', () => {
    const member = new GivenMember()
    member.ask({ api: 'Assign', call: 900, topics: ['orders'], partitions: [], reset: null })
    member.read(0, 9)
    const call = member.leave()
    expect([member.endOf(call)?.error, member.committed.get('orders-0')]).toEqual(['NONE', 9])
    expect(member.count('LeaveGroup')).toBe(0)
  })
})

describe('KIP-1092: whether a member that closes leaves its group', () => {
  test.each([
    [null, 'DEFAULT', 1],
    [null, 'LEAVE_GROUP', 1],
    [null, 'REMAIN_IN_GROUP', 0],
    ['first', 'DEFAULT', 0],
    ['first', 'REMAIN_IN_GROUP', 0],
    ['first', 'LEAVE_GROUP', 1],
  ] as const)('instance %s, %s', (instance, operation, leaves) => {
    const member = new GivenMember({ 'group.instance.id': instance }).joined()
    const call = member.leave({ operation })
    member.takeSteps()
    expect([member.endOf(call)?.error, member.count('LeaveGroup')]).toEqual(['NONE', leaves])
  })
})

describe('a static member that is to leave', () => {
  const LEAVE = { operation: 'LEAVE_GROUP' } as const
  const BY_INSTANCE = [{ memberId: '', groupInstanceId: 'first', reason: 'the consumer is being closed' }]

  test('while its first join is under way, leaves by its group.instance.id', () => {
    const member = new GivenMember({ 'group.instance.id': 'first' })
    member.answers('JoinGroup', 'silent')
    member.joined()
    const call = member.leave(LEAVE)
    expect([member.asked('LeaveGroup').map(({ members }) => members), member.endOf(call)?.error]).toEqual([
      [BY_INSTANCE],
      'NONE',
    ])
  })

  test('without time, and while its first join is under way, leaves by its group.instance.id', () => {
    const member = new GivenMember({ 'group.instance.id': 'first' })
    member.answers('JoinGroup', 'silent')
    member.joined()
    member.leave({ ...LEAVE, timeoutMs: 0, isLast: true })
    expect(member.asked('LeaveGroup').map(({ members }) => members)).toEqual([BY_INSTANCE])
  })

  test('and was expelled because it did not poll, leaves by its group.instance.id', () => {
    const member = new GivenMember({ 'group.instance.id': 'first', 'max.poll.interval.ms': 5000 }).joined()
    member.stage.pass(5000)
    member.leave(LEAVE)
    member.takeSteps()
    expect(member.asked('LeaveGroup').map(({ members }) => members)).toEqual([BY_INSTANCE])
  })

  test('and has never asked to join, or was fenced, takes nobody else out of the group', () => {
    const idle = new GivenMember({ 'group.instance.id': 'first' })
    idle.subscribe('orders')
    idle.leave(LEAVE)
    const fenced = new GivenMember({ 'group.instance.id': 'first' }).joined()
    fenced.answers('Heartbeat', 'FENCED_INSTANCE_ID')
    fenced.stage.pass(3000)
    fenced.leave(LEAVE)
    fenced.takeSteps()
    expect([idle.count('LeaveGroup'), fenced.count('LeaveGroup')]).toEqual([0, 0])
  })
})

describe('a member that closes when its coordinator is another one', () => {
  test.each(['lost', 'NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'] as const)(
    'looks for it, and leaves there (%s)',
    (how) => {
      const member = new GivenMember({ 'enable.auto.commit': false }).joined()
      member.answers('LeaveGroup', how)
      member.coordinatorId = 3
      const call = member.leave()
      member.takeSteps()
      member.stage.pass(200)
      expect([member.asked('LeaveGroup', member.other), member.endOf(call)?.error]).toMatchObject([
        [{ members: [{ memberId: 'm1' }] }],
        'NONE',
      ])
    },
  )

  test('waits while its coordinator loads the group, and asks again', () => {
    const member = new GivenMember().joined()
    member.answers('LeaveGroup', 'COORDINATOR_LOAD_IN_PROGRESS')
    const call = member.leave()
    member.takeSteps()
    expect(member.endOf(call)).toBeUndefined()
    member.stage.pass(200)
    expect([member.count('LeaveGroup'), member.endOf(call)?.error]).toEqual([2, 'NONE'])
  })

  test('ends with its time when there is none', () => {
    const member = new GivenMember({ 'enable.auto.commit': false }).joined()
    member.answers('LeaveGroup', 'lost')
    for (let look = 0; look < 20; look++) member.answers('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE')
    const call = member.leave({ timeoutMs: 400 })
    member.takeSteps()
    member.stage.pass(399)
    expect(member.endOf(call)).toBeUndefined()
    member.stage.pass(1)
    expect(member.endOf(call)?.error).toBe('NONE')
  })
})

describe('a member that unsubscribes', () => {
  test('waits for no coordinator that is looked for, and leaves when it is found', () => {
    const member = new GivenMember().joined()
    member.answers('Heartbeat', 'NOT_COORDINATOR')
    member.answers('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE')
    member.stage.pass(3000)
    const call = member.leave({ commits: false })
    member.takeSteps()
    expect([member.endOf(call)?.error, member.count('LeaveGroup')]).toEqual(['NONE', 0])
    member.stage.pass(1000)
    expect(member.count('LeaveGroup')).toBe(1)
  })

  test('gives up and leaves without a commit', () => {
    const member = new GivenMember().joined()
    member.told.length = 0
    member.read(0, 12)
    member.leave({ commits: false })
    member.takeSteps()
    expect([member.told, member.committed.size, member.count('LeaveGroup')]).toEqual([
      ['revoked orders-0 orders-1'],
      0,
      1,
    ])
  })

  test('joins as somebody new when it subscribes again and polls', () => {
    const member = new GivenMember().joined()
    member.leave({ commits: false })
    member.takeSteps()
    member.subscribe('orders')
    expect(member.member.state).toBe('subscribed')
    member.stage.pass(10)
    member.poll()
    expect(member.member).toMatchObject({ state: 'stable', memberId: 'm2' })
  })

  test('and subscribes again before it has left, joins afterwards', () => {
    const member = new GivenMember().joined()
    member.leave({ commits: false })
    member.subscribe('orders')
    member.takeSteps()
    expect(member.member.state).toBe('subscribed')
  })

  // KAFKA-20985.
  test('and is static, comes back with its id, and an answer to what it said before fences nobody', () => {
    const member = new GivenMember({ 'group.instance.id': 'first' }).joined()
    member.answers('Heartbeat', 'silent')
    member.stage.pass(3000)
    member.leave({ commits: false })
    member.takeSteps()
    member.subscribe('orders')
    member.stage.pass(10)
    member.poll()
    member.told.length = 0
    expect(member.asked('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', 'm1'])
    member.answerNow({ api: 'Heartbeat', throttleTimeMs: 0, errorCode: 'FENCED_INSTANCE_ID' })
    member.poll()
    expect([member.told, member.member.state]).toEqual([[], 'stable'])
  })
})
