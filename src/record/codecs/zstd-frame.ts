/**
 * The outside of a zstd frame (RFC 8878): where it ends, and how large it becomes at most. What is in its blocks is
 * left to a library.
 *
 *   28 b5 2f fd   descriptor:1   [window:1]   [dictionary:0-4]   [content size:0-8]
 *   then, up to the one that says it is the last:   header:3 (little-endian: last, type, size)   block
 *   [checksum:4]
 */
export const ZSTD_MARK = [0x28, 0xb5, 0x2f, 0xfd]

const BLOCK_BYTES_MAX = 131_072
const DICTIONARY_BYTES = [0, 1, 2, 4]
const RAW = 0
const REPEATED_BYTE = 1
const RESERVED = 3

export interface ZstdFrame {
  /** The position behind the frame. */
  readonly end: number
  /** How many bytes the frame says that its content has; null: it does not say. */
  readonly contentBytes: number | null
  /** What the blocks can become has no more bytes than these. */
  readonly bytesMax: number
}

/** The frame at the front of the bytes; null: there is none, or not all of it. */
export function zstdFrameOf(bytes: Uint8Array): ZstdFrame | null {
  if (bytes.length < 9 || ZSTD_MARK.some((byte, index) => bytes[index] !== byte)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const descriptor = bytes[4] as number
  const isSingleSegment = (descriptor & 0b10_0000) !== 0
  let at = 5
  const blockBytesMax = isSingleSegment
    ? BLOCK_BYTES_MAX
    : Math.min(BLOCK_BYTES_MAX, windowBytes(bytes[at++] as number))
  at += DICTIONARY_BYTES[descriptor & 0b11] as number
  const sizeCode = descriptor >> 6
  const sizeBytes = sizeCode === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeCode
  if (at + sizeBytes > bytes.length) return null
  const contentBytes = contentBytesAt(view, at, sizeBytes)
  at += sizeBytes
  let bytesMax = 0
  for (let isLast = false; !isLast; ) {
    if (at + 3 > bytes.length) return null
    const header = view.getUint16(at, true) | ((bytes[at + 2] as number) << 16)
    at += 3
    isLast = (header & 1) !== 0
    const type = (header >> 1) & 0b11
    const size = header >> 3
    if (type === RESERVED) return null
    bytesMax += type === RAW || type === REPEATED_BYTE ? size : blockBytesMax
    at += type === REPEATED_BYTE ? 1 : size
  }
  if ((descriptor & 0b100) !== 0) at += 4
  return at > bytes.length ? null : { end: at, contentBytes, bytesMax }
}

function windowBytes(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 0b111)
}

function contentBytesAt(view: DataView, at: number, sizeBytes: number): number | null {
  switch (sizeBytes) {
    case 1:
      return view.getUint8(at)
    case 2:
      return view.getUint16(at, true) + 256
    case 4:
      return view.getUint32(at, true)
    case 8:
      return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000
    default:
      return null
  }
}
