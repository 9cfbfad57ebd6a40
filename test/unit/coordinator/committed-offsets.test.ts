import { describe, expect, test } from 'vitest'
import { FORGOTTEN_PER_STEP_MAX } from '../../../src/coordinator/group/forgetting.js'
import { consumerProtocolSubscription } from '../../../src/protocol/records/consumer-protocol.js'
import { GivenGroups, loggedIn } from './given-groups.js'
import {
  commit,
  committed,
  describeGroup,
  GROUP,
  heartbeat,
  join,
  leave,
  type MemberRef,
  NO_ID,
  stableGroup,
  stateOf,
  textOf,
} from './speaking.js'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const WEEK_MS = 7 * DAY_MS
const CHECK_MS = 10 * MINUTE_MS

/** The metadata of a consumer that subscribes to the topics; it goes through a text, which ASCII survives. */
function subscribedTo(...topics: readonly string[]) {
  const subscription = { topics, userData: null, ownedPartitions: [], generationId: -1, rackId: null }
  return {
    protocolType: 'consumer',
    metadata: textOf(consumerProtocolSubscription.encode(0, { ...subscription, userData: new Uint8Array(0) })),
  }
}

function deleteOffset(given: GivenGroups, topic = 'orders', partition = 0) {
  const topics = [{ name: topic, partitions: [{ partitionIndex: partition }] }]
  return given.ask<'OffsetDelete'>({ api: 'OffsetDelete', groupId: GROUP, topics }).reply
}

describe('a commit', () => {
  test('comes back with its metadata and its leader epoch', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    expect(commit(given, { ...member, offset: 7, metadata: 'so far', leaderEpoch: 3 })).toBe('NONE')
    expect(committed(given)).toEqual({ committedOffset: 7, committedLeaderEpoch: 3, metadata: 'so far' })
  })

  test('outlives the coordinator', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    commit(given, { ...member, offset: 7, metadata: 'so far', leaderEpoch: 3 })
    given.moveAway()
    expect(committed(given)).toEqual({ committedOffset: 7, committedLeaderEpoch: 3, metadata: 'so far' })
  })

  test('without metadata comes back with an empty text', () => {
    const given = new GivenGroups()
    commit(given, { metadata: null })
    expect(committed(given).metadata).toBe('')
  })

  test('of a lower offset is taken', () => {
    const given = new GivenGroups()
    commit(given, { offset: 9 })
    commit(given, { offset: 2 })
    expect(committed(given).committedOffset).toBe(2)
  })

  test('that the log refuses changes nothing', () => {
    const given = new GivenGroups()
    commit(given, { offset: 2 })
    given.refusesRecords = true
    expect(() => commit(given, { offset: 9 })).toThrow('REFUSED')
    expect(committed(given).committedOffset).toBe(2)
  })

  test('with too long metadata is refused for its partition, and the others are committed', () => {
    const given = new GivenGroups()
    const partition = (partitionIndex: number, committedMetadata: string) => {
      return { partitionIndex, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata }
    }
    const topics = [
      {
        name: 'orders',
        topicId: NO_ID,
        partitions: [partition(0, 'x'.repeat(4_097)), partition(1, 'x'.repeat(4_096))],
      },
    ]
    const body = { groupId: GROUP, generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null, topics }
    const { reply } = given.ask<'OffsetCommit'>({ api: 'OffsetCommit', ...body })
    expect(reply.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual(['OFFSET_METADATA_TOO_LARGE', 'NONE'])
    expect([0, 1].map((index) => committed(given, { partition: index }).committedOffset)).toEqual([-1, 5])
  })

  test('of a generation that is over is refused, and nothing of it is kept', () => {
    const given = new GivenGroups()
    const [leader, follower] = stableGroup(given, {}, {})
    commit(given, { ...leader, offset: 3 })
    join(given, leader)
    expect(commit(given, { ...follower, offset: 4 })).toBe('NONE')
    join(given, { ...follower, metadata: 'more' })
    expect(commit(given, { ...follower, offset: 5 })).toBe('ILLEGAL_GENERATION')
    expect(commit(given, { ...follower, generationId: 2, offset: 6 })).toBe('REBALANCE_IN_PROGRESS')
    expect(committed(given).committedOffset).toBe(4)
  })

  test('to a group with members by somebody who is none of them is refused', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, { instanceId: 'a' })
    expect(commit(given)).toBe('UNKNOWN_MEMBER_ID')
    expect(commit(given, { instanceId: 'a' })).toBe('FENCED_INSTANCE_ID')
    expect(commit(given, { memberId: member!.memberId })).toBe('ILLEGAL_GENERATION')
  })

  test('of nobody makes a simple group, the one without a name as well', () => {
    const given = new GivenGroups()
    for (const groupId of [GROUP, '']) {
      expect(commit(given, { groupId, offset: 4 })).toBe('NONE')
      expect(describeGroup(given, groupId)).toMatchObject({ groupState: 'Empty', protocolType: '', members: [] })
      expect(committed(given, { groupId }).committedOffset).toBe(4)
    }
    expect(loggedIn(given.replayed()).get(GROUP)).toMatchObject({ group: null, offsets: { length: 1 } })
  })

  test('of nobody is taken with an instance id too, which a consumer has that assigns to itself', () => {
    const given = new GivenGroups()
    expect(commit(given, { instanceId: 'a', offset: 4 })).toBe('NONE')
    expect(commit(given, { instanceId: 'a', offset: 5 })).toBe('NONE')
    expect(committed(given).committedOffset).toBe(5)
  })

  test('of which nothing could be taken makes no group', () => {
    const given = new GivenGroups()
    expect(commit(given, { metadata: 'x'.repeat(4_097) })).toBe('OFFSET_METADATA_TOO_LARGE')
    expect(stateOf(given)).toBe('Dead')
  })

  test('survives that a simple group becomes one with members, and the other way round', () => {
    const given = new GivenGroups()
    commit(given, { offset: 4 })
    const members = stableGroup(given, {})
    expect(committed(given).committedOffset).toBe(4)
    leave(given, ...members)
    expect([commit(given, { offset: 5 }), committed(given).committedOffset]).toEqual(['NONE', 5])
  })
})

describe('OffsetFetch', () => {
  test('answers every partition that it is asked for, known or not', () => {
    const given = new GivenGroups()
    commit(given, { partition: 1, offset: 4, leaderEpoch: 2 })
    const topics = [
      { name: 'orders', topicId: NO_ID, partitionIndexes: [0, 1] },
      { name: 'bills', topicId: NO_ID, partitionIndexes: [5] },
    ]
    const groups = [GROUP, 'nobody'].map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics }))
    const { reply } = given.ask<'OffsetFetch'>({ api: 'OffsetFetch', groups, requireStable: true })
    const none = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 'NONE' }
    const found = { ...none, committedOffset: 4, committedLeaderEpoch: 2 }
    expect(reply.groups.map((group) => group.topics)).toMatchObject([
      [
        { name: 'orders', partitions: [none, found] },
        { name: 'bills', partitions: [none] },
      ],
      [
        { name: 'orders', partitions: [none, none] },
        { name: 'bills', partitions: [none] },
      ],
    ])
  })

  test('tells all that a group has committed where it names no topics', () => {
    const given = new GivenGroups()
    commit(given, { partition: 1, offset: 4 })
    commit(given, { topic: 'bills', offset: 6 })
    const groups = [GROUP, 'nobody'].map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }))
    const { reply } = given.ask<'OffsetFetch'>({ api: 'OffsetFetch', groups, requireStable: false })
    expect(reply.groups.map((group) => group.topics)).toMatchObject([
      [
        { name: 'orders', partitions: [{ partitionIndex: 1, committedOffset: 4 }] },
        { name: 'bills', partitions: [{ partitionIndex: 0, committedOffset: 6 }] },
      ],
      [],
    ])
  })

  test('tells nothing of another life of the topic', () => {
    const given = new GivenGroups()
    const [first, second] = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg']
    commit(given, { offset: 4, topicId: first! })
    expect(committed(given, { topicId: first! }).committedOffset).toBe(4)
    expect(committed(given, { topicId: second! }).committedOffset).toBe(-1)
    expect(committed(given).committedOffset).toBe(4)
  })
})

describe('OffsetDelete', () => {
  test('forgets what is committed, and answers for partitions of which there was nothing', () => {
    const given = new GivenGroups()
    commit(given, { offset: 4 })
    const { reply } = given.ask<'OffsetDelete'>({
      api: 'OffsetDelete',
      groupId: GROUP,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }],
    })
    expect(reply.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual(['NONE', 'NONE'])
    expect(committed(given).committedOffset).toBe(-1)
    expect(loggedIn(given.replayed()).get(GROUP)).toBeUndefined()
  })

  test('leaves the topics to which somebody in the group subscribes', () => {
    const given = new GivenGroups()
    stableGroup(given, subscribedTo('orders'), subscribedTo('bills'))
    for (const topic of ['orders', 'bills']) {
      expect(deleteOffset(given, topic).topics[0]!.partitions[0]!.errorCode).toBe('GROUP_SUBSCRIBED_TO_TOPIC')
    }
    expect(deleteOffset(given, 'letters').topics[0]!.partitions[0]!.errorCode).toBe('NONE')
    given.moveAway()
    expect(deleteOffset(given).topics[0]!.partitions[0]!.errorCode).toBe('GROUP_SUBSCRIBED_TO_TOPIC')
  })

  test('needs a group id', () => {
    const given = new GivenGroups()
    const { reply } = given.ask<'OffsetDelete'>({ api: 'OffsetDelete', groupId: '', topics: [] })
    expect(reply.errorCode).toBe('INVALID_GROUP_ID')
  })
})

/** The members live for so long. */
function live(given: GivenGroups, members: readonly MemberRef[], ms: number): void {
  const until = given.now + ms
  for (; given.now < until; given.pass(20 * MINUTE_MS)) for (const member of members) heartbeat(given, member)
}
const LONG = { sessionTimeoutMs: 30 * MINUTE_MS }

describe('committed offsets expire', () => {
  test('those of a simple group a week after each was committed, and then the group', () => {
    const given = new GivenGroups()
    commit(given, { partition: 0 })
    given.pass(DAY_MS)
    commit(given, { partition: 1 })
    given.pass(WEEK_MS - DAY_MS + CHECK_MS)
    expect([0, 1].map((partition) => committed(given, { partition }).committedOffset)).toEqual([-1, 1])
    expect(stateOf(given)).toBe('Empty')
    given.pass(DAY_MS)
    expect([stateOf(given), loggedIn(given.replayed()).size]).toEqual(['Dead', 0])
  })

  test('those of a group that had members a week after it became empty, however old they are', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, { ...LONG, ...subscribedTo('orders') })
    commit(given, members[0])
    live(given, members, 2 * WEEK_MS)
    leave(given, ...members)
    given.pass(WEEK_MS - CHECK_MS)
    expect(committed(given).committedOffset).toBe(1)
    given.pass(2 * CHECK_MS)
    expect([committed(given).committedOffset, stateOf(given)]).toEqual([-1, 'Dead'])
  })

  test('a coordinator that takes over knows since when the group is empty', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, { ...LONG, ...subscribedTo('orders') })
    commit(given, members[0])
    live(given, members, 2 * WEEK_MS)
    leave(given, ...members)
    given.moveAway()
    given.pass(WEEK_MS - CHECK_MS)
    expect(committed(given).committedOffset).toBe(1)
    given.pass(2 * CHECK_MS)
    expect(committed(given).committedOffset).toBe(-1)
  })

  test('those of a group of consumers only where nobody subscribes any more', () => {
    const given = new GivenGroups()
    const members = stableGroup(given, { ...LONG, ...subscribedTo('orders') })
    commit(given, members[0])
    commit(given, { ...members[0], topic: 'letters' })
    live(given, members, WEEK_MS + CHECK_MS)
    expect(['orders', 'letters'].map((topic) => committed(given, { topic }).committedOffset)).toEqual([1, -1])
    expect(stateOf(given)).toBe('Stable')
  })

  test('none of a group whose members are of another kind, or cannot be understood', () => {
    for (const wish of [{ protocolType: 'connect' }, { protocolType: 'consumer', metadata: '?' }]) {
      const given = new GivenGroups()
      const members = stableGroup(given, { ...LONG, ...wish })
      commit(given, members[0])
      live(given, members, WEEK_MS + CHECK_MS)
      expect(committed(given).committedOffset).toBe(1)
    }
  })

  test('none during a rebalance', () => {
    const given = new GivenGroups()
    const wish = { ...LONG, rebalanceTimeoutMs: 3 * WEEK_MS, ...subscribedTo('orders') }
    const members = stableGroup(given, wish, wish)
    commit(given, { ...members[0], topic: 'letters' })
    join(given, { ...wish, memberId: members[0]!.memberId })
    live(given, members.slice(1), WEEK_MS + CHECK_MS)
    expect([stateOf(given), committed(given, { topic: 'letters' }).committedOffset]).toEqual(['PreparingRebalance', 1])
  })

  test('with a retention of their own when that is over, and then they have no leader epoch', () => {
    const given = new GivenGroups()
    commit(given, { retentionTimeMs: 60 * MINUTE_MS, leaderEpoch: 3, version: 4 })
    commit(given, { partition: 1, retentionTimeMs: -1, version: 4 })
    expect(committed(given).committedLeaderEpoch).toBe(-1)
    given.moveAway()
    given.pass(60 * MINUTE_MS - CHECK_MS)
    expect(committed(given).committedOffset).toBe(1)
    given.pass(2 * CHECK_MS)
    expect([0, 1].map((partition) => committed(given, { partition }).committedOffset)).toEqual([-1, 1])
  })

  test('an empty group that holds nothing is forgotten, but not one that somebody is about to join', () => {
    const given = new GivenGroups()
    leave(given, ...stableGroup(given, {}))
    given.pass(CHECK_MS - MINUTE_MS)
    const { memberId } = join(given, LONG).reply
    given.pass(2 * MINUTE_MS)
    expect([stateOf(given), join(given, { memberId, ...LONG }).isParked]).toEqual(['Empty', true])
    const other = new GivenGroups()
    leave(other, ...stableGroup(other, {}))
    other.pass(CHECK_MS)
    expect(stateOf(other)).toBe('Dead')
  })

  test('what the log does not take is forgotten later', () => {
    const given = new GivenGroups()
    commit(given)
    given.pass(WEEK_MS - CHECK_MS / 2)
    given.refusesRecords = true
    given.pass(CHECK_MS)
    expect(committed(given).committedOffset).toBe(1)
    given.refusesRecords = false
    given.serveTimers()
    expect(committed(given).committedOffset).toBe(-1)
  })

  test('however many there are, in steps that the log can take', () => {
    const given = new GivenGroups()
    const count = FORGOTTEN_PER_STEP_MAX + 5
    for (let partition = 0; partition < count; partition++) commit(given, { partition })
    const before = given.log.length
    given.pass(WEEK_MS + CHECK_MS)
    expect([stateOf(given), given.log.length - before]).toEqual(['Dead', count + 1])
  })
})

describe('a topic that is deleted', () => {
  const topicsDeleted = (given: GivenGroups, topicId = NO_ID): void => {
    given.ask<'TopicsDeleted'>({ api: 'TopicsDeleted', topics: [{ name: 'orders', topicId }] })
    given.serveTimers()
  }

  test('takes with it what all groups have committed for it', () => {
    const given = new GivenGroups()
    const [member] = stableGroup(given, {})
    commit(given, member)
    commit(given, { groupId: 'simple' })
    commit(given, { ...member, topic: 'bills' })
    topicsDeleted(given)
    expect([GROUP, 'simple'].map((groupId) => committed(given, { groupId }).committedOffset)).toEqual([-1, -1])
    expect([committed(given, { topic: 'bills' }).committedOffset, heartbeat(given, member!)]).toEqual([1, 'NONE'])
  })

  test('leaves what was committed for a later topic of its name', () => {
    const given = new GivenGroups()
    const [old, young] = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg']
    commit(given, { topicId: young! })
    topicsDeleted(given, old)
    expect(committed(given).committedOffset).toBe(1)
    topicsDeleted(given, young)
    expect(committed(given).committedOffset).toBe(-1)
  })
})
