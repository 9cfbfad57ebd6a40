import { expect, test } from 'vitest'
import { headerList, stampOf } from '../../../../src/client/producer/producer-record.js'

test('the headers of a record are an object, a map or a list', () => {
  const list = [
    { key: 'trace', value: 'a' },
    { key: 'trace', value: 'b' },
    { key: 'empty', value: null },
  ]
  const entries: [string, string[] | null][] = [
    ['trace', ['a', 'b']],
    ['empty', null],
  ]
  expect([headerList(Object.fromEntries(entries)), headerList(new Map(entries)), headerList(list)]).toEqual(
    Array(3).fill(list),
  )
})

test.each([
  ['a Set', new Set(['trace'])],
  ['a Headers', new Headers({ trace: 'a' })],
  ['a string', 'trace'],
])('%s is refused, which would be taken for no headers or for others', (kind, headers) => {
  expect(() => headerList(headers as never)).toThrow(`they are an object, a Map or an array, not ${kind}`)
})

test('a timestamp is a number, or its digits', () => {
  expect([5.5, '5', 5n, 0, '0'].map((given) => stampOf(given as number))).toEqual([5, 5, 5, 0, 0])
})

test.each(['', ' ', '5 ', '-5', '0x10', '1e3', true, [], [5], {}, new Date(5), -1, Number.NaN, 2 ** 53])(
  'the timestamp %j is refused',
  (given) => {
    expect(() => stampOf(given as number)).toThrow('it must be milliseconds since 1970')
  },
)
