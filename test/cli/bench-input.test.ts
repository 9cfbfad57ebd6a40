import { expect, test } from 'vitest'
import { bench, givenFile, odradek } from '../support/command-line.js'

const ORDERS = [
  { customer: 'anna', amount: 1 },
  { customer: 'ben', amount: 20 },
  { customer: 'anna', amount: 300 },
]
const NDJSON = ORDERS.map((order) => JSON.stringify(order)).join('\n')
const CSV = ['customer,amount', ...ORDERS.map(({ customer, amount }) => `${customer},${amount}`)].join('\n')
const WHOLE = { lost: 0, duplicated: 0, outOfOrder: 0 }

test.each([
  ['orders.ndjson', NDJSON, ' --key customer'],
  ['orders.csv', CSV, ' --key customer'],
  ['orders.txt', 'one\ntwo\n', ''],
])('records of %s go round until there are enough', async (name, text, key) => {
  const { code, runs } = await bench(`--input ${givenFile(name, text)}${key} --partitions 3 --records 400`)
  expect(code).toBe(0)
  expect(runs[0]).toMatchObject({ ...WHOLE, records: 400 })
})

test('standard input is read too; the size of a record is the mean of its values', async () => {
  const { code, runs } = await bench('--input - --records 100', { stdin: 'four\nand seven\n' })
  expect(code).toBe(0)
  expect(runs[0]).toMatchObject({ ...WHOLE, records: 100, config: { recordSize: 7 } })
})

test.each([
  ['a line that is no JSON', ['--input', givenFile('bad.ndjson', '{"a":1}\nnonsense\n')], /bad\.ndjson:2: /],
  ['a key that is not there', ['--input', givenFile('no-key.csv', CSV), '--key', 'buyer'], /buyer/],
  ['a key of plain lines', ['--input', givenFile('lines.txt', 'a\n'), '--key', 'x'], /plain lines have no field/],
  ['an empty file', ['--input', givenFile('empty.ndjson', '')], /there is no record in it/],
  ['a file that is not there', ['--input', 'not-there.ndjson'], /there is no such file/],
  ['a key without an input', ['--key', 'x'], /Cannot set key without input/],
  [
    'sizes for values that exist',
    ['--input', givenFile('lines.txt', 'a\n'), '--record-size', '9'],
    /Cannot set record-size together with input/,
  ],
])('bad input is a sentence and exit code 1, without JSON: %s', async (_, args, sentence) => {
  const { code, stdout, stderr } = await odradek(['bench', ...args, '--records', '10', '--json', '-'])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toContain('    at ')
})
