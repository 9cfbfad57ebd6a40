import { describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../../../../src/base/error-code.js'
import type { ResponseOf } from '../../../../../src/protocol/api.js'
import { refusalTo } from '../../../../../src/protocol/api.js'
import { at, GivenMember } from './given-member.js'

/** A member whose next commits are answered like this. */
const answered = (...errors: (ErrorCode | 'lost' | 'silent')[]): GivenMember => {
  const member = new GivenMember({ 'enable.auto.commit': false }).joined()
  member.answers('OffsetCommit', ...errors)
  return member
}

test('a commit says who commits, and ends with what was committed', () => {
  const member = new GivenMember({ 'enable.auto.commit': false }).joined()
  const offsets = [{ ...at(0, 12), metadata: 'half way' }]
  const call = member.commit(offsets)
  expect(member.endOf(call)).toEqual({ call, error: 'NONE', says: '', offsets })
  expect(member.committed).toEqual(new Map([['orders-0', 12]]))
  expect(member.asked('OffsetCommit')[0]).toMatchObject({ memberId: 'm1', generationIdOrMemberEpoch: 1 })
})

test('a commit of nothing in particular is about where the application is', () => {
  const member = new GivenMember({ 'enable.auto.commit': false }).joined()
  member.read(1, 20)
  const call = member.commit(null)
  expect(member.endOf(call)?.offsets).toMatchObject([{ partition: 1, offset: 20 }])
})

// KIP-320.
test('a commit of what was read says the leader epoch of the record before it', () => {
  const member = new GivenMember({ 'enable.auto.commit': false })
  member.partitions.orders = 1
  member.joined()
  member.answerFetch('a', 'b')
  member.read(0, 8)
  const call = member.commit(null)
  expect(member.endOf(call)?.offsets).toMatchObject([{ offset: 8, leaderEpoch: 0 }])
  member.read(0, 99)
  const beyond = member.commit(null)
  expect(member.endOf(beyond)?.offsets).toMatchObject([{ offset: 99, leaderEpoch: -1 }])
})

test('the end of a commit comes with the take that waits, and there is nothing else to hear', () => {
  const member = answered('silent')
  void member.news
  const told = member.take().answer as ResponseOf<'Take'>
  const taken = member.take()
  const call = member.commit([at(0, 12)])
  expect(taken.answer).toBeUndefined()
  member.answerNow((body) => member.rote(body))
  const ended = [{ call, error: 'NONE', says: '', offsets: [at(0, 12)] }]
  expect(taken.answer).toEqual({ api: 'Take', slices: [], news: told.news, ended })
  expect(member.ask({ api: 'News' }).answer).toMatchObject({ ended: [] })
})

test('a commit may be about a topic that is not read', () => {
  const member = new GivenMember({ 'enable.auto.commit': false }).joined()
  member.partitions.payments = 1
  const call = member.commit([at(0, 3, 'payments')])
  expect([member.endOf(call)?.error, [...member.committed]]).toEqual(['NONE', [['payments-0', 3]]])
})

test('commits are sent one after the other, and end in the order of their calls', () => {
  const member = answered('silent')
  const calls = [member.commit([at(0, 1)]), member.commit([at(0, 2)]), member.commit([], 1000)]
  expect([member.count('OffsetCommit'), member.endOf(calls[2]!)]).toEqual([1, undefined])
  member.answerNow((body) => member.rote(body))
  void member.news
  expect([member.endedOrder, member.committed.get('orders-0')]).toEqual([calls, 2])
})

describe('a synchronous commit', () => {
  test.each([
    'UNKNOWN_TOPIC_ID',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR',
    'REQUEST_TIMED_OUT',
    'lost',
  ] as const)('is tried again after %s', (error) => {
    const member = answered(error)
    const call = member.commit([at(0, 1)], 1000)
    expect(member.endOf(call)).toBeUndefined()
    for (let time = 0; time < 4; time++) member.stage.pass(50)
    expect([member.endOf(call)?.error, member.committed.get('orders-0')]).toEqual(['NONE', 1])
  })

  test('ends with its time, and says what the last attempt was told', () => {
    const member = answered(...Array<ErrorCode>(50).fill('COORDINATOR_LOAD_IN_PROGRESS'))
    const call = member.commit([at(0, 1)], 1000)
    for (let time = 0; time < 10; time++) member.stage.pass(100)
    expect(member.endOf(call)).toMatchObject({ error: 'REQUEST_TIMED_OUT' })
    expect(member.endOf(call)?.says).toContain('COORDINATOR_LOAD_IN_PROGRESS')
  })

  test('ends with its time though the coordinator has not answered, and holds up no other one', () => {
    const member = answered('silent')
    const call = member.commit([at(0, 1)], 500)
    member.stage.pass(500)
    expect(member.endOf(call)).toMatchObject({ error: 'REQUEST_TIMED_OUT' })
    const later = member.commit([at(0, 2)])
    member.answerNow((body) => member.rote(body))
    expect(member.endOf(later)?.error).toBe('NONE')
  })
})

describe('a commit', () => {
  test.each(['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'UNKNOWN_TOPIC_ID'] as const)(
    'that is asynchronous is not tried again after %s',
    (error) => {
      const member = answered(error)
      const call = member.commit([at(0, 1)])
      expect(member.endOf(call)?.error).toBe(error)
      expect(ERRORS[error].retriable).toBe(true)
    },
  )

  test.each(['OFFSET_METADATA_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE', 'GROUP_AUTHORIZATION_FAILED'] as const)(
    'that is refused with %s is told so, and nothing else',
    (error) => {
      const member = answered(error)
      const call = member.commit([at(0, 1)], 1000)
      expect([member.endOf(call)?.error, member.member.state]).toEqual([error, 'stable'])
    },
  )

  test.each([
    ['ILLEGAL_GENERATION', ['m1']],
    ['UNKNOWN_MEMBER_ID', ['', 'm2']],
    // The group was Empty and was deleted: whoever is not in it any more is told as if it were still there.
    ['GROUP_ID_NOT_FOUND', ['', 'm2']],
  ] as const)('that is refused with %s has failed for good, and the member joins again', (answer, joins) => {
    const error = answer === 'GROUP_ID_NOT_FOUND' ? 'UNKNOWN_MEMBER_ID' : answer
    const member = answered(answer)
    member.told.length = 0
    const call = member.commit([at(0, 1)], 1000)
    expect(member.endOf(call)?.error).toBe(error)
    member.poll()
    expect(member.told).toEqual(['lost orders-0 orders-1', 'assigned orders-0 orders-1'])
    expect(
      member
        .asked('JoinGroup')
        .slice(2)
        .map(({ memberId }) => memberId),
    ).toEqual(joins)
  })

  test('that is refused with REBALANCE_IN_PROGRESS is told so, and the member joins again with revocation', () => {
    const member = answered('REBALANCE_IN_PROGRESS')
    const call = member.commit([at(0, 1)], 1000)
    expect(member.endOf(call)?.error).toBe('REBALANCE_IN_PROGRESS')
    member.poll()
    expect(member.told.slice(1)).toEqual(['revoked orders-0 orders-1', 'assigned orders-0 orders-1'])
  })

  test('that is refused with FENCED_INSTANCE_ID is told so, and so is the next poll', () => {
    const member = answered('FENCED_INSTANCE_ID')
    const call = member.commit([at(0, 1)], 1000)
    expect(member.endOf(call)?.error).toBe('FENCED_INSTANCE_ID')
    member.poll()
    expect(member.told.at(-1)).toBe('failed FENCED_INSTANCE_ID')
  })

  test('of a member whose heartbeat was fenced is told FENCED_INSTANCE_ID until the member has joined again', () => {
    const member = new GivenMember({ 'group.instance.id': 'one', 'enable.auto.commit': false }).joined()
    member.answers('Heartbeat', 'FENCED_INSTANCE_ID')
    member.stage.pass(3000)
    const errorOf = (call: number): string | undefined => member.endOf(call)?.error
    const twice = [1, 2].map(() => errorOf(member.commit([at(0, 1)], 1000)))
    expect(twice).toEqual(['FENCED_INSTANCE_ID', 'FENCED_INSTANCE_ID'])
    let inCallback: string | undefined
    member.during = ({ type }) => {
      if (type === 'lost') inCallback = errorOf(member.commit([at(0, 1)], 1000))
    }
    member.poll()
    member.poll()
    expect([inCallback, member.member.state]).toEqual(['FENCED_INSTANCE_ID', 'stable'])
    expect(errorOf(member.commit([at(0, 1)], 1000))).toBe('NONE')
  })

  test('that waits behind another one is told FENCED_INSTANCE_ID when that one was', () => {
    const member = new GivenMember({ 'group.instance.id': 'one', 'enable.auto.commit': false }).joined()
    member.answers('OffsetCommit', 'silent')
    member.commit([at(0, 1)], 1000)
    const behind = member.commit([at(0, 2)], 1000)
    member.answerNow((body) => (body.api === 'OffsetCommit' ? refusalTo(body, 'FENCED_INSTANCE_ID') : null))
    expect(member.endOf(behind)?.error).toBe('FENCED_INSTANCE_ID')
  })

  test('of a member that was fenced is told so while it closes, and what it had is lost before that ends', () => {
    const member = new GivenMember({ 'group.instance.id': 'one', 'enable.auto.commit': false }).joined()
    member.told.length = 0
    member.answers('OffsetCommit', 'FENCED_INSTANCE_ID')
    member.commit([at(0, 1)], 1000)
    let inCallback: string | undefined
    member.during = () => {
      inCallback = member.endOf(member.commit([at(0, 1)], 1000))?.error
    }
    const left = member.leave()
    expect(member.endOf(left)).toBe(undefined)
    member.takeSteps()
    expect([member.told, inCallback, member.endOf(left)?.error]).toEqual([
      ['lost orders-0 orders-1'],
      'FENCED_INSTANCE_ID',
      'NONE',
    ])
  })

  test('while the group rebalances is told so at once', () => {
    const member = GivenMember.cooperative({ 'enable.auto.commit': false }).joined()
    member.answers('JoinGroup', 'silent')
    member.rebalance()
    const call = member.commit([at(0, 1)], 1000)
    expect([member.endOf(call)?.error, member.count('OffsetCommit')]).toEqual(['REBALANCE_IN_PROGRESS', 0])
  })

  test('before the group was joined has failed', () => {
    const member = new GivenMember()
    member.subscribe('orders')
    const call = member.commit([at(0, 1)], 1000)
    expect(member.endOf(call)?.error).toBe('UNKNOWN_MEMBER_ID')
  })

  // KAFKA-19242: the refusal is of a generation that is over anyway.
  test('that meets the end of a rebalance is not said to have failed for good', () => {
    const member = GivenMember.cooperative({ 'enable.auto.commit': false }).joined()
    member.answers('OffsetCommit', 'silent')
    const call = member.commit([at(0, 1)], 5000)
    member.partitions.payments = 1
    member.subscribe('orders', 'payments')
    member.poll()
    expect(member.member).toMatchObject({ state: 'stable', generationId: 2 })
    member.answerNow((body) => {
      if (body.api !== 'OffsetCommit') return null
      const topics = body.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: 'ILLEGAL_GENERATION' as const,
        })),
      }))
      return { api: 'OffsetCommit', throttleTimeMs: 0, topics }
    })
    expect(member.endOf(call)?.error).toBe('REBALANCE_IN_PROGRESS')
    expect(member.member).toMatchObject({ state: 'stable', generationId: 2 })
  })

  test('that nobody has heard of when the generation is over is not sent as one of the next', () => {
    const member = new GivenMember({ 'enable.auto.commit': false }).joined()
    member.answers('OffsetCommit', 'silent')
    member.commit([at(0, 1)], 2000)
    const waiting = member.commit([at(0, 50)])
    member.partitions.payments = 1
    member.subscribe('orders', 'payments')
    member.poll()
    expect(member.member).toMatchObject({ state: 'stable', generationId: 2 })
    member.answerNow((body) => member.rote(body))
    expect(member.endOf(waiting)?.error).toBe('REBALANCE_IN_PROGRESS')
    expect([...member.committed]).toEqual([['orders-0', 1]])
  })

  test('from onPartitionsRevoked is of the generation that ends', () => {
    const member = new GivenMember({ 'enable.auto.commit': false }).joined()
    const calls: number[] = []
    member.during = ({ type }) => {
      if (type === 'revoked') calls.push(member.commit([at(0, 5)], 1000))
    }
    member.rebalance()
    member.poll()
    expect(member.endOf(calls[0]!)?.error).toBe('NONE')
    expect(member.asked('OffsetCommit')[0]).toMatchObject({ generationIdOrMemberEpoch: 1 })
  })
})

// KAFKA-14201: whoever assigns partitions by hand is no member, instance id or not.
test('a commit of partitions that were assigned by hand is nobody’s', () => {
  const member = new GivenMember({ 'enable.auto.commit': false, 'group.instance.id': 'first' })
  member.ask({ api: 'Assign', call: 900, topics: ['orders'], partitions: [], reset: null })
  const call = member.commit([at(0, 4)])
  expect(member.endOf(call)?.error).toBe('NONE')
  expect(member.asked('OffsetCommit')[0]).toMatchObject({
    memberId: '',
    groupInstanceId: null,
    generationIdOrMemberEpoch: -1,
  })
})

describe('auto-commit', () => {
  test('commits every auto.commit.interval.ms what earlier polls have handed out', () => {
    const member = new GivenMember().joined()
    member.read(0, 9)
    member.stage.pass(5000)
    expect([...member.committed]).toEqual([['orders-0', 9]])
    member.read(1, 11)
    member.stage.pass(4999)
    expect(member.committed.size).toBe(1)
    member.stage.pass(1)
    expect(member.committed.get('orders-1')).toBe(11)
  })

  test('tries again soon what was refused for now', () => {
    const member = new GivenMember().joined()
    member.read(0, 9)
    member.answers('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS')
    member.stage.pass(5000)
    expect(member.committed.size).toBe(0)
    member.stage.pass(100)
    expect(member.committed.get('orders-0')).toBe(9)
  })

  test('works for partitions that were assigned by hand', () => {
    const member = new GivenMember()
    member.ask({ api: 'Assign', call: 900, topics: ['orders'], partitions: [], reset: null })
    member.read(0, 9)
    member.stage.pass(5000)
    member.stage.pass(5000)
    expect(member.committed.get('orders-0')).toBe(9)
  })

  // KAFKA-14196: what is handed out while the commit is under way would be read twice.
  test('before a revocation waits until the application hands out nothing more, and commits once', () => {
    const member = new GivenMember().joined()
    member.rebalance()
    expect(member.step).toMatchObject({ type: 'hold' })
    // The application is at work on a batch, and comes to the end of it.
    member.read(0, 42)
    member.during = ({ type }) => member.told.push(`${type} with ${member.committed.get('orders-0')} committed`)
    member.poll()
    expect(member.told).toContain('revoked with 42 committed')
    // KAFKA-14024, KAFKA-13310: one commit, however often the application polls meanwhile.
    expect(member.count('OffsetCommit')).toBe(1)
  })

  test('before a revocation is tried again, and the member joins when it has ended', () => {
    const member = new GivenMember().joined()
    member.read(0, 42)
    member.answers('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS')
    member.rebalance()
    member.poll()
    expect([member.member.state, member.count('JoinGroup')]).toEqual(['preparing', 2])
    member.stage.pass(150)
    member.poll()
    expect([member.member.state, member.committed.get('orders-0')]).toEqual(['stable', 42])
  })

  test('commits what a cooperative rebalance takes away before somebody else gets it', () => {
    const member = GivenMember.cooperative()
    member.assigned = [at(0), at(1)]
    member.joined()
    member.assigned = [at(0)]
    member.rebalance()
    member.read(1, 30)
    member.poll()
    expect(member.committed.get('orders-1')).toBe(30)
    expect(member.asked('OffsetCommit').at(-1)).toMatchObject({ generationIdOrMemberEpoch: 2 })
  })
})

describe('a topic that was deleted', () => {
  test('holds up no rebalance, though its offsets cannot be committed', () => {
    const member = new GivenMember()
    member.partitions.payments = 1
    member.joined('orders', 'payments')
    member.read(0, 42)
    member.read(0, 9, 'payments')
    member.answers('OffsetCommit', 'UNKNOWN_TOPIC_ID')
    member.rebalance()
    member.poll()
    expect([member.member.state, member.count('OffsetCommit')]).toEqual(['stable', 1])
  })

  test('is passed over by what is committed by itself', () => {
    const member = GivenMember.cooperative()
    member.partitions.payments = 1
    member.joined('orders', 'payments')
    member.read(0, 42)
    member.read(0, 9, 'payments')
    delete member.partitions.payments
    member.stage.pass(10_000)
    member.poll()
    expect(member.committed.get('orders-0')).toBe(42)
    expect(member.owned).toBe('orders-0 orders-1')
  })
})
