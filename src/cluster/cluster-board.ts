/**
 * What all threads that use a cluster share, in one small piece of memory.
 *
 *     word 0    lastClient   the number of the client that was made last, on whichever thread: addresses differ
 *     word 1    closed       1 from the moment in which the owner closes the cluster
 *
 * Written by the owner's thread and by every thread that has attached; read by all of them.
 */
const LAST_CLIENT = 0
const CLOSED = 1
const WORDS = 2

export class ClusterBoard {
  readonly shared: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#words = new Int32Array(shared)
  }

  /** A number that no other client of the cluster has. */
  nextClient(): number {
    return Atomics.add(this.#words, LAST_CLIENT, 1) + 1
  }

  close(): void {
    Atomics.store(this.#words, CLOSED, 1)
  }

  /** Whether the owner has closed the cluster, though its end may not have been heard of yet. */
  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1
  }
}
