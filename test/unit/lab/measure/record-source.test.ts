import { expect, test } from 'vitest'
import { generatedRecords, inputRecords } from '../../../../src/lab/measure/record-source.js'
import type { RecordHeader } from '../../../../src/record/record.js'

const input = ['a', 'bbb', 'cc'].map((value, index) => ({
  key: `key ${value}`,
  value: Buffer.from(value),
  line: index + 1,
}))

test('a made-up value begins with its number; the rest is decided by the seed', () => {
  const slot = (seed: string) => generatedRecords({ recordBytes: 32, seed }).slot('topic', 0)
  const [one, same, other] = [slot('1'), slot('1'), slot('2')]
  one.fill(300)
  expect(bytesOf(one).readBigUInt64BE()).toBe(300n)
  expect(bytesOf(one).subarray(8)).toEqual(bytesOf(same).subarray(8))
  expect(bytesOf(one).subarray(8)).not.toEqual(bytesOf(other).subarray(8))
  expect(bytesOf(one)).toHaveLength(32)
})

test('slots have buffers of their own', () => {
  const source = generatedRecords({ recordBytes: 8, seed: '1' })
  const [one, other] = [source.slot('topic', 0), source.slot('topic', 0)]
  one.fill(1)
  other.fill(2)
  expect(bytesOf(one).readBigUInt64BE()).toBe(1n)
})

test('records of a file keep key and value, carry their number in the header n, and begin again at the end', () => {
  const slot = inputRecords(input).slot('topic', 0)
  const seen = [0, 1, 2, 3, 4].map((count) => {
    slot.fill(count)
    const { key, value } = (slot.record.headers as readonly RecordHeader[])[0]!
    const number = Number((value as Buffer).readBigUInt64BE())
    return [slot.record.key, String(slot.record.value), key === 'n' ? number : -1]
  })
  expect(seen).toEqual([
    ['key a', 'a', 0],
    ['key bbb', 'bbb', 1],
    ['key cc', 'cc', 2],
    ['key a', 'a', 3],
    ['key bbb', 'bbb', 4],
  ])
})

test('bytes are those of the values, also over the end of the file', () => {
  const source = inputRecords(input)
  expect(source.valueBytesMean).toBe(2)
  expect(source.valueBytes(0, 3)).toBe(6)
  expect(source.valueBytes(1, 5)).toBe(3 + 2 + 1 + 3)
  expect(generatedRecords({ recordBytes: 100, seed: '1' }).valueBytes(7, 10)).toBe(300)
})

function bytesOf(slot: { readonly record: { readonly value: unknown } }): Buffer {
  return slot.record.value as Buffer
}
