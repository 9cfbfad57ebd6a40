import { Memory } from './memory.js'

/** Memory of one owner that is written over and over, and grows with what it has to take. */
export class ScratchMemory {
  #memory = Memory.allocate(8)

  /** Memory of at least so many bytes. What the last call returned is not to be used any more. */
  atLeast(bytes: number): Memory {
    if (this.#memory.size >= bytes) return this.#memory
    this.#memory.discard()
    this.#memory = Memory.allocate(2 ** Math.ceil(Math.log2(bytes)))
    return this.#memory
  }

  /** Is not needed for now. */
  release(): void {
    this.#memory.discard()
    this.#memory = Memory.allocate(8)
  }
}
