/**
 * A record's number says which producer made it and how many it had made before. Eight bytes, unsigned, big-endian:
 *
 *     producer:12 | count:52
 *
 * so that the numbers of the only producer are 0, 1, 2 … They stand at the start of the value, or, where the value is
 * the user's own, in the header `n`. They are read and written as two halves of 32 bits: a BigInt would be an
 * allocation.
 */

/** Bytes of a number, and so of the smallest value. */
export const NUMBER_BYTES = 8
/** The header that holds the number of a record from a file. */
export const NUMBER_HEADER = 'n'
/** Producers in one run: they must fit into 12 bits. */
export const NUMBERED_PRODUCERS_MAX = 4_096

const HALF = 2 ** 32
const COUNT_HIGH_BITS = 20
const COUNT_HIGH_MASK = 2 ** COUNT_HIGH_BITS - 1

export function writeNumber(bytes: Uint8Array, producer: number, count: number): void {
  const high = (producer << COUNT_HIGH_BITS) | Math.floor(count / HALF)
  bytes[0] = high >>> 24
  bytes[1] = high >>> 16
  bytes[2] = high >>> 8
  bytes[3] = high
  bytes[4] = count >>> 24
  bytes[5] = count >>> 16
  bytes[6] = count >>> 8
  bytes[7] = count
}

/** Returns the producer, from the number's high half. */
export function producerOf(high: number): number {
  return high >>> COUNT_HIGH_BITS
}

/** Returns how many records that producer had made before, from both halves. */
export function countOf(high: number, low: number): number {
  return (high & COUNT_HIGH_MASK) * HALF + low
}

const COUNT_VARINT = 1
const ONE_HEADER = 0x02
const KEY_LENGTH_1 = 0x02
const KEY_N = NUMBER_HEADER.charCodeAt(0)
const VALUE_LENGTH_8 = 0x10

/**
 * Returns where the number stands in a record whose only header is `n`, given the end of its value: headers follow it,
 * and a single one of known length always looks the same. Returns -1 for other headers.
 */
export function numberInHeader(view: DataView, valueEnd: number): number {
  const isNumber =
    view.getUint8(valueEnd) === ONE_HEADER &&
    view.getUint8(valueEnd + COUNT_VARINT) === KEY_LENGTH_1 &&
    view.getUint8(valueEnd + COUNT_VARINT + 1) === KEY_N &&
    view.getUint8(valueEnd + COUNT_VARINT + 2) === VALUE_LENGTH_8
  return isNumber ? valueEnd + COUNT_VARINT + 3 : -1
}
