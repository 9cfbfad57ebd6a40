import { isSharedArrayBuffer } from 'node:util/types'
import { assert } from '../base/assert.js'
import type { Transferable } from '../base/cloned.js'
import { Memory } from '../base/memory.js'
import type { Port } from './port.js'

interface Handle {
  readonly id: number
  readonly value: unknown
}

interface Recall {
  readonly recalled: number
}

/**
 * Handles of shared memory, and what else frames cannot carry, at one end of a connection. They travel by its port,
 * always before the frame that names them: an end that meets an unknown one drains the port. What was lent and will be
 * named no more is recalled the same way, so that an end keeps no more memories than the other one does.
 */
export class Handles {
  readonly #port: Port
  readonly #memories = new Map<number, Memory>()
  /** Values that were received and not asked for yet, by their ids. */
  readonly #values = new Map<number, unknown>()

  constructor(port: Port) {
    this.#port = port
  }

  /** The value is posted at once, in a turn or not, and lies there until a frame names it. */
  post(id: number, value: unknown, transfer?: readonly Transferable[]): void {
    this.#port.post({ id, value } satisfies Handle, transfer)
  }

  recall(memoryId: number): void {
    this.#port.post({ recalled: memoryId } satisfies Recall)
  }

  /** A value that was posted; it is handed out once. */
  take(id: number): unknown {
    this.#receiveUntil(id)
    assert(this.#values.has(id), 'A handle is posted before the frame that names it')
    const value = this.#values.get(id)
    this.#values.delete(id)
    return value
  }

  /** A memory that was lent; null: there is none. */
  memory(id: number): Memory | null {
    const known = this.#memories.get(id)
    if (known !== undefined) return known
    this.#receiveUntil(id)
    const shared = this.#values.get(id)
    if (!isSharedArrayBuffer(shared)) return null
    this.#values.delete(id)
    const memory = new Memory(shared)
    this.#memories.set(id, memory)
    return memory
  }

  letGo(): void {
    // What is recalled one by one is lent again as a rule, and weighs nothing.
    for (const memory of this.#memories.values()) memory.drop()
    this.#port.close()
  }

  /** Drains the port until the value is there, or nothing is left. */
  #receiveUntil(id: number): void {
    while (!this.#values.has(id)) {
      const posted = this.#port.receive() as Handle | Recall | undefined
      if (posted === undefined) return
      if ('recalled' in posted) this.#forget(posted.recalled)
      else this.#values.set(posted.id, posted.value)
    }
  }

  /** Forgets the memory, whether or not it was ever asked for. */
  #forget(memoryId: number): void {
    this.#memories.delete(memoryId)
    this.#values.delete(memoryId)
  }
}
