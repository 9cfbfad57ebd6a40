import { assert } from '../../base/assert.js'
import { NEVER } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import { isWaiting, type Member } from './member.js'

/** Checks what holds of a group between two steps. */
export function checkGroupInvariants(group: ClassicGroup): void {
  group.members.checkInvariants()
  const { state, members, pending, unsynced, joinDeadline, syncDeadline } = group
  const isJoining = state === 'PreparingRebalance'
  const isSyncing = state === 'CompletingRebalance'
  const all = members.all()
  assert((joinDeadline === NEVER) !== isJoining, 'A join phase has an end, and nothing else has')
  assert(group.initialDelay === null || isJoining, 'Only a join phase has an initial delay')
  assert(
    !isJoining || members.joining < members.size || members.size === 0 || hasReasonToWait(group),
    'A join phase ends when all have joined',
  )
  assert((state === 'Empty') === (members.size === 0) || isJoining, 'A group is Empty if it has no members')
  assert(
    unsynced.size === 0 || isSyncing || state === 'Stable',
    'Members ask for assignments in the sync phase or later',
  )
  assert((syncDeadline === NEVER) === (unsynced.size === 0), 'A sync phase has an end while somebody is missing')
  assert(
    [...unsynced].every((id) => members.get(id) !== undefined),
    'Whoever has to ask for an assignment is a member',
  )
  assert(
    [...pending.keys()].every((id) => members.get(id) === undefined),
    'An id that is pending is not a member',
  )
  for (const member of all) checkMember(member, { isJoining, isSyncing })
  checkAlarm(group)
  assert(group.generation >= (group.logged?.generation ?? 0), 'A generation is that of the log, or a later one')
  if (state === 'Stable' || state === 'Empty') checkLogged(group)
}

function hasReasonToWait({ initialDelay, pending }: ClassicGroup): boolean {
  return initialDelay !== null || pending.size > 0
}

function checkMember(member: Member, phase: { readonly isJoining: boolean; readonly isSyncing: boolean }): void {
  assert(member.joining === null || phase.isJoining, 'A JoinGroup is parked only in the join phase')
  assert(member.syncing === null || phase.isSyncing, 'A SyncGroup is parked only in the sync phase')
  assert(member.watching === null || !phase.isJoining, 'Whoever waits for a rebalance is told when it begins')
  assert(!member.isNew || member.joining !== null, 'A new member waits for the end of its first join phase')
  const cannotExpire = isWaiting(member) && !member.isNew
  assert((member.deadline === NEVER) === cannotExpire, 'A member has a timer unless it waits')
}

function checkAlarm(group: ClassicGroup): void {
  assert(group.alarm.at <= group.countDeadlines(), 'The alarm of a group rings for its first timer, or earlier')
}

/** Checks that a coordinator that loads the log would have the same. */
function checkLogged(group: ClassicGroup): void {
  const { logged, generation, protocolName, protocolType, members } = group
  if (logged === null) {
    assert(generation === 0 && protocolType === null, 'A group that is not in the log has only committed')
    return
  }
  const isSame = logged.generation === generation && logged.protocol === protocolName
  assert(isSame && logged.leader === members.leaderId, 'Generation, assignor and leader are in the log')
  assert(logged.members.length === members.size, 'The members are in the log')
  for (const { memberId, groupInstanceId, assignment } of logged.members) {
    const member = members.get(memberId)
    assert(member !== undefined && member.instanceId === groupInstanceId, 'The members are in the log by their ids')
    assert(Buffer.compare(member.assignment, assignment) === 0, 'The assignment is in the log')
  }
}
