import { assert } from '../base/assert.js'
import { align8, type Memory } from '../base/memory.js'

/**
 * A bounded queue of frames between exactly one writer and one reader, in shared memory.
 *
 *     word 0    published   bytes ever written; the writer stores it, the reader loads it
 *     word 16   released    bytes ever given back; the reader stores it, the writer loads it
 *     byte 128  data        frames: length (int32), 4 spare bytes, payload, padding to 8
 *
 * Both counters wrap at 2^32 and are compared by their difference. A frame never wraps around the end of the data:
 * where it does not fit, the writer leaves the marker SKIP and starts again at the front. What lies beyond `published`
 * does not exist, so a writer that is killed half-way through a frame leaves no trace. (The shape is Aeron's
 * one-to-one ring buffer.)
 *
 * Written by: the writer's thread (published, data), the reader's thread (released). Read by both.
 */
const PUBLISHED = 0
const RELEASED = 16
const DATA = 128
const FRAME_HEADER = 8
const SKIP = -1

/** Bytes of memory that a ring with this capacity occupies. The capacity is a power of two. */
export function ringBytes(capacity: number): number {
  return DATA + capacity
}

class RingEnd {
  protected readonly words: Int32Array
  readonly #first: number
  readonly #mask: number

  constructor(
    readonly memory: Memory,
    start: number,
    protected readonly capacity: number,
  ) {
    assert((capacity & (capacity - 1)) === 0 && capacity >= 64, 'A ring holds a power of two of bytes')
    assert(start % 64 === 0, 'A ring starts on a cache line')
    this.words = new Int32Array(memory.shared, start, DATA / 4)
    this.#first = start + DATA
    this.#mask = capacity - 1
  }

  /** Where the byte with this number lies in the memory. */
  protected place(count: number): number {
    return this.#first + (count & this.#mask)
  }

  protected untilEnd(count: number): number {
    return this.capacity - (count & this.#mask)
  }
}

/** The writing end. Claim room, write the payload in place, publish. */
export class RingWriter extends RingEnd {
  #published = 0
  #released = 0
  #claimed = 0

  /** The largest payload that is sure to fit once the ring is empty. */
  get payloadBytesMax(): number {
    return this.capacity / 2 - FRAME_HEADER
  }

  /** The position in `memory` where a payload of this size is to be written, or -1: full. */
  claim(payloadBytes: number): number {
    const frameBytes = align8(FRAME_HEADER + payloadBytes)
    assert(frameBytes <= this.capacity / 2, 'A frame takes at most half of its ring')
    const untilEnd = this.untilEnd(this.#published)
    const skipped = frameBytes > untilEnd ? untilEnd : 0
    if (!this.#hasRoom(skipped + frameBytes)) return -1
    if (skipped > 0) this.memory.words[this.place(this.#published) >> 2] = SKIP
    const at = this.place(this.#published + skipped)
    this.memory.words[at >> 2] = payloadBytes
    this.#claimed = skipped + frameBytes
    return at + FRAME_HEADER
  }

  publish(): void {
    this.#published = (this.#published + this.#claimed) | 0
    this.#claimed = 0
    Atomics.store(this.words, PUBLISHED, this.#published)
  }

  /** Bytes ever published, wrapping; what `isReleased` is asked about later. */
  get cursor(): number {
    return this.#published
  }

  /** Whether the reader has given back everything up to a cursor taken earlier. */
  isReleased(cursor: number): boolean {
    return ((Atomics.load(this.words, RELEASED) - cursor) | 0) >= 0
  }

  #hasRoom(bytes: number): boolean {
    if (((this.#published - this.#released) | 0) + bytes <= this.capacity) return true
    this.#released = Atomics.load(this.words, RELEASED)
    return ((this.#published - this.#released) | 0) + bytes <= this.capacity
  }
}

/** The reading end. A frame stays where it is until it is released. */
export class RingReader extends RingEnd {
  #published = 0
  #released = 0

  /** The position of the oldest frame's payload, or -1: empty. The same frame until `release`. */
  peek(): number {
    if (this.#published === this.#released) {
      this.#published = Atomics.load(this.words, PUBLISHED)
      if (this.#published === this.#released) return -1
    }
    if (this.memory.words[this.place(this.#released) >> 2] === SKIP) {
      this.#released = (this.#released + this.untilEnd(this.#released)) | 0
    }
    return this.place(this.#released) + FRAME_HEADER
  }

  /** Payload bytes of the frame that `peek` returned. */
  payloadBytes(at: number): number {
    return this.memory.words[(at - FRAME_HEADER) >> 2] as number
  }

  /** Whether a frame has arrived behind the one that `peek` returned. */
  get hasNext(): boolean {
    return this.behindOldest !== Atomics.load(this.words, PUBLISHED)
  }

  /** The number of the byte behind the frame that `peek` returned. */
  protected get behindOldest(): number {
    const bytes = this.memory.words[this.place(this.#released) >> 2] as number
    return (this.#released + align8(FRAME_HEADER + bytes)) | 0
  }

  /** Gives the oldest frame's bytes back to the writer. */
  release(): void {
    this.#released = this.behindOldest
    Atomics.store(this.words, RELEASED, this.#released)
  }

  /** Bytes ever published by the writer, wrapping: what the simulation delays. */
  get published(): number {
    return Atomics.load(this.words, PUBLISHED)
  }

  /** Bytes ever given back to the writer, wrapping. */
  get released(): number {
    return this.#released
  }

  get isEmpty(): boolean {
    return this.#released === Atomics.load(this.words, PUBLISHED)
  }
}
