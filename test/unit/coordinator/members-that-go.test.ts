import { describe, expect, test } from 'vitest'
import { GivenGroups, loggedIn } from './given-groups.js'
import {
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
} from './speaking.js'

const FIVE_MINUTES_MS = 300_000

describe('members that do not come back', () => {
  test('an id that was given out is waited for until the session timeout that came with it', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {})
    join(given, { sessionTimeoutMs: 8_000 })
    const joined = join(given, leader)
    given.pass(7_999)
    expect(joined.isParked).toBe(true)
    given.pass(1)
    expect(joined.reply.generationId).toBe(2)
  })

  test('an id that was given out and leaves is not waited for', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {})
    const { memberId } = join(given).reply
    const joined = join(given, leader)
    expect([joined.isParked, leave(given, { memberId })]).toEqual([true, ['NONE']])
    expect(joined.reply.generationId).toBe(2)
  })

  test('an id that was given out and leaves a stable group disturbs nobody', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {})
    const { memberId } = join(given).reply
    expect([leave(given, { memberId }), heartbeat(given, leader!)]).toEqual([['NONE'], 'NONE'])
  })

  test('a new member is given up five minutes after it has joined, and asks for an id again', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, { rebalanceTimeoutMs: 1_000_000, sessionTimeoutMs: 1_000_000 })
    const joined = joinKnown(given)
    given.pass(FIVE_MINUTES_MS - 1)
    expect(joined.isParked).toBe(true)
    given.pass(1)
    expect([joined.error, joined.reply.memberId]).toEqual(['UNKNOWN_MEMBER_ID', ''])
    expect(describeGroup(given).members.map(({ memberId }) => memberId)).toEqual([leader?.memberId])
  })

  test('an old client that gives up and asks anew is a member once, five minutes after it gave up', () => {
    const given = new GivenGroups()
    const long = { rebalanceTimeoutMs: 1_000_000, sessionTimeoutMs: 1_000_000 }
    const [leader] = stableGroup(given, long)
    const tries = [0, 1, 2].map(() => {
      given.pass(30_000)
      return join(given, { version: 3 })
    })
    expect(describeGroup(given).members.length).toBe(4)
    given.pass(FIVE_MINUTES_MS - 1)
    expect(tries.map(({ isParked }) => isParked)).toEqual([false, false, true])
    expect(join(given, { ...leader, ...long }).reply.members.length).toBe(2)
    expect(tries[2]!.reply.generationId).toBe(2)
  })

  test('the session of a new member begins when its first join phase has ended', () => {
    const given = new GivenGroups()
    const joined = joinKnown(given)
    given.until(() => !joined.isParked)
    given.pass(SESSION_MS - 1)
    expect(heartbeat(given, memberOf(joined))).toBe('NONE')
    given.pass(SESSION_MS)
    expect(heartbeat(given, memberOf(joined))).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a member that waits in a join phase does not expire', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { rebalanceTimeoutMs: 600_000 }, { rebalanceTimeoutMs: 600_000 })
    const waiting = join(given, first)
    for (let ms = 0; ms < 50 * SESSION_MS; ms += SESSION_MS / 2) {
      heartbeat(given, second!)
      given.pass(SESSION_MS / 2)
    }
    expect(waiting.isParked).toBe(true)
    join(given, { ...second, metadata: 'more' })
    expect(waiting.reply.generationId).toBe(2)
  })

  test('a group whose last member expires is empty at once, though an id is still waited for', () => {
    const given = new GivenGroups()
    stableGroup(given, {})
    given.pass(SESSION_MS - 1)
    const { memberId } = join(given).reply
    given.pass(1)
    expect([stateOf(given), join(given, { memberId }).isParked]).toEqual(['Empty', true])
  })

  test('a group that could not be written to be empty is empty once it can', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    given.refusesRecords = true
    given.pass(SESSION_MS)
    expect([stateOf(given), heartbeat(given, member!)]).toEqual(['PreparingRebalance', 'UNKNOWN_MEMBER_ID'])
    given.refusesRecords = false
    given.serveTimers()
    expect(stateOf(given)).toBe('Empty')
    expect(loggedIn(given.replayed()).get(GROUP)?.group).toMatchObject({ generation: 2, members: [] })
  })

  test('version 0 has no rebalance timeout, and means its session timeout', () => {
    const given = new GivenGroups()
    stableGroup(given, { rebalanceTimeoutMs: 1_000 })
    const joined = join(given, { version: 0, rebalanceTimeoutMs: -1, sessionTimeoutMs: 30_000 })
    given.pass(SESSION_MS - 1)
    expect(joined.isParked).toBe(true)
    given.pass(1)
    expect(loggedIn(given.coordinator).get(GROUP)?.group).toMatchObject({ generation: 1 })
    sync(given, memberOf(joined))
    expect(loggedIn(given.coordinator).get(GROUP)?.group?.members[0]).toMatchObject({ rebalanceTimeout: 30_000 })
  })
})

describe('group.max.size', () => {
  test('a stable group that is full takes nobody, and nobody leaves for it', () => {
    const given = new GivenGroups({ 'group.max.size': 2 })
    const members = stableGroup(given, {}, {})
    const { reply } = join(given, { version: 3 })
    expect([reply.errorCode, reply.memberId]).toEqual(['GROUP_MAX_SIZE_REACHED', ''])
    expect(members.map((member) => heartbeat(given, member))).toEqual(['NONE', 'NONE'])
  })

  test('members that join at once are never more than that', () => {
    const given = new GivenGroups({ 'group.max.size': 2 })
    const ids = [join(given), join(given), join(given)].map(({ reply }) => reply.memberId)
    const joins = ids.map((memberId) => join(given, { memberId }))
    expect(joins[2]!.error).toBe('GROUP_MAX_SIZE_REACHED')
    given.until(() => !joins[0]!.isParked)
    expect(joins[0]!.reply.members.length).toBe(2)
  })

  test('a group that is loaded too large rebalances, and those who come first stay', () => {
    const given = new GivenGroups({ 'group.max.size': 3 })
    const members = stableGroup(given, {}, {}, {})
    Object.assign(given.options, { 'group.max.size': 2 })
    given.moveAway()
    expect(stateOf(given)).toBe('PreparingRebalance')
    const joins = members.map((member) => join(given, member))
    expect(joins.map(({ reply }) => reply.errorCode)).toEqual(['NONE', 'NONE', 'GROUP_MAX_SIZE_REACHED'])
    expect(describeGroup(given).members.length).toBe(2)
  })
})
