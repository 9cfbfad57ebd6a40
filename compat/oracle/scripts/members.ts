import { type Area, ask, begin, hear, inVersions, type Message, script } from '../script.js'
import { assigning, inEveryState, joined, joining, stable, stableStatic, untilGroupIs } from './given-groups.js'

const of = (groupId: string, more: Message = {}): Message => ({ groupId, memberId: '$me', generationId: 1, ...more })

export const HEARTBEAT: Area = {
  name: 'Heartbeat',
  scripts: [
    script('in all versions', [
      ...stable('beats'),
      ...inVersions('Heartbeat', [0, 1, 2, 3, 4], of('beats')),
      ...inVersions('Heartbeat', [0, 1, 2, 3, 4], of('beats', { generationId: 9 })),
      ...inVersions('Heartbeat', [0, 1, 2, 3, 4], of('')),
      ...inVersions('Heartbeat', [0, 3, 4], of('beats', { generationId: -1 })),
      ask('Heartbeat', 4, of('beats', { memberId: '', generationId: -1 })),
    ]),
    ...inEveryState('Heartbeat', [
      ['by its member', 3, (groupId) => of(groupId)],
      ['by a stranger', 3, (groupId) => of(groupId, { memberId: 'made up' })],
      ['of another generation', 3, (groupId) => of(groupId, { generationId: 7 })],
      ['of the next generation', 4, (groupId) => of(groupId, { generationId: 2 })],
      ['by a stranger of another generation', 4, (groupId) => of(groupId, { memberId: 'made up', generationId: 7 })],
      ['by its instance', 3, (groupId) => of(groupId, { groupInstanceId: 'here' })],
      ['by an unknown instance', 3, (groupId) => of(groupId, { groupInstanceId: 'unknown' })],
      ['by another id of its instance', 3, (groupId) => of(groupId, { memberId: 'made up', groupInstanceId: 'here' })],
      ['by nobody', 4, (groupId) => of(groupId, { memberId: '', generationId: -1 })],
    ]),
  ],
}

const typed = { protocolType: 'consumer', protocolName: 'range' }

export const SYNC_GROUP: Area = {
  name: 'SyncGroup',
  scripts: [
    ...[0, 1, 2, 3, 4].map((version) =>
      script(`version ${version}`, [
        ...joined(`syncs ${version}`),
        ask('SyncGroup', version, assigning(`syncs ${version}`)),
        ask('SyncGroup', version, of(`syncs ${version}`)),
        ask('SyncGroup', version, of(`syncs ${version}`, { generationId: 2 })),
        ask('SyncGroup', version, of(`syncs ${version}`, { memberId: 'made up' })),
        ask('SyncGroup', version, of('')),
      ]),
    ),
    script('version 5 says by which protocol', [
      ...joined('syncs 5'),
      ask('SyncGroup', 5, assigning('syncs 5')),
      ask('SyncGroup', 5, assigning('syncs 5', { protocolType: 'consumer' })),
      ask('SyncGroup', 5, assigning('syncs 5', { protocolName: 'range' })),
      ask('SyncGroup', 5, assigning('syncs 5', { ...typed, protocolName: 'roundrobin' })),
      ask('SyncGroup', 5, assigning('syncs 5', { ...typed, protocolType: 'connect' })),
      ask('SyncGroup', 5, assigning('syncs 5', { ...typed, generationId: 4 })),
      ask('SyncGroup', 5, assigning('syncs 5', { ...typed, memberId: 'made up' })),
      ask('SyncGroup', 5, assigning('', typed)),
      ask('SyncGroup', 5, assigning('', {})),
      ask('SyncGroup', 5, assigning('syncs 5', typed)),
      ask('SyncGroup', 5, assigning('syncs 5', { ...typed, protocolName: 'roundrobin' })),
      ask('SyncGroup', 5, of('syncs 5', typed)),
    ]),
    ...inEveryState('SyncGroup', [
      ['by its member', 3, (groupId) => of(groupId)],
      ['by a stranger', 3, (groupId) => of(groupId, { memberId: 'made up' })],
      ['of another generation', 3, (groupId) => of(groupId, { generationId: 7 })],
      ['by its instance', 3, (groupId) => of(groupId, { groupInstanceId: 'here' })],
      ['by an unknown instance', 3, (groupId) => of(groupId, { groupInstanceId: 'unknown' })],
      ['by another id of its instance', 3, (groupId) => of(groupId, { memberId: 'made up', groupInstanceId: 'here' })],
      ['by another protocol', 5, (groupId) => of(groupId, { ...typed, protocolName: 'roundrobin' })],
      ['by nothing', 5, (groupId) => of(groupId)],
    ]),
    script('the leader assigns nothing, too little, and something to a stranger', [
      ...joined('too little'),
      ask('SyncGroup', 3, {
        ...assigning('too little'),
        assignments: [{ memberId: 'made up', assignment: Buffer.from('x') }],
      }),
      ask('DescribeGroups', 5, { groups: ['too little'] }),
    ]),
    script('a member that waits hears of the rebalance that comes first', [
      ...stable('comes first'),
      ask('JoinGroup', 5, joining('comes first'), { by: 'b', binds: { other: 'memberId' } }),
      begin('b', 'JoinGroup', 5, joining('comes first', { memberId: '$other' })),
      untilGroupIs('comes first', 'PreparingRebalance'),
      ask('SyncGroup', 3, of('comes first')),
      ask('JoinGroup', 5, joining('comes first', { memberId: '$me' })),
      hear('b'),
      begin('b', 'SyncGroup', 3, { groupId: 'comes first', memberId: '$other', generationId: 2 }),
      ask('LeaveGroup', 3, { groupId: 'comes first', members: [{ memberId: '$me' }] }),
      hear('b'),
      ask('JoinGroup', 5, joining('comes first', { memberId: '$other' }), { by: 'b' }),
    ]),
    script('a member that does not ask for its assignment is removed', [
      ...joined('unsynced', { rebalanceTimeoutMs: 500 }),
      untilGroupIs('unsynced', 'Empty'),
      ask('SyncGroup', 3, of('unsynced')),
    ]),
  ],
}

const leaving = (groupId: string, ...members: readonly Message[]): Message => ({ groupId, members })

export const LEAVE_GROUP: Area = {
  name: 'LeaveGroup',
  scripts: [
    ...[0, 1, 2].map((version) =>
      script(`version ${version}: one member leaves`, [
        ...stable(`leaves ${version}`),
        ask('LeaveGroup', version, { groupId: `leaves ${version}`, memberId: 'made up' }),
        ask('LeaveGroup', version, { groupId: `leaves ${version}`, memberId: '' }),
        ask('LeaveGroup', version, { groupId: `leaves ${version}`, memberId: '$me' }),
        ask('LeaveGroup', version, { groupId: `leaves ${version}`, memberId: '$me' }),
        ask('LeaveGroup', version, { groupId: '', memberId: '$me' }),
        ask('LeaveGroup', version, { groupId: 'nowhere', memberId: '$me' }),
      ]),
    ),
    ...[3, 4, 5].map((version) =>
      script(`version ${version}: several members leave`, [
        ...stable(`leave ${version}`),
        ask('LeaveGroup', version, leaving(`leave ${version}`)),
        ask('LeaveGroup', version, leaving(`leave ${version}`, { memberId: '' }, { memberId: 'made up' })),
        ask('LeaveGroup', version, leaving(`leave ${version}`, { memberId: '$me' }, { memberId: '$me' })),
        ask('LeaveGroup', version, leaving(`leave ${version}`, { memberId: '$me' })),
        ask('LeaveGroup', version, leaving('', { memberId: '$me' })),
        ask('LeaveGroup', version, leaving('nowhere', { memberId: '$me' }, { memberId: '', groupInstanceId: 'here' })),
      ]),
    ),
    script('static members leave', [
      ...stableStatic('leaves by instance'),
      ask('LeaveGroup', 3, leaving('leaves by instance', { memberId: '', groupInstanceId: 'unknown' })),
      ask('LeaveGroup', 3, leaving('leaves by instance', { memberId: 'made up', groupInstanceId: 'here' })),
      ask('LeaveGroup', 3, leaving('leaves by instance', { memberId: '$me', groupInstanceId: 'unknown' })),
      ask(
        'LeaveGroup',
        5,
        leaving('leaves by instance', { memberId: '', groupInstanceId: 'here', reason: 'it is late' }),
      ),
    ]),
    ...inEveryState('LeaveGroup', [
      ['by its member', 3, (groupId) => leaving(groupId, { memberId: '$me' })],
      ['by a stranger', 3, (groupId) => leaving(groupId, { memberId: 'made up' })],
      ['by its instance', 4, (groupId) => leaving(groupId, { memberId: '', groupInstanceId: 'here' })],
      ['by another id of its instance', 4, (groupId) => leaving(groupId, { memberId: 'b', groupInstanceId: 'here' })],
      ['by nobody', 5, (groupId) => leaving(groupId)],
    ]),
    script('a member that leaves lets the others go on', [
      ...stable('goes on'),
      ask('JoinGroup', 5, joining('goes on'), { by: 'b', binds: { other: 'memberId' } }),
      begin('b', 'JoinGroup', 5, joining('goes on', { memberId: '$other' })),
      untilGroupIs('goes on', 'PreparingRebalance'),
      ask('LeaveGroup', 3, leaving('goes on', { memberId: '$me' })),
      hear('b'),
    ]),
    script('the last pending member leaves', [
      ...stable('last pending'),
      ask('JoinGroup', 5, joining('last pending'), { by: 'b', binds: { other: 'memberId' } }),
      ask('LeaveGroup', 3, leaving('last pending', { memberId: '$me' }, { memberId: '$other' })),
      ask('DescribeGroups', 5, { groups: ['last pending'] }),
    ]),
  ],
}
