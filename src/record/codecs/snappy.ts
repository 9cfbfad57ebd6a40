/**
 * Snappy, in the two forms that clients write (`SnappyCompression`): the framing of the Java library, and one block
 * with nothing around it, as librdkafka and franz-go write it. All clients read both. Here the first one is written.
 *
 *   82 53 4e 41 50 50 59 00   version:4   compatible:4   then, as often as it takes:   length:4   block
 *
 * A block begins with the size of what comes out of it.
 */
import { requiredIfThere } from '../../base/optional-module.js'
import { SNAPPY } from '../layout.js'
import { beginsWith, type CannotOpen, type Codec, libraryOf } from './codec.js'

const MARK = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const HEADER = Buffer.from([...MARK, 0, 0, 0, 1, 0, 0, 0, 1])
const LENGTH_BYTES = 4
/** Bytes that go into one block, as in `SnappyOutputStream`. */
const BLOCK_BYTES = 32_768
/** No block becomes so many times larger: 3 bytes copy 64 at most. */
const RATIO_MAX = 22

interface SnappyLibrary {
  compressSync(bytes: Uint8Array): Buffer
  uncompressSync(block: Uint8Array): Buffer
}

interface Block {
  readonly start: number
  /** The exclusive end. */
  readonly end: number
  /** The size of what comes out of it, as it says. */
  readonly bytes: number
}

/** The codec, with the package snappy as its library. */
export function snappyCodec(load = () => requiredIfThere<SnappyLibrary>('snappy')): Codec {
  const library = libraryOf(load)
  const opened = (stream: Uint8Array, blocks: readonly Block[] | null, bytesMax: number): Uint8Array | CannotOpen => {
    const snappy = library()
    if (snappy === null) return 'absent'
    if (blocks === null) return 'corrupt'
    if (blocks.reduce((sum, { bytes }) => sum + bytes, 0) > bytesMax) return 'too-large'
    try {
      const parts = blocks.map(({ start, end }) => snappy.uncompressSync(stream.subarray(start, end)))
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    } catch {
      return 'corrupt'
    }
  }
  return {
    name: 'snappy',
    bits: SNAPPY,
    lack: () => (library() === null ? 'the package snappy (npm install snappy@7)' : null),
    compress(bytes) {
      const { compressSync } = library() as SnappyLibrary
      const parts: Buffer[] = [HEADER]
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
        const block = compressSync(bytes.subarray(at, at + BLOCK_BYTES))
        const length = Buffer.allocUnsafe(LENGTH_BYTES)
        length.writeInt32BE(block.length)
        parts.push(length, block)
      }
      return Buffer.concat(parts)
    },
    decompress: (stream, bytesMax) => opened(stream, blocksOf(stream, Number.POSITIVE_INFINITY), bytesMax),
    decompressFront(records) {
      if (!beginsWith(records, MARK)) return null
      return opened(records, blocksOf(records, records.length), records.length)
    },
  }
}

/** The blocks of a stream, in order, until they have said so many bytes; null: it is not a stream of snappy. */
function blocksOf(stream: Uint8Array, bytesWanted: number): Block[] | null {
  if (!beginsWith(stream, MARK)) {
    const block = blockAt(stream, 0, stream.length)
    return block === null ? null : [block]
  }
  const blocks: Block[] = []
  let bytes = 0
  let at = HEADER.length
  while (at < stream.length && bytes < bytesWanted) {
    // Another stream may follow, with a header of its own.
    if (beginsWith(stream, MARK, at)) at += HEADER.length
    if (at + LENGTH_BYTES > stream.length) return null
    const start = at + LENGTH_BYTES
    const length = new DataView(stream.buffer, stream.byteOffset + at).getInt32(0)
    if (length <= 0 || length > stream.length - start) return null
    const block = blockAt(stream, start, start + length)
    if (block === null) return null
    blocks.push(block)
    bytes += block.bytes
    at = block.end
  }
  return at > stream.length ? null : blocks
}

function blockAt(stream: Uint8Array, start: number, end: number): Block | null {
  let bytes = 0
  for (let at = start, factor = 1; at < end && at < start + 5; at++, factor *= 128) {
    const byte = stream[at] as number
    bytes += (byte & 0x7f) * factor
    if (byte < 0x80) return bytes <= (end - start) * RATIO_MAX ? { start, end, bytes } : null
  }
  return null
}
