/**
 * A value begins with its number: 8 bytes, unsigned, big-endian. Two 32-bit halves, as a BigInt would cost an
 * allocation.
 */
const NUMBER_BYTES = 8
const HIGH = 2 ** 32

export function writeNumber(bytes: Uint8Array, at: number, number: number): void {
  const high = Math.floor(number / HIGH)
  bytes[at] = high >>> 24
  bytes[at + 1] = high >>> 16
  bytes[at + 2] = high >>> 8
  bytes[at + 3] = high
  bytes[at + 4] = number >>> 24
  bytes[at + 5] = number >>> 16
  bytes[at + 6] = number >>> 8
  bytes[at + 7] = number
}

export function readNumber(bytes: Uint8Array, at: number): number {
  return word(bytes, at) * HIGH + word(bytes, at + 4)
}

function word(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16)
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
}

/** Fills a value behind its number. */
export const VALUE_BYTE = 0x6f

/** The content of every value of a run, except for its number. */
export function templateValue(recordBytes: number): Uint8Array<ArrayBuffer> {
  if (recordBytes < NUMBER_BYTES)
    throw new RangeError(`Cannot move records of ${recordBytes} bytes: a value needs ${NUMBER_BYTES} for its number`)
  return new Uint8Array(recordBytes).fill(VALUE_BYTE)
}

/** The receiver's end: counts records, and throws at the first one out of order. */
export class ConsecutiveCheck {
  #taken = 0

  get taken(): number {
    return this.#taken
  }

  take(bytes: Uint8Array, at: number): void {
    const number = readNumber(bytes, at)
    if (number !== this.#taken) throw new Error(`Record ${number} arrived where ${this.#taken} was next`)
    this.#taken++
  }
}
