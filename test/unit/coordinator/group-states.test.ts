import { describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../../src/base/error-code.js'
import { GivenGroups } from './given-groups.js'
import {
  commit,
  committed,
  describeGroup,
  GROUP,
  heartbeat,
  join,
  leave,
  type MemberRef,
  stableGroup,
  stateOf,
  sync,
} from './speaking.js'

/** What a request finds: no group, or the states in the order of a life. */
const STATES = ['none', 'Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable'] as const
type Met = (typeof STATES)[number]

/** A group of two in a state. The members, with the generation that is current: in Empty they have left. */
function groupIn(state: Met, protocolType = 'other'): { given: GivenGroups; members: readonly MemberRef[] } {
  const given = new GivenGroups()
  if (state === 'none') return { given, members: [nobody(0), nobody(0)] }
  const members = stableGroup(given, { protocolType }, { protocolType })
  if (state === 'Empty') {
    leave(given, ...members)
    return { given, members: members.map(({ memberId }) => ({ memberId, generationId: 2 })) }
  }
  if (state === 'Stable') return { given, members }
  const leader = join(given, { ...members[0], protocolType })
  if (state === 'PreparingRebalance') return { given, members }
  join(given, { ...members[1], protocolType, metadata: 'other' })
  expect(leader.isParked).toBe(false)
  return { given, members: members.map(({ memberId }) => ({ memberId, generationId: 2 })) }
}

const nobody = (generationId: number): MemberRef => ({ memberId: 'nobody', generationId })

/** The number of an error on the wire, as in Kafka's tables; null: no answer yet. */
const codeOf = (error: ErrorCode | null): number | null => (error === null ? null : ERRORS[error].code)

type Ask = (given: GivenGroups, members: readonly MemberRef[]) => ErrorCode | null

const syncOf: Ask = (given, [, follower]) => {
  const question = sync(given, follower!)
  return question.isParked ? null : question.error
}
const deleteOffset: Ask = (given) => {
  const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }]
  const { reply } = given.ask<'OffsetDelete'>({ api: 'OffsetDelete', groupId: GROUP, topics })
  return reply.errorCode === 'NONE' ? reply.topics[0]!.partitions[0]!.errorCode : reply.errorCode
}
const deleteGroup: Ask = (given) =>
  given.ask<'DeleteGroups'>({ api: 'DeleteGroups', groupsNames: [GROUP] }).reply.results[0]!.errorCode
const fetchOffset: Ask = (given) => {
  committed(given)
  return 'NONE'
}

/** Kafka's answers, by what the request finds. */
const TABLE: readonly (readonly [title: string, ask: Ask, answers: readonly (number | null)[]])[] = [
  //                                                                            none Empty Prep. Compl. Stable
  ['JoinGroup with an unknown id', (given) => join(given, nobody(0)).error, [25, 25, 25, 25, 25]],
  ['SyncGroup of a follower', syncOf, [25, 25, 27, null, 0]],
  ['Heartbeat of a member', (given, [member]) => heartbeat(given, member!), [25, 25, 27, 0, 0]],
  ['LeaveGroup of a member', (given, [member]) => leave(given, member!)[0]!, [25, 25, 0, 0, 0]],
  ['OffsetCommit of a member', (given, [member]) => commit(given, member), [69, 25, 0, 27, 0]],
  ['OffsetCommit of version 8', (given, [member]) => commit(given, { ...member, version: 8 }), [22, 25, 0, 27, 0]],
  ['OffsetCommit without a member', (given) => commit(given), [0, 0, 25, 25, 25]],
  ['OffsetFetch', fetchOffset, [0, 0, 0, 0, 0]],
  ['OffsetDelete', deleteOffset, [69, 0, 68, 68, 68]],
  ['DeleteGroups', deleteGroup, [69, 0, 68, 68, 68]],
  ['DescribeGroups', (given) => describeGroup(given).errorCode, [69, 0, 0, 0, 0]],
  ['DescribeGroups of version 5', (given) => describeGroup(given, GROUP, 5).errorCode, [0, 0, 0, 0, 0]],
]

describe.each(STATES)('a group that is %s', (state) => {
  test.each(TABLE)('answers %s as Kafka does', (_title, ask, answers) => {
    const { given, members } = groupIn(state)
    expect(codeOf(ask(given, members))).toBe(answers[STATES.indexOf(state)])
  })
})

test('the states of the table are those that a group has', () => {
  for (const state of STATES.slice(1)) expect(stateOf(groupIn(state).given)).toBe(state)
  expect(stateOf(groupIn('none').given)).toBe('Dead')
})

/** Where a member is wrong and its generation too, it hears of the member. */
const IN_TURN: readonly (readonly [title: string, ask: Ask])[] = [
  ['SyncGroup', (given, [member]) => sync(given, { ...member!, generationId: 99 }).error],
  ['Heartbeat', (given, [member]) => heartbeat(given, { ...member!, generationId: 99 })],
  ['OffsetCommit', (given, [member]) => commit(given, { ...member!, generationId: 99 })],
]

describe.each(['PreparingRebalance', 'CompletingRebalance', 'Stable'] as const)('in %s', (state) => {
  test.each(IN_TURN)('%s checks the member, then the generation, then the state', (_title, ask) => {
    const { given, members } = groupIn(state)
    expect(ask(given, members)).toBe('ILLEGAL_GENERATION')
    expect(ask(given, [nobody(99)])).toBe('UNKNOWN_MEMBER_ID')
    expect(ask(given, [{ ...members[0]!, instanceId: 'unknown' }])).toBe('UNKNOWN_MEMBER_ID')
  })
})

test.each(IN_TURN)('%s fences whoever goes by an instance id that another member has', (_title, ask) => {
  const given = new GivenGroups()
  const [first, second] = stableGroup(given, { instanceId: 'a' }, { instanceId: 'b' })
  expect(ask(given, [{ ...first!, instanceId: 'b' }])).toBe('FENCED_INSTANCE_ID')
  expect(ask(given, [{ memberId: 'nobody', generationId: 1, instanceId: 'b' }])).toBe('FENCED_INSTANCE_ID')
  expect(ask(given, [{ ...second!, instanceId: null }])).toBe('ILLEGAL_GENERATION')
})

test('a group of consumers says which topics it reads, whatever its state, before it forgets offsets', () => {
  for (const state of ['PreparingRebalance', 'CompletingRebalance', 'Stable'] as const) {
    const { given, members } = groupIn(state, 'consumer')
    // The metadata of the members is no subscription: they may read anything.
    expect(deleteOffset(given, members)).toBe('GROUP_SUBSCRIBED_TO_TOPIC')
  }
})
