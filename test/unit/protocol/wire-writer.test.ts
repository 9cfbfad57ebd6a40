import { expect, test } from 'vitest'
import { WireWriter } from '../../../src/protocol/wire/wire-writer.js'

test('a message that begins is written over the one before it', () => {
  const writer = new WireWriter('a message')
  writer.int32(1)
  writer.begin('another').int8(7)
  expect([...writer.written]).toEqual([7])
  writer.field = 'a field'
  expect(() => writer.refuse('is wrong')).toThrow("Cannot write another: 'a field' is wrong")
})

test('the memory of a large message is given up when the next one begins, that of a small one is not', () => {
  const writer = new WireWriter('a message')
  writer.bytes(new Uint8Array(20_000))
  const memory = (): number => writer.written.buffer.byteLength
  const kept = memory()
  writer.begin('the next')
  expect(memory()).toBe(kept)
  writer.bytes(new Uint8Array(5_000_000))
  writer.begin('the next')
  expect(memory()).toBeLessThan(1_000)
})

// A short text is written letter by letter, and a long one or one that is not ASCII by native code.
test.each(['', 'a', 'ß', 'a\u{1f300}b', '\ud800', 'x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(70)}ü`])(
  'the text %j is written in UTF-8',
  (text) => {
    const writer = new WireWriter('a message')
    writer.text(text, Buffer.byteLength(text))
    expect(Buffer.from(writer.written)).toEqual(Buffer.from(text))
  },
)
