import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'

const LIBRARY = new URL('../../src/index.js', import.meta.url).href

/** A program of its own, which begins with a cluster in line 2, and what it writes to its standard error. */
function run(...lines: readonly string[]): { ended: Promise<unknown[]>; stderrWith(text: string): Promise<string> } {
  const start = [`import { Cluster } from '${LIBRARY}'`, 'const cluster = await Cluster.start()']
  const code = [...start, ...lines].join('\n')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code])
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  const stderrWith = (text: string): Promise<string> =>
    new Promise((resolve) => {
      child.stderr.on('data', (data) => {
        stderr += data
        if (stderr.includes(text)) resolve(stderr)
      })
    })
  return { ended: once(child, 'exit'), stderrWith }
}

test('a program that has forgotten to close its clusters is told which, and where they were started', async () => {
  const { stderrWith } = run(
    'const other = await Cluster.start()',
    "await cluster.producer().send({ topic: 'orders', messages: [{ value: 'a' }] })",
    'const consumer = other.consumer()',
    "await consumer.subscribe({ topic: 'orders' })",
    'await consumer.run({ eachMessage() {} })',
    "console.log('the program is over')",
  )
  const said = await stderrWith(':3:')
  expect(said).toMatch(/\[ODRADEK_CLUSTER_LEFT_OPEN\] OdradekWarning: .*2 clusters/)
  expect(said).toMatch(/started at .*:2:\d+\n.*started at .*:3:\d+/)
})

test('a program whose cluster is unreferenced ends by itself, whatever its clients wait for', async () => {
  const { ended } = run(
    'const consumer = cluster.unref().consumer()',
    "consumer.subscribe({ topic: 'orders' }).then(() => consumer.poll(3_600_000))",
    "await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] }).catch(() => {})",
  )
  expect(await ended).toEqual([expect.any(Number), null])
})

test('a cluster that is referenced again keeps the process alive until it is closed', async () => {
  const { ended } = run(
    'cluster.unref().ref()',
    "await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })",
    'await cluster.close()',
    'process.exitCode = 7',
  )
  expect(await ended).toEqual([7, null])
})
