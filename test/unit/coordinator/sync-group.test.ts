import { describe, expect, test } from 'vitest'
import { GivenGroups, loggedIn } from './given-groups.js'
import {
  commit,
  describeGroup,
  GROUP,
  heartbeat,
  join,
  joinKnown,
  leave,
  type MemberRef,
  memberOf,
  REBALANCE_MS,
  SESSION_MS,
  stableGroup,
  stateOf,
  sync,
  textOf,
} from './speaking.js'

/** Two members in the sync phase; the first one leads. */
function given2(wish = {}): { given: GivenGroups; leader: MemberRef; follower: MemberRef } {
  const given = new GivenGroups()
  const joins = [joinKnown(given, wish), joinKnown(given, wish)]
  given.until(() => !joins[0]!.isParked)
  return { given, leader: memberOf(joins[0]!), follower: memberOf(joins[1]!) }
}

describe('the sync phase', () => {
  test('followers wait for their leader, and each is told its part', () => {
    const { given, leader, follower } = given2()
    const waiting = sync(given, follower)
    expect(waiting.isParked).toBe(true)
    const own = sync(given, leader, { [leader.memberId]: 'A0', [follower.memberId]: 'A1' })
    expect([own, waiting].map(({ reply }) => textOf(reply.assignment))).toEqual(['A0', 'A1'])
    expect([own.reply.protocolType, own.reply.protocolName, stateOf(given)]).toEqual(['other', 'range', 'Stable'])
  })

  test('a member that comes after it is told its part at once', () => {
    const { given, leader, follower } = given2()
    sync(given, leader, { [follower.memberId]: 'A1' })
    expect(textOf(sync(given, follower).reply.assignment)).toBe('A1')
  })

  test('only the leader assigns', () => {
    const { given, leader, follower } = given2()
    const waiting = sync(given, follower, { [leader.memberId]: 'nothing', [follower.memberId]: 'everything' })
    expect(waiting.isParked).toBe(true)
    sync(given, leader, { [follower.memberId]: 'A1' })
    expect(textOf(waiting.reply.assignment)).toBe('A1')
  })

  test('whom the leader forgets has nothing, and whom it has made up is nobody', () => {
    const { given, leader, follower } = given2()
    const waiting = sync(given, follower)
    sync(given, leader, { [leader.memberId]: 'A0', nobody: 'A1' })
    expect(waiting.reply.assignment.length).toBe(0)
    expect(describeGroup(given).members.length).toBe(2)
  })

  test('the assignment is in the log before anybody is told', () => {
    const { given, leader, follower } = given2()
    sync(given, leader, { [follower.memberId]: 'A1' })
    const logged = loggedIn(given.replayed()).get(GROUP)?.group
    expect(logged).toMatchObject({ generation: 1, leader: leader.memberId, protocol: 'range', protocolType: 'other' })
    expect(logged?.members.map(({ assignment }) => textOf(assignment))).toEqual(['', 'A1'])
  })

  test('where the log does not take it, the group begins again and followers rejoin', () => {
    const { given, leader, follower } = given2()
    const waiting = sync(given, follower)
    given.refusesRecords = true
    const own = sync(given, leader, { [follower.memberId]: 'A1' })
    expect([own.answer, waiting.error, stateOf(given)]).toEqual([
      'REFUSED',
      'REBALANCE_IN_PROGRESS',
      'PreparingRebalance',
    ])
    given.refusesRecords = false
    const joins = [join(given, leader), join(given, follower)]
    expect(joins.map(({ reply }) => reply.generationId)).toEqual([2, 2])
  })

  test('what members had before it is not theirs any more when it ends without an assignment', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const assignments = () => describeGroup(given).members.map(({ memberAssignment }) => textOf(memberAssignment))
    join(given, leader)
    expect(assignments()).toEqual(['part 0', 'part 1'])
    join(given, { ...follower, metadata: 'more' })
    join(given, { ...follower, metadata: 'most' })
    expect([stateOf(given), assignments()]).toEqual(['PreparingRebalance', ['', '']])
  })

  test('the type and the name of the protocol are those of the group, where the member says them', () => {
    const { given, leader } = given2()
    expect(sync(given, leader, {}, { protocolType: 'consumer' }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(sync(given, leader, {}, { protocolName: 'sticky' }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(sync(given, leader, {}, { protocolName: null }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(sync(given, leader, {}, { protocolType: null, protocolName: null, version: 4 }).error).toBe('NONE')
  })

  test('a follower that asks again while it waits is answered once', () => {
    const { given, leader, follower } = given2()
    const first = sync(given, follower)
    const again = sync(given, follower)
    expect(first.error).toBe('REBALANCE_IN_PROGRESS')
    sync(given, leader, { [follower.memberId]: 'A1' })
    expect(textOf(again.reply.assignment)).toBe('A1')
  })

  test('heartbeats are answered without an error while the leader takes its time', () => {
    const { given, leader, follower } = given2()
    for (let ms = 0; ms < REBALANCE_MS - SESSION_MS; ms += SESSION_MS / 2) {
      expect([leader, follower].map((member) => heartbeat(given, member))).toEqual(['NONE', 'NONE'])
      given.pass(SESSION_MS / 2)
    }
    expect(sync(given, leader).error).toBe('NONE')
  })

  test('a member that waits for its leader does not expire, and is expected again from its answer on', () => {
    const { given, leader, follower } = given2()
    const waiting = sync(given, follower)
    for (let ms = 0; ms < 3 * SESSION_MS; ms += SESSION_MS / 2) {
      heartbeat(given, leader)
      given.pass(SESSION_MS / 2)
    }
    sync(given, leader)
    expect(waiting.error).toBe('NONE')
    given.pass(SESSION_MS - 1)
    expect(heartbeat(given, follower)).toBe('NONE')
  })

  test('a member that leaves while it waits is told that it is not known any more', () => {
    const { given, follower } = given2()
    const waiting = sync(given, follower)
    expect(leave(given, follower)).toEqual(['NONE'])
    expect([waiting.error, stateOf(given)]).toEqual(['UNKNOWN_MEMBER_ID', 'PreparingRebalance'])
  })
})

describe('a member that never asks for its assignment', () => {
  const long = { sessionTimeoutMs: 1_000_000 }

  test('it is removed after the rebalance timeout, though it sends heartbeats', () => {
    const { given, leader, follower } = given2(long)
    sync(given, leader)
    given.pass(REBALANCE_MS - 1)
    expect(heartbeat(given, follower)).toBe('NONE')
    given.pass(1)
    expect([heartbeat(given, follower), heartbeat(given, leader)]).toEqual([
      'UNKNOWN_MEMBER_ID',
      'REBALANCE_IN_PROGRESS',
    ])
  })

  test('a leader that does not is removed too, and followers that wait rejoin', () => {
    const { given, leader, follower } = given2(long)
    const waiting = sync(given, follower)
    given.pass(REBALANCE_MS)
    expect([waiting.error, heartbeat(given, leader)]).toEqual(['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID'])
    expect(join(given, { ...follower, ...long }).reply.leader).toBe(follower.memberId)
  })

  test('it is static, and is removed as well', () => {
    const given = new GivenGroups()
    const joins = ['a', 'b'].map((instanceId) => join(given, { ...long, instanceId }))
    given.until(() => !joins[0]!.isParked)
    sync(given, memberOf(joins[0]!))
    given.pass(REBALANCE_MS)
    expect(describeGroup(given).members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['a'])
  })

  test('nobody is removed once all have asked', () => {
    const { given, leader, follower } = given2(long)
    sync(given, leader)
    sync(given, follower)
    given.pass(2 * REBALANCE_MS)
    expect([heartbeat(given, follower), stateOf(given)]).toEqual(['NONE', 'Stable'])
  })

  test('a rebalance in between begins the time anew', () => {
    const { given, leader, follower } = given2(long)
    sync(given, leader)
    given.pass(REBALANCE_MS - 1)
    join(given, { ...leader, ...long })
    const again = join(given, { ...follower, ...long, metadata: 'more' })
    sync(given, memberOf(again))
    given.pass(1)
    expect(stateOf(given)).toBe('CompletingRebalance')
  })
})

describe('a session', () => {
  test('a heartbeat renews it, in the join phase too', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    join(given, leader)
    for (let ms = 0; ms < 3 * SESSION_MS; ms += SESSION_MS / 2) {
      expect(heartbeat(given, follower!)).toBe('REBALANCE_IN_PROGRESS')
      given.pass(SESSION_MS / 2)
    }
  })

  test('a commit renews it', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    for (let ms = 0; ms < 3 * SESSION_MS; ms += SESSION_MS / 2) {
      expect(commit(given, member)).toBe('NONE')
      given.pass(SESSION_MS / 2)
    }
    expect(heartbeat(given, member!)).toBe('NONE')
  })

  test('it ends, and the others rebalance', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    given.pass(SESSION_MS - 1)
    heartbeat(given, leader!)
    given.pass(1)
    expect([heartbeat(given, follower!), heartbeat(given, leader!)]).toEqual([
      'UNKNOWN_MEMBER_ID',
      'REBALANCE_IN_PROGRESS',
    ])
    expect(join(given, leader).reply.members.length).toBe(1)
  })

  test('the timer of a member that has left wakes nobody', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    leave(given, follower!)
    const joined = join(given, leader)
    sync(given, memberOf(joined))
    given.pass(SESSION_MS - 1)
    heartbeat(given, memberOf(joined))
    given.pass(SESSION_MS - 1)
    expect([stateOf(given), joined.reply.generationId]).toEqual(['Stable', 2])
  })

  test('many that end at once end in one step, and all who are left have joined', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, {}, {}, {}, { sessionTimeoutMs: 20_000 })
    const rest = join(given, { ...members[3], sessionTimeoutMs: 20_000, metadata: 'more' })
    given.pass(SESSION_MS)
    expect(rest.reply.members.length).toBe(1)
  })
})

describe('leaving', () => {
  test('several leave with one rebalance, each with its own answer', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, {}, {}, {})
    const answers = leave(given, members[1]!, { memberId: 'nobody' }, members[2]!)
    expect(answers).toEqual(['NONE', 'UNKNOWN_MEMBER_ID', 'NONE'])
    expect(join(given, members[0]).reply).toMatchObject({ generationId: 2, members: { length: 1 } })
  })

  test('the last to leave leaves an empty group of the next generation', () => {
    const given = new GivenGroups()
    leave(given, ...stableGroup(given, {}, {}))
    expect(stateOf(given)).toBe('Empty')
    const empty = { generation: 2, members: [], leader: null, protocol: null, protocolType: 'other' }
    expect(loggedIn(given.replayed()).get(GROUP)?.group).toMatchObject(empty)
  })

  test('the last to leave has left, though the log does not take that yet', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    given.refusesRecords = true
    expect(() => leave(given, member!)).toThrow('REFUSED')
    expect([stateOf(given), leave(given, member!)]).toEqual(['PreparingRebalance', ['UNKNOWN_MEMBER_ID']])
    given.refusesRecords = false
    given.serveTimers()
    expect(stateOf(given)).toBe('Empty')
  })

  test('those who wait and have left are told so, though the log does not take that the group is empty', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    const { memberId } = join(given).reply
    const joined = join(given, { memberId })
    given.refusesRecords = true
    expect(() => leave(given, member!, { memberId })).toThrow('REFUSED')
    expect(joined.error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a member that leaves in the join phase is not waited for', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const joined = join(given, leader)
    leave(given, follower!)
    expect(joined.reply.members.length).toBe(1)
  })

  test('a member that leaves while its JoinGroup waits is told that it is not known any more', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const joined = join(given, leader)
    heartbeat(given, follower!)
    leave(given, leader!)
    expect([joined.error, joined.reply.memberId]).toEqual(['UNKNOWN_MEMBER_ID', ''])
  })

  test('an old client leaves alone, and its error is that of the answer', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    const ask = (memberId: string) =>
      given.ask<'LeaveGroup'>({ api: 'LeaveGroup', groupId: GROUP, memberId, members: [] }, 2).reply
    expect(ask('nobody')).toMatchObject({ errorCode: 'UNKNOWN_MEMBER_ID', members: [] })
    expect(ask(member!.memberId)).toMatchObject({ errorCode: 'NONE', members: [] })
    expect(stateOf(given)).toBe('Empty')
  })
})
