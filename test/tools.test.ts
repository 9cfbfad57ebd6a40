/** The tools beside the product, in processes of their own: what they do not understand, they do not do. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { repositoryRoot } from './support/source-tree.js'

test.each([
  ['dist/bench/main.js', ['churn', '--only', 'cluster'], /"cluster" is none of clusters, /],
  ['dist/test/hostile/main.js', ['--calls', 'many'], /'many' is invalid\. It must be a number above 0\./],
  ['dist/test/hostile/main.js', ['--only', 'product'], /'product' is invalid\. No method begins so\./],
  ['dist/test/fuzz/main.js', ['--sockets', '2'], /'2' is invalid\. It must be a number from 0 to 1\./],
  ['dist/test/fuzz/main.js', ['--from', '1.5'], /'1\.5' is invalid\. It must be a whole number\./],
  ['dist/compat/oracle/main.js', ['--only', 'produce'], /"produce" is none of .*Produce/],
  ['compat/clients.mjs', ['--only', 'Kafka.js'], /"Kafka\.js" is none of kafkajs, /],
  ['compat/clients.mjs', ['--features', 'codec'], /"codec" is none of .*codec-none/],
  ['compat/main.mjs', ['--only', 'mocha'], /"mocha" is none of .*jest/],
])('%s %j: one sentence, and exit code 1', (program, args, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: repositoryRoot(),
    encoding: 'utf8',
  })
  expect([status, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1])
  expect(stderr).toMatch(sentence)
})
