/**
 * CRC-32 (IEEE 802.3), the checksum of zlib, gzip and PNG. Node's own `zlib.crc32` is not in every Node that is
 * supported.
 */

/** The polynomial 0x04c11db7 with its bits mirrored. */
const POLYNOMIAL = 0xedb88320
const TABLE = makeTable()

/** The checksum of the first `length` bytes, unsigned. */
export function crc32(bytes: Uint8Array, length: number): number {
  let crc = -1
  for (let index = 0; index < length; index++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[index]!) & 0xff]!
  return ~crc >>> 0
}

function makeTable(): Int32Array {
  const table = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
    table[byte] = crc
  }
  return table
}
