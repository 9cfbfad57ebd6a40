import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { odradek } from '../support/command-line.js'
import { repositoryRoot } from '../support/source-tree.js'

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot(), 'package.json'), 'utf8')) as { version: string }
  expect(await odradek(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('help names the commands, and that of bench every option of Kafka', async () => {
  const { code, stdout } = await odradek(['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/odradek start[\s\S]*odradek bench[\s\S]*odradek lab run/)
  const { stdout: options } = await odradek(['bench', '--help'])
  for (const option of ['--batch.size', '--check.crcs', '--retention.bytes', '--num.partitions', '--rate']) {
    expect(options).toContain(`${option} <values>`)
  }
})

test('what help says of group.id and transactional.id, that null alone is taken, is so', async () => {
  const options = ['--group.id', 'null', '--transactional.id', 'null']
  const { code } = await odradek(['bench', ...options, '--records', '10', '--batch.size', '100'])
  expect(code).toBe(0)
})

test.each([
  [[], 'Usage: odradek <command>'],
  [['lab'], 'Usage: odradek lab list'],
])('%j alone says how to begin, by three examples, and the exit code is 1', async (args, usage) => {
  const { code, stdout, stderr } = await odradek(args)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(usage)
  expect(stderr.match(/^ {2}odradek /gm)).toHaveLength(3)
})

test.each([
  ['--btach.size 1', 'There is no option btach.size: the nearest one is batch.size'],
  ['--lingerMs 1', 'There is no option lingerMs: the nearest one is linger.ms'],
  [
    '--maxInFlightRequests 1',
    'There is no option maxInFlightRequests: it is called max.in.flight.requests.per.connection',
  ],
  ['--rebalanceTimeout 1', 'There is no option rebalanceTimeout: it is called max.poll.interval.ms'],
  ['--batch.size big', 'Cannot set batch.size to "big": it must be an integer from 0 to 2147483647'],
  ['--linger.ms 0,', 'Cannot set linger.ms to "": it must be an integer'],
  ['--acks 2', 'Cannot set acks to "2": it must be 0, 1 or all'],
  ['--check.crcs maybe', 'Cannot set check.crcs to "maybe": it must be true or false'],
  ['--brokers 0', 'Cannot set brokers to 0: it must be an integer from 1 to 64'],
  ['--record-size 7', 'Cannot set record-size to 7: it must be an integer from 8'],
  ['--handler lambda', 'Cannot set handler to "lambda": it must be module or closure'],
  ['--rate fast', 'Cannot set rate to "fast": it must be max or a number above 0'],
  ['--records 0', 'Cannot set records to 0'],
  ['--records 1 --duration 1', 'Cannot set records together with duration'],
  ['--repeat 0', 'Cannot set repeat to 0'],
  ['--json not/there.json', 'there is no folder not'],
  ['--batch.size', "option '--batch.size <values>' argument missing"],
  ['nonsense', 'too many arguments'],
])('a bad command line is one sentence on standard error, exit code 1 and no JSON: %s', async (args, sentence) => {
  const { code, stdout, stderr } = await odradek(['bench', ...args.split(' ')])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
