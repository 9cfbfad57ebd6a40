import type { Connection } from '../../actor/types.js'
import { Memory } from '../../base/memory.js'
import { POOL_MEMORY_ID, SENDER_MEMORY_ID } from '../batches/buffer-memory.js'

/** The smallest memory that is kept for parts. */
const MEMORY_BYTES_MIN = 4096

/**
 * The memories that a sender's batches lie in, by their ids, and which of them each broker was lent:
 *
 *     pool           from the beginning; lent with each connection
 *     application's  as the application has lent it
 *     own            for the parts of batches that were split; used again when a part is settled
 *
 * Owned by the sender's thread.
 */
export class SenderMemories {
  /** The connection to the producer's other half, which lends memories, too; null: it is not there yet. */
  application: Connection | null = null
  readonly #pool: Memory
  /** Own memories, by their id less the first one. */
  readonly #own: Memory[] = []
  readonly #free: number[] = []
  /** What each broker was lent, by its connection. */
  readonly #lent = new Map<Connection, Set<number>>()

  constructor(pool: Memory) {
    this.#pool = pool
  }

  /** How many brokers are connected. */
  get connections(): number {
    return this.#lent.size
  }

  of(memoryId: number): Memory {
    if (memoryId === POOL_MEMORY_ID) return this.#pool
    return this.#own[memoryId - SENDER_MEMORY_ID] ?? (this.application as Connection).memory(memoryId)
  }

  /** Notes that a broker is connected. */
  connected(connection: Connection): void {
    connection.lend(POOL_MEMORY_ID, this.#pool)
    this.#lent.set(connection, new Set([POOL_MEMORY_ID]))
  }

  disconnected(connection: Connection): void {
    this.#lent.delete(connection)
  }

  /** Lends the memory to the broker, unless that has been done. */
  lend(connection: Connection, memoryId: number): void {
    const lent = this.#lent.get(connection)
    if (lent === undefined || lent.has(memoryId)) return
    lent.add(memoryId)
    connection.lend(memoryId, this.of(memoryId))
  }

  /** Takes a memory of the sender's own with room for so many bytes. Returns its id. */
  take(bytes: number): number {
    const fitting = this.#free.findIndex((memoryId) => this.of(memoryId).size >= bytes)
    if (fitting >= 0) return this.#free.splice(fitting, 1)[0] as number
    this.#own.push(Memory.allocate(Math.max(MEMORY_BYTES_MIN, 2 ** Math.ceil(Math.log2(bytes)))))
    return SENDER_MEMORY_ID + this.#own.length - 1
  }

  /** Gives back a memory that was taken: nobody reads it any more. */
  giveBack(memoryId: number): void {
    this.#free.push(memoryId)
  }
}
