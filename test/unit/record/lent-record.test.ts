import { describe, expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { BatchReader } from '../../../src/record/batch-reader.js'
import { copyBatch, type KeptRecord, keepableRecords, LentRecord } from '../../../src/record/lent-record.js'
import { batchBytes } from '../../../src/record/record-batch.js'

const orders = () =>
  buildBatch(
    [
      { key: 'a', value: 'one', headers: [{ key: 'h', value: '1' }], timestamp: 5000 },
      { key: null, value: '', timestamp: 5001 },
      { key: 'c', value: null, timestamp: 5002 },
    ],
    { baseOffset: offset(70) },
  )

describe('a lent record', () => {
  test('shows the record at which its reader stands', () => {
    const memory = orders()
    const reader = new BatchReader(memory).reset(memory, 0)
    const record = new LentRecord(reader)
    const seen: unknown[] = []
    while (reader.next()) seen.push([record.offset, record.timestamp, text(record.key), text(record.value)])

    expect(seen).toEqual([
      [70, 5000, 'a', 'one'],
      [71, 5001, null, ''],
      [72, 5002, 'c', null],
    ])
  })

  test('is a window on the shared memory, not a copy', () => {
    const memory = orders()
    const reader = new BatchReader(memory).reset(memory, 0)
    const record = new LentRecord(reader)
    reader.next()
    memory.bytes.write('two', record.valuePosition)

    expect(record.value?.buffer).toBe(memory.shared)
    expect(text(record.value)).toBe('two')
    expect(record.memory.bytes.toString('utf8', record.keyPosition, record.keyPosition + record.keyBytes)).toBe('a')
    expect(record.valueBytes).toBe(3)
  })
})

describe('kept records', () => {
  test('are plain objects with the topic and the partition', () => {
    const kept: KeptRecord[] = []
    expect(keepableRecords(orders(), 0, 'orders', 3, kept)).toBe(3)

    const place = { topic: 'orders', partition: 3 }
    const [h, a, one, c] = ['1', 'a', 'one', 'c'].map((text) => Buffer.from(text))
    expect(kept).toEqual([
      { ...place, offset: 70, timestamp: 5000, key: a, value: one, headers: [{ key: 'h', value: h }] },
      { ...place, offset: 71, timestamp: 5001, key: null, value: Buffer.alloc(0), headers: [] },
      { ...place, offset: 72, timestamp: 5002, key: c, value: null, headers: [] },
    ])
  })

  test('survive the memory they were read from', () => {
    const memory = orders()
    const kept: KeptRecord[] = []
    keepableRecords(memory, 0, 'orders', 0, kept)
    memory.bytes.fill(0)

    expect(text(kept[0]?.value ?? null)).toBe('one')
    expect(kept[0]?.headers[0]?.value?.toString()).toBe('1')
  })

  test('share one private copy of their batch', () => {
    const kept: KeptRecord[] = []
    keepableRecords(orders(), 0, 'orders', 0, kept)

    expect(kept[0]?.value?.buffer).toBeInstanceOf(ArrayBuffer)
    expect(kept[0]?.value?.buffer).toBe(kept[2]?.key?.buffer)
  })

  test('start at the offset asked for and join those already there', () => {
    const kept: KeptRecord[] = []
    keepableRecords(orders(), 0, 'orders', 0, kept, offset(72))
    keepableRecords(orders(), 0, 'orders', 0, kept, offset(71))
    expect(kept.map((record) => record.offset)).toEqual([72, 71, 72])
  })

  test('come from a batch anywhere in its memory', () => {
    const source = orders()
    const memory = Memory.allocate(8 + source.size)
    source.bytes.copy(memory.bytes, 8)
    const kept: KeptRecord[] = []
    keepableRecords(memory, 8, 'orders', 0, kept)

    expect(kept.map((record) => text(record.value))).toEqual(['one', '', null])
  })
})

test('the copy of a batch has its bytes and none of its neighbours', () => {
  const memory = orders()
  const copy = copyBatch(memory, 0)
  expect(copy).toEqual(Buffer.from(memory.bytes.subarray(0, batchBytes(memory, 0))))
})

function text(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString()
}

test('headers are there by their names too, a list where a name comes twice', () => {
  const headers = [
    { key: 'a', value: 'one' },
    { key: 'b', value: null },
    { key: 'a', value: 'two' },
    { key: '__proto__', value: 'x' },
  ]
  const memory = buildBatch([{ value: 'v', headers }])
  const kept: KeptRecord[] = []
  keepableRecords(memory, 0, 'orders', 0, kept)
  const reader = new BatchReader(memory).reset(memory, 0)
  reader.next()
  for (const { headersByName } of [kept[0]!, new LentRecord(reader)]) {
    const { a, b } = headersByName
    expect([a, b]).toEqual([[Buffer.from('one'), Buffer.from('two')], null])
    expect(Object.keys(headersByName)).toEqual(['a', 'b', '__proto__'])
  }
})
