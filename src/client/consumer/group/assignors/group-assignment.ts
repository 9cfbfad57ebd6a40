import { KafkaError } from '../../../../base/errors.js'
import { messageOf } from '../../../../base/thrown.js'
import type { AssignmentStrategy } from './assignment-strategy.js'
import type { Assignor, Group, GroupAssignment, GroupMember, GroupTopic, LastAssignment } from './assignor.js'
import { decodeSubscription, encodeAssignment, encodeSubscription, type Subscription } from './member-metadata.js'

/**
 * The two things that a member does about the assignment of its group: it says in JoinGroup what it wants, and if it
 * leads, it says in SyncGroup what each member gets.
 */

/** The `protocols` of a member's JoinGroup, in the order of its preference. */
export function protocolsOf(
  { assignors }: AssignmentStrategy,
  subscription: Omit<Subscription, 'userData'>,
  last: LastAssignment | null,
): readonly { readonly name: string; readonly metadata: Uint8Array }[] {
  return assignors.map(({ name, userData }) => ({
    name,
    metadata: encodeSubscription({ ...subscription, userData: userData(last) }),
  }))
}

/** A member as JoinGroup tells the leader of it. */
export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Uint8Array
}

/** What the leader knows of a topic; undefined: there is no such topic, as far as it knows. */
export type TopicOf = (topic: string) => Omit<GroupTopic, 'topic'> | undefined

/** What the leader has decided. */
export interface LedAssignment {
  /** The `assignments` of its SyncGroup: every member is in it. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
  /** All topics that some member wants, also those that do not exist: the leader rejoins when one of them changes. */
  readonly topics: readonly string[]
  /** Whether every partition has a member; a cooperative round leaves out what somebody has to give up first. */
  readonly isWhole: boolean
}

/**
 * The leader's part of a rebalance, with the assignor that the coordinator has chosen. Throws a `KafkaError` if a
 * member has sent what is not a subscription, and a `ConfigError` if an assignor of the application gave what it may
 * not give.
 */
export function assignGroup(
  { assignors }: AssignmentStrategy,
  protocolName: string,
  members: readonly JoinedMember[],
  topicOf: TopicOf,
): LedAssignment {
  const assignor = assignors.find(({ name }) => name === protocolName)
  if (assignor === undefined) throw notOffered(protocolName, assignors)
  const { group, topics } = groupOf(members, topicOf)
  const shares = assignor.assign(group)
  return { assignments: assignmentsOf(shares), topics, isWhole: isWhole(shares, group) }
}

function isWhole(shares: GroupAssignment, { topics }: Group): boolean {
  const shared = [...shares.values()].reduce((sum, partitions) => sum + partitions.length, 0)
  return shared >= topics.reduce((sum, { partitionCount }) => sum + partitionCount, 0)
}

/**
 * The topics that some member wants, by name. A static leader that came back assigns nothing (KIP-814), and still
 * watches them (KAFKA-13435).
 */
export function wantedTopics(members: readonly JoinedMember[]): readonly string[] {
  return topicsOf(members.map(memberOf))
}

const topicsOf = (members: readonly GroupMember[]): readonly string[] =>
  [...new Set(members.flatMap(({ topics }) => topics))].sort()

function notOffered(protocolName: string, assignors: readonly Assignor[]): KafkaError {
  const offered = assignors.map(({ name }) => name).join(', ')
  const says = `The group has chosen the assignor "${protocolName}", and this member has offered ${offered}`
  return new KafkaError('INCONSISTENT_GROUP_PROTOCOL', says)
}

/** What an assignor works on: the members, and of the topics that they want those that exist. */
export function groupOf(
  members: readonly JoinedMember[],
  topicOf: TopicOf,
): { readonly group: Group; readonly topics: readonly string[] } {
  const read = members.map(memberOf)
  const topics = topicsOf(read)
  const existing = topics.flatMap((topic): GroupTopic[] => {
    const known = topicOf(topic)
    return known === undefined ? [] : [{ ...known, topic }]
  })
  return { group: { members: read, topics: existing }, topics }
}

function memberOf({ memberId, groupInstanceId, metadata }: JoinedMember): GroupMember {
  try {
    return { ...decodeSubscription(metadata), memberId, groupInstanceId }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    throw new KafkaError(error.code, `Cannot read what ${memberId} has subscribed to: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** The `assignments` of a SyncGroup. */
export function assignmentsOf(assignment: GroupAssignment): LedAssignment['assignments'] {
  return [...assignment].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment({ partitions, userData: null }),
  }))
}
