/** What an assignor is, and what it works on: plain data, which may cross threads. */
import type { PartitionName } from '../../../../protocol/partition.js'

/**
 * How a rebalance goes (KIP-429). EAGER: every member gives up all partitions before it joins. COOPERATIVE: a member
 * keeps reading, and gives up what the assignment took away from it afterwards; then it joins once more.
 */
export type RebalanceProtocol = 'EAGER' | 'COOPERATIVE'

/** The generation of a member that was in none yet, or does not say in which. */
export const NO_GENERATION = -1

/** A member as its leader sees it. */
export interface GroupMember {
  readonly memberId: string
  /** The name of a static member (KIP-345); null: it is a dynamic one. */
  readonly groupInstanceId: string | null
  /** The names of the topics that it wants, each once. */
  readonly topics: readonly string[]
  /** The partitions that it still holds. Empty in an eager rebalance. */
  readonly ownedPartitions: readonly PartitionName[]
  /** The generation in which it was given them. */
  readonly generationId: number
  readonly rackId: string | null
  /** Whatever its assignor wanted to be told. */
  readonly userData: Uint8Array | null
}

/** A topic that exists. */
export interface GroupTopic {
  readonly topic: string
  readonly partitionCount: number
  /** The racks that hold a replica, for each partition. Absent where brokers say nothing of racks. */
  readonly partitionRacks?: readonly (readonly string[])[]
}

/** The partitions that are to be shared, and among whom. */
export interface Group {
  readonly members: readonly GroupMember[]
  readonly topics: readonly GroupTopic[]
}

/** The partitions of each member, by its id. Members that get nothing are there too. */
export type GroupAssignment = ReadonlyMap<string, readonly PartitionName[]>

/** The last assignment of a member, which it may tell the next leader. */
export interface LastAssignment {
  readonly partitions: readonly PartitionName[]
  readonly generationId: number
}

/** A way to share partitions. Members of a group agree on one by its name. */
export interface Assignor {
  readonly name: string
  /** The kinds of rebalance that it can be used in; at least one. */
  readonly supportedProtocols: readonly RebalanceProtocol[]
  /** The `userData` of a member's next subscription. `last` is null before its first assignment. */
  userData(last: LastAssignment | null): Uint8Array | null
  /** Depends on what it is given alone, and not on its order. */
  assign(group: Group): GroupAssignment
}

/** The order of Java's `String.compareTo`: by UTF-16 units, so that `m10` comes before `m2`. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const byMemberId = (a: GroupMember, b: GroupMember): number => byText(a.memberId, b.memberId)

/**
 * Static members first, by their names: a member that was started again then has the place of its predecessor, though
 * its id is another one. (Kafka: `AbstractPartitionAssignor.MemberInfo`.)
 */
export function staticFirst(a: GroupMember, b: GroupMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return byText(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return byMemberId(a, b)
}
