/**
 * The outside of an LZ4 frame: where it ends, and how large it becomes. What is in its blocks is left to a library.
 *
 *   04 22 4d 18   flags:1   block size:1   [content size:8]   header's checksum:1
 *   then, as often as it takes:   length:4 (little-endian; its highest bit: not compressed)   block   [checksum:4]
 *   00 00 00 00   [checksum of the content:4]
 *
 * As in Kafka (`Lz4BlockInputStream`), blocks must be independent of one another, and there is no dictionary.
 */
export const LZ4_MARK = [0x04, 0x22, 0x4d, 0x18]

const VERSION_MASK = 0b1100_0000
const VERSION = 0b0100_0000
const INDEPENDENT_BLOCKS = 1 << 5
const BLOCK_CHECKSUMS = 1 << 4
const CONTENT_SIZE = 1 << 3
const CONTENT_CHECKSUM = 1 << 2
const RESERVED = 0b11
const CHECKSUM_BYTES = 4
const NOT_COMPRESSED = 0x8000_0000
/** No compressed block becomes so many times larger: each byte of a length stands for 255. */
const RATIO_MAX = 255

export interface Lz4Frame {
  /** The position behind the frame. */
  readonly end: number
  /** The content has no more bytes than these. */
  readonly bytesMax: number
  /** How many bytes the content has; goes through all blocks. */
  exactBytes(): number
}

/** The frame at the front of the bytes; null: there is none, or not all of it. */
export function lz4FrameOf(bytes: Uint8Array): Lz4Frame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 7 || LZ4_MARK.some((byte, index) => bytes[index] !== byte)) return null
  const flags = bytes[4] as number
  if ((flags & VERSION_MASK) !== VERSION || (flags & INDEPENDENT_BLOCKS) === 0 || (flags & RESERVED) !== 0) return null
  const sizeCode = ((bytes[5] as number) >> 4) & 0b111
  if (sizeCode < 4) return null
  // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
  const blockBytesMax = 2 ** (8 + 2 * sizeCode)
  const blocks: { readonly at: number; readonly end: number; readonly isCompressed: boolean }[] = []
  let bytesMax = 0
  let at = 7 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0)
  for (;;) {
    if (at + 4 > bytes.length) return null
    const word = view.getUint32(at, true)
    at += 4
    if (word === 0) break
    const isCompressed = word < NOT_COMPRESSED
    const length = isCompressed ? word : word - NOT_COMPRESSED
    if (length === 0 || length > bytes.length - at) return null
    blocks.push({ at, end: at + length, isCompressed })
    bytesMax += isCompressed ? Math.min(blockBytesMax, length * RATIO_MAX) : length
    at += length + ((flags & BLOCK_CHECKSUMS) !== 0 ? CHECKSUM_BYTES : 0)
  }
  const end = at + ((flags & CONTENT_CHECKSUM) !== 0 ? CHECKSUM_BYTES : 0)
  if (end > bytes.length) return null
  const exactBytes = (): number =>
    blocks.reduce((sum, block) => sum + (block.isCompressed ? blockBytes(bytes, block) : block.end - block.at), 0)
  return { end, bytesMax, exactBytes }
}

/** What comes out of a compressed block, by the lengths of its literals and of its copies. */
function blockBytes(bytes: Uint8Array, { at, end }: { readonly at: number; readonly end: number }): number {
  let sum = 0
  let next = at
  // A length of 15 goes on in the bytes that follow, up to the first one below 255.
  const lengthFrom = (nibble: number): number => {
    if (nibble < 15) return nibble
    let length = 15
    while (next < end) {
      const byte = bytes[next++] as number
      length += byte
      if (byte < 255) break
    }
    return length
  }
  while (next < end) {
    const token = bytes[next++] as number
    const literals = lengthFrom(token >> 4)
    sum += literals
    next += literals
    if (next >= end) break
    next += 2
    sum += lengthFrom(token & 0b1111) + 4
  }
  return sum
}
