import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Memory } from '../../../src/base/memory.js'
import { RecordEncoder } from '../../../src/record/record-encoder.js'
import { record } from './arbitrary.js'

const memory = Memory.allocate(65_536)
const encoder = new RecordEncoder()

describe('a record encoder', () => {
  test('writes exactly the bytes it measured, and nothing around them', () => {
    fc.assert(
      fc.property(record, fc.nat(100_000), fc.maxSafeInteger(), (record, offsetDelta, timestampDelta) => {
        memory.bytes.fill(0xee)
        const measured = encoder.measure(offsetDelta, timestampDelta, record.key, record.value, record.headers)

        expect(encoder.write(memory, 33)).toBe(measured)
        expect(memory.bytes.subarray(0, 33).every((byte) => byte === 0xee)).toBe(true)
        expect(memory.bytes.subarray(33 + measured).every((byte) => byte === 0xee)).toBe(true)
      }),
      { numRuns: 60 },
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

  test('writes the same record twice, after one measure, for a batch that was closed in between', () => {
    const bytes = encoder.measure(0, 0, 'key', 'value', null)
    encoder.write(memory, 0)
    encoder.write(memory, 1000)
    expect(memory.bytes.subarray(0, bytes)).toEqual(memory.bytes.subarray(1000, 1000 + bytes))
  })

  test('takes an empty list of headers for none', () => {
    expect(encoded('k', 'v', [])).toEqual(encoded('k', 'v', null))
  })
})

function encoded(...[key, value, headers]: DataOf<Parameters<RecordEncoder['measure']>>): Buffer {
  const bytes = encoder.measure(1, 2, key, value, headers)
  encoder.write(memory, 0)
  return Buffer.from(memory.bytes.subarray(0, bytes))
}

type DataOf<Parameters> = Parameters extends [number, number, ...infer Data] ? Data : never
