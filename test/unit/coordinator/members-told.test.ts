import { describe, expect, test } from 'vitest'
import { GivenGroups } from './given-groups.js'
import {
  endPeer,
  heartbeat,
  join,
  joinKnown,
  leave,
  memberOf,
  SESSION_MS,
  stableGroup,
  stateOf,
  sync,
  told,
  watch,
} from './speaking.js'

describe('a member that waits for a rebalance', () => {
  test('is told when another one joins, and not before', () => {
    const given = new GivenGroups()
    const [first] = stableGroup(given, {})
    const watching = watch(given, first!)
    const { memberId } = join(given).reply
    expect(told(watching)).toBe(null)
    join(given, { memberId })
    expect(told(watching)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('is told when another one leaves, or expires', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, {}, {})
    const watching = watch(given, first!)
    leave(given, second!)
    expect(told(watching)).toBe('REBALANCE_IN_PROGRESS')
    const rejoined = memberOf(join(given, first))
    sync(given, rejoined, { [rejoined.memberId]: 'all' })
    const again = watch(given, rejoined)
    given.pass(SESSION_MS)
    expect([told(again), stateOf(given)]).toEqual(['UNKNOWN_MEMBER_ID', 'Empty'])
  })

  test('is told at once of a rebalance that has begun, of another generation, and that it is no member', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, {}, {})
    join(given, first)
    expect(told(watch(given, second!))).toBe('REBALANCE_IN_PROGRESS')
    expect(told(watch(given, { ...second!, generationId: 0 }))).toBe('ILLEGAL_GENERATION')
    expect(told(watch(given, { memberId: 'nobody', generationId: 1 }))).toBe('UNKNOWN_MEMBER_ID')
    expect(told(watch(given, { ...first!, groupId: 'no such group' }))).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is answered once: who asks again has given up the first time', () => {
    const given = new GivenGroups()
    const [first] = stableGroup(given, {})
    const [before, now] = [watch(given, first!), watch(given, first!)]
    expect([told(before), told(now)]).toEqual(['NONE', null])
    joinKnown(given)
    expect(told(now)).toBe('REBALANCE_IN_PROGRESS')
  })

  test('does not live by that', () => {
    const given = new GivenGroups()
    const [first] = stableGroup(given, {})
    given.pass(SESSION_MS - 1)
    const watching = watch(given, first!)
    given.pass(1)
    expect(told(watching)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('is told that it is fenced when its instance is started again', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, { instanceId: 'one' })
    const watching = watch(given, member!)
    join(given, { instanceId: 'one' })
    expect(told(watching)).toBe('FENCED_INSTANCE_ID')
  })
})

describe('a thread that ends', () => {
  test('takes its members out of their groups at once, and the others are told', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { peer: 'consumer-1' }, { peer: 'consumer-2' })
    const watching = watch(given, first!, 'consumer-1')
    endPeer(given, 'consumer-2')
    given.serveTimers()
    expect([told(watching), heartbeat(given, second!)]).toEqual(['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID'])
    expect(join(given, first).reply.members).toHaveLength(1)
  })

  test('is waited for in no join phase', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { peer: 'consumer-1' }, { peer: 'consumer-2' })
    const joined = join(given, { ...first, peer: 'consumer-1' })
    join(given, { peer: 'consumer-3' })
    endPeer(given, 'consumer-2')
    given.serveTimers()
    expect(joined.isParked).toBe(true)
    endPeer(given, 'consumer-3')
    given.serveTimers()
    expect(joined.reply.members.map(({ memberId }) => memberId)).toEqual([first!.memberId])
    expect(heartbeat(given, second!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('in the middle of its join or sync phase begins the next one', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { peer: 'consumer-1' }, { peer: 'consumer-2' })
    const joins = [join(given, { ...first, peer: 'consumer-1' }), join(given, { ...second, peer: 'consumer-2' })]
    const synced = sync(given, memberOf(joins[1]!))
    endPeer(given, 'consumer-1')
    given.serveTimers()
    expect(synced.error).toBe('REBALANCE_IN_PROGRESS')
    join(given, { ...second, metadata: 'more', peer: 'consumer-2' })
    expect(stateOf(given)).toBe('CompletingRebalance')
    const third = joinKnown(given, { peer: 'consumer-3' })
    endPeer(given, 'consumer-2')
    given.serveTimers()
    expect(third.reply.members).toHaveLength(1)
  })

  test('leaves a static member its place until its session ends', () => {
    const given = new GivenGroups()
    const [first] = stableGroup(given, { instanceId: 'one', peer: 'consumer-1' })
    endPeer(given, 'consumer-1')
    given.serveTimers()
    expect(heartbeat(given, first!)).toBe('NONE')
    given.pass(SESSION_MS)
    expect(heartbeat(given, first!)).toBe('UNKNOWN_MEMBER_ID')
  })

  test('does not take the member of another thread, or of another group, with it', () => {
    const given = new GivenGroups()
    const groupId = 'other'
    const elsewhere = joinKnown(given, { groupId, peer: 'consumer-2' })
    const [first] = stableGroup(given, { peer: 'consumer-1' })
    given.until(() => !elsewhere.isParked)
    sync(given, { ...memberOf(elsewhere), groupId }, {})
    endPeer(given, 'consumer-2')
    given.serveTimers()
    expect(heartbeat(given, first!)).toBe('NONE')
    expect(heartbeat(given, { ...memberOf(elsewhere), groupId })).toBe('UNKNOWN_MEMBER_ID')
  })

  test('takes its member out of a group of which its coordinator has only read, or has yet to read', () => {
    const given = new GivenGroups()
    const peers = ['consumer-1', 'consumer-2', 'consumer-3'].map((peer) => ({ peer }))
    const [first, second, third] = stableGroup(given, ...peers)
    given.moveAway()
    endPeer(given, 'consumer-1')
    given.serveTimers()
    expect([first!, second!].map((member) => heartbeat(given, member))).toEqual([
      'UNKNOWN_MEMBER_ID',
      'REBALANCE_IN_PROGRESS',
    ])
    endPeer(given, 'consumer-2')
    // The generation of the third alone has never been: its coordinator has ended before.
    given.moveAway()
    given.serveTimers()
    expect([first!, second!, third!].map((member) => heartbeat(given, member))).toEqual([
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'REBALANCE_IN_PROGRESS',
    ])
  })

  test('between its SyncGroup and that of the leader has no session, though the generation becomes stable', () => {
    const given = new GivenGroups()
    const [first, second] = stableGroup(given, { peer: 'consumer-1' }, { peer: 'consumer-2' })
    const joins = [join(given, first), join(given, second)]
    sync(given, memberOf(joins[1]!))
    endPeer(given, 'consumer-2')
    sync(given, memberOf(joins[0]!))
    expect(stateOf(given)).toBe('Stable')
    given.serveTimers()
    expect([heartbeat(given, memberOf(joins[0]!)), heartbeat(given, memberOf(joins[1]!))]).toEqual([
      'REBALANCE_IN_PROGRESS',
      'UNKNOWN_MEMBER_ID',
    ])
  })
})
