import type { RingConnection } from './connection.js'
import { type ControlBlock, READY_WORDS, readyBitOf, readyWordOf } from './control-block.js'
import type { Message } from './types.js'

/**
 * The connections of an actor. A turn looks at those of which somebody has said that there is something on them, so
 * that what it costs does not grow with those that are quiet: peers set bits in the actor's control block, and the
 * actor notes here what it has to look at again by itself. Connections that share a bit are looked at together.
 *
 * Owned by the actor's thread.
 */
export class ReadyConnections {
  readonly #control: ControlBlock
  /** All of them, in the order in which they came. */
  readonly #all = new Set<RingConnection>()
  /** The connections of each bit, once there was one. */
  readonly #ofBit: (readonly RingConnection[] | undefined)[] = new Array(READY_WORDS * 32).fill(undefined)
  /** What is to be looked at, as far as that is known here. */
  readonly #ready = new Int32Array(READY_WORDS)

  constructor(control: ControlBlock) {
    this.#control = control
  }

  get all(): Iterable<RingConnection> {
    return this.#all
  }

  /** It is looked at in the next turn: it may have been written to before. */
  add(connection: RingConnection): void {
    this.#all.add(connection)
    const at = bitOf(connection.id)
    this.#ofBit[at] = [...(this.#ofBit[at] ?? []), connection]
    this.look(connection.id)
  }

  find(id: number): RingConnection | undefined {
    return this.#ofBit[bitOf(id)]?.find((connection) => connection.id === id)
  }

  remove(connection: RingConnection): void {
    this.#all.delete(connection)
    const at = bitOf(connection.id)
    this.#ofBit[at] = this.#ofBit[at]?.filter((other) => other !== connection)
  }

  /** Takes all of them out, also while they are gone through. */
  removeAll(): readonly RingConnection[] {
    const removed = [...this.#all]
    this.#all.clear()
    this.#ofBit.fill(undefined)
    return removed
  }

  /** The connection is looked at though no frame comes. */
  look(id: number): void {
    const word = readyWordOf(id)
    this.#ready[word] = (this.#ready[word] as number) | readyBitOf(id)
  }

  /** Takes in what has arrived. Returns whether there was anything. */
  poll(deliver: (message: Message) => void): boolean {
    let hasFound = false
    for (let word = 0; word < READY_WORDS; word++) {
      const told = this.#control.takeReady(word)
      let ready = (this.#ready[word] as number) | told
      if (ready === 0) continue
      // Kept until it was looked at: what is delivered may throw.
      this.#ready[word] = ready
      for (; ready !== 0; ready &= ready - 1) {
        const bit = 31 - Math.clz32(ready & -ready)
        if (this.#pollSharing(word, bit, deliver)) hasFound = true
      }
    }
    return hasFound
  }

  #pollSharing(word: number, bit: number, deliver: (message: Message) => void): boolean {
    const mask = 1 << bit
    let hasFound = false
    let isWaiting = true
    this.#ready[word] = (this.#ready[word] as number) & ~mask
    try {
      let areWaiting = false
      for (const connection of this.#ofBit[word * 32 + bit] ?? []) {
        if (connection.poll(deliver)) hasFound = true
        if (connection.isWaiting) areWaiting = true
      }
      isWaiting = areWaiting
    } finally {
      if (isWaiting) this.#ready[word] = (this.#ready[word] as number) | mask
    }
    return hasFound
  }
}

/** The number of a connection's bit, over all words. */
const bitOf = (id: number): number => id & (READY_WORDS * 32 - 1)
