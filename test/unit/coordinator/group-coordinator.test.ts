import { describe, expect, test } from 'vitest'
import { NEVER } from '../../../src/base/ids.js'
import { GivenGroups, loggedIn } from './given-groups.js'
import {
  bytesOf,
  commit,
  committed,
  describeGroup,
  GROUP,
  heartbeat,
  join,
  joinKnown,
  leave,
  memberOf,
  SESSION_MS,
  stableGroup,
  stateOf,
  sync,
  textOf,
} from './speaking.js'

describe('a coordinator that takes over', () => {
  test('knows the members of a stable group, and what each was assigned', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, {}, {})
    given.moveAway()
    expect(members.map((member) => heartbeat(given, member))).toEqual(['NONE', 'NONE'])
    expect(members.map((member) => textOf(sync(given, member).reply.assignment))).toEqual(['part 0', 'part 1'])
    expect(describeGroup(given)).toMatchObject({ groupState: 'Stable', protocolData: 'range', protocolType: 'other' })
  })

  test('begins all sessions anew', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    given.pass(SESSION_MS - 1)
    given.moveAway()
    given.pass(SESSION_MS - 1)
    expect(stateOf(given)).toBe('Stable')
    given.pass(1)
    expect([stateOf(given), heartbeat(given, member!)]).toEqual(['Empty', 'UNKNOWN_MEMBER_ID'])
  })

  test('knows nothing of a generation without an assignment, and its number is used again', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const first = join(given, leader)
    const second = join(given, { ...follower, metadata: 'more' })
    expect([first, second].map(({ reply }) => reply.generationId)).toEqual([2, 2])
    const waiting = sync(given, { ...follower!, generationId: 2 })
    given.moveAway()
    expect([waiting.answer, stateOf(given)]).toEqual(['NOT_COORDINATOR', 'Stable'])
    expect(sync(given, { ...leader!, generationId: 2 }).error).toBe('ILLEGAL_GENERATION')
    expect(commit(given, { ...leader!, generationId: 2 })).toBe('ILLEGAL_GENERATION')
    const joins = [join(given, leader), join(given, { ...follower, metadata: 'more' })]
    expect(joins.map(({ reply }) => reply.generationId)).toEqual([2, 2])
  })

  test('does not take the members of a join phase for a stable group', () => {
    const given = new GivenGroups()
    const joined = joinKnown(given)
    given.until(() => !joined.isParked)
    given.moveAway()
    expect([stateOf(given), describeGroup(given).members]).toEqual(['Empty', []])
    expect(join(given, memberOf(joined)).error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('knows no id that was given out', () => {
    const given = new GivenGroups()
    const { memberId } = join(given).reply
    given.moveAway()
    expect(join(given, { memberId }).error).toBe('UNKNOWN_MEMBER_ID')
  })

  test('has no timer before it has loaded', () => {
    const given = new GivenGroups()
    stableGroup(given, {})
    expect(given.replayed().nextDeadline).toBe(NEVER)
  })

  test('is told the same by its log as the one before it, after every step of a life', () => {
    const given = new GivenGroups()
    const same = () => expect(loggedIn(given.replayed())).toEqual(loggedIn(given.coordinator))
    const members = stableGroup(given, {}, { instanceId: 'a' })
    same()
    commit(given, { ...members[0], offset: 4, leaderEpoch: 1, metadata: 'x' })
    commit(given, { groupId: 'simple', retentionTimeMs: 1, leaderEpoch: 1 })
    join(given, { instanceId: 'a' })
    same()
    leave(given, members[0]!, { instanceId: 'a' })
    same()
    given.ask<'DeleteGroups'>({ api: 'DeleteGroups', groupsNames: ['simple'] })
    same()
    expect(loggedIn(given.coordinator).size).toBe(1)
  })
})

describe('a record that nobody here has decided', () => {
  const outside = (memberId: string) => {
    const member = { memberId, groupInstanceId: null, clientId: 'c', clientHost: '/h', rebalanceTimeout: 1_000 }
    const members = [{ ...member, sessionTimeout: SESSION_MS, subscription: bytesOf('all'), assignment: bytesOf('A') }]
    const value = {
      protocolType: 'other',
      generation: 9,
      protocol: 'range',
      leader: memberId,
      currentStateTimestamp: 1,
      members,
    }
    return { type: 'group' as const, groupId: GROUP, value }
  }

  test('makes the group what it says, and whoever waited in it is unknown', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {}, {})
    const waiting = join(given, leader)
    given.appendFromOutside(outside('m'))
    given.serveTimers()
    expect([waiting.error, heartbeat(given, { memberId: 'm', generationId: 9 })]).toEqual(['UNKNOWN_MEMBER_ID', 'NONE'])
    given.pass(SESSION_MS)
    expect(stateOf(given)).toBe('Empty')
  })

  test('ends the group if it is a tombstone', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {}, {})
    const waiting = join(given, leader)
    given.appendFromOutside({ type: 'group', groupId: GROUP, value: null })
    given.serveTimers()
    expect([waiting.error, stateOf(given)]).toEqual(['UNKNOWN_MEMBER_ID', 'Dead'])
  })
})

describe('ListGroups', () => {
  const list = (given: GivenGroups, statesFilter: readonly string[] = [], typesFilter: readonly string[] = []) =>
    given.ask<'ListGroups'>({ api: 'ListGroups', statesFilter, typesFilter }).reply.groups

  test('tells the groups with their types and states', () => {
    const given = new GivenGroups()
    stableGroup(given, { protocolType: 'consumer' })
    commit(given, { groupId: 'simple' })
    expect(list(given)).toEqual([
      { groupId: GROUP, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ])
  })

  test('filters in any case, and knows only classic groups', () => {
    const given = new GivenGroups()
    stableGroup(given, {})
    commit(given, { groupId: 'simple' })
    const names = (groups: readonly { groupId: string }[]) => groups.map(({ groupId }) => groupId)
    expect(names(list(given, ['sTABLE']))).toEqual([GROUP])
    expect(names(list(given, ['Empty', 'Stable']))).toEqual([GROUP, 'simple'])
    expect(names(list(given, ['nonsense']))).toEqual([])
    expect(names(list(given, [], ['CLASSIC']))).toEqual([GROUP, 'simple'])
    expect(names(list(given, [], ['consumer', 'nonsense']))).toEqual([])
  })
})

describe('DescribeGroups', () => {
  test('tells the assignor and the metadata of members only of a stable group', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, { metadata: 'mine' }, { instanceId: 'a', metadata: 'mine' })
    const stable = describeGroup(given)
    expect(
      stable.members.map(({ memberMetadata, memberAssignment }) => [memberMetadata, memberAssignment].map(textOf)),
    ).toEqual([
      ['mine', 'part 0'],
      ['mine', 'part 1'],
    ])
    expect(stable.members[1]).toMatchObject({ groupInstanceId: 'a', clientId: 'client', clientHost: '/127.0.0.1' })
    join(given, leader)
    const preparing = describeGroup(given)
    expect(preparing.protocolData).toBe('')
    expect(preparing.members.map(({ memberMetadata }) => textOf(memberMetadata))).toEqual(['', ''])
    expect(preparing.members.map(({ memberAssignment }) => textOf(memberAssignment))).toEqual(['part 0', 'part 1'])
  })
})

describe('DeleteGroups', () => {
  const remove = (given: GivenGroups, ...groupsNames: readonly string[]) =>
    given.ask<'DeleteGroups'>({ api: 'DeleteGroups', groupsNames }).reply.results

  test('forgets groups without members with all that they have committed, and names each once', () => {
    const given = new GivenGroups()
    stableGroup(given, {})
    commit(given, { groupId: 'simple', offset: 4 })
    commit(given, { groupId: '', offset: 4 })
    expect(remove(given, 'simple', GROUP, 'nobody', 'simple', '')).toEqual([
      { groupId: 'simple', errorCode: 'NONE' },
      { groupId: GROUP, errorCode: 'NON_EMPTY_GROUP' },
      { groupId: 'nobody', errorCode: 'GROUP_ID_NOT_FOUND' },
      { groupId: '', errorCode: 'NONE' },
    ])
    expect(committed(given, { groupId: 'simple' }).committedOffset).toBe(-1)
    expect([...loggedIn(given.replayed()).keys()]).toEqual([GROUP])
  })

  test('leaves a group that the log refuses to forget', () => {
    const given = new GivenGroups()
    commit(given, { offset: 4 })
    given.refusesRecords = true
    expect(() => remove(given, GROUP)).toThrow('REFUSED')
    expect([stateOf(given), committed(given).committedOffset]).toEqual(['Empty', 4])
  })

  test('takes the ids with it that were given out', () => {
    const given = new GivenGroups()
    const { memberId } = join(given).reply
    remove(given, GROUP)
    expect(join(given, { memberId }).error).toBe('UNKNOWN_MEMBER_ID')
  })
})

test('requests that need a group id are refused without one', () => {
  const given = new GivenGroups()
  const nobody = { memberId: '', generationId: -1, groupId: '' }
  expect(sync(given, nobody).error).toBe('INVALID_GROUP_ID')
  expect(heartbeat(given, nobody)).toBe('INVALID_GROUP_ID')
  expect(given.ask<'LeaveGroup'>({ api: 'LeaveGroup', groupId: '', members: [] }).error).toBe('INVALID_GROUP_ID')
})
