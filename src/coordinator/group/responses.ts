import type { ErrorCode } from '../../base/error-code.js'
import type { ClassicGroup } from './classic-group.js'
import { type AskedFor, type GroupResponseOf, NO_MEMBER_ID } from './group-messages.js'
import { type Member, metadataOf, NOTHING_ASSIGNED } from './member.js'
import type { Step } from './step.js'

type Joined = GroupResponseOf<'JoinGroup'>

/** Before this version of JoinGroup, no protocol is written as '' and not as null. */
const NULL_PROTOCOL_SINCE = 7

export function refuseJoin(asked: AskedFor<'JoinGroup'>, error: ErrorCode, memberId: string, step: Step): void {
  const nothing = { generationId: -1, protocolType: null, protocolName: null, leader: '', members: [] }
  replyJoin(asked, { ...nothing, memberId, skipAssignment: false, errorCode: error }, step)
}

/** The generation that is current. Only its leader is told who the members are. */
export function answerJoin(
  asked: AskedFor<'JoinGroup'>,
  group: ClassicGroup,
  memberId: string,
  step: Step,
  changes: Partial<Joined> = {},
): void {
  const { generation, protocolType, protocolName } = group
  const leader = group.members.leaderId ?? ''
  const members = leader === memberId ? membersOf(group.members.all(), protocolName) : []
  const current = { generationId: generation, protocolType, protocolName, leader, memberId, members }
  replyJoin(asked, { ...current, skipAssignment: false, errorCode: 'NONE', ...changes }, step)
}

/** The members as their leader is told of them, with what they say for the assignor that was chosen. */
export function membersOf(members: readonly Member[], protocolName: string | null): Joined['members'] {
  return members.map((member) => {
    const { id: memberId, instanceId: groupInstanceId } = member
    return { memberId, groupInstanceId, metadata: metadataOf(member, protocolName) }
  })
}

function replyJoin(asked: AskedFor<'JoinGroup'>, joined: Omit<Joined, 'api' | 'throttleTimeMs'>, step: Step): void {
  const isOld = asked.request.caller.version < NULL_PROTOCOL_SINCE
  const protocolName = joined.protocolName ?? (isOld ? '' : null)
  step.reply(asked, { api: 'JoinGroup', throttleTimeMs: 0, ...joined, protocolName })
}

export function refuseSync(asked: AskedFor<'SyncGroup'>, error: ErrorCode, step: Step): void {
  const nothing = { protocolType: null, protocolName: null, assignment: NOTHING_ASSIGNED }
  step.reply(asked, { api: 'SyncGroup', throttleTimeMs: 0, errorCode: error, ...nothing })
}

export function answerSync(
  asked: AskedFor<'SyncGroup'>,
  { protocolType, protocolName }: ClassicGroup,
  assignment: Uint8Array,
  step: Step,
): void {
  step.reply(asked, { api: 'SyncGroup', throttleTimeMs: 0, errorCode: 'NONE', protocolType, protocolName, assignment })
}

/** Answers the member that waits for the group to rebalance, if it does. */
export function tellWatcher(member: Member, error: ErrorCode, step: Step): void {
  if (member.watching !== null) answerWatch(member.watching, error, step)
  member.watching = null
}

export function answerWatch(asked: AskedFor<'AwaitRebalance'>, error: ErrorCode, step: Step): void {
  step.reply(asked, { api: 'AwaitRebalance', error })
}

/** Whatever the member waits for has come to nothing. */
export function refuseParked(group: ClassicGroup, member: Member, error: ErrorCode, step: Step): void {
  const { joining, syncing } = member
  // A member that is fenced is told which one it was; one that is unknown has to ask for another id.
  if (joining !== null) refuseJoin(joining, error, error === 'FENCED_INSTANCE_ID' ? member.id : NO_MEMBER_ID, step)
  if (syncing !== null) refuseSync(syncing, error, step)
  tellWatcher(member, error, step)
  group.members.setJoining(member, null)
  member.syncing = null
}

/** The error for whoever says that it is this member; NONE: it is. (`ClassicGroup.validateMember`) */
export function memberError(group: ClassicGroup, memberId: string, instanceId: string | null): ErrorCode {
  const ofInstance = group.members.ofInstance(instanceId)
  if (instanceId !== null && ofInstance !== undefined && ofInstance.id !== memberId) return 'FENCED_INSTANCE_ID'
  if (instanceId !== null && ofInstance === undefined) return 'UNKNOWN_MEMBER_ID'
  return group.members.get(memberId) === undefined ? 'UNKNOWN_MEMBER_ID' : 'NONE'
}
