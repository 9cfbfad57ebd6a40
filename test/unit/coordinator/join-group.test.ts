import { describe, expect, test } from 'vitest'
import { GivenGroups } from './given-groups.js'
import {
  commit,
  describeGroup,
  GROUP,
  heartbeat,
  join,
  joinKnown,
  leave,
  memberOf,
  REBALANCE_MS,
  stableGroup,
  stateOf,
  sync,
  textOf,
} from './speaking.js'

const DELAY_MS = 3_000

describe('the checks of JoinGroup', () => {
  test('a group id is not empty, and a session has the length that the broker allows', () => {
    const given = new GivenGroups()
    expect(join(given, { groupId: '', sessionTimeoutMs: 1 }).error).toBe('INVALID_GROUP_ID')
    for (const sessionTimeoutMs of [5_999, 1_800_001]) {
      expect(join(given, { sessionTimeoutMs }).error).toBe('INVALID_SESSION_TIMEOUT')
    }
    for (const sessionTimeoutMs of [6_000, 1_800_000]) {
      expect(join(given, { sessionTimeoutMs }).error).toBe('MEMBER_ID_REQUIRED')
    }
  })

  test('the first member brings a type and an assignor', () => {
    const given = new GivenGroups()
    expect(join(given, { protocols: [] }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(join(given, { protocolType: '' }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
  })

  test('a member has the type of its group, and an assignor that all members have', () => {
    const given = new GivenGroups()
    const [first] = stableGroup(given, { protocols: ['range', 'sticky'] }, { protocols: ['sticky', 'range'] })
    expect(join(given, { protocolType: 'connect' }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(join(given, { protocols: ['roundrobin'] }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(join(given, { ...first, protocols: ['roundrobin'] }).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect(join(given, { protocols: ['roundrobin', 'sticky'] }).error).toBe('MEMBER_ID_REQUIRED')
  })

  test('an empty group takes another type than it had', () => {
    const given = new GivenGroups()
    leave(given, ...stableGroup(given, { protocolType: 'connect' }))
    expect(joinKnown(given, { protocolType: 'consumer' }).isParked).toBe(true)
  })

  test('a new member is told its id, which begins with that of its client', () => {
    const given = new GivenGroups()
    const { reply } = join(given)
    expect([reply.errorCode, reply.memberId.startsWith('client-')]).toEqual(['MEMBER_ID_REQUIRED', true])
    const [fixed] = stableGroup(given, { instanceId: 'worker-1', groupId: GROUP })
    expect(fixed?.memberId.startsWith('worker-1-')).toBe(true)
  })

  test('an old client joins at once, and has no id before it is answered', () => {
    const given = new GivenGroups()
    const joined = join(given, { version: 3 })
    expect(joined.isParked).toBe(true)
    given.pass(DELAY_MS)
    expect(joined.reply.memberId).not.toBe('')
  })

  test('an id that was given out is used once, and only without an instance id', () => {
    const given = new GivenGroups()
    const { memberId } = join(given).reply
    expect(join(given, { memberId, instanceId: 'a' }).error).toBe('UNKNOWN_MEMBER_ID')
    expect(join(given, { memberId }).isParked).toBe(true)
  })

  test('a group of which the log knows nothing comes into it before its first member', () => {
    const given = new GivenGroups()
    given.refusesRecords = true
    expect(join(given).answer).toBe('REFUSED')
    expect(join(given, { version: 3 }).answer).toBe('REFUSED')
    expect(stateOf(given)).toBe('Dead')
    given.refusesRecords = false
    commit(given)
    expect(stateOf(given)).toBe('Empty')
    joinKnown(given)
    expect(given.log.length).toBe(1)
    given.pass(DELAY_MS)
    expect(describeGroup(given).members.length).toBe(1)
  })

  test('an old client is told that there is no assignor by an empty text', () => {
    const given = new GivenGroups()
    expect(join(given, { memberId: 'nobody', version: 6 }).reply.protocolName).toBe('')
    expect(join(given, { memberId: 'nobody', version: 7 }).reply.protocolName).toBeNull()
  })
})

describe('the first join phase of an empty group', () => {
  test('it waits for the delay, and the first member leads', () => {
    const given = new GivenGroups()
    const first = joinKnown(given)
    given.pass(DELAY_MS - 1)
    expect(first.isParked).toBe(true)
    given.pass(1)
    const { memberId, leader, generationId, members, protocolName } = first.reply
    expect([leader, generationId, protocolName]).toEqual([memberId, 1, 'range'])
    expect(members.map((member) => member.memberId)).toEqual([memberId])
    expect(stateOf(given)).toBe('CompletingRebalance')
  })

  test('each member that comes makes it wait again, up to the longest rebalance timeout', () => {
    const given = new GivenGroups()
    const first = joinKnown(given, { rebalanceTimeoutMs: 7_000 })
    given.pass(2_000)
    joinKnown(given, { rebalanceTimeoutMs: 7_000 })
    given.pass(2_000)
    joinKnown(given, { rebalanceTimeoutMs: 7_000 })
    given.pass(1_999)
    joinKnown(given, { rebalanceTimeoutMs: 7_000 })
    // 3,000 + 3,000, and the last delay is what is left: 7,000 - 3,000 - 3,000.
    given.pass(1_000)
    expect([first.isParked, given.now % 10_000]).toEqual([true, 6_999])
    given.pass(1)
    expect(first.isParked).toBe(false)
  })

  test('no member that leaves ends it early', () => {
    const given = new GivenGroups()
    const asked = join(given)
    const stays = joinKnown(given)
    expect(leave(given, asked.reply)).toEqual(['NONE'])
    expect(stays.isParked).toBe(true)
  })

  test('with a delay of 0 it ends at the next timer, with whoever has come', () => {
    const given = new GivenGroups({ 'group.initial.rebalance.delay.ms': 0 })
    const joins = [joinKnown(given), joinKnown(given), joinKnown(given)]
    expect(joins.map(({ isParked }) => isParked)).toEqual([true, true, true])
    given.pass(0)
    expect(joins.map(({ reply }) => reply.generationId)).toEqual([1, 1, 1])
    expect(joins.map(({ reply }) => reply.members.length)).toEqual([3, 0, 0])
  })

  test('it comes back each time that a group was empty, and the generation goes on', () => {
    const given = new GivenGroups()
    leave(given, ...stableGroup(given, {}))
    const again = joinKnown(given)
    given.pass(DELAY_MS - 1)
    expect(again.isParked).toBe(true)
    given.pass(1)
    expect(again.reply.generationId).toBe(3)
  })
})

describe('a later join phase', () => {
  test('it ends when the last member has come', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const joined = joinKnown(given)
    expect(heartbeat(given, leader!)).toBe('REBALANCE_IN_PROGRESS')
    const rejoined = [join(given, leader), join(given, { ...follower, metadata: 'more' })]
    expect([joined, ...rejoined].map(({ reply }) => reply.generationId)).toEqual([2, 2, 2])
    const [told] = rejoined
    expect(told?.reply.members.map(({ metadata }) => textOf(metadata)).sort()).toEqual(['all', 'all', 'more'])
  })

  test('its time is the longest rebalance timeout, and who has not come by then is out', () => {
    const given = new GivenGroups()
    const [, late] = stableGroup(given, { rebalanceTimeoutMs: 20_000 }, { rebalanceTimeoutMs: 30_000 })
    const joined = joinKnown(given, { rebalanceTimeoutMs: 1_000 })
    const leader = join(given, { memberId: describeGroup(given).members[0]!.memberId, rebalanceTimeoutMs: 1_000 })
    for (let ms = 0; ms < 30_000; ms += 5_000) {
      heartbeat(given, late!)
      expect(joined.isParked).toBe(true)
      given.pass(5_000)
    }
    expect([joined, leader].map(({ reply }) => reply.generationId)).toEqual([2, 2])
    expect(describeGroup(given).members.length).toBe(2)
    expect(heartbeat(given, late!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a leader that is late loses the lead to a member that has come', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    const joined = join(given, { ...follower, metadata: 'more' })
    given.until(() => !joined.isParked)
    expect(joined.reply.leader).toBe(follower?.memberId)
    expect(heartbeat(given, { ...leader!, generationId: 2 })).toBe('UNKNOWN_MEMBER_ID')
  })

  test('a member that asks again while it waits is answered once, and the first question is let go', () => {
    const given = new GivenGroups()
    const [, follower] = stableGroup(given, {}, {})
    const first = join(given, { ...follower, metadata: 'more' })
    const again = join(given, { ...follower, metadata: 'most' })
    expect([first.error, again.isParked]).toEqual(['REBALANCE_IN_PROGRESS', true])
    given.until(() => !again.isParked)
    expect(textOf(again.reply.members[0]!.metadata)).toBe('most')
  })

  test('members that rejoin as they were are told the generation that is current, and no one rebalances', () => {
    const given = new GivenGroups()
    const [, follower] = stableGroup(given, {}, {})
    const again = join(given, follower)
    expect([again.reply.generationId, again.reply.members, stateOf(given)]).toEqual([1, [], 'Stable'])
  })

  test('a leader that rejoins as it was makes the group rebalance, since its topics may have changed', () => {
    const given = new GivenGroups()
    const [leader] = stableGroup(given, {}, {})
    expect(join(given, leader).isParked).toBe(true)
    expect(stateOf(given)).toBe('PreparingRebalance')
  })

  test('in the sync phase a member that asks again gets the same answer, and the leader its members', () => {
    const given = new GivenGroups()
    const joins = [joinKnown(given), joinKnown(given)]
    given.until(() => !joins[0]!.isParked)
    expect(joins.map((joined) => join(given, memberOf(joined)).reply)).toEqual(joins.map(({ reply }) => reply))
  })

  test('in the sync phase a member with other metadata makes the group rebalance', () => {
    const given = new GivenGroups()
    const joins = [joinKnown(given), joinKnown(given)]
    given.until(() => !joins[0]!.isParked)
    const [leader, follower] = joins.map(memberOf)
    const waiting = sync(given, follower!)
    expect(join(given, { ...leader, metadata: 'more' }).isParked).toBe(true)
    expect([waiting.error, stateOf(given)]).toEqual(['REBALANCE_IN_PROGRESS', 'PreparingRebalance'])
  })
})

describe('the assignor of a generation', () => {
  const chosen = (...members: readonly (readonly string[])[]): string | null => {
    const given = new GivenGroups()
    const joins = members.map((protocols) => joinKnown(given, { protocols }))
    given.until(() => !joins[0]!.isParked)
    return joins[0]!.reply.protocolName
  }

  test('it is one that all members support, and has most votes', () => {
    expect(chosen(['range', 'sticky'], ['sticky', 'range'], ['sticky', 'range'])).toBe('sticky')
    expect(chosen(['range', 'sticky'], ['range', 'sticky'], ['sticky'])).toBe('sticky')
    expect(chosen(['roundrobin', 'range'], ['roundrobin', 'range'], ['range'])).toBe('range')
  })

  test('a tie falls as in Kafka, whoever came first', () => {
    expect(chosen(['roundrobin', 'range'], ['range', 'roundrobin'])).toBe('range')
    expect(chosen(['cooperative-sticky', 'range'], ['range', 'cooperative-sticky'])).toBe('range')
    expect(chosen(['range', 'sticky'], ['sticky', 'range'])).toBe('sticky')
    expect(chosen(['roundrobin', 'sticky'], ['sticky', 'roundrobin'])).toBe('sticky')
  })

  test('the leader is told what each member says for it, and nothing else', () => {
    const given = new GivenGroups()
    const body = { protocols: ['range', 'sticky'], metadata: 'both' }
    const joins = [joinKnown(given, body), joinKnown(given, { protocols: ['sticky'], metadata: 'one' })]
    given.until(() => !joins[0]!.isParked)
    expect(joins[0]!.reply.members.map(({ metadata }) => textOf(metadata))).toEqual(['both', 'one'])
  })
})

test('a rebalance timeout is that of the join phase and of the sync phase after it', () => {
  const given = new GivenGroups()
  const joined = joinKnown(given, { sessionTimeoutMs: 100_000 })
  given.until(() => !joined.isParked)
  given.pass(REBALANCE_MS - 1)
  expect(heartbeat(given, memberOf(joined))).toBe('NONE')
  given.pass(1)
  expect([heartbeat(given, memberOf(joined)), stateOf(given)]).toEqual(['UNKNOWN_MEMBER_ID', 'Empty'])
})
