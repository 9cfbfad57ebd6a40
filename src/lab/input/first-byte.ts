/** A source of which the beginning has been looked at, and nothing is missing. */
export interface Peeked {
  /** The first character that is not blank; undefined when there is none near the beginning. */
  readonly byte: string | undefined
  /** All chunks from the beginning, without a byte order mark. To be iterated once. */
  readonly chunks: AsyncIterable<Buffer>
}

/** A file that begins with more blanks than this does not tell what it is. */
const PEEK_BYTES_MAX = 64 * 1024
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Looks at the beginning of a source, so that its format can be chosen, and gives it back whole. */
export async function firstByte(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let ended = false
  while (
    !ended &&
    head.length < PEEK_BYTES_MAX &&
    (head.length < BYTE_ORDER_MARK.length || firstVisible(head) === undefined)
  ) {
    const next = await iterator.next()
    ended = next.done === true
    if (!next.done) head = head.length === 0 ? asBuffer(next.value) : Buffer.concat([head, next.value])
  }
  head = withoutMark(head)
  return { byte: firstVisible(head), chunks: replayed(head, iterator) }
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

function firstVisible(head: Buffer): string | undefined {
  const visible = withoutMark(head).find((byte) => byte > 0x20)
  return visible === undefined ? undefined : String.fromCharCode(visible)
}
