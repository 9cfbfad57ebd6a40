import type { Connection } from '../../actor/types.js'
import type { Memory } from '../../base/memory.js'
import { NOT_LENT, type TakenSlice } from '../../protocol/inner/take.js'
import type { FetchedSlice } from './fetching/fetched-slice.js'

/** A slice that the application has, and the connection on which it comes back. */
interface PassedOn {
  readonly connection: Connection
  readonly lease: number
  readonly slice: FetchedSlice
}

/** A memory that was lent on. */
interface Known {
  readonly connection: Connection
  readonly memoryId: number
  readonly memory: Memory
}

/** Slices of one partition: one that is gone through, and one that waits. A pause and a resume bring no third. */
const SLICES_OUT_MAX = 2

/**
 * The slices that the application was lent on, under leases of our own: the broker gets its lease back when the
 * application has given back ours. The application keeps one memory of each partition, that of its newest slice.
 *
 * Owned by the consumer's thread. The lease words are written by the application's.
 */
export class PassedOnSlices {
  #out: PassedOn[] = []
  /** How many of them each partition has, by its index. */
  readonly #outOf = new Map<number, number>()
  readonly #leases = new Map<number, number>()
  readonly #known = new Map<number, Known>()
  #lastMemoryId = -1

  /** Whether slices have not come back. */
  get areOut(): boolean {
    return this.#out.length > 0
  }

  /** Whether slices of other partitions than these have not come back. */
  areOutBut(indexes: readonly number[]): boolean {
    return this.#out.some(({ slice }) => !indexes.includes(slice.index))
  }

  /** Whether the application may be passed another slice of this partition. */
  readonly hasRoom = (index: number): boolean => (this.#outOf.get(index) ?? 0) < SLICES_OUT_MAX

  passOn(connection: Connection, slice: FetchedSlice): TakenSlice {
    const { index, epoch, error, position, bytes, fetchOffset, highWatermark } = slice
    const said = { index, epoch, error, position, bytes, fetchOffset, highWatermark }
    if (bytes === 0) return { ...said, memoryId: NOT_LENT, lease: NOT_LENT }
    const lease = ((this.#leases.get(index) ?? 0) + 1) | 0
    this.#leases.set(index, lease)
    const memoryId = this.#lendOn(connection, slice)
    this.#out.push({ connection, lease, slice })
    this.#outOf.set(index, (this.#outOf.get(index) ?? 0) + 1)
    return { ...said, memoryId, lease }
  }

  /** Gives back to the brokers what the application has given back. */
  takeBack(): void {
    if (this.#out.length === 0) return
    this.#out = this.#out.filter(({ connection, lease, slice }) => {
      if (((connection.givenBack(slice.index) - lease) | 0) < 0) return true
      slice.giveBack()
      this.#outOf.set(slice.index, (this.#outOf.get(slice.index) as number) - 1)
      return false
    })
  }

  /** Tells the application that it need not keep memory of any other partitions. */
  recallAllBut(indexes: ReadonlySet<number>): void {
    for (const [index, { connection, memoryId }] of this.#known) {
      if (indexes.has(index)) continue
      this.#known.delete(index)
      connection.recall(memoryId)
    }
  }

  #lendOn(connection: Connection, { index, memory }: FetchedSlice): number {
    const known = this.#known.get(index)
    if (known?.memory === memory) return known.memoryId
    known?.connection.recall(known.memoryId)
    this.#lastMemoryId += 1
    const memoryId = this.#lastMemoryId
    this.#known.set(index, { connection, memoryId, memory })
    connection.lend(memoryId, memory)
    return memoryId
  }
}
