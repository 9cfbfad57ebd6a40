import { assert } from '../../base/assert.js'
import { Memory } from '../../base/memory.js'

/**
 * Shared memory for batches that are larger than a slot: one memory, cut into blocks whose sizes are powers of two. A
 * block is halved until it fits, and put together with its other half (its buddy) as soon as both are free.
 *
 *     0                     size
 *     ├──┬──┬────┬──────────┤    a block of 2^n bytes begins at a multiple of 2^n, so its buddy begins at position ^ 2^n
 *
 * It is made when it is needed first, lent once, and given back with the producer's other memory: V8 has no reason to
 * collect dropped shared memory, and the first touch of fresh pages is slow. What was never written takes no room.
 *
 * Owned by the application's thread; the sender and the brokers read the blocks.
 */
const SIZE_MAX = 2 ** 31

export interface Block {
  readonly memory: Memory
  readonly position: number
}

export class BuddyMemory {
  readonly #bytesMax: number
  readonly #lend: (memory: Memory) => void
  readonly #allocate: (bytes: number) => Memory
  readonly #order: number
  /** Where the free blocks begin, by the exponent of their size. */
  readonly #free: Set<number>[]
  /** What each block that is out was taken as. */
  readonly #taken = new Map<number, { readonly order: number; readonly bytes: number }>()
  #memory: Memory | null = null
  #bytesTaken = 0

  /** `lend` is called with the memory before the first block of it is handed out. */
  constructor(
    bytesMax: number,
    lend: (memory: Memory) => void,
    allocate = (bytes: number): Memory => Memory.allocate(bytes),
  ) {
    this.#bytesMax = bytesMax
    this.#lend = lend
    this.#allocate = allocate
    this.#order = orderOf(Math.min(bytesMax, SIZE_MAX))
    this.#free = Array.from({ length: this.#order + 1 }, () => new Set<number>())
    this.#free[this.#order]?.add(0)
  }

  get bytesTaken(): number {
    return this.#bytesTaken
  }

  /** What a batch of so many bytes will take: the next power of two, but never more than there is in all. */
  sizeFor(bytes: number): number {
    return Math.min(2 ** orderOf(bytes), this.#bytesMax)
  }

  /** Takes a block. Null: no free block is that large before others come back. */
  take(bytes: number): Block | null {
    const order = orderOf(bytes)
    let from = order
    while (from <= this.#order && this.#free[from]?.size === 0) from++
    if (from > this.#order) return null
    const [position] = this.#free[from] as Set<number>
    assert(position !== undefined, 'A free block is there')
    this.#free[from]?.delete(position)
    for (let half = from - 1; half >= order; half--) this.#free[half]?.add(position + 2 ** half)
    const size = this.sizeFor(bytes)
    this.#taken.set(position, { order, bytes: size })
    this.#bytesTaken += size
    return { memory: this.#made(), position }
  }

  giveBack(taken: number): void {
    const block = this.#taken.get(taken)
    assert(block !== undefined, 'A block comes back once')
    this.#taken.delete(taken)
    this.#bytesTaken -= block.bytes
    let { order } = block
    let position = taken
    for (; order < this.#order && this.#free[order]?.delete(position ^ (2 ** order)) === true; order++) {
      position = Math.min(position, position ^ (2 ** order))
    }
    this.#free[order]?.add(position)
  }

  #made(): Memory {
    if (this.#memory === null) {
      this.#memory = this.#allocate(2 ** this.#order)
      this.#lend(this.#memory)
    }
    return this.#memory
  }
}

/** The exponent of the next power of two. */
function orderOf(bytes: number): number {
  return Math.ceil(Math.log2(bytes))
}
