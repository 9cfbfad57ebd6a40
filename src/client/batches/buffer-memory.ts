import type { ProducerOptions } from '../../base/config/producer-options.js'
import { align8, type Memory } from '../../base/memory.js'
import { BuddyMemory } from './buddy-memory.js'

/**
 * What is left of a producer's `buffer.memory`, and who has the rest.
 *
 *     slots    one of `batch.size` for each batch; also the number under which the two halves of the producer know the batch
 *     large    blocks of another memory, for batches of one record that is larger than a slot
 *     parked   records that `produce` keeps as objects until they have a batch: counted here, and lying elsewhere
 *
 * Owned by the application's thread.
 */

/** Below this a slot would be too small for most single records; it keeps `batch.size` 0 from being a special case. */
const SLOT_BYTES_MIN = 1024
/** Whoever waits goes on when one slot in so many is free, and as much of all bytes. */
const ROOM_TO_GO_ON = 8
/** The memory id of the pool of slots. */
export const POOL_MEMORY_ID = 0
/** The id of the memory for batches that are larger than a slot. */
export const LARGE_MEMORY_ID = 1
/** From here on, ids are of memories that the sender has made. */
export const SENDER_MEMORY_ID = 2

type BufferOptions = Pick<ProducerOptions, 'batch.size' | 'buffer.memory'>

/** The size of one slot, and how many of them `buffer.memory` gives. */
export function slotsOf(options: BufferOptions): {
  slotBytes: number
  slots: number
} {
  const slotBytes = align8(Math.max(options['batch.size'], SLOT_BYTES_MIN))
  return { slotBytes, slots: Math.max(1, Math.floor(options['buffer.memory'] / slotBytes)) }
}

/** Where a batch lies. */
export interface BatchPlace {
  readonly slot: number
  readonly memory: Memory
  readonly memoryId: number
  readonly position: number
}

export interface BufferMemoryParts {
  /** The memory of the slots. */
  readonly pool: Memory
  /** Makes the memory for batches that are larger than a slot. */
  readonly allocate?: (bytes: number) => Memory
  readonly options: BufferOptions
  /** Posts a memory to the sender before a batch that lies in it is announced. */
  readonly lend: (memoryId: number, memory: Memory) => void
}

export class BufferMemory {
  /** `buffer.memory`, or the one slot that is larger. */
  readonly bytesTotal: number
  #slots: number
  readonly #pool: Memory
  readonly #slotBytes: number
  readonly #free: number[] = []
  readonly #large: BuddyMemory
  #parkedBytes = 0
  /** Whether one more batch has room, as a field: it is read after each record that is appended. */
  #hasRoom = true

  constructor(parts: BufferMemoryParts) {
    const { slotBytes, slots } = slotsOf(parts.options)
    this.#slots = slots
    this.#pool = parts.pool
    this.#slotBytes = slotBytes
    this.bytesTotal = Math.max(parts.options['buffer.memory'], slotBytes)
    // The slot used last is used next: its memory is still in the cache.
    for (let slot = slots - 1; slot >= 0; slot--) this.#free.push(slot)
    this.#large = new BuddyMemory(this.bytesTotal, (memory) => parts.lend(LARGE_MEMORY_ID, memory), parts.allocate)
  }

  get slots(): number {
    return this.#slots
  }

  /** How many slots are taken. */
  get outstanding(): number {
    return this.#slots - this.#free.length
  }

  /** Whether one more batch of batch.size has room. */
  get hasRoom(): boolean {
    return this.#hasRoom
  }

  /** Whether somebody who waits may go on: not for a single slot, or every batch would cost a wake-up. */
  get hasRoomToGoOn(): boolean {
    if (!this.#hasRoom || this.#free.length < this.#slots / ROOM_TO_GO_ON) return false
    return this.bytesAvailable >= this.bytesTotal / ROOM_TO_GO_ON
  }

  /** Bytes that nobody has taken. Below 0 where batches were begun beside many parked records. */
  get bytesAvailable(): number {
    return this.#bytesWithoutBatch - this.#parkedBytes
  }

  /**
   * A place for a batch that begins with so many bytes; null: there is none now. Parked records leave less room for
   * what can be refused. They hold up nobody who waits: not themselves, or a buffer full of them would stay so, nor a
   * call before them.
   */
  take(bytes: number, isRefusable: boolean): BatchPlace | null {
    const isLarge = bytes > this.#slotBytes
    const bytesNeeded = isLarge ? this.#large.sizeFor(bytes) : this.#slotBytes
    const bytesLeft = isRefusable ? this.bytesAvailable : this.#bytesWithoutBatch
    if (this.#free.length === 0 || bytesLeft < bytesNeeded) return null
    const block = isLarge ? this.#large.take(bytes) : null
    if (isLarge && block === null) return null
    const slot = this.#free.pop() as number
    this.#noteRoom()
    if (block !== null) return { slot, memory: block.memory, memoryId: LARGE_MEMORY_ID, position: block.position }
    return { slot, memory: this.#pool, memoryId: POOL_MEMORY_ID, position: slot * this.#slotBytes }
  }

  giveBack({ slot, memoryId, position }: BatchPlace): void {
    this.#free.push(slot)
    if (memoryId === LARGE_MEMORY_ID) this.#large.giveBack(position)
    this.#noteRoom()
  }

  /** Counts a record that lies elsewhere until it has a batch. False: there is no room for it. */
  park(bytes: number): boolean {
    if (this.bytesAvailable < bytes) return false
    this.#parkedBytes += bytes
    this.#noteRoom()
    return true
  }

  /** Counts a parked record no more: it has a batch, or has failed. */
  unpark(bytes: number): void {
    this.#parkedBytes -= bytes
    this.#noteRoom()
  }

  /** Leaves no room from now on: the memory may be another producer's. */
  letGo(): void {
    this.#slots = 0
    this.#free.length = 0
    this.#noteRoom()
  }

  get #bytesWithoutBatch(): number {
    return this.bytesTotal - this.outstanding * this.#slotBytes - this.#large.bytesTaken
  }

  #noteRoom(): void {
    this.#hasRoom = this.#free.length > 0 && this.bytesAvailable >= this.#slotBytes
  }
}
