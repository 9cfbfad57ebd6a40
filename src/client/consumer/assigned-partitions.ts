import { KafkaError } from '../../base/errors.js'
import type { PartitionAssignment } from '../../protocol/inner/consumer-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import { nameOf } from './fetching/fetched-partitions.js'
import type { FetchedSlice, PartitionTable } from './fetching/fetched-slice.js'
import { SharedPositions } from './fetching/shared-positions.js'

/** An assigned partition, as far as the application's half is: what it was told, and what it has handed out since. */
export interface AssignedPartition {
  readonly name: PartitionName
  readonly index: number
  /** Grows with each seek, at the call: what was fetched before it is handed out no more. */
  epoch: number
  /** The offset of the next record that is handed out; -1: it is being looked up. */
  position: number
  isPaused: boolean
  /** Whether it is about to be given up: nothing is handed out of it, and where the application is does not change. */
  isHeld: boolean
  /** Whether something was read of it since it was assigned. */
  hasRead: boolean
  /** How many seeks the other half may not have heard of. */
  seeks: number
}

/** Partitions of a topic: one, some, or all of them. */
export interface PartitionsOfTopic {
  readonly topic: string
  readonly partition?: number | undefined
  readonly partitions?: readonly number[] | undefined
}

/** What the consumer's thread is told of positions, so that it commits them. */
export type ToldPositions = 'everything' | 'what is given up' | 'nothing'

/**
 * The partitions that are assigned to a consumer, and where the application is in each. Lives on the application's
 * thread.
 */
export class AssignedPartitions implements PartitionTable {
  /** Called with each partition that is assigned no more. */
  onGone: (name: PartitionName, index: number) => void = () => {}
  #byIndex: ReadonlyMap<number, AssignedPartition> = new Map()
  #byName: ReadonlyMap<string, AssignedPartition> = new Map()
  /** Where a handler module is; null: none runs. */
  #modulePositions: SharedPositions | null = null
  /** Where what was read is told, so that the consumer's thread commits it; null: the consumer has no group. */
  #readPositions: SharedPositions | null = null
  #tellsRead: ToldPositions = 'everything'
  /** Topics of which every partition that comes is paused. */
  readonly #pausedTopics = new Set<string>()
  /** For each index, the epoch in which its partition was given up: news that are older list it still. */
  readonly #givenUp = new Map<number, number>()

  get all(): readonly AssignedPartition[] {
    return [...this.#byIndex.values()]
  }

  get isEmpty(): boolean {
    return this.#byIndex.size === 0
  }

  at(index: number): AssignedPartition | undefined {
    return this.#byIndex.get(index)
  }

  find(name: PartitionName): AssignedPartition | undefined {
    return this.#byName.get(nameOf(name))
  }

  /** The partition of this name. Throws if it is not assigned. (Kafka: `IllegalStateException`.) */
  named(name: PartitionName): AssignedPartition {
    const assigned = this.find(name)
    if (assigned !== undefined) return assigned
    throw notAssigned(`Partition ${name.partition} of '${name.topic}'`)
  }

  /**
   * The partitions that are to be paused, or not any more. A topic that is named alone stands for all of its
   * partitions: those that are assigned later are as well. Throws if one of the others is not assigned, or nothing of
   * the topic can be.
   */
  toPause(
    named: readonly PartitionsOfTopic[],
    isPaused: boolean,
    isSubscribed: (topic: string) => boolean,
  ): readonly AssignedPartition[] {
    const wholes = named.flatMap(({ topic, partition, partitions }) =>
      partition === undefined && partitions === undefined ? [topic] : [],
    )
    const chosen = named.flatMap(({ topic, partition, partitions = partition === undefined ? [] : [partition] }) =>
      partitions.map((each) => this.named({ topic, partition: each })),
    )
    const unknown = wholes.find((topic) => !isSubscribed(topic) && !this.#hasAnyOf(topic))
    if (unknown !== undefined) throw notAssigned(`Topic '${unknown}'`)
    for (const topic of wholes) {
      if (isPaused) this.#pausedTopics.add(topic)
      else this.#pausedTopics.delete(topic)
    }
    return [...chosen, ...this.all.filter(({ name }) => wholes.includes(name.topic))]
  }

  /** Whether partitions of the topic are assigned, or will be paused when they are. */
  #hasAnyOf(topic: string): boolean {
    return this.#pausedTopics.has(topic) || this.all.some(({ name }) => name.topic === topic)
  }

  /** Pauses nothing that comes later. */
  forgetPausedTopics(): void {
    this.#pausedTopics.clear()
  }

  /** The offset of the next record that is handed out, here or to a handler module; -1: it is being looked up. */
  positionOf({ index, position, seeks }: AssignedPartition): number {
    return this.#modulePositions === null || seeks > 0 ? position : this.#modulePositions.get(index)
  }

  /** Tells in this memory from now on what was read of each partition, so that it is committed. */
  tellRead(positions: SharedPositions): void {
    this.#readPositions = positions
    for (const assigned of this.#byIndex.values()) this.#tell(assigned)
  }

  /** What is told of what was read. */
  set tellsRead(what: ToldPositions) {
    // Each poll says so.
    if (what === this.#tellsRead) return
    this.#tellsRead = what
    for (const assigned of this.#byIndex.values()) this.#tell(assigned)
  }

  /** Tells of all that was read, unless nothing is told: all of it is about to be given up. */
  tellAll(): void {
    for (const assigned of this.#byIndex.values()) this.#tell(assigned, true)
  }

  /** Reads on from elsewhere; -1: the position is being looked up. */
  moveTo(assigned: AssignedPartition, position: number): void {
    assigned.position = position
    if (this.#tellsRead === 'everything') this.#write(assigned.index, position)
  }

  /** Hands out nothing more of these partitions: they are about to be given up. */
  hold(names: readonly PartitionName[]): void {
    for (const name of names) {
      const assigned = this.find(name)
      if (assigned === undefined || assigned.isHeld) continue
      assigned.isHeld = true
      this.#tell(assigned, true)
    }
  }

  /** Goes on with all that was to be given up and stays all the same. */
  letGo(): void {
    for (const assigned of this.#byIndex.values()) assigned.isHeld = false
  }

  /** Forgets these partitions: another member may have them by now. */
  giveUp(names: readonly PartitionName[]): void {
    const gone = new Set(names.map(nameOf))
    this.#set(
      this.all.filter(({ name }) => !gone.has(nameOf(name))),
      ({ index, epoch }) => {
        this.#givenUp.set(index, epoch)
      },
    )
  }

  /**
   * Shares memory in which a handler module's thread says from now on where it is. In a group it is the memory of what
   * was read, which that thread alone writes as long as the module runs.
   */
  share(): SharedPositions {
    const positions = this.#readPositions ?? new SharedPositions()
    for (const { index, position } of this.#byIndex.values()) positions.set(index, position)
    this.#modulePositions = positions
    return positions
  }

  /** Notes that no handler module runs any more: what is handed out next is behind what it has handled. */
  unshare(): void {
    const positions = this.#modulePositions
    if (positions === null) return
    for (const assigned of this.#byIndex.values()) assigned.position = this.positionOf(assigned)
    this.#modulePositions = null
  }

  /**
   * Takes over what the other half says is assigned. Returns whether a partition is paused here, and that half does not
   * know.
   */
  learn(partitions: readonly PartitionAssignment[]): boolean {
    const before = this.#byIndex
    const current = partitions.filter(({ index, epoch }) => epoch > (this.#givenUp.get(index) ?? -1))
    this.#set(current.map((partition) => this.#stateOf(partition)))
    return this.all.some((assigned) => assigned.isPaused && before.get(assigned.index) !== assigned)
  }

  /** Notes that the records of the slice before this offset were handed out. */
  handled(slice: FetchedSlice, nextOffset: number): void {
    // Asked for each record: the partition is looked up once.
    const assigned = this.#byIndex.get(slice.index)
    if (assigned === undefined || assigned.epoch !== slice.epoch || nextOffset < 0) return
    assigned.hasRead = true
    this.moveTo(assigned, nextOffset)
  }

  /** Has these from now on. */
  #set(assigned: readonly AssignedPartition[], gone: (one: AssignedPartition) => void = () => {}): void {
    const before = this.all
    this.#byIndex = new Map(assigned.map((one) => [one.index, one]))
    this.#byName = new Map(assigned.map((one) => [nameOf(one.name), one]))
    for (const one of before) {
      if (this.#byIndex.has(one.index)) continue
      this.onGone(one.name, one.index)
      gone(one)
    }
  }

  #tell({ index, position }: AssignedPartition, isGivenUp = false): void {
    const isTold = this.#tellsRead === 'everything' || (isGivenUp && this.#tellsRead === 'what is given up')
    this.#write(index, isTold ? position : -1)
  }

  #write(index: number, position: number): void {
    if (this.#modulePositions === null) this.#readPositions?.set(index, position)
  }

  /**
   * The state of a partition. One that stays keeps its position here: the other half fetches ahead, and is beyond it.
   */
  #stateOf({ topic, partition, index, epoch, position }: PartitionAssignment): AssignedPartition {
    const before = this.find({ topic, partition })
    if (before?.index === index && before.epoch >= epoch) {
      if (before.position < 0 && before.epoch === epoch) this.moveTo(before, position)
      return before
    }
    const isPaused = before?.isPaused ?? this.#pausedTopics.has(topic)
    const name = { topic, partition }
    const anew = { name, index, epoch, position, isPaused, isHeld: false, hasRead: false, seeks: 0 }
    this.#tell(anew)
    return anew
  }
}

function notAssigned(what: string): KafkaError {
  return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${what} is not assigned to this consumer`)
}
