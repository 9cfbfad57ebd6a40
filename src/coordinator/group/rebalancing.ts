import { assert } from '../../base/assert.js'
import { isOn } from '../../base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { ClassicGroup } from './classic-group.js'
import { type Member, NOTHING_ASSIGNED } from './member.js'
import { answerJoin, refuseParked, refuseSync, tellWatcher } from './responses.js'
import type { Step } from './step.js'

/**
 * The way from one generation to the next: `prepareRebalance` opens the join phase, `completeJoin` ends it. Whatever
 * removes a member or a pending id also asks whether all who are left have joined: otherwise the phase would wait for
 * those who have gone.
 */

/** A member has come, or wants something else: the group rebalances, or may be complete. */
export function rebalanceOrComplete(group: ClassicGroup, step: Step): void {
  if (group.state !== 'PreparingRebalance') prepareRebalance(group, step)
  else completeIfJoined(group, step)
}

/** A member has come or left. This does not end an initial join phase before its delay is over. */
export function completeIfJoined(group: ClassicGroup, step: Step): void {
  if (group.initialDelay === null) completeIfAllJoined(group, step)
}

/** A member or an id has expired: this ends an initial join phase too, where all others wait. */
export function completeIfAllJoined(group: ClassicGroup, step: Step): void {
  if (group.state === 'PreparingRebalance' && haveAllJoined(group)) completeJoin(group, step)
}

function haveAllJoined({ members, pending }: ClassicGroup): boolean {
  return (members.joining === members.size || !isOn('awaits-members')) && pending.size === 0
}

/** Opens the join phase. (`GroupMetadataManager.prepareRebalance`) */
export function prepareRebalance(group: ClassicGroup, step: Step): void {
  for (const member of group.members.all()) tellWatcher(member, 'REBALANCE_IN_PROGRESS', step)
  if (group.state === 'CompletingRebalance') dropAssignments(group, step)
  group.unsynced.clear()
  group.syncDeadline = NEVER
  const isInitial = group.state === 'Empty'
  group.transitionTo('PreparingRebalance', step.wallMs)
  if (isInitial) {
    const delayMs = step.options['group.initial.rebalance.delay.ms']
    const leftMs = Math.max(group.members.rebalanceTimeoutMs - delayMs, 0)
    group.initialDelay = { delayMs, leftMs, hasGrown: false }
    endJoinPhaseAt(group, timestamp(step.now + delayMs))
  } else if (haveAllJoined(group)) completeJoin(group, step)
  else endJoinPhaseAt(group, timestamp(step.now + group.members.rebalanceTimeoutMs))
}

/** Nobody is given what the leader may have assigned. (`resetAndPropagateAssignmentWithError`) */
function dropAssignments(group: ClassicGroup, step: Step): void {
  for (const member of group.members.all()) {
    member.assignment = NOTHING_ASSIGNED
    if (member.syncing === null) continue
    if (isOn('assignment-is-off')) refuseSync(member.syncing, 'REBALANCE_IN_PROGRESS', step)
    member.syncing = null
    if (member.joining === null) group.renewSession(member, step.now)
  }
}

/** The time of the join phase is over. (`tryCompleteInitialRebalanceElseSchedule`) */
export function joinPhaseIsOver(group: ClassicGroup, step: Step): void {
  const initial = group.initialDelay
  if (initial === null || !initial.hasGrown || initial.leftMs === 0) return completeJoin(group, step)
  const delayMs = Math.min(step.options['group.initial.rebalance.delay.ms'], initial.leftMs)
  const leftMs = Math.max(initial.leftMs - initial.delayMs, 0)
  group.initialDelay = { delayMs, leftMs, hasGrown: false }
  endJoinPhaseAt(group, timestamp(step.now + delayMs))
}

/** Ends the join phase: who has joined is in, and so are static members that are late. (`completeClassicGroupJoin`) */
function completeJoin(group: ClassicGroup, step: Step): void {
  const { members } = group
  for (const member of members.all()) {
    if (member.joining === null && member.instanceId === null) group.remove(member)
  }
  if (members.size === 0) return becomeEmpty(group, step)
  if (!members.electJoined()) {
    // Only static members are left, and none of them has come yet.
    return endJoinPhaseAt(group, timestamp(step.now + members.rebalanceTimeoutMs))
  }
  group.beginGeneration(step.wallMs)
  for (const member of members.all()) {
    if (member.joining !== null) answerJoin(member.joining, group, member.id, step)
    members.setJoining(member, null)
    member.isNew = false
    group.renewSession(member, step.now)
    group.unsynced.add(member.id)
  }
  group.syncDeadline = timestamp(step.now + members.rebalanceTimeoutMs)
  group.alarm.set(group.syncDeadline)
}

/** Nobody is left. The join phase stays due until the log says so. */
function becomeEmpty(group: ClassicGroup, step: Step): void {
  endJoinPhaseAt(group, step.now)
  const empty = { generation: group.generation + 1, protocol: null, leader: null }
  const record = group.recordOf({ ...empty, currentStateTimestamp: step.wallMs })
  step.write([record], { whenLogged: () => group.beginGeneration(step.wallMs) })
}

function endJoinPhaseAt(group: ClassicGroup, at: Timestamp): void {
  assert(group.state === 'PreparingRebalance', 'A join phase that ends has begun')
  group.joinDeadline = at
  group.alarm.set(at)
}

/** Removes a member, and answers what it waits for: it may still be there, and asks for another id then. */
export function removeMember(group: ClassicGroup, member: Member, step: Step): void {
  refuseParked(group, member, 'UNKNOWN_MEMBER_ID', step)
  group.remove(member)
}
