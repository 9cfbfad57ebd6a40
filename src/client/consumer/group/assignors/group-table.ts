import type { PartitionName } from '../../../../protocol/partition.js'
import { byText, type Group, type GroupAssignment, type GroupMember, type GroupTopic } from './assignor.js'

/** No member, or no partition. */
export const NONE = -1

/** A topic with its place in the table. */
export interface TopicRow extends GroupTopic {
  /** The number of its partition 0; the others follow. */
  readonly first: number
  /** The members that want it, in the order of the table. */
  readonly subscribers: readonly number[]
}

/**
 * A group in which members and partitions have numbers: members in a given order, partitions by topic and number. So
 * a partition is an index into lists, and assignors make neither texts nor maps for it.
 *
 *     topics       A, 3 partitions    B, 2
 *     partitions   0   1   2          3   4       , B-0, B-1
 */
export class GroupTable {
  readonly members: readonly GroupMember[]
  /** The topics that somebody wants, by name. */
  readonly topics: readonly TopicRow[]
  readonly partitionCount: number
  readonly #rowOf: ReadonlyMap<string, TopicRow>
  /** The topic of each partition, as an index into `topics`. */
  readonly #topicOf: Uint32Array

  constructor({ members, topics }: Group, order: (a: GroupMember, b: GroupMember) => number) {
    this.members = [...members].sort(order)
    const subscribers = new Map<string, number[]>(topics.map(({ topic }) => [topic, []]))
    for (const [member, { topics: wanted }] of this.members.entries())
      for (const topic of wanted) subscribers.get(topic)?.push(member)
    let first = 0
    this.topics = topics
      .filter(({ topic }) => subscribers.get(topic)!.length > 0)
      .sort((a, b) => byText(a.topic, b.topic))
      .map((topic) => {
        const row = { ...topic, first, subscribers: subscribers.get(topic.topic)! }
        first += topic.partitionCount
        return row
      })
    this.partitionCount = first
    this.#rowOf = new Map(this.topics.map((row) => [row.topic, row]))
    this.#topicOf = new Uint32Array(first)
    for (const [index, row] of this.topics.entries())
      this.#topicOf.fill(index, row.first, row.first + row.partitionCount)
  }

  /** Whether every member wants every topic. */
  get isUniform(): boolean {
    return this.topics.every(({ subscribers }) => subscribers.length === this.members.length)
  }

  /** The number of a partition; NONE: there is no such partition, or nobody wants its topic. */
  numberOf({ topic, partition }: PartitionName): number {
    const row = this.#rowOf.get(topic)
    return row !== undefined && partition >= 0 && partition < row.partitionCount ? row.first + partition : NONE
  }

  topicOf(partition: number): TopicRow {
    return this.topics[this.#topicOf[partition]!]!
  }

  /** The partition's number within its topic. */
  partitionOf(partition: number): number {
    return partition - this.topicOf(partition).first
  }

  /** The assignment in which each member, in the order of the table, has these partitions. */
  assignmentOf(shares: readonly (readonly number[])[]): GroupAssignment {
    const nameOf = (partition: number): PartitionName => ({
      topic: this.topicOf(partition).topic,
      partition: this.partitionOf(partition),
    })
    return new Map(this.members.map(({ memberId }, member) => [memberId, shares[member]!.map(nameOf)]))
  }
}
