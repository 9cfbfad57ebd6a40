import { assert } from '../base/assert.js'
import type { Memory } from '../base/memory.js'
import { ringBytes } from './ring.js'
import { LEASE_SLOTS } from './types.js'

/**
 * A connection's memory:
 *
 *     byte 0       state word, see ConnectionState
 *     byte 4       label, see `Connection.label`: written by the asking end
 *     byte 64      lease words: written by the reader of lent slices, read by their owner
 *     then         ring of requests (the asking end writes), ring of responses (the serving end writes)
 *
 * Its size says where everything lies: the rings are the largest that have room, and lease words take the rest.
 */
export const LABEL_WORD = 1
const LEASES = 64

/** How much a connection carries at once. */
export interface ConnectionCapacity {
  /** Bytes of each of its rings, a power of two. The larger they are, the larger the messages they carry. */
  readonly ringBytes: number
  /** How many partitions can be fetched by it: one word each. Sixteen of them take a cache line. */
  readonly leaseSlots: number
}

export const CAPACITY: ConnectionCapacity = { ringBytes: 1 << 20, leaseSlots: LEASE_SLOTS }
/** The capacity of the connection that a gateway has for each of its clients: it fetches everything by one slot. */
export const GATEWAY_CAPACITY: ConnectionCapacity = { ringBytes: 1 << 13, leaseSlots: 16 }

/** Bytes of a connection's memory. */
export function connectionBytes({ ringBytes: capacity, leaseSlots }: ConnectionCapacity): number {
  assert(leaseSlots % 16 === 0 && leaseSlots * 4 < capacity * 2, 'Lease words leave no room for a larger ring')
  return LEASES + leaseSlots * 4 + 2 * ringBytes(capacity)
}

interface Layout {
  readonly capacity: number
  readonly leaseSlots: number
  /** Where the ring of requests begins, and that of responses. */
  readonly requests: number
  readonly responses: number
}

function layoutOf(bytes: number): Layout {
  const room = (bytes - LEASES) / 2 - ringBytes(0)
  const capacity = 2 ** (31 - Math.clz32(room))
  const responses = bytes - ringBytes(capacity)
  const requests = responses - ringBytes(capacity)
  return { capacity, leaseSlots: (requests - LEASES) / 4, requests, responses }
}

/** The lease words, which both ends see. */
export function leaseWords({ shared, size }: Memory): Int32Array {
  return new Int32Array(shared, LEASES, layoutOf(size).leaseSlots)
}

/** Where the two rings of one end lie in a connection's memory. */
export function ringsOf(
  memory: Memory,
  isInitiator: boolean,
): { readonly incoming: number; readonly outgoing: number; readonly capacity: number } {
  const { requests, responses, capacity } = layoutOf(memory.size)
  return isInitiator
    ? { incoming: responses, outgoing: requests, capacity }
    : { incoming: requests, outgoing: responses, capacity }
}

/**
 * Makes a connection's memory what it was when it was new, for the next connection. What lies in the rings was never
 * published then.
 */
export function clearConnection(shared: SharedArrayBuffer): void {
  const { requests, responses } = layoutOf(shared.byteLength)
  new Uint8Array(shared, 0, requests).fill(0)
  for (const at of [requests, responses]) new Uint8Array(shared, at, ringBytes(0)).fill(0)
}
