import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Memory } from '../../../src/base/memory.js'
import { encodeRecord, recordBytes } from '../../../src/record/record-encoder.js'
import { record } from './arbitrary.js'

const memory = Memory.allocate(65_536)

describe('a record encoder', () => {
  test('writes exactly the bytes that recordBytes tells, and nothing around them', () => {
    fc.assert(
      fc.property(record, fc.nat(100_000), fc.maxSafeInteger(), (record, offsetDelta, timestampDelta) => {
        memory.bytes.fill(0xee)
        const { key, value, headers } = record
        const measured = recordBytes(offsetDelta, timestampDelta, key, value, headers)

        expect(encodeRecord(memory, 33, measured, offsetDelta, timestampDelta, key, value, headers)).toBe(measured)
        expect(memory.bytes.subarray(0, 33).every((byte) => byte === 0xee)).toBe(true)
        expect(memory.bytes.subarray(33 + measured).every((byte) => byte === 0xee)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('writes the same bytes whether there is just room for them or much more', () => {
    // The length of the record takes one byte up to 63, two up to 8,191.
    const bytesOfValue = fc.oneof(fc.nat(80), fc.integer({ min: 8100, max: 8200 }))
    const numbers = fc.oneof(fc.nat(100), fc.maxSafeInteger())
    fc.assert(
      fc.property(bytesOfValue, fc.nat(40), numbers, fc.nat(100_000), (valueBytes, keyBytes, delta, offsetDelta) => {
        const [key, value] = [keyBytes === 0 ? null : 'k'.repeat(keyBytes), Buffer.alloc(valueBytes, 1)]
        const measured = recordBytes(offsetDelta, delta, key, value, null)
        const [tight, wide] = [measured, memory.size].map((bytesMax) => {
          expect(encodeRecord(memory, 0, bytesMax, offsetDelta, delta, key, value, null)).toBe(measured)
          return Buffer.from(memory.bytes.subarray(0, measured))
        })
        expect(wide).toEqual(tight)
      }),
      { numRuns: 300 },
    )
  })

  test('writes text as it writes the UTF-8 bytes of that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const bytes = Buffer.from(text)
        const fromText = encoded(text, text, [{ key: text, value: text }])
        expect(fromText).toEqual(encoded(bytes, bytes, [{ key: text, value: bytes }]))
      }),
    )
  })

  test('writes half of a surrogate pair as the replacement character, as Java and Node do', () => {
    expect(encoded(null, '\ud800', null)).toEqual(encoded(null, '\ufffd', null))
  })

  test('writes nothing when the record takes one byte more than there is', () => {
    memory.bytes.fill(0xee)
    const bytes = recordBytes(0, 0, 'key', 'value', null)

    expect(encodeRecord(memory, 0, bytes - 1, 0, 0, 'key', 'value', null)).toBe(-1)
    expect(memory.bytes.every((byte) => byte === 0xee)).toBe(true)
  })

  test('takes an empty list of headers for none', () => {
    expect(encoded('k', 'v', [])).toEqual(encoded('k', 'v', null))
  })
})

function encoded(...[key, value, headers]: DataOf<Parameters<typeof recordBytes>>): Buffer {
  const bytes = encodeRecord(memory, 0, memory.size, 1, 2, key, value, headers)
  return Buffer.from(memory.bytes.subarray(0, bytes))
}

type DataOf<Parameters> = Parameters extends [number, number, ...infer Data] ? Data : never
