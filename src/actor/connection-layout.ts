import type { Memory } from '../base/memory.js'
import { ringBytes } from './ring.js'
import { LEASE_SLOTS } from './types.js'

/**
 * A connection's memory:
 *
 *     byte 0       state word, see ConnectionState
 *     byte 4       label, see `Connection.label`: written by the asking end
 *     byte 64      lease words, LEASE_SLOTS of them: written by the reader of lent slices, read by their owner
 *     then         ring of requests (the asking end writes), ring of responses (the serving end writes)
 */
export const LABEL_WORD = 1
const LEASES = 64
const REQUESTS = LEASES + LEASE_SLOTS * 4
const RING_CAPACITY = 1 << 20
const GATEWAY_RING_CAPACITY = 1 << 13

/** Bytes of a connection's memory. The larger its rings, the larger the messages that it can carry. */
export function connectionBytes(ringCapacity: number): number {
  return REQUESTS + 2 * ringBytes(ringCapacity)
}

export const CONNECTION_BYTES = connectionBytes(RING_CAPACITY)
/** Bytes of the connection that a gateway has for each of its clients. */
export const GATEWAY_CONNECTION_BYTES = connectionBytes(GATEWAY_RING_CAPACITY)

/** The lease words, which both ends see. */
export function leaseWords({ shared }: Memory): Int32Array {
  return new Int32Array(shared, LEASES, LEASE_SLOTS)
}

/** Where the two rings of one end lie in a connection's memory. */
export function ringsOf(
  memory: Memory,
  isInitiator: boolean,
): { readonly incoming: number; readonly outgoing: number; readonly capacity: number } {
  const bytesPerRing = (memory.size - REQUESTS) / 2
  const capacity = bytesPerRing - ringBytes(0)
  const responses = REQUESTS + bytesPerRing
  return isInitiator
    ? { incoming: responses, outgoing: REQUESTS, capacity }
    : { incoming: REQUESTS, outgoing: responses, capacity }
}

/**
 * Makes a connection's memory what it was when it was new, for the next connection. What lies in the rings was never
 * published then.
 */
export function clearConnection(shared: SharedArrayBuffer): void {
  const ringsAt = [REQUESTS, REQUESTS + (shared.byteLength - REQUESTS) / 2]
  new Uint8Array(shared, 0, REQUESTS).fill(0)
  for (const at of ringsAt) new Uint8Array(shared, at, ringBytes(0)).fill(0)
}
