import type { Connection } from '../../../actor/types.js'
import { assert } from '../../../base/assert.js'

/**
 * Gives leases of one slot back in the order in which they were granted, whatever the order in which their readers
 * finish: the word that the lender reads is the last one of an unbroken row.
 */
export class LeaseReturns {
  readonly #connection: Connection
  readonly #slot: number
  /** Leases that are out, oldest first, and whether the reader has finished. */
  readonly #out: { readonly lease: number; isFinished: boolean }[] = []

  constructor(connection: Connection, slot: number) {
    this.#connection = connection
    this.#slot = slot
  }

  granted(lease: number): void {
    this.#out.push({ lease, isFinished: false })
  }

  finished(lease: number): void {
    const found = this.#out.find((candidate) => candidate.lease === lease)
    assert(found !== undefined && !found.isFinished, 'A lease is given back once')
    found.isFinished = true
    let last: number | null = null
    while (this.#out[0]?.isFinished === true) last = (this.#out.shift() as { lease: number }).lease
    if (last !== null) this.#connection.giveBack(this.#slot, last)
  }
}

/** The returns of every slot of every connection. */
export class ReturnsBook {
  readonly #returns = new Map<Connection, Map<number, LeaseReturns>>()

  of(connection: Connection, slot: number): LeaseReturns {
    let slots = this.#returns.get(connection)
    if (slots === undefined) {
      slots = new Map()
      this.#returns.set(connection, slots)
    }
    let returns = slots.get(slot)
    if (returns === undefined) {
      returns = new LeaseReturns(connection, slot)
      slots.set(slot, returns)
    }
    return returns
  }

  /** Forgets a connection that is over: what is still out is given back to nobody. */
  forget(connection: Connection): void {
    this.#returns.delete(connection)
  }
}
