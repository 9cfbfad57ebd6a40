import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A source whose beginning was looked at; nothing of it is missing. */
export interface Peeked {
  /** The first character that is not blank; undefined when there is none near the beginning. */
  readonly byte: string | undefined
  /** All chunks from the beginning, unzipped and without a byte order mark. They can be iterated once. */
  readonly chunks: AsyncIterable<Buffer>
}

/** Bytes that are looked at; a file that begins with more blanks does not tell what it is. */
const PEEK_BYTES_MAX = 64 * 1024
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
/** The first bytes of gzip, which no text has. (RFC 1952) */
const GZIP = Buffer.from([0x1f, 0x8b])
const NOTHING = Buffer.alloc(0)

/**
 * Looks at the beginning of a source, so that its format can be chosen, and gives it back whole; unzipped, where it is
 * gzip.
 */
export async function firstByte(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  const chunks: Buffer[] = []
  let bytes = 0
  let hasEnded = false
  const take = async (): Promise<Buffer | undefined> => {
    const next = await iterator.next()
    hasEnded = next.done === true
    if (next.done) return undefined
    const chunk = asBuffer(next.value)
    bytes += chunk.length
    chunks.push(chunk)
    return chunk
  }
  while (!hasEnded && bytes < BYTE_ORDER_MARK.length) await take()
  const head = Buffer.concat(chunks)
  // An error of either stream destroys both, and the iteration throws.
  if (head.subarray(0, GZIP.length).equals(GZIP))
    return firstByte(pipeline(Readable.from(replayed(head, iterator)), createGunzip(), () => {}))
  const start = withoutMark(head)
  chunks.splice(0, chunks.length, start)
  let byte = firstVisible(start)
  while (!hasEnded && byte === undefined && bytes < PEEK_BYTES_MAX) byte = firstVisible((await take()) ?? NOTHING)
  return { byte, chunks: replayed(Buffer.concat(chunks), iterator) }
}

async function* replayed(head: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield asBuffer(next.value)
  } finally {
    // Whoever stops early closes the file.
    await iterator.return?.()
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function withoutMark(head: Buffer): Buffer {
  const marked = head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  return marked ? head.subarray(BYTE_ORDER_MARK.length) : head
}

function firstVisible(bytes: Buffer): string | undefined {
  const visible = bytes.find((byte) => byte > 0x20)
  return visible === undefined ? undefined : String.fromCharCode(visible)
}
