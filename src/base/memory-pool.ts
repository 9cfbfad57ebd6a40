import { assert } from './assert.js'
import type { Memory } from './memory.js'

/**
 * Pieces of shared memory that are used again. The collector does not count shared memory, and one that many threads
 * have seen lives until each of them collects; so whoever knows when nobody reads a piece any more keeps it for the
 * next one who needs as much.
 *
 * A piece serves for half of its size and more. One that turns out too small makes room for a larger one, so that sizes
 * that grow step by step leave nothing behind: there are never more pieces than were in use at once, for each power of
 * two.
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

  /** Of all that is in use, and all that waits for being used again. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of what waits for being used again. */
  get unusedBytes(): number {
    return this.#free.reduce((sum, { size }) => sum + size, 0)
  }

  /** So many bytes or more, with whatever was written there before. */
  take(bytes: number): Memory {
    const fitting = this.#free.findIndex(({ size }) => size >= bytes && size <= 2 * bytes + SMALL_BYTES)
    const memory = fitting >= 0 ? (this.#free.splice(fitting, 1)[0] as Memory) : this.#another(bytes)
    this.#taken.add(memory)
    return memory
  }

  /** Nobody reads it any more, or writes to it. */
  giveBack(memory: Memory): void {
    assert(this.#taken.delete(memory), 'What was taken comes back once')
    this.#free.push(memory)
    // The smallest one that is large enough is found first.
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

/** Beside pieces of this size it is not worth it to tell larger from smaller ones; a kernel's scratch is as large. */
const SMALL_BYTES = 65_536
