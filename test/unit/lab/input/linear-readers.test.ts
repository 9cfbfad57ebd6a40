import { expect, test, vi } from 'vitest'
import { csvRecords } from '../../../../src/lab/input/csv-records.js'
import { firstByte } from '../../../../src/lab/input/first-byte.js'
import { failIn } from '../../../../src/lab/input/input-error.js'

/** With a step for each pair of them this would be hours, and the test would not end. */
const MILLION = 1_000_000

async function* chunksOf(text: string, bytesEach: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += bytesEach) yield bytes.subarray(start, start + bytesEach)
}

test.each([
  ['\\n', '\n'],
  ['\\r\\n', '\r\n'],
  ['\\r', '\r'],
])('a quoted field may hold a million %s', async (_, lineEnd) => {
  const row = `1,"${lineEnd.repeat(MILLION)}x"`
  const chunks = chunksOf(`${lineEnd.trim()}a,b\n\n${row}\n2,3\n`, 65_536)
  const values: string[] = []
  for await (const { value } of csvRecords(chunks, { delimiter: ',', key: undefined }, failIn('test')))
    values.push(value.toString())
  expect(values.map((value) => value.length)).toEqual([row.length, 3])
  expect(values[0] === row).toBe(true)
})

test('a source that begins with blanks, a byte at a time, is copied once', async () => {
  const concat = vi.spyOn(Buffer, 'concat')
  const blanks = 50_000
  const { byte, chunks } = await firstByte(chunksOf(`${' '.repeat(blanks)}{}`, 1))
  const copied = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0)
  concat.mockRestore()
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  expect([byte, bytes]).toEqual(['{', blanks + 2])
  expect(copied).toBeLessThan(2 * blanks)
})
