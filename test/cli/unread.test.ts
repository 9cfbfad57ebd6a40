import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { givenFile, odradek } from '../support/command-line.js'

const HISTORY = '{"op":"send","producer":"p1","id":"a","topic":"orders"}\n{"op":"end"}'
const PHANTOM = '{"op":"poll","consumer":"c1","topic":"orders","partition":0,"records":[{"id":"x","offset":0}]}'

const COMMANDS = [
  '--help',
  'lab list',
  'lab explain acks',
  'lab run acks --records 10',
  'lab run acks --records 10 --json -',
  'simulate --seed 3 --trace',
  'simulate --seed 3 --history -',
  'simulate --seeds 1 --json -',
  'check -',
  'check - --json -',
  'bench --records 10',
  'bench --records 10 --json -',
]

test.each(COMMANDS)('a command whose output nobody reads any more ends in silence: %s', async (args) => {
  const { code, stderr } = await odradek(args.split(' '), { stdin: HISTORY, unread: ['stdout'] })
  expect([code, stderr]).toEqual([0, args.endsWith('--json -') ? expect.not.stringMatching(/EPIPE|\n +at /) : ''])
})

test('a command ends as it would, though nobody reads what it says on standard error either', async () => {
  const args = ['bench', '--records', '10', '--json', '-']
  expect(await odradek(args, { unread: ['stdout', 'stderr'] })).toMatchObject({ code: 0 })
})

test('the exit code is still what was found, and files are still written', async () => {
  const json = givenFile('result.json', '')
  const ended = await odradek(['check', '-', '--json', json], { stdin: PHANTOM, unread: ['stdout'] })
  expect(ended).toEqual({ code: 1, stdout: '', stderr: '' })
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ verdict: 'broken' })
})

const FULL_DISK = '/dev/full'

test.skipIf(!existsSync(FULL_DISK))('output that cannot be written is one sentence, and exit code 1', async () => {
  const { code, stderr } = await odradek(['lab', 'list'], { stdoutFile: FULL_DISK })
  expect([code, stderr]).toEqual([1, 'Cannot write to standard output: ENOSPC: no space left on device, write\n'])
})
