import { type Area, ask, given, inVersions, type Message, script } from '../script.js'
import { topic } from './given.js'
import { inEveryState, joined, joining, stable, stableStatic } from './given-groups.js'

const simply = (groupId: string): Message => ({
  groupId,
  topics: [{ name: 'committed', partitions: [{ partitionIndex: 0, committedOffset: 3 }] }],
})

/** Played before there are other groups, since what is listed are all of them. */
export const LIST_GROUPS: Area = {
  name: 'ListGroups',
  scripts: [
    script('there are none', inVersions('ListGroups', [0, 1, 2, 3, 4, 5])),
    script('a group in each state', [
      ...topic('committed', { partitions: 2 }),
      ...stable('listed Stable'),
      ...joined('listed Completing'),
      ...stable('listed Empty'),
      given('LeaveGroup', 3, { groupId: 'listed Empty', members: [{ memberId: '$me' }] }),
      given('JoinGroup', 4, joining('listed pending')),
      given('OffsetCommit', 7, simply('listed simple')),
      ...stable('listed workers', { protocolType: 'connect' }),
      ...inVersions('ListGroups', [0, 1, 2, 3, 4, 5]),
      ...[['Stable'], ['stable', 'EMPTY'], ['CompletingRebalance'], ['PreparingRebalance'], ['Dead'], ['nonsense']].map(
        (statesFilter) => ask('ListGroups', 4, { statesFilter }),
      ),
      ...[['classic'], ['Classic', 'consumer'], ['consumer'], ['nonsense'], ['share']].map((typesFilter) =>
        ask('ListGroups', 5, { typesFilter }),
      ),
      ask('ListGroups', 5, { statesFilter: ['Stable'], typesFilter: ['classic'] }),
    ]),
  ],
}

export const DESCRIBE_GROUPS: Area = {
  name: 'DescribeGroups',
  scripts: [
    script('in all versions', [
      ...stable('described'),
      ...inVersions('DescribeGroups', [0, 1, 2, 3, 4, 5, 6], { groups: ['described'] }),
      ...inVersions('DescribeGroups', [0, 3, 4, 5, 6], { groups: ['nowhere'] }),
      ...inVersions('DescribeGroups', [0, 5, 6], { groups: [''] }),
      ...inVersions('DescribeGroups', [0, 5, 6], { groups: [] }),
      ask('DescribeGroups', 5, { groups: ['described', 'nowhere', 'described'] }),
      ask('DescribeGroups', 6, { groups: ['described', 'nowhere'] }),
      ask('DescribeGroups', 3, { groups: ['described'], includeAuthorizedOperations: true }),
      ...inVersions('DescribeGroups', [5, 6], { groups: ['nowhere'], includeAuthorizedOperations: true }),
    ]),
    ...inEveryState('DescribeGroups', [
      ['in version 0', 0, (groupId) => ({ groups: [groupId] })],
      ['in version 5', 5, (groupId) => ({ groups: [groupId] })],
      ['in version 6', 6, (groupId) => ({ groups: [groupId] })],
    ]),
  ],
}

export const DELETE_GROUPS: Area = {
  name: 'DeleteGroups',
  scripts: [
    script('in all versions', [
      ...topic('committed', { partitions: 2 }),
      ...[0, 1, 2].flatMap((version) => [
        given('OffsetCommit', 7, simply(`deleted ${version}`)),
        ask('DeleteGroups', version, { groupsNames: [`deleted ${version}`] }),
        ask('DeleteGroups', version, { groupsNames: [`deleted ${version}`] }),
      ]),
      ...inVersions('DeleteGroups', [0, 1, 2], { groupsNames: ['nowhere'] }),
      ...inVersions('DeleteGroups', [0, 2], { groupsNames: [''] }),
      ...inVersions('DeleteGroups', [0, 2], { groupsNames: [] }),
    ]),
    ...inEveryState('DeleteGroups', [['one of them', 2, (groupId) => ({ groupsNames: [groupId] })]]),
    script('several at once', [
      ...stable('kept'),
      given('OffsetCommit', 7, simply('several')),
      ask('DeleteGroups', 2, { groupsNames: ['kept', 'several', 'nowhere'] }),
      given('OffsetCommit', 7, simply('several')),
      ask('DeleteGroups', 2, { groupsNames: ['several', 'several'] }),
      ask('Heartbeat', 3, { groupId: 'kept', memberId: '$me', generationId: 1 }),
      ask('DescribeGroups', 6, { groups: ['several'] }),
      ask('OffsetFetch', 7, { groupId: 'several', topics: null }),
    ]),
    script('a group whose members have left', [
      ...stableStatic('left'),
      ask('DeleteGroups', 2, { groupsNames: ['left'] }),
      given('LeaveGroup', 3, { groupId: 'left', members: [{ memberId: '$me' }] }),
      ask('DeleteGroups', 2, { groupsNames: ['left'] }),
      ask('Heartbeat', 3, { groupId: 'left', memberId: '$me', generationId: 1 }),
      ask('JoinGroup', 5, joining('left', { memberId: '$me' })),
    ]),
    script('a group with a member that was only told its id', [
      given('JoinGroup', 4, joining('pending only'), { binds: { me: 'memberId' } }),
      ask('DeleteGroups', 2, { groupsNames: ['pending only'] }),
      ask('JoinGroup', 5, joining('pending only', { memberId: '$me' })),
    ]),
  ],
}

export const FIND_COORDINATOR: Area = {
  name: 'FindCoordinator',
  scripts: [
    script('of a group, in all versions', [
      ask('FindCoordinator', 0, { key: 'a group' }),
      ...inVersions('FindCoordinator', [1, 2, 3], { key: 'a group', keyType: 0 }),
      ...inVersions('FindCoordinator', [4, 5, 6], { keyType: 0, coordinatorKeys: ['a group', 'another one'] }),
    ]),
    script('of what is not allowed', [
      ask('FindCoordinator', 0, { key: '' }),
      ...inVersions('FindCoordinator', [1, 3], { key: '', keyType: 0 }),
      ...inVersions('FindCoordinator', [4, 6], { keyType: 0, coordinatorKeys: [''] }),
      ...inVersions('FindCoordinator', [4, 6], { keyType: 0, coordinatorKeys: [] }),
      ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['twice', 'twice'] }),
      ...inVersions('FindCoordinator', [1, 3], { key: 'a key', keyType: 7 }),
      ...inVersions('FindCoordinator', [1, 3], { key: 'a key', keyType: -1 }),
      ...inVersions('FindCoordinator', [4, 6], { keyType: 7, coordinatorKeys: ['a key', 'another one'] }),
      ...inVersions('FindCoordinator', [3], { key: 'a key', keyType: 2 }),
      ...inVersions('FindCoordinator', [4, 5, 6], { keyType: 2, coordinatorKeys: ['a key'] }),
    ]),
  ],
}
