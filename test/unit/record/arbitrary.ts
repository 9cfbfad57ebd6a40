/** Records of every kind, for the property tests. */
import fc from 'fast-check'
import type { RecordData } from '../../../src/record/record.js'

/** Text with lone surrogates too, and bytes on both sides of the sizes at which the encoder changes its method. */
export const data: fc.Arbitrary<RecordData> = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 30 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.nat(9000).map((length) => new Uint8Array(length).fill(length)),
)

export const record = fc.record({
  timestamp: fc.nat({ max: 2 ** 45 }),
  key: data,
  value: data,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary', maxLength: 9 }), value: data }), { maxLength: 3 }),
})

export const records = fc.array(record, { minLength: 1, maxLength: 80 })

export const bytesOfData = (from: RecordData): Buffer | null => (from === null ? null : Buffer.from(from as Uint8Array))
