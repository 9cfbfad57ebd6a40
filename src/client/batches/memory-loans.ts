import type { Connection } from '../../actor/types.js'
import type { Memory } from '../../base/memory.js'

/**
 * Lends a producer's memories to its sender: at once, or as soon as there is a connection. Lives on the application's
 * thread.
 */
export class MemoryLoans {
  #connection: Connection | null = null
  #unlent: [memoryId: number, memory: Memory][] = []

  lend(memoryId: number, memory: Memory): void {
    if (this.#connection === null) this.#unlent.push([memoryId, memory])
    else this.#connection.lend(memoryId, memory)
  }

  connected(connection: Connection): void {
    this.#connection = connection
    for (const [memoryId, memory] of this.#unlent) connection.lend(memoryId, memory)
    this.#unlent = []
  }
}
