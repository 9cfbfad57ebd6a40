import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLetter, encodeLetter } from '../../../../src/client/dead-letters/dead-letter-json.js'
import { ANY_LETTER, letters } from '../../../support/letters.js'

test('any letter is one line, and comes back as it was', () => {
  fc.assert(
    fc.property(letters, (letter) => {
      const line = encodeLetter(letter)

      expect(line).not.toContain('\n')
      expect(decodeLetter(line)).toEqual(letter)
    }),
  )
})

test('bytes that are text stand there as text, others as base64', () => {
  const json = JSON.parse(encodeLetter({ ...ANY_LETTER, key: Buffer.from('\ufeffé'), value: Buffer.from([0xc3]) }))

  expect(json).toMatchObject({ key: '\ufeffé', value: { base64: 'ww==' } })
})

test.each([
  ['a half', encodeLetter(ANY_LETTER).slice(0, 40), 'JSON'],
  ['a number', '17', 'the line is not an object'],
  ['a letter without a topic', encodeLetter(ANY_LETTER).replace('"topic"', '"tropic"'), 'topic is not text'],
  [
    'a letter of an unknown error',
    encodeLetter(ANY_LETTER).replace('REQUEST_TIMED_OUT', 'LATE'),
    'its code is unknown',
  ],
])('%s is not a letter', (_, line, says) => {
  expect(() => decodeLetter(line)).toThrow(says)
})
