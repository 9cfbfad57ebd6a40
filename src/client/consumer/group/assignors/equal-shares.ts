import { type GroupTable, NONE } from './group-table.js'
import type { Racks } from './racks.js'

/**
 * Shares all partitions among members that want the same topics. With n partitions and m members, n mod m members get
 * one more than the quota of n div m, the others get the quota:
 *
 * 1. Everybody keeps what it owns, up to its share. Members that own more than the quota come first for an extra one.
 * 2. What is left goes to members that are near to it, if racks matter (KIP-881).
 * 3. What an owner gave up for a rack goes back to it, if nobody near had room.
 * 4. The rest goes round the members that are below the quota, and then to those that have it.
 *
 * So the loads differ by one at most, and a member loses only what is above its share, or what is near to others.
 * (Kafka: `AbstractStickyAssignor.ConstrainedAssignmentBuilder`, without step 3: there a member in a rack without
 * replicas loses all in every rebalance.)
 */
export function equalShares(table: GroupTable, owners: Int32Array, racks: Racks): readonly (readonly number[])[] {
  const shares = new EqualShares(table)
  const owned = ownedPartitions(table, owners)
  for (const [member, partitions] of owned.entries()) {
    const near = partitions.filter((partition) => !racks.isFar(member, partition))
    shares.keep(member, near)
  }
  shares.startFilling()
  let left = shares.left()
  if (racks.isUsed) {
    // Partitions with few members near to them have the least choice.
    left.sort((a, b) => racks.nearCount(a) - racks.nearCount(b))
    left = left.filter((partition) => !shares.giveNear(partition, (member) => racks.isNear(member, partition)))
    left = left.filter((partition) => !shares.giveBack(partition, owners[partition]!))
  }
  shares.giveRest(left)
  return shares.all
}

/** The partitions that each member owns, in the order in which it keeps them: by number, so that topics take turns. */
function ownedPartitions(table: GroupTable, owners: Int32Array): readonly number[][] {
  const owned = table.members.map((): number[] => [])
  for (const [partition, owner] of owners.entries()) if (owner !== NONE) owned[owner]!.push(partition)
  // Sorting is stable: partitions with the same number stay in the order of topics.
  for (const partitions of owned) partitions.sort((a, b) => table.partitionOf(a) - table.partitionOf(b))
  return owned
}

class EqualShares {
  readonly all: number[][]
  readonly #isGiven: Uint8Array
  readonly #quota: number
  /** The number of members that may still get one above the quota. */
  #extras: number
  /** The members below the quota, by id. */
  readonly #below: number[] = []
  /** The place among those of the member that is next. */
  #turn = 0
  /** The members that have exactly the quota, in the order in which they get an extra one. */
  readonly #atQuota: number[] = []

  constructor({ members, partitionCount }: GroupTable) {
    this.all = members.map(() => [])
    this.#isGiven = new Uint8Array(partitionCount)
    this.#quota = Math.floor(partitionCount / members.length)
    this.#extras = partitionCount % members.length
  }

  /** Lets a member keep as much of this as is its share. */
  keep(member: number, partitions: readonly number[]): void {
    const mayKeep = this.#quota + (this.#extras > 0 ? 1 : 0)
    for (const partition of partitions.slice(0, mayKeep)) this.#give(member, partition)
  }

  startFilling(): void {
    for (const [member, { length }] of this.all.entries()) {
      if (length < this.#quota) this.#below.push(member)
      else if (length === this.#quota) this.#atQuota.push(member)
    }
  }

  /** The partitions that nobody has yet, by topic and number. */
  left(): number[] {
    const left: number[] = []
    for (const [partition, isGiven] of this.#isGiven.entries()) if (isGiven === 0) left.push(partition)
    return left
  }

  /** Gives to the next member that is near, if one has room for it. */
  giveNear(partition: number, isNear: (member: number) => boolean): boolean {
    const { length } = this.#below
    for (let step = 0; step < length; step++) {
      const turn = (this.#turn + step) % length
      if (isNear(this.#below[turn]!)) return this.#giveBelow(partition, turn)
    }
    return this.#giveExtra(partition, this.#atQuota.findIndex(isNear))
  }

  /** Gives to this member, if it has room. */
  giveBack(partition: number, member: number): boolean {
    const turn = this.#below.indexOf(member)
    return turn === -1 ? this.#giveExtra(partition, this.#atQuota.indexOf(member)) : this.#giveBelow(partition, turn)
  }

  giveRest(partitions: readonly number[]): void {
    this.#turn = 0
    for (const partition of partitions) {
      if (this.#below.length > 0) this.#giveBelow(partition, this.#turn)
      else this.#giveExtra(partition, 0)
    }
  }

  /** Gives to the member whose turn this is, and passes the turn on. */
  #giveBelow(partition: number, turn: number): true {
    const member = this.#below[turn]!
    this.#give(member, partition)
    this.#turn = turn
    if (this.all[member]!.length < this.#quota) this.#turn += 1
    else this.#atQuota.push(...this.#below.splice(turn, 1))
    if (this.#turn >= this.#below.length) this.#turn = 0
    return true
  }

  /** Gives one above the quota to the member at this place, or to nobody. */
  #giveExtra(partition: number, place: number): boolean {
    if (place === -1 || this.#extras === 0) return false
    this.#give(this.#atQuota.splice(place, 1)[0]!, partition)
    return true
  }

  #give(member: number, partition: number): void {
    const share = this.all[member]!
    share.push(partition)
    this.#isGiven[partition] = 1
    if (share.length === this.#quota + 1) this.#extras -= 1
  }
}
