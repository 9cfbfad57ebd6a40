import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DECOMPRESSED_BYTES_FREE } from '../../../src/base/config/internal-limits.js'
import { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import type { CodecName } from '../../../src/record/codecs/codec.js'
import { codecNamed } from '../../../src/record/codecs/codecs.js'
import { compressRecords, decompressedInPlace, decompressedRecords } from '../../../src/record/compressed-batch.js'
import { ATTRIBUTES_AT, BATCH_LENGTH_AT, BATCH_OVERHEAD, LOG_OVERHEAD } from '../../../src/record/layout.js'
import { batchBytes } from '../../../src/record/record-batch.js'

const ORDERS = Array.from({ length: 50 }, (_, index) => ({ value: `order ${index}` }))
const NAMES: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']

describe.each(NAMES)('%s', (name) => {
  const codec = codecNamed(name)

  test('records are compressed where they lie, and are the same when they are decompressed', () => {
    const memory = buildBatch(ORDERS)
    const bytes = batchBytes(memory, 0)
    const before = Buffer.from(memory.bytes).subarray(BATCH_OVERHEAD, bytes)

    const compressed = compressRecords(memory, 0, bytes, codec)

    expect(compressed).toBeLessThan(bytes)
    memory.view.setInt32(BATCH_LENGTH_AT, compressed - LOG_OVERHEAD)
    memory.view.setInt16(ATTRIBUTES_AT, codec.bits)
    expect(before.equals(decompressedRecords(memory, 0, 1e6) as Uint8Array)).toBe(true)
    // What lies behind the stream is what was not written over.
    expect(before.equals(decompressedInPlace(Buffer.from(memory.bytes).subarray(BATCH_OVERHEAD, bytes), codec))).toBe(
      true,
    )
  })

  test('records that would take more when compressed stay as they are', () => {
    const memory = buildBatch([{ value: randomBytes(500) }])
    const before = Buffer.from(memory.bytes)
    const bytes = batchBytes(memory, 0)
    expect([compressRecords(memory, 0, bytes, codec), memory.bytes.equals(before)]).toEqual([bytes, true])
    const records = before.subarray(BATCH_OVERHEAD, bytes)
    expect(decompressedInPlace(records, codec)).toBe(records)
  })
})

test.each([
  ['gzip', 1, 9],
  ['zstd', -20, 19],
] as const)('%s makes at level %i a larger batch than at level %i', (name, least, most) => {
  const records = Array.from({ length: 500 }, (_, index) => ({
    value: `order ${(index * 7919) % 997} of ${(index * 31) % 89}`,
  }))
  const bytesAt = (level: number): number => {
    const memory = buildBatch(records)
    return compressRecords(memory, 0, batchBytes(memory, 0), codecNamed(name), level)
  }
  expect(bytesAt(most)).toBeLessThan(bytesAt(least))
})

describe('what becomes larger out of all proportion', () => {
  const zstd = codecNamed('zstd')
  const givenZeros = (bytes: number): Memory => Memory.allocate(BATCH_OVERHEAD + bytes)
  const sealed = (memory: Memory, bytes: number): Memory => {
    memory.view.setInt32(BATCH_LENGTH_AT, bytes - LOG_OVERHEAD)
    memory.view.setInt16(ATTRIBUTES_AT, zstd.bits)
    return memory
  }

  test('is not compressed in the first place', () => {
    const [few, many] = [DECOMPRESSED_BYTES_FREE, DECOMPRESSED_BYTES_FREE + 1]
    expect(compressRecords(givenZeros(few), 0, BATCH_OVERHEAD + few, zstd)).toBeLessThan(10_000)
    expect(compressRecords(givenZeros(many), 0, BATCH_OVERHEAD + many, zstd)).toBe(BATCH_OVERHEAD + many)
  })

  test('is not decompressed, whatever else is allowed', () => {
    const bytesOf = (bytes: number): number | string => {
      const stream = zstd.compress(Buffer.alloc(bytes), 3)
      const memory = givenZeros(stream.length)
      memory.copyIn(BATCH_OVERHEAD, stream)
      const records = decompressedRecords(sealed(memory, BATCH_OVERHEAD + stream.length), 0, 2 ** 30)
      return typeof records === 'string' ? records : records.length
    }
    expect(bytesOf(DECOMPRESSED_BYTES_FREE)).toBe(DECOMPRESSED_BYTES_FREE)
    expect(bytesOf(DECOMPRESSED_BYTES_FREE + 1)).toBe('too-large')
  })
})
