import { linkSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { odradek } from '../support/command-line.js'

const HISTORY = '{"op":"send","producer":"p1","id":"a","topic":"orders"}\n{"op":"end"}\n'

/** A folder with a file, `whole`, and two other names of it. */
function givenFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-'))
  writeFileSync(join(folder, 'whole'), HISTORY)
  symlinkSync('whole', join(folder, 'link'))
  linkSync(join(folder, 'whole'), join(folder, 'hard'))
  return folder
}

test.each([
  ['check whole --json whole', 'Cannot write whole for --json: it is the file that is read'],
  ['check whole --json ./link', 'Cannot write ./link for --json: it is the file that is read'],
  ['check hard --json whole', 'Cannot write whole for --json: it is the file that is read'],
  ['bench --records 10 --input whole --report link', 'Cannot write link for --report: it is the file that is read'],
  ['bench --records 10 --json x --report ./x', 'Cannot write ./x for --report: it is the file of --json as well'],
  ['bench --records 10 --json - --report -', 'Cannot write - for --report: it is the file of --json as well'],
  ['lab run acks --report whole --json hard', 'Cannot write whole for --report: it is the file of --json as well'],
  ['start --json x --report x', 'Cannot write x for --report: it is the file of --json as well'],
  ['serve --port 0 --json x --ready-file x', 'Cannot write x for --ready-file: it is the file of --json as well'],
])('one file is not two of a command line, and nothing is written: %s', async (args, sentence) => {
  const cwd = givenFolder()
  const { code, stdout, stderr } = await odradek(args.split(' '), { cwd })
  expect([code, stdout, stderr]).toEqual([1, '', `${sentence}\n`])
  expect(readFileSync(join(cwd, 'whole'), 'utf8')).toBe(HISTORY)
})

test('what is printed into a file is not replaced by a result in the same file', async () => {
  const cwd = givenFolder()
  const { code, stderr } = await odradek(['check', 'whole', '--json', 'printed'], { cwd, stdoutFile: 'printed' })
  expect([code, stderr]).toEqual([1, 'Cannot write printed for --json: standard output goes there as well\n'])
})

test('two results may go to a device, which keeps neither', async () => {
  const args = 'lab run acks --records 1 --json /dev/null --report /dev/null'
  expect(await odradek(args.split(' '))).toMatchObject({ code: 0, stderr: '' })
})
