import { clearConnection } from '../actor/connection-layout.js'
import { allocateShared } from '../base/memory.js'

/**
 * The memories of one cluster's connections. One that is over is used again for the next connection, so that there are
 * never more of them than there were connections at once: the collector does not see how large they are, and the
 * threads that have seen them have few other reasons to collect.
 *
 *            take                  over                   both ends have let go
 *     free ─────────▶ connection ─────────▶ ending ─────────────────────────────▶ free
 *
 * An end lets go in a turn of its actor, or with its thread: nothing that it does afterwards touches the memory. So an
 * actor that stands still keeps a memory out of circulation until it goes on or ends. `End` is whoever sits at an end,
 * in one incarnation.
 *
 * Owned by whoever joins actors: the launcher's thread, or the simulation.
 */
interface Ending<End> {
  readonly memory: SharedArrayBuffer
  readonly ends: readonly End[]
  /** Ends that have not let go. */
  readonly holding: Set<End>
}

export class ConnectionMemories<End> {
  /** Free memories by their size. */
  readonly #free = new Map<number, SharedArrayBuffer[]>()
  /** Endings by the connection's id. */
  readonly #ending = new Map<number, Ending<End>>()
  #bytes = 0

  /** Bytes of all memories, in use or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of the memories that wait for the next connection. */
  get unusedBytes(): number {
    return [...this.#free].reduce((sum, [bytes, free]) => sum + bytes * free.length, 0)
  }

  /** A memory of so many bytes. */
  take(bytes: number): SharedArrayBuffer {
    const used = this.#free.get(bytes)?.pop()
    if (used !== undefined) return used
    this.#bytes += bytes
    return allocateShared(bytes)
  }

  /** The connection is over. Its ends that are `holding` may still touch its memory. */
  over(id: number, memory: SharedArrayBuffer, ends: readonly End[], holding: readonly End[] = ends): void {
    this.#ending.set(id, { memory, ends, holding: new Set(holding) })
    this.#freeIfAlone(id)
  }

  /** Whether somebody may still touch a memory with such an end. */
  isHeld(isOf: (end: End) => boolean): boolean {
    return [...this.#ending.values()].some(({ ends }) => ends.some(isOf))
  }

  letGo(id: number, end: End): void {
    this.#ending.get(id)?.holding.delete(end)
    this.#freeIfAlone(id)
  }

  /** Whoever sat there has let go of everything. */
  left(end: End): void {
    for (const id of [...this.#ending.keys()]) this.letGo(id, end)
  }

  #freeIfAlone(id: number): void {
    const ending = this.#ending.get(id)
    if (ending === undefined || ending.holding.size > 0) return
    this.#ending.delete(id)
    clearConnection(ending.memory)
    const { byteLength } = ending.memory
    const free = this.#free.get(byteLength)
    if (free === undefined) this.#free.set(byteLength, [ending.memory])
    else free.push(ending.memory)
  }
}
