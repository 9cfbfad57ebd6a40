/**
 * The exact set of one producer's counts that were read: all below `#next`, and from there on those with a set bit.
 *
 *     0 ................ next .................
 *     | all of them seen | one bit for each … |   in chunks that are made when needed and dropped when `#next` has passed
 *
 * For a reader of all of a producer's records it is a counter and a few chunks; for a reader of some of them, one bit
 * for each record. The thread of one consumer owns it.
 */
const WORD_BITS = 32
/** Counts in one chunk: 16 KiB of bits. */
const CHUNK = 2 ** 17

export class SeenNumbers {
  #next = 0
  /** How many bits are set. */
  #beyond = 0
  readonly #chunks = new Map<number, Int32Array>()

  /** Takes note of a count. Returns false when it was seen before. */
  add(count: number): boolean {
    if (count === this.#next && this.#beyond === 0) {
      this.#next += 1
      return true
    }
    return this.#addBeyond(count)
  }

  /** Chunks in use, for whoever watches the memory. */
  get chunks(): number {
    return this.#chunks.size
  }

  #addBeyond(count: number): boolean {
    if (count < this.#next) return false
    const number = Math.floor(count / CHUNK)
    let chunk = this.#chunks.get(number)
    if (chunk === undefined) {
      chunk = new Int32Array(CHUNK / WORD_BITS)
      this.#chunks.set(number, chunk)
    }
    const bit = count - number * CHUNK
    const word = bit >>> 5
    const mask = 1 << (bit & 31)
    if ((chunk[word]! & mask) !== 0) return false
    chunk[word]! |= mask
    this.#beyond += 1
    if (count === this.#next) this.#advance()
    return true
  }

  /** Moves `#next` over everything that was seen. */
  #advance(): void {
    while (this.#beyond > 0) {
      const number = Math.floor(this.#next / CHUNK)
      const chunk = this.#chunks.get(number)
      if (chunk === undefined) return
      let bit = this.#next - number * CHUNK
      const start = bit
      while (bit < CHUNK && (chunk[bit >>> 5]! & (1 << (bit & 31))) !== 0) bit += 1
      this.#next += bit - start
      this.#beyond -= bit - start
      if (bit < CHUNK) return
      this.#chunks.delete(number)
    }
  }
}
