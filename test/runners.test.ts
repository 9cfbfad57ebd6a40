/** Kafka for the tests of others, in the runners that they use. `npm run compat:node` runs them with jest as well. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { sharedKafka } from '../src/testing.js'
import { repositoryRoot } from './support/source-tree.js'

const root = repositoryRoot()
const PROJECTS = join(root, 'compat', 'projects')
/** Longer than any of them takes on any machine. */
const LIMIT_MS = 60_000
const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, args, {
    cwd: root,
    timeout: LIMIT_MS,
    // Each of these is set inside of a runner, and a runner inside would take it for its own.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined, NODE_OPTIONS: undefined },
  })

test('vitest starts a Kafka for a file, and resets it before each test', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await run(
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--root',
    join(PROJECTS, 'vitest'),
    'kafka',
  )
  expect(stdout).toMatch(/Tests .*2 passed/)
})

test('all workers of vitest share one by a global setup', { timeout: LIMIT_MS }, async () => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { stdout } = await run(vitest, 'run', '--root', join(PROJECTS, 'vitest-shared'))
  expect(stdout).toMatch(/Tests .*4 passed/)
})

test('whoever looks for one that nobody shares is told how', () => {
  expect(() => sharedKafka()).toThrow('There is no shared Kafka: call shareKafka in the global setup')
})

test('node:test does so too, and ends though one is forgotten', { timeout: LIMIT_MS }, async () => {
  const { stdout } = await run('--test', join(PROJECTS, 'node-test', 'kafka.test.mjs'))
  expect(stdout).toMatch(/pass 3/)
})
