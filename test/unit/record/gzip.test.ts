import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { gunzipRecords, gzipRecords } from '../../../src/record/gzip.js'
import { BATCH_LENGTH_AT, BATCH_OVERHEAD, LOG_OVERHEAD } from '../../../src/record/layout.js'
import { batchBytes } from '../../../src/record/record-batch.js'

const ORDERS = Array.from({ length: 50 }, (_, index) => ({ value: `order ${index}` }))

test('records are compressed where they lie, and are the same when they are decompressed', () => {
  const memory = buildBatch(ORDERS)
  const bytes = batchBytes(memory, 0)
  const before = Buffer.from(memory.bytes)

  const compressed = gzipRecords(memory, 0, bytes, -1)

  expect(compressed).toBeLessThan(bytes / 2)
  memory.view.setInt32(BATCH_LENGTH_AT, compressed - LOG_OVERHEAD)
  expect(gunzipRecords(memory, 0, 1e6)?.equals(before.subarray(BATCH_OVERHEAD, bytes))).toBe(true)
})

test('records that would take more when compressed stay as they are', () => {
  const memory = buildBatch([{ value: randomBytes(500) }])
  const before = Buffer.from(memory.bytes)
  const bytes = batchBytes(memory, 0)
  expect([gzipRecords(memory, 0, bytes, 9), memory.bytes.equals(before)]).toEqual([bytes, true])
})

test('a higher level makes a smaller batch of what repeats itself from afar', () => {
  const records = Array.from({ length: 500 }, (_, index) => ({
    value: `order ${(index * 7919) % 997} of ${(index * 31) % 89}`,
  }))
  const bytesAt = (level: number): number => {
    const memory = buildBatch(records)
    return gzipRecords(memory, 0, batchBytes(memory, 0), level)
  }
  expect(bytesAt(9)).toBeLessThan(bytesAt(1))
})
