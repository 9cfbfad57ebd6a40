/**
 * CRC-32C (Castagnoli), the checksum inside every Kafka record batch.
 *
 * Two engines give the same answer. The portable one, slicing by 16, folds sixteen bytes a step through sixteen tables
 * (Kounavis and Berry, "A Systematic Approach to Building High Performance, Software-Based, CRC Generators", 2005).
 * The native one uses the processor's instruction, but each call into it costs as much as a few hundred bytes do here,
 * so it serves long ranges only. Loading it takes milliseconds: a host that wants it says so, importing never does.
 */
import { createRequire } from 'node:module'

/** The polynomial 0x1edc6f41 with its bits mirrored, as the mirrored form of the algorithm needs it. */
const POLYNOMIAL = 0x82f63b78
/** Up to here the portable engine wins (measured: they meet between 400 and 512 bytes). */
const PORTABLE_BYTES_MAX = 448

/** Row `n` (256 words) tells what a byte does to the checksum when `n` more bytes follow it. */
const TABLES = makeTables()

let native: ((bytes: Uint8Array) => number) | null = null

/** A view of this thread's last bytes: making one takes as long as summing 100 of them, and memories change rarely. */
let viewed: Uint8Array = new Uint8Array(0)
let view = new DataView(viewed.buffer)

/** The checksum of `bytes[start, end)`, unsigned. The bytes may lie in shared memory. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  if (native === null || end - start <= PORTABLE_BYTES_MAX) return crc32cPortable(bytes, start, end)
  return native(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start))
}

/** Lets `crc32c` use `@node-rs/crc32` in this thread. False: it is not installed or wrong, and nothing changes. */
export function loadNativeCrc32c(): boolean {
  try {
    const loaded = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c(bytes: Uint8Array): number }
    // The check value that the catalogue of CRC algorithms gives for CRC-32/ISCSI.
    if (loaded.crc32c(Buffer.from('123456789')) !== 0xe3069283) return false
    native = loaded.crc32c
    return true
  } catch {
    return false
  }
}

/** The checksum of `bytes[start, end)` without native code. */
export function crc32cPortable(bytes: Uint8Array, start: number, end: number): number {
  if (bytes !== viewed) {
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    viewed = bytes
  }
  return ~update(view, start, end) >>> 0
}

function update(view: DataView, start: number, end: number): number {
  const tables = TABLES
  let crc = -1
  let at = start
  for (; at + 16 <= end; at += 16) {
    const a = crc ^ view.getInt32(at, true)
    const b = view.getInt32(at + 4, true)
    const c = view.getInt32(at + 8, true)
    const d = view.getInt32(at + 12, true)
    crc =
      tables[0xf00 | (a & 0xff)]! ^
      tables[0xe00 | ((a >>> 8) & 0xff)]! ^
      tables[0xd00 | ((a >>> 16) & 0xff)]! ^
      tables[0xc00 | (a >>> 24)]! ^
      tables[0xb00 | (b & 0xff)]! ^
      tables[0xa00 | ((b >>> 8) & 0xff)]! ^
      tables[0x900 | ((b >>> 16) & 0xff)]! ^
      tables[0x800 | (b >>> 24)]! ^
      tables[0x700 | (c & 0xff)]! ^
      tables[0x600 | ((c >>> 8) & 0xff)]! ^
      tables[0x500 | ((c >>> 16) & 0xff)]! ^
      tables[0x400 | (c >>> 24)]! ^
      tables[0x300 | (d & 0xff)]! ^
      tables[0x200 | ((d >>> 8) & 0xff)]! ^
      tables[0x100 | ((d >>> 16) & 0xff)]! ^
      tables[d >>> 24]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ view.getUint8(at)) & 0xff]!
  return crc
}

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
    tables[byte] = crc
  }
  // Row n is row n - 1 moved on by one zero byte.
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!
  }
  return tables
}
