import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArraySplitter } from '../../../../src/lab/input/array-splitter.js'
import { failIn } from '../../../../src/lab/input/input-error.js'
import { INPUT_RECORD_BYTES_MAX, type Splitter } from '../../../../src/lab/input/input-record.js'
import { LineSplitter } from '../../../../src/lab/input/line-splitter.js'

const fail = failIn('test')

/** Feeds the text in chunks of the given sizes, over and over. */
function split(splitter: Splitter, text: string, chunkSizes: readonly number[]): string[] {
  const bytes = Buffer.from(text)
  const pieces: string[] = []
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = chunkSizes[turn % chunkSizes.length] as number
    for (const piece of splitter.push(bytes.subarray(start, start + size))) pieces.push(piece.bytes.toString())
    start += size
  }
  for (const piece of splitter.finish()) pieces.push(piece.bytes.toString())
  return pieces
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

test('lines come out whole wherever the chunks are cut', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')))
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r\n'), chunkSizes, (lines, lineEnd, sizes) => {
      const text = lines.map((line) => line + lineEnd).join('')
      expect(split(new LineSplitter(fail), text, sizes)).toEqual(lines)
    }),
  )
})

test('the objects of an array come out whole wherever the chunks are cut', () => {
  const objects = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()))
  fc.assert(
    fc.property(objects, fc.constantFrom(0, 2), chunkSizes, (objects, indent, sizes) => {
      const pieces = split(new ArraySplitter(fail), JSON.stringify(objects, null, indent), sizes)
      expect(pieces.map((piece) => JSON.stringify(JSON.parse(piece)))).toEqual(
        objects.map((object) => JSON.stringify(object)),
      )
    }),
  )
})

test.each([
  ['line', () => new LineSplitter(fail)],
  ['object', () => new ArraySplitter(fail)],
])('a %s without an end is refused at the limit instead of filling the memory', (_, splitter) => {
  const endless = splitter()
  const chunk = Buffer.alloc(1024 * 1024, '[{ ')
  const pushUntilRefused = (): void => {
    for (let bytes = 0; bytes <= INPUT_RECORD_BYTES_MAX; bytes += chunk.length) Array.from(endless.push(chunk))
  }
  expect(pushUntilRefused).toThrow(`test:1: the record is longer than ${INPUT_RECORD_BYTES_MAX} bytes`)
})
