import { expect, test } from 'vitest'
import { asError, describeThrown, messageOf } from '../../../src/base/thrown.js'

const odd: readonly (readonly [string, unknown, unknown])[] = [
  ['a text', 'no', 'no'],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('no'), 'Symbol(no)'],
  ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ['an error whose message is a BigInt', Object.assign(new Error(), { message: 5n }), '5'],
  [
    'an error whose message throws',
    Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('again')
      },
    }),
    expect.stringContaining('cannot be described'),
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        get() {
          throw new Error('again')
        },
        getPrototypeOf() {
          throw new Error('again')
        },
      },
    ),
    '{}',
  ],
]

test.each(odd)('%s that was thrown is told without throwing again', (_what, thrown, message) => {
  expect(messageOf(thrown)).toEqual(message)
  expect(typeof describeThrown(thrown)).toBe('string')
  expect(asError(thrown)).toBeInstanceOf(Error)
})

test('the stack of an error is told where there is one', () => {
  const error = new Error('no')
  expect(describeThrown(error)).toBe(error.stack)
  expect(describeThrown(Object.assign(error, { stack: undefined }))).toBe('no')
})
