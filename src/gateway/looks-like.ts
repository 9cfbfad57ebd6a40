import { counted, grouped } from '../base/words.js'

/** The beginnings of requests and answers of HTTP. */
const HTTP = /^(GET |POST|PUT |HEAD|HTTP|DELE|OPTI|PATC|CONN|PRI )/
/** A record of a handshake, of any version of TLS up to 1.3. */
const HANDSHAKE = 0x16
const isTls = (first: Buffer): boolean => first[0] === HANDSHAKE && first[1] === 0x03

/** Why what a client begins with is not TLS; null: it may be. The first byte is enough for that. */
export function notTls(first: Buffer): string | null {
  if (first[0] === HANDSHAKE) return null
  if (HTTP.test(first.toString('latin1', 0, 4))) return 'it looks like HTTP, and this port speaks TLS'
  if (first[0] === 0) return "it looks like Kafka's protocol in plaintext, and this port speaks TLS"
  return 'it looks like garbage, and this port speaks TLS'
}

/** What bytes look like that are not a frame of Kafka's, whose length they would say in the first four. */
export function looksLike(first: Buffer, length: number, bytesMax: number): string {
  if (isTls(first)) return 'it looks like TLS, and this port speaks plaintext'
  if (HTTP.test(first.toString('latin1', 0, 4))) return "it looks like HTTP, and this port speaks Kafka's protocol"
  if (length < 0) return `it looks like garbage: a frame of ${length} bytes`
  if (length > bytesMax) return `its frame is too long: ${counted(length, 'byte')} of at most ${grouped(bytesMax)}`
  return `it looks like garbage: a frame of ${counted(length, 'byte')}, which has no room for a request`
}
