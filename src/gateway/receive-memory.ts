import { FREE_RECEIVE_BYTES_MAX } from '../base/config/internal-limits.js'
import { align8, Memory } from '../base/memory.js'

/**
 * Shared memory into which Produce requests are copied from their sockets, to be lent to brokers. A block holds one
 * request. Blocks have few sizes, each four times the last, and are used again; a request that is longer than the
 * largest has a block of its own, which is dropped afterwards.
 *
 * Owned by the gateway's thread; a broker reads a block while it is lent.
 */
const SMALLEST_BYTES = 4_096
export const LARGEST_BYTES = 4_194_304

export interface ReceiveBlock {
  /** The number by which requests name it, on any connection of this gateway. */
  readonly id: number
  readonly memory: Memory
}

export class ReceiveMemory {
  readonly #free = new Map<number, ReceiveBlock[]>()
  #freeBytes = 0
  #lastId = 0

  /** A block with room for so many bytes. */
  take(bytes: number): ReceiveBlock {
    const size = sizeFor(bytes)
    const block = this.#free.get(size)?.pop()
    if (block === undefined) return { id: ++this.#lastId, memory: Memory.allocate(size) }
    this.#freeBytes -= size
    return block
  }

  /** Takes back a block that nobody reads any more. */
  give(block: ReceiveBlock): void {
    const { size } = block.memory
    if (size > LARGEST_BYTES || this.#freeBytes + size > FREE_RECEIVE_BYTES_MAX) return block.memory.discard()
    this.#freeBytes += size
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [block])
    else free.push(block)
  }
}

function sizeFor(bytes: number): number {
  if (bytes > LARGEST_BYTES) return align8(bytes)
  let size = SMALLEST_BYTES
  while (size < bytes) size *= 4
  return size
}
