import { type GroupTable, NONE } from './group-table.js'
import type { Racks } from './racks.js'

/**
 * Shares partitions among members that want different topics.
 *
 * The partitions of a topic are alike, and so they are counted: a `PartitionClass` knows how many of its partitions
 * each subscriber has. (If racks matter, those near to the same members are a class.) Partitions are first counted to
 * their owners, and the others to members with the least load. Then they move, one by one, from a member to one that
 * has at least two fewer in all, until no move is left. Only the end says which partitions a count means: of a class,
 * everybody keeps as many as it can of those that it owns.
 *
 * A move makes the loads more alike, and what was given anew moves before anything that is owned. After the last move,
 * a member that lost something to a member with more gets it back: the same loads are then in other hands. Both end,
 * since the sum of the squared loads only falls, and at one sum the number of kept partitions only grows. (Kafka:
 * `AbstractStickyAssignor.GeneralAssignmentBuilder` moves partitions, and corrects itself where two of a topic change
 * hands in both directions.)
 */
export function mixedShares(table: GroupTable, owners: Int32Array, racks: Racks): readonly (readonly number[])[] {
  const loads = new Int32Array(table.members.length)
  const classes = classesOf(table, owners, racks)
  for (const one of classes) one.keep(loads)
  for (const one of classes) if (one.isNearSomebody) one.giveRest(loads)
  for (const one of classes) if (!one.isNearSomebody) one.giveRest(loads)
  const movable = classes.filter(({ members }) => members.length > 1)
  do {
    repeat(movable, (one) => one.move(loads, 'not owned'))
    repeat(movable, (one) => one.move(loads, 'any'))
  } while (repeat(movable, (one) => one.giveBack(loads)))

  const shares = table.members.map((): number[] => [])
  for (const one of classes) one.share(shares)
  return shares
}

/** Goes over all classes until none of them changes any more. Returns whether one has changed at all. */
function repeat(classes: readonly PartitionClass[], change: (one: PartitionClass) => boolean): boolean {
  let hasChanged = false
  for (let isOver = false; !isOver; ) {
    isOver = true
    for (const one of classes) while (change(one)) isOver = false
    hasChanged ||= !isOver
  }
  return hasChanged
}

/** The classes whose partitions have the fewest readers come first: they have the least choice. */
function classesOf(table: GroupTable, owners: Int32Array, racks: Racks): readonly PartitionClass[] {
  const classes = new Map<string, PartitionClass>()
  for (const [index, topic] of table.topics.entries()) {
    for (let partition = topic.first; partition < topic.first + topic.partitionCount; partition++) {
      const key = `${index} ${racks.keyOf(partition)}`
      let one = classes.get(key)
      if (one === undefined) {
        one = new PartitionClass(topic.subscribers, {
          isNear: topic.subscribers.map((member) => racks.isNear(member, partition)),
          isFar: topic.subscribers.map((member) => racks.isFar(member, partition)),
        })
        classes.set(key, one)
      }
      one.add(partition, owners[partition]!)
    }
  }
  return [...classes.values()].sort((a, b) => a.members.length - b.members.length)
}

/** Partitions that are alike. `place` is that of a member among those that want them. */
class PartitionClass {
  readonly members: readonly number[]
  readonly isNearSomebody: boolean
  readonly #isNear: readonly boolean[]
  readonly #isFar: readonly boolean[]
  readonly #partitions: number[] = []
  /** The partitions of the class that each member owns. */
  readonly #owned: number[][]
  /** The number that each member is to have. */
  readonly #counts: Int32Array
  /** The partitions that are counted to nobody yet. */
  #left = 0
  /** The members that were counted one of those, in this order, so that neighbours go to different members. */
  readonly #gifts: number[] = []

  constructor(
    members: readonly number[],
    { isNear, isFar }: { readonly isNear: readonly boolean[]; readonly isFar: readonly boolean[] },
  ) {
    this.members = members
    this.#isNear = isNear
    this.#isFar = isFar
    this.isNearSomebody = isNear.includes(true)
    this.#owned = members.map(() => [])
    this.#counts = new Int32Array(members.length)
  }

  add(partition: number, owner: number): void {
    this.#partitions.push(partition)
    const place = owner === NONE ? -1 : this.members.indexOf(owner)
    if (place !== -1) this.#owned[place]!.push(partition)
  }

  /** Counts to each member what it owns, unless others are nearer to it. */
  keep(loads: Int32Array): void {
    this.#left = this.#partitions.length
    for (const place of this.members.keys()) {
      if (this.isNearSomebody && this.#isFar[place]) continue
      const { length } = this.#owned[place]!
      this.#count(place, length, loads)
      this.#left -= length
    }
  }

  /** Counts what is left to the members with the least load, near ones if there are any. */
  giveRest(loads: Int32Array): void {
    for (; this.#left > 0; this.#left--) {
      const place = this.#leastLoaded(loads, this.isNearSomebody)
      this.#gifts.push(place)
      this.#count(place, 1, loads)
    }
  }

  /** Moves one from the most loaded holder to the least loaded member, if that makes the loads more alike. */
  move(loads: Int32Array, which: 'not owned' | 'any'): boolean {
    const from = this.#mostLoaded(loads, which)
    if (from === -1) return false
    const isLess = (place: number): boolean => loads[this.members[place]!]! + 1 < loads[this.members[from]!]!
    const near = this.isNearSomebody ? this.#leastLoaded(loads, true) : from
    const to = isLess(near) ? near : this.#leastLoaded(loads, false)
    if (!isLess(to)) return false
    this.#move(from, to, loads)
    return true
  }

  /** Moves one back from a member to one with a smaller load that has lost it, and not for being in another rack. */
  giveBack(loads: Int32Array): boolean {
    const losers = this.#placesWhere((place) => this.#counts[place]! < this.#owned[place]!.length)
    if (losers.length === 0) return false
    const winners = this.#placesWhere((place) => this.#counts[place]! > this.#owned[place]!.length)
    for (const to of losers) {
      const from = winners.find(
        (place) =>
          loads[this.members[to]!]! < loads[this.members[place]!]! && !(this.#isNear[place] && !this.#isNear[to]),
      )
      if (from === undefined) continue
      this.#move(from, to, loads)
      return true
    }
    return false
  }

  /** Says which partitions the counts mean. */
  share(shares: readonly number[][]): void {
    const needs = this.#counts.slice()
    const isKept = new Set<number>()
    for (const [place, owned] of this.#owned.entries()) {
      for (const partition of owned.slice(0, needs[place])) {
        shares[this.members[place]!]!.push(partition)
        isKept.add(partition)
        needs[place]! -= 1
      }
    }
    const needy = [...needs].flatMap((need, place) => Array.from({ length: need }, () => place))
    const receivers = [...this.#gifts, ...needy].values()
    for (const partition of this.#partitions) {
      if (isKept.has(partition)) continue
      let place = receivers.next().value!
      while (needs[place] === 0) place = receivers.next().value!
      needs[place]! -= 1
      shares[this.members[place]!]!.push(partition)
    }
  }

  #placesWhere(isRight: (place: number) => boolean): readonly number[] {
    const places: number[] = []
    for (const place of this.members.keys()) if (isRight(place)) places.push(place)
    return places
  }

  #hasLost(place: number): boolean {
    return this.#counts[place]! < this.#owned[place]!.length
  }

  /** The first of those with the least load; among equals, one that has lost some. */
  #leastLoaded(loads: Int32Array, nearOnly: boolean): number {
    let least = -1
    for (const place of this.members.keys()) {
      if (nearOnly && !this.#isNear[place]) continue
      const difference = least === -1 ? -1 : loads[this.members[place]!]! - loads[this.members[least]!]!
      if (difference < 0 || (difference === 0 && this.#hasLost(place) && !this.#hasLost(least))) least = place
    }
    return least
  }

  #mostLoaded(loads: Int32Array, which: 'not owned' | 'any'): number {
    let most = -1
    for (const place of this.members.keys()) {
      if (this.#counts[place]! <= (which === 'any' ? 0 : this.#owned[place]!.length)) continue
      if (most === -1 || loads[this.members[place]!]! > loads[this.members[most]!]!) most = place
    }
    return most
  }

  #move(from: number, to: number, loads: Int32Array): void {
    this.#count(from, -1, loads)
    this.#count(to, 1, loads)
  }

  #count(place: number, difference: number, loads: Int32Array): void {
    this.#counts[place]! += difference
    loads[this.members[place]!]! += difference
  }
}
