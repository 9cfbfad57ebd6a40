import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { odradek } from '../support/command-line.js'

const HISTORY = '{"op":"send","producer":"p1","id":"a","topic":"orders"}\n{"op":"end"}'

/** Its folder is there, and it is no folder: that it cannot be written shows only when it is. */
function unwritableFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'odradek-')), 'result')
  symlinkSync(join('not', 'there'), path)
  return path
}

test.each([
  'check - --json',
  'simulate --seeds 1 --json',
  'simulate --seed 3 --history',
  'lab run acks --records 10 --json',
  'lab run acks --records 10 --report',
  'bench --records 10 --json',
  'bench --records 10 --report',
])('a file that the system refuses is one sentence on standard error, and exit code 1: %s', async (args) => {
  const path = unwritableFile()
  const { code, stderr } = await odradek([...args.split(' '), path], { stdin: HISTORY })
  const option = args.split(' ').at(-1)
  expect([code, stderr]).toEqual([1, `Cannot write ${path} for ${option}: no such file or directory (ENOENT)\n`])
})

test('a name that the system does not even look up is refused before the run', async () => {
  const { code, stdout, stderr } = await odradek(['check', '-', '--json', 'x'.repeat(300)], { stdin: HISTORY })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^Cannot write x+ for --json: name too long \(ENAMETOOLONG\)\n$/)
})
