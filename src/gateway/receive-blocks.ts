import type { Connection } from '../actor/types.js'
import { LARGEST_BYTES, type ReceiveBlock, type ReceiveMemory } from './receive-memory.js'

/**
 * The blocks in which the requests of one conversation lie that it lends to its broker. A block is announced to the
 * broker once, and used again while the conversation goes on; after a while without such requests the gateway has them
 * back.
 *
 * Owned by the gateway's thread.
 */
export class ReceiveBlocks {
  readonly #memory: ReceiveMemory
  readonly #free: ReceiveBlock[] = []
  readonly #out = new Set<ReceiveBlock>()
  #phase = 0

  constructor(memory: ReceiveMemory) {
    this.#memory = memory
  }

  /**
   * Where in its block a request is to begin, so that its records lie on a boundary of 8 bytes as far as they begin
   * where those of the last request did: aligned batches are copied seven times as fast.
   */
  get phase(): number {
    return this.#phase
  }

  /** Notes how far behind the beginning of their request the records began. */
  noteRecords(distance: number): void {
    this.#phase = (8 - (distance % 8)) % 8
  }

  /** A block with room for so many bytes from `phase` on. */
  take(bytes: number, connection: Connection): ReceiveBlock {
    const needed = this.#phase + bytes
    const at = this.#free.findIndex(({ memory }) => memory.size >= needed)
    const [known] = at < 0 ? [] : this.#free.splice(at, 1)
    const block = known ?? this.#memory.take(needed)
    if (known === undefined) connection.lend(block.id, block.memory)
    this.#out.add(block)
    return block
  }

  /** The broker has answered, or was not asked. What is larger than usual is not kept. */
  give(block: ReceiveBlock, connection: Connection): void {
    if (!this.#out.delete(block)) return
    if (block.memory.size <= LARGEST_BYTES) this.#free.push(block)
    else this.#giveBack(block, connection)
  }

  /** Nothing was sent for a while. */
  giveBackFree(connection: Connection): void {
    for (const block of this.#free.splice(0)) this.#giveBack(block, connection)
  }

  /** The connection is over. What the broker has not answered it may still read: that memory is not used again. */
  end(): void {
    for (const block of this.#free.splice(0)) this.#memory.give(block)
    for (const { memory } of this.#out) memory.drop()
    this.#out.clear()
  }

  #giveBack(block: ReceiveBlock, connection: Connection): void {
    connection.recall(block.id)
    this.#memory.give(block)
  }
}
