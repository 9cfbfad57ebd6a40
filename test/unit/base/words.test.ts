import { expect, test } from 'vitest'
import { alternatives, counted, withArticle } from '../../../src/base/words.js'

test.each([
  [0, 'record', '0 records'],
  [1, 'record', '1 record'],
  [2_000, 'record', '2,000 records'],
  [1, 'batch', '1 batch'],
  [2, 'batch', '2 batches'],
  [2, 'dead letter', '2 dead letters'],
])('%d of a %s are counted as %s', (count, noun, words) => expect(counted(count, noun)).toBe(words))

test.each([
  [['a'], 'a'],
  [['a', 'b'], 'a or b'],
  [['a', 'b', 'c'], 'a, b or c'],
])('%j are alternatives in one sentence', (names, words) => expect(alternatives(names)).toBe(words))

test.each([
  ['number', 'a number'],
  ['object', 'an object'],
  ['Array', 'an Array'],
  ['UpdateMetadata', 'an UpdateMetadata'],
  ['Uint16Array', 'a Uint16Array'],
  ['URL', 'a URL'],
])('%s is spoken of as %s', (name, words) => expect(withArticle(name)).toBe(words))
