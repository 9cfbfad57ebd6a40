import type { Connection } from '../../actor/types.js'
import { NOT_LENT, type TakenSlice } from '../../protocol/inner/take.js'
import type { AssignedPartition, AssignedPartitions } from './assigned-partitions.js'
import { type FetchedSlice, goesOn, isCurrent, NO_BYTES, type SliceSource } from './fetching/fetched-slice.js'
import { ReturnsBook } from './fetching/lease-returns.js'

export interface BroughtSlicesParts {
  readonly assigned: AssignedPartitions
  /** Whether news may be on their way that tell of other partitions. */
  readonly awaitsNews: () => boolean
}

const anyOf = (): boolean => true

/**
 * Slices that were brought to the application and that nobody has taken yet, in the order in which they came. Each goes
 * back to the consumer's thread through the lease word of its partition.
 */
export class BroughtSlices implements SliceSource {
  /** Whether something may be taken of the partition with this index; what may not does not count as there. */
  mayTake: (index: number) => boolean = anyOf
  readonly #parts: BroughtSlicesParts
  readonly #returns = new ReturnsBook()
  #slices: FetchedSlice[] = []
  /** Whether nothing is taken any more, and whatever comes goes back. */
  #isClosed = false

  constructor(parts: BroughtSlicesParts) {
    this.#parts = parts
  }

  /** Whether one could be taken now. */
  get hasNext(): boolean {
    return this.#next(this.mayTake) >= 0
  }

  accept(taken: TakenSlice, connection: Connection): void {
    const slice = { ...taken, topic: '', partition: -1, ...this.#lent(taken, connection) }
    if (this.#isStale(slice)) slice.giveBack()
    else this.#slices.push(slice)
  }

  take(mayTake = this.mayTake): FetchedSlice | null {
    const next = this.#next(mayTake)
    if (next < 0) return null
    const slice = this.#slices.splice(next, 1)[0] as FetchedSlice
    const assigned = this.at(slice.index) as AssignedPartition
    // News may come later that tell it as well: by then the application is beyond it.
    if (assigned.position < 0) this.#parts.assigned.moveTo(assigned, slice.fetchOffset)
    return { ...slice, ...assigned.name }
  }

  at(index: number): AssignedPartition | undefined {
    return this.#parts.assigned.at(index)
  }

  putBack(slice: FetchedSlice): void {
    if (isCurrent(this, slice) && !this.#isClosed) this.#slices.unshift(slice)
    else slice.giveBack()
  }

  handled(slice: FetchedSlice, nextOffset: number): void {
    this.#parts.assigned.handled(slice, nextOffset)
  }

  /** Gives back what is not wanted any more. */
  dropStale(): void {
    const stale = this.#slices.filter((slice) => this.#isStale(slice))
    this.#slices = this.#slices.filter((slice) => !this.#isStale(slice))
    for (const slice of stale) slice.giveBack()
  }

  /** Gives back what is here, and from now on whatever comes. */
  close(): void {
    this.#isClosed = true
    this.dropStale()
  }

  /** Forgets all slices: the thread that lent them has ended, so they are not read, and go back to nobody. */
  forget(): void {
    this.#slices = []
  }

  /** The index of the first one that could be taken now; -1: there is none. Asked in every turn, and makes nothing. */
  #next(mayTake: (index: number) => boolean): number {
    for (let next = 0; next < this.#slices.length; next++) {
      const slice = this.#slices[next] as FetchedSlice
      if (goesOn(this, slice) && mayTake(slice.index)) return next
    }
    return -1
  }

  /**
   * What is taken and what is answered come by two connections, so the first slice after an assignment can be here
   * before the news that say so: it waits for them.
   */
  #isStale(slice: FetchedSlice): boolean {
    if (this.#isClosed) return true
    const assigned = this.at(slice.index)
    return assigned === undefined ? !this.#parts.awaitsNews() : slice.epoch < assigned.epoch
  }

  #lent({ index, lease, memoryId }: TakenSlice, connection: Connection): Pick<FetchedSlice, 'memory' | 'giveBack'> {
    if (memoryId === NOT_LENT) return NO_BYTES
    const returns = this.#returns.of(connection, index)
    returns.granted(lease)
    const memory = connection.memory(memoryId)
    return { memory, giveBack: () => returns.finished(lease) }
  }
}
