import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { crc32c, crc32cPortable, loadNativeCrc32c } from '../../../src/base/crc32c.js'

/** The definition, bit by bit: nothing to get wrong but the polynomial, which the vectors settle. */
function byTheBook(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffffffff
  for (const byte of bytes.subarray(start, end)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

/** Bytes without a pattern, the same at each run, in shared memory. */
function noise(bytes: number): Buffer {
  const shared = Buffer.from(new SharedArrayBuffer(bytes))
  for (let at = 0; at < bytes; at += 64) createHash('sha512').update(String(at)).digest().copy(shared, at)
  return shared
}

const bytes = noise(70_000)

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4.
  test.each([
    ['32 bytes of zeros', Buffer.alloc(32, 0), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes counting up', Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    ['32 bytes counting down', Buffer.from(Array.from({ length: 32 }, (_, at) => 31 - at)), 0x113fdb5c],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s is what RFC 3720 says', (_, input, expected) => {
    expect(crc32cPortable(input, 0, input.length)).toBe(expected)
  })

  test('is that of the definition at every length and alignment', () => {
    for (let length = 0; length < 100; length++)
      for (let start = 0; start < 9; start++)
        expect(crc32cPortable(bytes, start, start + length)).toBe(byTheBook(bytes, start, start + length))
  })

  test('changes with any single bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.nat(), (input, chance) => {
        const before = crc32c(input, 0, input.length)
        const bit = chance % (input.length * 8)
        input[bit >> 3] = (input[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(crc32c(input, 0, input.length)).not.toBe(before)
      }),
    )
  })
})

describe('the native CRC-32C', () => {
  let isLoaded = false
  beforeAll(() => {
    isLoaded = loadNativeCrc32c()
  })

  test('agrees with the portable one on lengths around each switch and on large ones', ({ skip }) => {
    skip(!isLoaded, '@node-rs/crc32 is optional and not installed')
    const lengths = [0, 1, 15, 16, 447, 448, 449, 450, 511, 512, 1000, 1023, 4096, 16_384, 65_537]
    for (const length of lengths)
      for (const start of [0, 1, 5, 8, 21, 63])
        expect(crc32c(bytes, start, start + length)).toBe(crc32cPortable(bytes, start, start + length))
  })

  test('sums a part of a view that does not start its memory', ({ skip }) => {
    skip(!isLoaded, '@node-rs/crc32 is optional and not installed')
    const part = bytes.subarray(1001, 3001)
    expect(crc32c(part, 3, 1900)).toBe(byTheBook(bytes, 1004, 2901))
  })
})
