import { isOn } from '../../../../base/guards.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import type { GroupMember } from './assignor.js'
import { type GroupTable, NONE } from './group-table.js'

/** The partitions that one member says it holds, and since when. */
export interface Claim {
  readonly partitions: readonly PartitionName[]
  readonly generationId: number
}

/**
 * The owner of each partition, found in what all members say. Of several claims the one of the newest generation is
 * true; if there are two of those, nobody owns the partition (KAFKA-12984). A member that missed a generation still
 * claims what it had, which counts as long as nobody has a newer claim (KAFKA-14639).
 */
export class Claims {
  /** The owner of each partition, or NONE. */
  readonly owners: Int32Array
  readonly #firstClaimant: Int32Array
  readonly #areSeveral: Uint8Array

  constructor(table: GroupTable, claimOf: (member: GroupMember) => Claim) {
    this.owners = new Int32Array(table.partitionCount).fill(NONE)
    this.#firstClaimant = new Int32Array(table.partitionCount).fill(NONE)
    this.#areSeveral = new Uint8Array(table.partitionCount)
    const newest = new Float64Array(table.partitionCount).fill(Number.NEGATIVE_INFINITY)
    for (const [member, { partitions, generationId }] of table.members.map(claimOf).entries()) {
      for (const partition of new Set(partitions.map((name) => table.numberOf(name)))) {
        if (partition === NONE) continue
        if (this.#firstClaimant[partition] === NONE) this.#firstClaimant[partition] = member
        else this.#areSeveral[partition] = 1
        if (generationId < newest[partition]!) continue
        this.owners[partition] = generationId > newest[partition]! ? member : NONE
        newest[partition] = generationId
      }
    }
  }

  isClaimedByAnother(partition: number, member: number): boolean {
    const first = this.#firstClaimant[partition]!
    return this.#areSeveral[partition] === 1 || (first !== NONE && first !== member)
  }

  /**
   * The shares of one cooperative round: without what another member still holds. That one gives it up when it is told
   * its own share, joins again, and the partition is given out in the next round.
   */
  withoutHeld(shares: readonly (readonly number[])[]): readonly (readonly number[])[] {
    return shares.map((share, member) =>
      share.filter(
        (partition) =>
          this.owners[partition] === member || !this.isClaimedByAnother(partition, member) || !isOn('one-round-later'),
      ),
    )
  }
}
