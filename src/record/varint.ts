/**
 * Kafka's variable-length integers: zigzag (0, -1, 1, -2 become 0, 1, 2, 3), then seven bits a byte, lowest first,
 * the high bit set on all bytes but the last (`ByteUtils.java`). Exact for every safe integer, without BigInt:
 * a value is taken apart into its sign and the rest, so that nothing is doubled beyond 2^53.
 */

/** A 64-bit value takes at most ten bytes. */
export const VARINT_BYTES_MAX = 10

/** Bytes that `writeVarint` takes for this value: 1 to 8 for a safe integer. */
export function varintBytes(value: number): number {
  if (value < 0x40 && value >= -0x40) return 1
  if (value < 0x2000 && value >= -0x2000) return 2
  return longVarintBytes(value)
}

// The functions that everybody calls are tiny, and the rare cases lie outside of them: V8 then builds them into the
// caller.

function longVarintBytes(value: number): number {
  let rest = Math.floor((value < 0 ? -1 - value : value) / 0x2000)
  let bytes = 2
  for (; rest > 0; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** Writes any safe integer; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0x2000 || value < -0x2000) return writeLongVarint(bytes, at, value)
  return writeZigzag(bytes, at, (value << 1) ^ (value >> 31))
}

/** Writes a number below 2^14 that is in zigzag already; returns the position behind it. */
export function writeZigzag(bytes: Uint8Array, at: number, zigzag: number): number {
  if (zigzag < 0x80) {
    bytes[at] = zigzag
    return at + 1
  }
  bytes[at] = zigzag | 0x80
  bytes[at + 1] = zigzag >>> 7
  return at + 2
}

function writeLongVarint(bytes: Uint8Array, at: number, value: number): number {
  const sign = value < 0 ? 1 : 0
  const magnitude = value < 0 ? -1 - value : value
  let rest = Math.floor(magnitude / 0x40)
  bytes[at++] = ((magnitude % 0x40) << 1) | sign | 0x80
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80
  bytes[at++] = rest
  return at
}

/** The value whose first byte lies at `at`. Beyond the safe integers it is the nearest double. */
export function readVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return (first >>> 1) ^ -(first & 1)
  const second = bytes[at + 1]!
  if (second < 0x80) return (((first & 0x7f) >>> 1) | (second << 6)) ^ -(first & 1)
  return readLongVarint(bytes, at)
}

/** The position behind the value whose first byte lies at `at`; foreign encoders may use more bytes than it needs. */
export function skipVarint(bytes: Uint8Array, at: number): number {
  if (bytes[at]! < 0x80) return at + 1
  if (bytes[at + 1]! < 0x80) return at + 2
  return skipLongVarint(bytes, at)
}

function readLongVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const last = skipLongVarint(bytes, at) - 1
  let magnitude = (first & 0x7f) >>> 1
  for (let scale = 0x40; at < last; scale *= 0x80) magnitude += (bytes[++at]! & 0x7f) * scale
  return first & 1 ? -1 - magnitude : magnitude
}

function skipLongVarint(bytes: Uint8Array, at: number): number {
  const last = at + VARINT_BYTES_MAX - 1
  while (at < last && bytes[at]! >= 0x80) at++
  return at + 1
}
