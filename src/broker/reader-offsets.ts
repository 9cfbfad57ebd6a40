import type { Connection } from '../actor/types.js'
import { type Offset, offset } from '../base/ids.js'

/**
 * Offsets that the connected consumers of a partition asked its leader for last. Each is what its consumer still needs,
 * however long it does not ask again: it may be paused, or slow. Lives in the broker's thread.
 */
export class ReaderOffsets {
  readonly #offsets = new Map<Connection, Offset>()

  note(connection: Connection, fetchOffset: Offset): void {
    this.#offsets.set(connection, fetchOffset)
  }

  forget(connection: Connection): void {
    this.#offsets.delete(connection)
  }

  /** Another broker leads. */
  clear(): void {
    this.#offsets.clear()
  }

  /** The smallest of them; infinite without readers. */
  get oldest(): Offset {
    let oldest = Number.POSITIVE_INFINITY
    for (const needed of this.#offsets.values()) oldest = Math.min(oldest, needed)
    return offset(oldest)
  }
}
