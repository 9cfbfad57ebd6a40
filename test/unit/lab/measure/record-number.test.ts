import { expect, test } from 'vitest'
import { countOf, numberInHeader, producerOf, writeNumber } from '../../../../src/lab/measure/record-number.js'
import { buildBatch } from '../../../../src/record/batch-builder.js'
import { BatchReader } from '../../../../src/record/batch-reader.js'

const NUMBERS = [
  [0, 0],
  [0, 2 ** 32 - 1],
  [1, 2 ** 32],
  [2_048, 2 ** 31],
  [4_095, 2 ** 52 - 1],
] as const

test.each(NUMBERS)('producer %d and count %d survive their eight bytes', (producer, count) => {
  const bytes = new Uint8Array(8)
  writeNumber(bytes, producer, count)
  const view = new DataView(bytes.buffer)
  expect(producerOf(view.getUint32(0))).toBe(producer)
  expect(countOf(view.getUint32(0), view.getUint32(4))).toBe(count)
})

test('the numbers of the only producer are plain 64-bit numbers', () => {
  const bytes = new Uint8Array(8)
  writeNumber(bytes, 0, 2 ** 40 + 5)
  expect(new DataView(bytes.buffer).getBigUint64(0)).toBe(2n ** 40n + 5n)
})

test('the number in the header is found behind a value of any length', () => {
  const number = Buffer.alloc(8)
  writeNumber(number, 0, 77)
  for (const length of [0, 1, 63, 64, 300, 20_000]) {
    const { reader } = given({ value: 'x'.repeat(length), headers: [{ key: 'n', value: number }] })
    const at = numberInHeader(reader.memory.view, reader.valuePosition + reader.valueBytes)
    expect(reader.memory.view.getBigUint64(at)).toBe(77n)
  }
})

test.each([
  ['none', []],
  ['another name', [{ key: 'm', value: Buffer.alloc(8) }]],
  ['another length', [{ key: 'n', value: Buffer.alloc(7) }]],
  [
    'two of them',
    [
      { key: 'n', value: Buffer.alloc(8) },
      { key: 'n', value: Buffer.alloc(8) },
    ],
  ],
])('other headers are not taken for a number: %s', (_, headers) => {
  const { reader } = given({ value: 'value', headers })
  expect(numberInHeader(reader.memory.view, reader.valuePosition + reader.valueBytes)).toBe(-1)
})

function given(record: Parameters<typeof buildBatch>[0][number]) {
  const memory = buildBatch([record, { value: 'a record behind it' }])
  const reader = new BatchReader(memory).reset(memory, 0)
  reader.next()
  return { reader }
}
