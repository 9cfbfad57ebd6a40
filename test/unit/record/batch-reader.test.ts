import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvariantViolation } from '../../../src/base/assert.js'
import { offset } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { BatchReader, CorruptRecordError, readHeaders } from '../../../src/record/batch-reader.js'
import { BATCH_OVERHEAD, ZSTD } from '../../../src/record/layout.js'
import * as batch from '../../../src/record/record-batch.js'
import { bytesOfData, records } from './arbitrary.js'

const few = () =>
  buildBatch([
    { key: 'a', value: 'first', headers: [{ key: 'h', value: '1' }] },
    { key: null, value: 'x'.repeat(100) },
    { key: 'c', value: null },
  ])

describe('a batch reader', () => {
  test('reads back whatever records were written', () => {
    fc.assert(
      fc.property(records, fc.nat(2 ** 50), (records, baseOffset) => {
        const reader = readerOf(buildBatch(records, { baseOffset: offset(baseOffset) }))
        for (const [index, record] of records.entries()) {
          expect(reader.next()).toBe(true)
          expect(reader.offset).toBe(baseOffset + index)
          expect(reader.timestamp).toBe(record.timestamp)
          expect(part(reader, reader.keyPosition, reader.keyBytes)).toEqual(bytesOfData(record.key))
          expect(part(reader, reader.valuePosition, reader.valueBytes)).toEqual(bytesOfData(record.value))
          const headers = record.headers.map(({ key, value }) => ({
            key: Buffer.from(key).toString(),
            value: bytesOfData(value),
          }))
          expect(readHeaders(reader)).toEqual(headers)
        }
        expect(reader.next()).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('serves one batch after another', () => {
    const reader = readerOf(few())
    while (reader.next());
    expect(reader.reset(few(), 0).next()).toBe(true)
    expect(reader.offset).toBe(0)
  })

  test('says false before it was given a batch, and after the last record as often as asked', () => {
    const reader = new BatchReader(few())
    expect(reader.next()).toBe(false)
    reader.reset(few(), 0)
    while (reader.next());
    expect([reader.next(), reader.next()]).toEqual([false, false])
  })

  test('is not given a compressed batch', () => {
    const compressed = buildBatch([{ value: 'a'.repeat(100) }], { attributes: ZSTD })
    expect(() => readerOf(compressed)).toThrow(InvariantViolation)
  })
})

describe('a corrupt record', () => {
  test('never leads the reader out of the batch, whichever bits of it change', () => {
    const intact = few()
    const end = batch.batchBytes(intact, 0)
    for (let at = BATCH_OVERHEAD; at < end; at++)
      for (let bit = 0; bit < 8; bit++) {
        const memory = few()
        memory.bytes[at] = (memory.bytes[at] ?? 0) ^ (1 << bit)
        readWithin(memory, end)
      }
  })

  test('never leads the reader out of the batch, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 7, maxLength: 120 }), fc.integer({ min: 1, max: 9 }), (noise, count) => {
        readWithin(sealed(noise, count), BATCH_OVERHEAD + noise.length)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a record longer than its batch', [0x7e, 0, 0, 0, 1, 1, 0]],
    ['a record of negative length', [0x01, 0, 0, 0, 1, 1, 0]],
    ['a key longer than its record', [0x0c, 0, 0, 0, 0x20, 1, 0]],
    ['a key shorter than null', [0x0c, 0, 0, 0, 3, 1, 0]],
    ['a value longer than its record', [0x0c, 0, 0, 0, 1, 0x20, 0]],
    ['a value shorter than null', [0x0c, 0, 0, 0, 1, 3, 0]],
    ['a value of 2^53 bytes', [0x1a, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0]],
    ['fewer headers than none', [0x0c, 0, 0, 0, 1, 1, 1]],
    ['bytes behind the headers that it does not have', [0x0e, 0, 0, 0, 1, 1, 0, 0]],
    ['bytes behind the last record', [0x0c, 0, 0, 0, 1, 1, 0, 0]],
    ['a batch that ends in the middle of a length', [0xff]],
  ])('is refused: %s', (_, bytes) => {
    expect(() => readAll(readerOf(sealed(Uint8Array.from(bytes), 1)))).toThrow(CorruptRecordError)
  })

  test.each([
    ['a header without a key', [0x10, 0, 0, 0, 1, 1, 2, 1, 0]],
    ['a header whose value leaves the record', [0x10, 0, 0, 0, 1, 1, 2, 0, 0x20]],
    ['more headers than it has room for', [0x10, 0, 0, 0, 1, 1, 0x7e, 0, 1]],
    ['fewer headers than it has bytes for', [0x14, 0, 0, 0, 1, 1, 2, 0, 1, 0, 1]],
  ])('is refused when its headers are read: %s', (_, bytes) => {
    const reader = readerOf(sealed(Uint8Array.from(bytes), 1))
    expect(reader.next()).toBe(true)
    expect(() => readHeaders(reader)).toThrow(CorruptRecordError)
  })

  test('says which record of which batch it is, and has the code of Kafka', () => {
    const memory = sealed(Uint8Array.of(0x0c, 0, 0, 0, 1, 1, 0, 0x7e), 2)
    expect(() => readAll(readerOf(memory))).toThrow(
      expect.objectContaining({
        code: 'CORRUPT_MESSAGE',
        message: expect.stringContaining('Record 1 of the batch at offset 0'),
      }),
    )
  })
})

function readerOf(memory: Memory): BatchReader {
  return new BatchReader(memory).reset(memory, 0)
}

function readAll(reader: BatchReader): void {
  while (reader.next());
}

/** Reads to the end or to the refusal, and sees that nothing handed out lies outside the batch. */
function readWithin(memory: Memory, end: number): void {
  const reader = readerOf(memory)
  try {
    while (reader.next()) {
      expect(reader.keyPosition + Math.max(reader.keyBytes, 0)).toBeLessThan(end)
      expect(reader.valuePosition + Math.max(reader.valueBytes, 0)).toBeLessThan(end)
      expect(reader.recordEnd).toBeLessThanOrEqual(end)
      readHeaders(reader)
    }
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptRecordError)
  }
}

function part(reader: BatchReader, position: number, bytes: number): Buffer | null {
  return bytes < 0 ? null : Buffer.from(reader.memory.bytes.subarray(position, position + bytes))
}

/** A batch whose CRC is right and whose records are these bytes: what a faulty producer would seal. */
function sealed(records: Uint8Array, recordCount: number): Memory {
  const memory = Memory.allocate(BATCH_OVERHEAD + records.length)
  memory.bytes.set(records, BATCH_OVERHEAD)
  const bytes = BATCH_OVERHEAD + records.length
  batch.sealBatch(memory, 0, { bytes, recordCount, ...PLAIN })
  return memory
}

const PLAIN = { baseTimestamp: 0, maxTimestamp: 0, attributes: 0, producerId: -1, producerEpoch: -1, baseSequence: -1 }
