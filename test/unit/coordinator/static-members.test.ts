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
  REBALANCE_MS,
  SESSION_MS,
  stableGroup,
  stateOf,
  sync,
  textOf,
} from './speaking.js'

const LEADER = { instanceId: 'leader' }
const FOLLOWER = { instanceId: 'follower' }

describe('a static member that is started again', () => {
  test('it goes on where it was: no rebalance, the same assignment, another member id', () => {
    const given = new GivenGroups()
    const [, before] = stableGroup(given, LEADER, FOLLOWER)
    const { reply } = join(given, FOLLOWER)
    expect([reply.errorCode, reply.generationId, reply.members, stateOf(given)]).toEqual(['NONE', 1, [], 'Stable'])
    expect(reply.memberId).not.toBe(before?.memberId)
    const again = { memberId: reply.memberId, generationId: 1, ...FOLLOWER }
    expect(textOf(sync(given, again).reply.assignment)).toBe('part 1')
    expect(heartbeat(given, before!)).toBe('FENCED_INSTANCE_ID')
    expect(heartbeat(given, again)).toBe('NONE')
  })

  test('as the leader it is told the members, and to assign nothing', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    const { reply } = join(given, LEADER)
    expect([reply.skipAssignment, reply.leader, reply.members.length]).toEqual([true, reply.memberId, 2])
    expect(reply.members.map(({ memberId }) => memberId)).toContain(reply.memberId)
    expect(reply.memberId).not.toBe(before?.memberId)
  })

  test('as the leader of an old version it is told that another one leads, so that it does not assign', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    const { reply } = join(given, { ...LEADER, version: 8 })
    expect([reply.skipAssignment, reply.leader, reply.members]).toEqual([false, before?.memberId, []])
  })

  test('its new id is in the log before it is told, and outlives the coordinator', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    const { memberId } = join(given, LEADER).reply
    given.moveAway()
    expect(heartbeat(given, { ...before!, ...LEADER })).toBe('FENCED_INSTANCE_ID')
    expect(heartbeat(given, { memberId, generationId: 1, ...LEADER })).toBe('NONE')
    expect(loggedIn(given.coordinator).get(GROUP)?.group?.leader).toBe(memberId)
  })

  test('in the middle of a rebalance, too, its new id outlives the coordinator', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    joinKnown(given)
    expect(stateOf(given)).toBe('PreparingRebalance')
    expect(join(given, LEADER).isParked).toBe(true)
    const memberId = loggedIn(given.coordinator).get(GROUP)?.group?.leader ?? ''
    expect(memberId).not.toBe(before?.memberId)
    given.moveAway()
    expect(heartbeat(given, { ...before!, ...LEADER })).toBe('FENCED_INSTANCE_ID')
    expect(heartbeat(given, { memberId, generationId: 1, ...LEADER })).toBe('NONE')
  })

  test('its new id outlives the coordinator where the one before it has expired and the log does not know that yet', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER)
    given.refusesRecords = true
    given.pass(SESSION_MS)
    expect(join(given, LEADER).answer).toBe('REFUSED')
    given.refusesRecords = false
    join(given, LEADER)
    const memberId = loggedIn(given.coordinator).get(GROUP)?.group?.members[0]?.memberId ?? ''
    expect([memberId, before?.memberId]).not.toContain('')
    expect(memberId).not.toBe(before?.memberId)
    given.moveAway()
    expect(heartbeat(given, { memberId, generationId: 1, ...LEADER })).toBe('NONE')
  })

  test('in the middle of a rebalance, too, the one before it stays when the log does not take the new one', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    joinKnown(given)
    given.refusesRecords = true
    expect(join(given, LEADER).answer).toBe('REFUSED')
    expect(heartbeat(given, { ...before!, ...LEADER })).toBe('REBALANCE_IN_PROGRESS')
  })

  test('the one before it stays when the log does not take the new one', () => {
    const given = new GivenGroups()
    const [before] = stableGroup(given, LEADER, FOLLOWER)
    given.refusesRecords = true
    expect(join(given, LEADER).answer).toBe('REFUSED')
    expect(heartbeat(given, before!)).toBe('NONE')
  })

  test('it makes the group rebalance if the assignor would be another one', () => {
    const given = new GivenGroups()
    const both = { protocols: ['range', 'sticky'] }
    stableGroup(given, { ...LEADER, ...both }, { ...FOLLOWER, ...both })
    expect(join(given, { ...FOLLOWER, ...both }).isParked).toBe(false)
    expect(join(given, { ...FOLLOWER, protocols: ['sticky'] }).isParked).toBe(true)
    expect(stateOf(given)).toBe('PreparingRebalance')
  })

  test('its session has the length that it asks for now', () => {
    const given = new GivenGroups()
    stableGroup(given, { ...LEADER, sessionTimeoutMs: 100_000 }, FOLLOWER)
    const again = memberOf(join(given, { ...FOLLOWER, sessionTimeoutMs: 50_000 }))
    given.pass(49_999)
    expect(heartbeat(given, again)).toBe('NONE')
    given.pass(50_000)
    expect(heartbeat(given, again)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('in the join phase the one before it, if it waits, is fenced at once', () => {
    const given = new GivenGroups()
    const first = join(given, LEADER)
    const second = join(given, LEADER)
    expect([first.error, second.isParked]).toEqual(['FENCED_INSTANCE_ID', true])
    given.until(() => !second.isParked)
    expect(second.reply.members.length).toBe(1)
  })

  test('in the sync phase it makes the group rebalance, and nobody gets an empty assignment', () => {
    const given = new GivenGroups()
    const joins = [join(given, LEADER), join(given, FOLLOWER)]
    given.until(() => !joins[0]!.isParked)
    const waiting = sync(given, memberOf(joins[1]!))
    const again = join(given, FOLLOWER)
    expect([waiting.error, again.isParked, stateOf(given)]).toEqual(['FENCED_INSTANCE_ID', true, 'PreparingRebalance'])
    const leader = memberOf(joins[0]!)
    const late = sync(given, leader, { [again.asked.request.body.memberId]: 'all' })
    expect(late.error).toBe('REBALANCE_IN_PROGRESS')
    join(given, { ...leader, ...LEADER })
    expect(again.reply.generationId).toBe(2)
  })

  test('whoever was to sync for it still has to', () => {
    const given = new GivenGroups()
    const joins = [join(given, LEADER), join(given, { ...FOLLOWER, sessionTimeoutMs: 100_000 })]
    given.until(() => !joins[0]!.isParked)
    sync(given, memberOf(joins[0]!), {})
    const again = memberOf(join(given, { ...FOLLOWER, sessionTimeoutMs: 100_000 }))
    for (let ms = 0; ms < REBALANCE_MS; ms += SESSION_MS / 2) {
      expect(heartbeat(given, again)).toBe('NONE')
      heartbeat(given, memberOf(joins[0]!))
      given.pass(SESSION_MS / 2)
    }
    expect([heartbeat(given, again), stateOf(given)]).toEqual(['UNKNOWN_MEMBER_ID', 'PreparingRebalance'])
  })
})

describe('a static member that is late for the join phase', () => {
  test('it keeps its place and its subscription, and another one leads', () => {
    const given = new GivenGroups()
    const long = { sessionTimeoutMs: 1_000_000 }
    const [late, follower] = stableGroup(given, { ...LEADER, ...long, metadata: 'old' }, { ...FOLLOWER, ...long })
    const joined = join(given, { ...follower, ...long, metadata: 'new' })
    given.until(() => !joined.isParked)
    expect(joined.reply.leader).toBe(follower?.memberId)
    expect(joined.reply.members.map(({ metadata }) => textOf(metadata))).toEqual(['old', 'new'])
    expect(heartbeat(given, { ...late!, generationId: 2 })).toBe('NONE')
  })

  test('where nobody comes, the phase goes on until their sessions end', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { ...LEADER, sessionTimeoutMs: 200_000 }, { ...FOLLOWER })
    expect(leave(given, second!)).toEqual(['NONE'])
    given.pass(REBALANCE_MS + 1)
    expect([stateOf(given), heartbeat(given, first!)]).toEqual(['PreparingRebalance', 'REBALANCE_IN_PROGRESS'])
    given.pass(200_000)
    expect(stateOf(given)).toBe('Empty')
  })
})

describe('the end of a static member', () => {
  test('an admin removes it by its instance id', () => {
    const given = new GivenGroups()
    stableGroup(given, LEADER, FOLLOWER)
    expect(leave(given, FOLLOWER, { instanceId: 'unknown' })).toEqual(['NONE', 'UNKNOWN_MEMBER_ID'])
    expect(describeGroup(given).members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['leader'])
  })

  test('it expires like any other, and its instance id is free', () => {
    const given = new GivenGroups()
    stableGroup(given, LEADER)
    given.pass(SESSION_MS)
    expect(stateOf(given)).toBe('Empty')
    expect(join(given, LEADER).isParked).toBe(true)
  })

  test('it leaves by both of its ids, or not at all', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, LEADER, FOLLOWER)
    const wrong = { memberId: leader!.memberId, instanceId: 'follower' }
    const unknown = { memberId: leader!.memberId, instanceId: 'unknown' }
    expect(leave(given, wrong, unknown)).toEqual(['FENCED_INSTANCE_ID', 'UNKNOWN_MEMBER_ID'])
    expect(heartbeat(given, follower!)).toBe('NONE')
    expect(leave(given, leader!)).toEqual(['NONE'])
  })
})

test('a dynamic member beside static ones is removed when it is late, and they are not', () => {
  const given = new GivenGroups()
  const long = { sessionTimeoutMs: 1_000_000 }
  const joins = [join(given, { ...LEADER, ...long }), joinKnown(given, long)]
  given.until(() => !joins[0]!.isParked)
  const [leader, dynamic] = joins.map(memberOf)
  sync(given, dynamic!)
  sync(given, leader!)
  const joined = joinKnown(given, long)
  given.until(() => !joined.isParked)
  expect(joined.reply.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['leader', null])
  expect(heartbeat(given, dynamic!)).toBe('UNKNOWN_MEMBER_ID')
})
