import type { ErrorCode } from '../../../src/base/error-code.js'
import type { GroupRequestOf } from '../../../src/coordinator/group/group-messages.js'
import { ZERO_UUID } from '../../../src/protocol/wire/wire-types.js'
import { type GivenGroups, NEWEST_VERSION, type Question } from './given-groups.js'

/** The way in which tests speak to one group: requests with whatever they leave out filled in. */

export const GROUP = 'orders-readers'
export const SESSION_MS = 10_000
export const REBALANCE_MS = 60_000

export interface JoinWish {
  readonly memberId?: string
  readonly instanceId?: string | null
  /** Assignors in the member's order; their metadata is `metadata`. */
  readonly protocols?: readonly string[]
  readonly metadata?: string
  readonly protocolType?: string
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly groupId?: string
  readonly version?: number
  /** The actor that asks. */
  readonly peer?: string
}

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

export function join(given: GivenGroups, wish: JoinWish = {}): Question<'JoinGroup'> {
  const { protocols = ['range'], metadata = 'all' } = wish
  const body: GroupRequestOf<'JoinGroup'> = {
    api: 'JoinGroup',
    groupId: wish.groupId ?? GROUP,
    sessionTimeoutMs: wish.sessionTimeoutMs ?? SESSION_MS,
    rebalanceTimeoutMs: wish.rebalanceTimeoutMs ?? REBALANCE_MS,
    memberId: wish.memberId ?? '',
    groupInstanceId: wish.instanceId ?? null,
    protocolType: wish.protocolType ?? 'other',
    protocols: protocols.map((name) => ({ name, metadata: bytesOf(metadata) })),
    reason: null,
  }
  return given.ask<'JoinGroup'>(body, wish.version ?? NEWEST_VERSION, wish.peer)
}

/** Asks for an id, and joins with it. */
export function joinKnown(given: GivenGroups, wish: JoinWish = {}): Question<'JoinGroup'> {
  const asked = join(given, wish)
  if (asked.error !== 'MEMBER_ID_REQUIRED') throw new Error(`No id was given, but ${asked.error}`)
  return join(given, { ...wish, memberId: asked.reply.memberId })
}

export interface MemberRef {
  readonly memberId: string
  readonly generationId: number
  readonly instanceId?: string | null
  readonly groupId?: string
}

export function sync(
  given: GivenGroups,
  member: MemberRef,
  assignments: Readonly<Record<string, string>> = {},
  named: {
    readonly protocolType?: string | null
    readonly protocolName?: string | null
    readonly version?: number
  } = {},
): Question<'SyncGroup'> {
  const { protocolType = 'other', protocolName = 'range', version } = named
  return given.ask<'SyncGroup'>(
    {
      api: 'SyncGroup',
      groupId: member.groupId ?? GROUP,
      generationId: member.generationId,
      memberId: member.memberId,
      groupInstanceId: member.instanceId ?? null,
      protocolType,
      protocolName,
      assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: bytesOf(text) })),
    },
    version,
  )
}

export function heartbeat(given: GivenGroups, member: MemberRef): ErrorCode {
  const { memberId, generationId, groupId = GROUP, instanceId: groupInstanceId = null } = member
  return given.ask<'Heartbeat'>({ api: 'Heartbeat', groupId, generationId, memberId, groupInstanceId }).error
}

/** Asks to be told when the group rebalances. */
export function watch(given: GivenGroups, member: MemberRef, peer?: string): Question<'AwaitRebalance'> {
  const { memberId, generationId, groupId = GROUP, instanceId: groupInstanceId = null } = member
  const body = { api: 'AwaitRebalance' as const, groupId, memberId, groupInstanceId, generationId }
  return given.ask<'AwaitRebalance'>(body, NEWEST_VERSION, peer)
}

/** What a watch was answered; null: nothing yet. */
export const told = (watching: Question<'AwaitRebalance'>): ErrorCode | null =>
  watching.isParked ? null : watching.reply.error

/** The broker has seen the end of this actor. */
export function endPeer(given: GivenGroups, peer: string): void {
  given.endedPeers.add(peer)
  given.ask<'PeersEnded'>({ api: 'PeersEnded', peers: [peer] })
}

interface Leaver {
  readonly memberId?: string
  readonly instanceId?: string | null
}

/** The errors of the members, in their order. */
export function leave(given: GivenGroups, ...leavers: readonly Leaver[]): readonly ErrorCode[] {
  const members = leavers.map(({ memberId = '', instanceId: groupInstanceId = null }) => {
    return { memberId, groupInstanceId, reason: null }
  })
  const question = given.ask<'LeaveGroup'>({ api: 'LeaveGroup', groupId: GROUP, members })
  return question.reply.members.map(({ errorCode }) => errorCode)
}

export interface CommitWish extends Partial<MemberRef> {
  readonly offset?: number
  readonly topic?: string
  readonly partition?: number
  readonly metadata?: string | null
  readonly leaderEpoch?: number
  readonly topicId?: string
  readonly retentionTimeMs?: number
  readonly version?: number
}

export const NO_ID = ZERO_UUID

/** Commits for one partition, and returns its error. Without a member it is of generation -1. */
export function commit(given: GivenGroups, wish: CommitWish = {}): ErrorCode {
  const { retentionTimeMs } = wish
  const partition = {
    partitionIndex: wish.partition ?? 0,
    committedOffset: wish.offset ?? 1,
    committedLeaderEpoch: wish.leaderEpoch ?? -1,
    committedMetadata: wish.metadata ?? null,
  }
  const question = given.ask<'OffsetCommit'>(
    {
      api: 'OffsetCommit',
      groupId: wish.groupId ?? GROUP,
      generationIdOrMemberEpoch: wish.generationId ?? -1,
      memberId: wish.memberId ?? '',
      groupInstanceId: wish.instanceId ?? null,
      topics: [{ name: wish.topic ?? 'orders', topicId: wish.topicId ?? NO_ID, partitions: [partition] }],
      ...(retentionTimeMs === undefined ? {} : { retentionTimeMs }),
    },
    wish.version,
  )
  return question.reply.topics[0]!.partitions[0]!.errorCode
}

/** What is committed for the partition; -1: nothing. */
export function committed(
  given: GivenGroups,
  { topic = 'orders', partition = 0, groupId = GROUP, topicId = NO_ID } = {},
): { readonly committedOffset: number; readonly committedLeaderEpoch: number; readonly metadata: string | null } {
  const topics = [{ name: topic, topicId, partitionIndexes: [partition] }]
  const groups = [{ groupId, memberId: null, memberEpoch: -1, topics }]
  const { reply } = given.ask<'OffsetFetch'>({ api: 'OffsetFetch', groups, requireStable: false })
  const { committedOffset, committedLeaderEpoch, metadata } = reply.groups[0]!.topics[0]!.partitions[0]!
  return { committedOffset, committedLeaderEpoch, metadata }
}

export function describeGroup(given: GivenGroups, groupId = GROUP, version = NEWEST_VERSION) {
  const body = { api: 'DescribeGroups' as const, groups: [groupId], includeAuthorizedOperations: false }
  return given.ask<'DescribeGroups'>(body, version).reply.groups[0]!
}

export const stateOf = (given: GivenGroups): string => describeGroup(given).groupState

/** The member as its answered JoinGroup knows it. */
export function memberOf({ reply, asked }: Question<'JoinGroup'>): MemberRef & { readonly leader: string } {
  const { memberId, generationId, leader } = reply
  return { memberId, generationId, leader, instanceId: asked.request.body.groupInstanceId }
}

/** So many members that are in a Stable group; the first one leads. */
export function stableGroup(given: GivenGroups, ...wishes: readonly JoinWish[]): MemberRef[] {
  const joins = wishes.map((wish) => (wish.instanceId == null ? joinKnown(given, wish) : join(given, wish)))
  given.until(() => joins.every(({ isParked }) => !isParked))
  const members = joins.map(memberOf)
  const assignments = Object.fromEntries(members.map(({ memberId }, index) => [memberId, `part ${index}`]))
  const { protocolType, protocolName } = joins[0]!.reply
  for (const member of [...members].reverse()) sync(given, member, assignments, { protocolType, protocolName })
  return members
}
