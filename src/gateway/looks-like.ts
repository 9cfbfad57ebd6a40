import { counted, grouped } from '../base/words.js'

/** The beginnings of requests and answers of HTTP. */
const HTTP = /^(GET |POST|PUT |HEAD|HTTP|DELE|OPTI|PATC|CONN|PRI )/
/** A handshake record of any version of TLS up to 1.3. */
const isTls = (first: Buffer): boolean => first[0] === 0x16 && first[1] === 0x03

/** What bytes look like that are not a frame of Kafka's, whose length they would say in the first four. */
export function looksLike(first: Buffer, length: number, bytesMax: number): string {
  if (isTls(first)) return 'it looks like TLS, and this port speaks plaintext'
  if (HTTP.test(first.toString('latin1', 0, 4))) return "it looks like HTTP, and this port speaks Kafka's protocol"
  if (length < 0) return `it looks like garbage: a frame of ${length} bytes`
  if (length > bytesMax) return `its frame is too long: ${counted(length, 'byte')} of at most ${grouped(bytesMax)}`
  return `it looks like garbage: a frame of ${counted(length, 'byte')}, which has no room for a request`
}
