import { type Address, roleOf } from '../actor/address.js'
import type { Random } from '../base/random.js'
import { randomUuid } from '../base/random-uuid.js'

const HEX = 16
/** Where a UUID has its version, and where its node begins. */
const VERSION_AT = 14
const NODE_AT = 24
const NODE_DIGITS = 12
/** The version whose bits may mean anything (RFC 9562). */
const CUSTOM = '8'
/** A text that ends with a UUID of ours. */
const NAMED = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-([0-9a-f]{12})$/

/**
 * The part of a member's id that no other member has: a UUID, as in Kafka. One that is made for a consumer ends with
 * the consumer's number, where the node stands in others. So the log says which thread a member lives in, and a broker
 * that has never heard of the member knows whose end is its own.
 */
export function uuidFor(peer: Address | null, random: Random): string {
  const uuid = randomUuid(random)
  if (peer === null || roleOf(peer) !== 'consumer') return uuid
  const node = Number(peer.slice(peer.lastIndexOf('-') + 1))
    .toString(HEX)
    .padStart(NODE_DIGITS, '0')
  return uuid.slice(0, VERSION_AT) + CUSTOM + uuid.slice(VERSION_AT + 1, NODE_AT) + node
}

/** The consumer for which the id was made; null: for somebody else, or elsewhere. */
export function peerOf(memberId: string): Address | null {
  const node = NAMED.exec(memberId)?.[1]
  return node === undefined ? null : `consumer-${Number.parseInt(node, HEX)}`
}
