import type { Connection } from '../actor/types.js'
import { type Offset, offset } from '../base/ids.js'

/**
 * Offsets that the connected consumers of a partition asked its leader for last. Each is what its consumer still needs,
 * however long it does not ask again: it may be paused, or slow. Lives in the broker's thread.
 *
 * A member that gives the partition up in a rebalance leaves the offset from which its group will read on. It stays
 * until somebody comes who has not read here before: that is the next member, unless two groups rebalance at once.
 */
export class ReaderOffsets {
  readonly #offsets = new Map<Connection, Offset>()
  /** Connections of consumers that have passed the partition on, each with its offset in `#offsets`. */
  readonly #passedOn = new Set<Connection>()

  note(connection: Connection, fetchOffset: Offset): void {
    if (this.#passedOn.size > 0) this.#readOn(connection)
    this.#offsets.set(connection, fetchOffset)
  }

  /** The consumer gives the partition up; whoever reads on in its group will do so from there. */
  passOn(connection: Connection, from: Offset): void {
    const noted = this.#offsets.get(connection)
    if (noted === undefined) return
    this.#offsets.set(connection, offset(Math.min(noted, from)))
    this.#passedOn.add(connection)
  }

  forget(connection: Connection): void {
    this.#offsets.delete(connection)
    this.#passedOn.delete(connection)
  }

  /** Another broker leads. */
  clear(): void {
    this.#offsets.clear()
    this.#passedOn.clear()
  }

  /** The smallest of them; infinite without readers. */
  get oldest(): Offset {
    let oldest = Number.POSITIVE_INFINITY
    for (const needed of this.#offsets.values()) oldest = Math.min(oldest, needed)
    return offset(oldest)
  }

  #readOn(connection: Connection): void {
    if (!this.#offsets.has(connection)) for (const before of this.#passedOn) this.forget(before)
    this.#passedOn.delete(connection)
  }
}
