import { assert } from '../base/assert.js'
import { align8, Memory } from '../base/memory.js'

/**
 * Shared memory for batches that are larger than a slot, one memory a batch. Sizes are powers of two, and what comes
 * back is used again: V8 has no reason to collect dropped shared memory, and the first touch of fresh pages is slow.
 */
const FREE_PER_SIZE_MAX = 4

interface OwnMemory {
  readonly memoryId: number
  readonly memory: Memory
}

export class OwnMemories {
  readonly #bytesMax: number
  readonly #lend: (memoryId: number, memory: Memory) => void
  readonly #taken = new Map<number, OwnMemory>()
  readonly #free = new Map<number, OwnMemory[]>()
  #lastId = 0
  #bytesTaken = 0

  constructor(bytesMax: number, lend: (memoryId: number, memory: Memory) => void) {
    this.#bytesMax = align8(bytesMax)
    this.#lend = lend
  }

  get bytesTaken(): number {
    return this.#bytesTaken
  }

  /** What a batch of so many bytes will take: the next power of two, but never more than there is in all. */
  sizeFor(bytes: number): number {
    return Math.min(2 ** Math.ceil(Math.log2(bytes)), this.#bytesMax)
  }

  take(bytes: number): OwnMemory {
    const size = this.sizeFor(bytes)
    const own = this.#free.get(size)?.pop() ?? this.#make(size)
    this.#taken.set(own.memoryId, own)
    this.#bytesTaken += size
    return own
  }

  giveBack(memoryId: number): void {
    const own = this.#taken.get(memoryId)
    assert(own !== undefined, 'A memory comes back once')
    this.#taken.delete(memoryId)
    this.#bytesTaken -= own.memory.size
    const free = this.#free.get(own.memory.size) ?? []
    if (free.length < FREE_PER_SIZE_MAX) free.push(own)
    this.#free.set(own.memory.size, free)
  }

  #make(size: number): OwnMemory {
    this.#lastId += 1
    const own = { memoryId: this.#lastId, memory: Memory.allocate(size) }
    this.#lend(own.memoryId, own.memory)
    return own
  }
}
