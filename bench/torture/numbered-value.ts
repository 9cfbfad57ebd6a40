import type { Memory } from '../../src/base/memory.js'

/**
 * A value that tells its record and whether all of its bytes are there: its number, then bytes that follow from the
 * number. The number decides their count as well.
 */
const NUMBER_BYTES = 8

const scratch = Buffer.alloc(1 << 16)
/** Lengths and times jump about, so that those of another record show. */
const scattered = (record: number): number => Math.imul(record ^ (record >>> 16), 0x45d9f3b) >>> 0

function bytesOf(record: number, bytesMax: number): number {
  return NUMBER_BYTES + (scattered(record) % Math.max(1, bytesMax - NUMBER_BYTES))
}

/** So many records share a time. */
const RECORDS_PER_TIME = 8

/** Milliseconds; earlier than that of the records before as often as later. */
export function timestampOf(record: number): number {
  return 1_000_000 + (scattered(Math.floor(record / RECORDS_PER_TIME)) % 10_000)
}

/** The first record behind those that share its time. */
export const endOfTime = (record: number): number => record - (record % RECORDS_PER_TIME) + RECORDS_PER_TIME

/** Valid until the next call. */
export function numberedValue(record: number, bytesMax: number): Uint8Array {
  const bytes = bytesOf(record, bytesMax)
  scratch.writeDoubleLE(record, 0)
  scratch.fill(record & 0xff, NUMBER_BYTES, bytes)
  return scratch.subarray(0, bytes)
}

/** The fault of this record's value, or null. */
export function faultOf(record: number, memory: Memory, at: number, bytes: number, bytesMax: number): string | null {
  if (bytes < NUMBER_BYTES) return `record ${record} has ${bytes} bytes`
  const number = memory.bytes.readDoubleLE(at)
  if (number !== record) return `record ${number} stands where record ${record} should`
  if (bytes !== bytesOf(record, bytesMax))
    return `record ${record} has ${bytes} bytes instead of ${bytesOf(record, bytesMax)}`
  for (let index = at + NUMBER_BYTES; index < at + bytes; index++) {
    if (memory.bytes[index] !== (record & 0xff)) return `record ${record} is torn at its byte ${index - at}`
  }
  return null
}
