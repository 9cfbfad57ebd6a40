import type { Connection } from '../actor/types.js'
import { assert } from '../base/assert.js'
import { LEASES_PER_CONNECTION_MAX } from '../base/config/internal-limits.js'
import type { LogReader } from '../log/log-reader.js'
import type { LogSlice } from '../log/types.js'

/**
 * The slices that one connection has been lent and has not given back.
 *
 * The broker grants every lease and the reader publishes, slot by slot, the last one it has given back: nobody else
 * counts, so there is nothing to race about. Lives in the broker's thread.
 */
interface Lease {
  readonly number: number
  readonly log: LogReader
  readonly segment: number
}

interface Slot {
  last: number
  /** Oldest first. */
  readonly out: Lease[]
}

export class LeaseBook {
  readonly #connection: Connection
  readonly #slots = new Map<number, Slot>()
  #out = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Whether another slice can be lent on this connection. */
  get hasRoom(): boolean {
    return this.#out < LEASES_PER_CONNECTION_MAX
  }

  /** Lends a slice and returns the lease's number. Numbers of one slot grow by one, from 1, wrapping at 2^31. */
  grant(slotNumber: number, log: LogReader, slice: LogSlice): number {
    let slot = this.#slots.get(slotNumber)
    if (slot === undefined) {
      slot = { last: 0, out: [] }
      this.#slots.set(slotNumber, slot)
    }
    slot.last = (slot.last + 1) | 0
    log.lease(slice)
    slot.out.push({ number: slot.last, log, segment: slice.segment })
    this.#out += 1
    return slot.last
  }

  /** Takes back what the reader has published as given back. */
  collect(): void {
    if (this.#out === 0) return
    for (const [number, slot] of this.#slots) {
      if (slot.out.length === 0) continue
      const returned = this.#connection.givenBack(number)
      assert(((slot.last - returned) | 0) >= 0, 'Only what was lent can be given back')
      while (slot.out.length > 0 && ((returned - (slot.out[0] as Lease).number) | 0) >= 0) {
        const lease = slot.out.shift() as Lease
        lease.log.release(lease.segment)
        this.#out -= 1
      }
    }
  }

  /** The reader is gone. It may still be reading what it holds: that memory is never written again. */
  abandon(): void {
    this.collect()
    for (const slot of this.#slots.values()) {
      for (const lease of slot.out) lease.log.abandon(lease.segment)
    }
    this.#slots.clear()
    this.#out = 0
  }
}
