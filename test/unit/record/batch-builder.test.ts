import { expect, test } from 'vitest'
import { InvariantViolation } from '../../../src/base/assert.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import * as batch from '../../../src/record/record-batch.js'

test('a batch takes its base timestamp from the first record and its maximum from the latest', () => {
  const memory = buildBatch([{ timestamp: 500 }, { timestamp: 900 }, { timestamp: 100 }])
  expect([batch.baseTimestamp(memory, 0), batch.maxTimestamp(memory, 0)]).toEqual([500, 900])
})

test('a record without a timestamp has that of its batch', () => {
  const memory = buildBatch([{ value: 'a' }, { value: 'b', timestamp: 20 }], { baseTimestamp: 30 })
  expect([batch.baseTimestamp(memory, 0), batch.maxTimestamp(memory, 0)]).toEqual([30, 30])
})

test('a batch without records is not built', () => {
  expect(() => buildBatch([])).toThrow(InvariantViolation)
})
