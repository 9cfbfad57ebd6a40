import { crc32c } from '../base/crc32c.js'
import { roleOf } from './address.js'
import type { Connection } from './types.js'

/**
 * Clients that have come in over a socket, as faults name them: all of them, or those with a `client.id`. On the way
 * between threads a `client.id` is a number, which is its checksum and never 0.
 */
export type ClientName = 'clients' | { readonly clientId: string }

/** The label of every client. */
export const ANY_CLIENT = 0

export function labelOf(client: ClientName): number {
  if (client === 'clients') return ANY_CLIENT
  const bytes = Buffer.from(client.clientId)
  return crc32c(bytes, 0, bytes.length) | 0 || 1
}

/** Whether the connection is that of such a client. */
export function isOfClient(label: number, connection: Pick<Connection, 'peer' | 'label'>): boolean {
  return roleOf(connection.peer) === 'gateway' && (label === ANY_CLIENT || label === connection.label)
}

/**
 * What a gateway's correlation ids say of its questions, beside their number. `OWN`: the gateway asks it for itself,
 * and no client has. `UNHEARD`: the client waits for no answer, though the gateway does.
 */
const NUMBERS = 2 ** 29
export const OWN = 2 ** 29
export const UNHEARD = 2 ** 30

export const nextNumber = (number: number): number => (number + 1) % NUMBERS

export function isMarked(mark: typeof OWN | typeof UNHEARD, message: MarkedMessage): boolean {
  return roleOf(message.connection.peer) === 'gateway' && (message.correlationId & mark) !== 0
}

interface MarkedMessage {
  readonly connection: Pick<Connection, 'peer'>
  readonly correlationId: number
}
