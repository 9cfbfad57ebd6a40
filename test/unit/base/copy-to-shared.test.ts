import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyToShared } from '../../../src/base/copy-to-shared.js'

const source = new Uint8Array(70_000).map((_, at) => at * 7 + (at >>> 8))
const shared = Buffer.from(new SharedArrayBuffer(80_000))

describe('a copy into shared memory', () => {
  test.each([0, 1, 12, 255, 256, 257, 1000, 16_383, 16_384, 16_385, 32_768, 40_000, 65_535])(
    'of %d bytes is the same from and to any alignment, and leaves what lies around it',
    (length) => {
      for (let from = 0; from < 9; from += 3)
        for (let at = 8; at < 17; at++) {
          shared.fill(0xee, 0, length + 32)
          copyToShared(shared, at, source.subarray(from, from + length))

          expect(Buffer.compare(shared.subarray(at, at + length), source.subarray(from, from + length))).toBe(0)
          expect([shared[at - 1], shared[at + length]]).toEqual([0xee, 0xee])
        }
    },
  )

  test('goes to a part of a view, and may come from shared memory', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.integer({ min: 300, max: 900 }), (start, at, length) => {
        const target = shared.subarray(start, start + 1000)
        const from = shared.subarray(2000, 2000 + length)
        from.set(source.subarray(at, at + length))
        copyToShared(target, at, from)
        expect(Buffer.compare(target.subarray(at, at + length), from)).toBe(0)
      }),
    )
  })
})
