import { expect, test } from 'vitest'
import { odradek } from '../support/command-line.js'

test('simulate says in JSON what its seeds have shown, the same on any number of cores', async () => {
  const { code, stdout } = await odradek(['simulate', '--seeds', '12', '--first-seed', '3', '--json', '-'])
  const result = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(result).toMatchObject({ seeds: 12, firstSeed: 3, violations: 0, failingSeeds: [] })
  const again = await odradek(['simulate', '--seeds', '12', '--first-seed', '3', '--json', '-'])
  expect(JSON.parse(again.stdout).digest).toBe(result.digest)
})

test('simulate counts one seed as one seed', async () => {
  const { stdout } = await odradek(['simulate', '--seeds', '1', '--first-seed', '3'])
  expect(stdout).toMatch(/^1 seed, 0 violations; /)
})

test('seeds run under options of Node that threads are not started with', async () => {
  const nodeOptions = ['--max-old-space-size=1000']
  const { code, stderr } = await odradek(['simulate', '--seeds', '1'], { nodeOptions })
  expect([code, stderr]).toEqual([0, ''])
})

test('a seed is traced step by step', async () => {
  const { code, stdout } = await odradek(['simulate', '--seed', '3', '--trace'])
  expect([code, stdout.includes('request BrokerRegistration')]).toEqual([0, true])
})

test.each([
  ['two ways to say which seeds', ['--seed', '1', '--seeds', '5'], /Cannot run --seed together with --seeds/],
  ['a trace of many seeds', ['--seeds', '5', '--trace'], /Cannot run --trace for more than one seed/],
  ['a trace as JSON', ['--seed', '3', '--trace', '--json', '-'], /Cannot run --trace together with --json/],
  ['a trace of mutants', ['--seed', '3', '--trace', '--mutants'], /Cannot run --trace together with --mutants/],
  ['the history of many seeds', ['--seeds', '5', '--history', '-'], /Cannot run --history for more than one seed/],
  [
    'a trace and a history in one stream',
    ['--seed', '3', '--trace', '--history', '-'],
    /Cannot write --trace and --history both/,
  ],
  ['no seeds at all', ['--seeds', '0'], /--seeds 0: it must be a whole number of at least 1/],
  ['a seed that is no number', ['--seed', 'x'], /--seed x: it must be a whole number/],
])('simulate refuses %s, and runs nothing', async (_, args, says) => {
  const { code, stdout, stderr } = await odradek(['simulate', ...args])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(says)
})
