import { assert } from './assert.js'
import type { Memory } from './memory.js'

/**
 * Pieces of shared memory that are used again. The collector does not count shared memory, and a piece that many
 * threads have seen lives until each of them collects. So the thread that knows when nobody reads a piece any more
 * keeps it, for the next one who needs as much.
 *
 * A piece serves requests for half of its size or more. One that turns out too small makes room for a larger one, so
 * that sizes that grow step by step leave nothing behind: for each power of two there are never more pieces than were
 * in use at once.
 *
 * Owned by one thread.
 */
export class MemoryPool {
  readonly #allocate: (bytes: number) => Memory
  readonly #free: Memory[] = []
  readonly #taken = new Set<Memory>()
  #bytes = 0

  constructor(allocate: (bytes: number) => Memory) {
    this.#allocate = allocate
  }

  /** All bytes, in use and waiting for use. */
  get bytes(): number {
    return this.#bytes
  }

  /** The bytes of the pieces that wait for use. */
  get unusedBytes(): number {
    return this.#free.reduce((sum, { size }) => sum + size, 0)
  }

  /** Takes a piece of at least so many bytes, with whatever was written there before. */
  take(bytes: number): Memory {
    const fitting = this.#free.findIndex(({ size }) => size >= bytes && size <= 2 * bytes + SMALL_BYTES)
    const memory = fitting >= 0 ? (this.#free.splice(fitting, 1)[0] as Memory) : this.#another(bytes)
    this.#taken.add(memory)
    return memory
  }

  /** Takes a piece back that nobody reads or writes any more. */
  giveBack(memory: Memory): void {
    assert(this.#taken.delete(memory), 'What was taken comes back once')
    this.#free.push(memory)
    // Sorted by size, so that `take` finds the smallest piece that is large enough first.
    this.#free.sort((a, b) => a.size - b.size)
  }

  #another(bytes: number): Memory {
    const tooSmall = this.#free.findIndex(({ size }) => size < bytes && 2 * size + SMALL_BYTES >= bytes)
    if (tooSmall >= 0) for (const dropped of this.#free.splice(tooSmall, 1)) this.#bytes -= dropped.size
    const memory = this.#allocate(bytes)
    this.#bytes += memory.size
    return memory
  }
}

/** Pieces up to this size need not be told apart by size; a kernel's scratch is as large. */
const SMALL_BYTES = 65_536
