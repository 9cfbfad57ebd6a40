import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVarint, skipVarint, VARINT_BYTES_MAX, varintBytes, writeVarint } from '../../../src/record/varint.js'

/** Both sides of every power of two, where widths and signs change. */
const edges = Array.from({ length: 54 }, (_, power) => 2 ** power)
  .flatMap((power) => [power - 1, power, power + 1, -power - 1, -power, 1 - power])
  .filter(Number.isSafeInteger)

/** The same by the book, in 64-bit arithmetic. */
function byTheBook(value: number): number[] {
  const wide = BigInt(value)
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

describe('a varint', () => {
  test.each(edges)('%d is written as 64-bit arithmetic writes it, and read back', (value) => {
    const bytes = new Uint8Array(VARINT_BYTES_MAX + 1)
    const end = writeVarint(bytes, 1, value)

    expect([...bytes.subarray(1, end)]).toEqual(byTheBook(value))
    expect(varintBytes(value)).toBe(end - 1)
    expect(readVarint(bytes, 1)).toBe(value)
    expect(skipVarint(bytes, 1)).toBe(end)
  })

  test('any safe integer comes back as it was', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = new Uint8Array(VARINT_BYTES_MAX)
        const end = writeVarint(bytes, 0, value)
        expect([readVarint(bytes, 0), skipVarint(bytes, 0), varintBytes(value)]).toEqual([value, end, end])
      }),
    )
  })

  test('longer than it need be is read all the same', () => {
    expect(readVarint(Uint8Array.of(0x82, 0x80, 0x80, 0x00), 0)).toBe(1)
    expect(skipVarint(Uint8Array.of(0x82, 0x80, 0x80, 0x00), 0)).toBe(4)
  })

  test('without an end stops after ten bytes', () => {
    const endless = new Uint8Array(64).fill(0xff)
    expect(skipVarint(endless, 3)).toBe(13)
    expect(Number.isFinite(readVarint(endless, 3))).toBe(true)
  })
})
