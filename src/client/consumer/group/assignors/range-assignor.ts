import { type Assignor, staticFirst } from './assignor.js'
import { GroupTable, type TopicRow } from './group-table.js'
import { areRacksWorthwhile, rackOf } from './racks.js'

/**
 * Gives each member a range of every topic that it wants: of n partitions and m members the first n mod m get one more
 * than the others. So partitions with the same number in topics with the same readers meet at one member.
 *
 * Racks (KIP-881) come first: a member gets partitions with a replica in its rack, up to its quota, in the order of
 * partitions; the rest goes by ranges. Topics with the same readers and as many partitions do so together, so that
 * their partitions still meet. (Kafka: `RangeAssignor`.)
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  supportedProtocols: ['EAGER'],
  userData: () => null,

  assign(group) {
    const table = new GroupTable(group, staticFirst)
    const shares = table.members.map((): number[] => [])
    const racks = table.members.map(rackOf)
    const ranges = table.topics.map((topic) => new TopicRanges(topic, racks, shares))
    const usesRacks = ranges.some(({ needsRacks }) => needsRacks)
    if (usesRacks) for (const together of coPartitioned(ranges)) assignByRack(together)
    for (const range of ranges) range.assignRest()
    if (usesRacks) for (const share of shares) share.sort((a, b) => a - b)
    return table.assignmentOf(shares)
  },
}

/** One topic while it is given out. */
class TopicRanges {
  readonly topic: TopicRow
  readonly needsRacks: boolean
  readonly #racks: readonly (string | null)[]
  readonly #partitionRacks: readonly ReadonlySet<string>[]
  readonly #shares: readonly number[][]
  /** The number of partitions of this topic that each subscriber has, by its place among the subscribers. */
  readonly #given: number[]
  readonly #isGiven: boolean[]
  readonly #quota: number
  /** The number of subscribers that may still get one above the quota. */
  #extras: number

  constructor(topic: TopicRow, racks: readonly (string | null)[], shares: readonly number[][]) {
    const { subscribers, partitionCount, partitionRacks = [] } = topic
    this.topic = topic
    this.#racks = racks
    this.#shares = shares
    this.#partitionRacks = Array.from({ length: partitionCount }, (_, index) => new Set(partitionRacks[index]))
    this.needsRacks = areRacksWorthwhile(
      subscribers.map((member) => racks[member]!),
      this.#partitionRacks,
    )
    this.#given = subscribers.map(() => 0)
    this.#isGiven = Array.from({ length: partitionCount }, () => false)
    this.#quota = Math.floor(partitionCount / subscribers.length)
    this.#extras = partitionCount % subscribers.length
  }

  room(subscriber: number): number {
    return Math.max(0, this.#quota + (this.#extras > 0 ? 1 : 0) - this.#given[subscriber]!)
  }

  /** Whether the partition has a replica in the subscriber's rack. A subscriber without a rack is near to all. */
  isNear(subscriber: number, partition: number): boolean {
    const rack = this.#racks[this.topic.subscribers[subscriber]!]!
    return rack === null || this.#partitionRacks[partition]!.has(rack)
  }

  give(subscriber: number, partition: number): void {
    this.#shares[this.topic.subscribers[subscriber]!]!.push(this.topic.first + partition)
    this.#isGiven[partition] = true
    this.#given[subscriber]! += 1
    if (this.#given[subscriber] === this.#quota + 1) this.#extras -= 1
  }

  /** Fills the members one after the other with what nobody has yet. */
  assignRest(isRight: (subscriber: number, partition: number) => boolean = () => true): void {
    let first = 0
    for (const subscriber of this.topic.subscribers.keys()) {
      while (this.#isGiven[first]) first += 1
      let room = this.room(subscriber)
      for (let partition = first; partition < this.topic.partitionCount && room > 0; partition++) {
        if (this.#isGiven[partition] || !isRight(subscriber, partition)) continue
        this.give(subscriber, partition)
        room -= 1
      }
    }
  }
}

/** Topics with the same readers and as many partitions. */
function coPartitioned(ranges: readonly TopicRanges[]): readonly (readonly TopicRanges[])[] {
  const groups = new Map<string, TopicRanges[]>()
  for (const range of ranges) {
    const { subscribers, partitionCount } = range.topic
    const key = `${partitionCount} ${subscribers.join(' ')}`
    groups.set(key, [...(groups.get(key) ?? []), range])
  }
  return [...groups.values()]
}

function assignByRack(together: readonly TopicRanges[]): void {
  const range = together[0]!
  if (together.length === 1) {
    if (range.needsRacks) range.assignRest((subscriber, partition) => range.isNear(subscriber, partition))
    return
  }
  const { subscribers, partitionCount } = range.topic
  for (let partition = 0; partition < partitionCount; partition++) {
    const subscriber = subscribers.findIndex((_, candidate) =>
      together.every((one) => one.isNear(candidate, partition) && one.room(candidate) > 0),
    )
    if (subscriber !== -1) for (const one of together) one.give(subscriber, partition)
  }
}
