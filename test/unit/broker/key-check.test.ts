import { expect, test } from 'vitest'
import { KeyCheck } from '../../../src/broker/key-check.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { GZIP } from '../../../src/record/layout.js'

const many = (key: string | null) =>
  Array.from({ length: 20 }, (_, n) => ({ key: n === 19 ? key : `${n}`, value: 'v' }))

// LogValidator.validateKey
test.each([0, GZIP])('with attributes %i, one record without a key has its batch refused', (attributes) => {
  expect(new KeyCheck().refusalOf(buildBatch(many('19'), { attributes }), 0)).toBe('NONE')
  expect(new KeyCheck().refusalOf(buildBatch(many(''), { attributes }), 0)).toBe('NONE')
  expect(new KeyCheck().refusalOf(buildBatch(many(null), { attributes }), 0)).toBe('INVALID_RECORD')
})

test.each([0, GZIP])('with attributes %i, records that cannot be read are refused', (attributes) => {
  const batch = buildBatch(many('19'), { attributes })
  batch.bytes.fill(0xff, 61, 80)
  expect(new KeyCheck().refusalOf(batch, 0)).toBe('CORRUPT_MESSAGE')
})
