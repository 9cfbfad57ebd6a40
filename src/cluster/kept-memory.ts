import { Memory } from '../base/memory.js'
import { BROKER_NOTES_BYTES } from '../broker/broker-host.js'
import type { SegmentKeeper } from '../log/types.js'

/**
 * What is lost with a thread, the least first:
 *
 *     nothing      the thread dies, and memory outlives it
 *     unwritten    the process dies: whatever is in no file
 *     unflushed    the power fails: whatever no file has on its disk
 *     everything   the disk is gone as well
 *
 * Logs lie in memory alone: as long as they have no files, the last three lose the same, which is all of it.
 */
export const LOSSES = ['nothing', 'unwritten', 'unflushed', 'everything'] as const
export type Loss = (typeof LOSSES)[number]

export const worseOf = (one: Loss, other: Loss): Loss => (LOSSES.indexOf(one) > LOSSES.indexOf(other) ? one : other)

/** What one incarnation of a thread leaves to the next: it can be posted to another thread. */
export interface Inheritance {
  readonly segments: readonly { readonly id: number; readonly memory: SharedArrayBuffer }[]
  readonly notes: SharedArrayBuffer
}

/** Bytes of shared memory that a cluster holds: see `MemoryDescription`. */
export interface KeptBytes {
  readonly connections: number
  readonly segments: number
  /** Unused bytes of the connections. */
  readonly unused: number
}

/**
 * What outlives a thread, as the page cache outlives a process. Whoever starts threads has one for each address that
 * can be started again, and adds what the thread keeps.
 */
export class KeptMemory {
  readonly #segments = new Map<number, Memory>()
  #notes = new SharedArrayBuffer(BROKER_NOTES_BYTES)

  keep(id: number, memory: SharedArrayBuffer): void {
    this.#segments.set(id, new Memory(memory))
  }

  forget(id: number): void {
    this.#segments.get(id)?.discard()
    this.#segments.delete(id)
  }

  /** Bytes of its segments. */
  get bytes(): number {
    return [...this.#segments.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** The next incarnation does not inherit what is lost: none of it lies in a file. */
  lose(loss: Loss): void {
    if (loss === 'nothing') return
    for (const id of [...this.#segments.keys()]) this.forget(id)
    this.#notes = new SharedArrayBuffer(BROKER_NOTES_BYTES)
  }

  get inheritance(): Inheritance {
    return { segments: [...this.#segments].map(([id, { shared }]) => ({ id, memory: shared })), notes: this.#notes }
  }
}

/** The thread's side of it: takes word of the memory to whoever outlives the thread. */
export function segmentKeeper({ segments }: Inheritance, kept: Pick<KeptMemory, 'keep' | 'forget'>): SegmentKeeper {
  return {
    inherited: segments.map(({ id, memory }) => ({ id, memory: new Memory(memory) })),
    keep: ({ id, memory }) => kept.keep(id, memory.shared),
    forget: (id) => kept.forget(id),
  }
}
