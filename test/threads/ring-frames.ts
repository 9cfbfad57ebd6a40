import type { Memory } from '../../src/base/memory.js'
import { type Random, seededRandom } from '../../src/base/random.js'

/** Frames whose sizes a seed decides and whose bytes tell which frame they are. Both threads make the same ones. */
export class RingFrames {
  readonly #random: Random
  readonly #bytesMax: number
  #number = 0
  #bytes = 0

  constructor(seed: string, bytesMax: number) {
    this.#random = seededRandom(seed)
    this.#bytesMax = bytesMax
    this.#next()
  }

  /** How many frames came before this one. */
  get number(): number {
    return this.#number
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Writes this frame and goes on to the next. */
  write(memory: Memory, at: number): void {
    memory.bytes.fill(this.#number & 0xff, at, at + this.#bytes)
    this.#number += 1
    this.#next()
  }

  /** Whether what lies there is this frame, to its last byte; goes on to the next. */
  isHere(memory: Memory, at: number, bytes: number): boolean {
    const isRight =
      bytes === this.#bytes && memory.bytes.subarray(at, at + bytes).every((byte) => byte === (this.#number & 0xff))
    this.#number += 1
    this.#next()
    return isRight
  }

  #next(): void {
    // Mostly small, sometimes as large as can be.
    this.#bytes = this.#random.below(this.#random.boolean(0.1) ? this.#bytesMax + 1 : 40)
  }
}
