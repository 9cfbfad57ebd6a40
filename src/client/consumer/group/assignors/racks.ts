import type { GroupMember } from './assignor.js'
import type { GroupTable } from './group-table.js'

/** The member's rack. Kafka's default of `client.rack` is the empty text, which is none. */
export const rackOf = ({ rackId }: GroupMember): string | null => (rackId === '' ? null : rackId)

/**
 * Whether a choice by racks can bring anything: some member is in a rack with replicas, and not every partition has
 * replicas in all of the racks. (Kafka: `AbstractPartitionAssignor.useRackAwareAssignment`.)
 */
export function areRacksWorthwhile(
  memberRacks: readonly (string | null)[],
  partitionRacks: readonly ReadonlySet<string>[],
): boolean {
  const all = new Set(partitionRacks.flatMap((racks) => [...racks]))
  const isSomebodyNear = memberRacks.some((rack) => rack !== null && all.has(rack))
  return isSomebodyNear && partitionRacks.some((racks) => racks.size !== all.size)
}

/** The members that are near to a partition, if that is worth anything (KIP-881). */
export class Racks {
  /** Whether anybody is near to anything; otherwise racks change nothing. */
  readonly isUsed: boolean
  readonly #rackOf: readonly (string | null)[]
  readonly #racksOf: readonly ReadonlySet<string>[]
  readonly #membersIn = new Map<string, number>()

  constructor(table: GroupTable) {
    this.#rackOf = table.members.map(rackOf)
    const hasRacks = this.#rackOf.some((rack) => rack !== null)
    this.#racksOf = hasRacks ? racksOfPartitions(table) : []
    this.isUsed = areRacksWorthwhile(this.#rackOf, this.#racksOf)
    for (const rack of this.#rackOf) if (rack !== null) this.#membersIn.set(rack, (this.#membersIn.get(rack) ?? 0) + 1)
  }

  isNear(member: number, partition: number): boolean {
    const rack = this.#rackOf[member]!
    return this.isUsed && rack !== null && this.#racksOf[partition]!.has(rack)
  }

  /** The number of members that are near to a partition. */
  nearCount(partition: number): number {
    let count = 0
    for (const rack of this.#racksOf[partition]!) count += this.#membersIn.get(rack) ?? 0
    return count
  }

  /** Whether a member is in another rack. One without a rack is neither near nor far. */
  isFar(member: number, partition: number): boolean {
    return this.isUsed && this.#rackOf[member] !== null && !this.isNear(member, partition)
  }

  /** Equal for partitions of a topic that are near to the same members. */
  keyOf(partition: number): string {
    return this.isUsed ? [...this.#racksOf[partition]!].sort().join('\n') : ''
  }
}

function racksOfPartitions({ topics }: GroupTable): readonly ReadonlySet<string>[] {
  return topics.flatMap(({ partitionCount, partitionRacks = [] }) =>
    Array.from({ length: partitionCount }, (_, partition) => new Set(partitionRacks[partition])),
  )
}
