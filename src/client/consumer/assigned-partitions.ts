import type { PartitionAssignment } from '../../protocol/inner/consumer-words.js'
import type { PartitionName } from '../../protocol/partition.js'
import { type FetchedSlice, isCurrent, type PartitionTable } from './fetching/fetched-slice.js'
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
  /** How many seeks the other half may not have heard of. */
  seeks: number
}

/**
 * The partitions that are assigned to a consumer, and where the application is in each. Lives on the application's
 * thread.
 */
export class AssignedPartitions implements PartitionTable {
  #byIndex = new Map<number, AssignedPartition>()
  /** Where a handler module is; null: none runs. */
  #modulePositions: SharedPositions | null = null

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
    return this.all.find(({ name: { topic, partition } }) => topic === name.topic && partition === name.partition)
  }

  /** The offset of the next record that is handed out, here or to a handler module; -1: it is being looked up. */
  positionOf({ index, position, seeks }: AssignedPartition): number {
    return this.#modulePositions === null || seeks > 0 ? position : this.#modulePositions.get(index)
  }

  /** Shares memory in which a handler module's thread says from now on where it is. */
  share(): SharedArrayBuffer {
    const positions = new SharedPositions()
    for (const { index, position } of this.#byIndex.values()) positions.set(index, position)
    this.#modulePositions = positions
    return positions.shared
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
    const before = this.all
    this.#byIndex = new Map(partitions.map((partition) => [partition.index, this.#stateOf(partition)]))
    return this.all.some((assigned) => assigned.isPaused && !before.includes(assigned))
  }

  /** Notes that the records of the slice before this offset were handed out. */
  handled(slice: FetchedSlice, nextOffset: number): void {
    const assigned = this.#byIndex.get(slice.index)
    if (assigned !== undefined && isCurrent(this, slice) && nextOffset >= 0) assigned.position = nextOffset
  }

  /**
   * The state of a partition. One that stays keeps its position here: the other half fetches ahead, and is beyond it.
   */
  #stateOf({ topic, partition, index, epoch, position }: PartitionAssignment): AssignedPartition {
    const before = this.find({ topic, partition })
    if (before?.index !== index || before.epoch < epoch)
      return { name: { topic, partition }, index, epoch, position, isPaused: before?.isPaused === true, seeks: 0 }
    if (before.position < 0 && before.epoch === epoch) before.position = position
    return before
  }
}
