import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CheckResult } from '../../src/lab/history/check-result.js'
import { givenFile, odradek } from '../support/command-line.js'

const SENT = ['a', 'b', 'c'].map((id) => `{"op":"send","producer":"p1","id":"${id}","topic":"orders"}`)
const ACKNOWLEDGED = ['a', 'b', 'c'].map((id, offset) => `{"op":"ack","id":"${id}","partition":0,"offset":${offset}}`)
const readAs = (ids: string): string => {
  const records = [...ids].map((id, offset) => `{"id":"${id}","offset":${offset}}`)
  return `{"op":"poll","consumer":"c1","topic":"orders","partition":0,"records":[${records.join(',')}]}`
}
const END = '{"op":"end","consumer":"c1"}'
const history = (ids: string): string => [...SENT, ...ACKNOWLEDGED, readAs(ids), END].join('\n')

test('a history in which all promises hold is said to hold, and the exit code is 0', async () => {
  const { code, stdout, stderr } = await odradek(['check', givenFile('history.ndjson', history('abc'))])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/lost +│ +0 │ +0 │[\s\S]*✓ 3 records checked/)
})

test('a broken promise is told with its records and their lines, and the exit code is 1', async () => {
  const { code, stdout } = await odradek(['check', '-'], { stdin: history('ac') })
  expect(code).toBe(1)
  expect(stdout).toMatch(/lost +│ +1 │ +1 │/)
  expect(stdout).toContain('b, acknowledged at 1   (orders-0; b sent in line 2, answered in 5)')
  expect(stdout).toContain('b was acknowledged, c was read at 1')
})

test('an anomaly that breaks no promise is told as well, and the exit code is 0', async () => {
  const settings = '{"op":"producer","producer":"p1","enable.idempotence":false}'
  const { code, stdout } = await odradek(['check', '-'], {
    stdin: [settings, ...SENT.slice(0, 2), readAs('bab'), END].join('\n'),
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(/duplicated +│ +1 │ +0 │/)
  expect(stdout).toContain('allowed: without idempotence a retry may write a record twice')
})

test('the JSON goes to standard output alone, or into a file', async () => {
  const { code, stdout, stderr } = await odradek(['check', '-', '--json', '-'], { stdin: history('ab') })
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toEqual({
    file: 'standard input',
    verdict: 'broken',
    sent: 3,
    acknowledged: 3,
    failed: 0,
    read: 2,
    producers: 1,
    consumers: 1,
    partitions: 1,
    lost: 1,
    lostBroken: 1,
    duplicated: 0,
    outOfOrder: 0,
    counts: { A2: 1 },
    broken: { A2: 1 },
    anomalies: [expect.objectContaining({ id: 'A2', sent: [{ id: 'c', line: 3, answeredInLine: 6 }], read: [] })],
    notChecked: [expect.objectContaining({ anomalies: ['A15'] }), expect.objectContaining({ anomalies: ['A21'] })],
  })
  expect(stderr).toContain('✗ broken: A2 (1)')
  const file = givenFile('result.json', '')
  await odradek(['check', '-', '--json', file], { stdin: history('abc') })
  expect((JSON.parse(readFileSync(file, 'utf8')) as CheckResult).verdict).toBe('holds')
})

test.each<[string, readonly string[], RegExp]>([
  ['a broken line', [givenFile('bad.ndjson', `${SENT[0]}\n{"op":"ack","id":"a"`)], /bad\.ndjson:2: not JSON/],
  ['an unknown id', [givenFile('ack.ndjson', `${SENT[0]}\n${ACKNOWLEDGED[1]}`)], /ack\.ndjson:2: no line .* sends "b"/],
  ['an empty file', [givenFile('empty.ndjson', '')], /empty\.ndjson: there is no send and no poll in it/],
  ['a file that is not there', ['not-there.ndjson'], /not-there\.ndjson: there is no such file/],
  ['a directory', [mkdtempSync(join(tmpdir(), 'odradek-'))], /this is a directory/],
  ['no file', [], /missing required argument 'file'/],
  ['a result that cannot be written', ['-', '--json', 'no/folder.json'], /there is no folder no/],
])('bad input is a sentence and exit code 1, without JSON: %s', async (_, args, sentence) => {
  const { code, stdout, stderr } = await odradek(['check', ...args])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('a history that is larger than the heap of Node is refused, and it is said how to make that larger', async () => {
  const ids = Array.from({ length: 700_000 }, (_, index) => index)
  const stdin = ids.map((id) => `{"op":"send","producer":"p1","id":${id},"topic":"orders"}\n`).join('')
  const nodeOptions = ['--max-old-space-size=100']

  const { code, stdout, stderr } = await odradek(['check', '-'], { stdin, nodeOptions })

  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /^standard input:\d+: \d+ records and 0 readings are what fits into a heap of \d+ MB; .*NODE_OPTIONS=--max-old-space-size=\d+, or check them in parts\n$/,
  )
})

test('the history of a seed can be written and checked', async () => {
  const file = givenFile('history.ndjson', '')
  const { code, stdout } = await odradek(['simulate', '--seed', '3', '--history', file])
  expect([code, stdout]).toEqual([0, ''])
  const { code: checked, stdout: says } = await odradek(['check', file])
  expect(checked).toBe(0)
  expect(says).toMatch(/✓ [1-9]\d* records checked/)
})
