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

const MODULE = `data:text/javascript,${encodeURIComponent('export default () => ({ eachMessage() {} })')}`

test('a program whose cluster is unreferenced ends by itself, though its clients wait for what may never come', async () => {
  const { ended } = run(
    'cluster.unref()',
    "await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })",
    'const consumers = [cluster.consumer(), cluster.consumer(), cluster.consumer(), cluster.consumer()]',
    "for (const consumer of consumers) await consumer.subscribe({ topic: 'orders' })",
    'consumers[0].poll(Infinity)',
    'consumers[1][Symbol.asyncIterator]().next()',
    'await consumers[2].run({ eachMessage() {} })',
    `await consumers[3].run({ module: '${MODULE}' })`,
    'process.exitCode = 7',
  )
  expect(await ended).toEqual([7, null])
})

test.each([
  ['a send', "cluster.producer({ 'linger.ms': 100 }).send({ topic: 'orders', messages: [{ value: 'a' }] })"],
  ['a flush', "(producer.produce({ topic: 'orders', value: 'a' }), producer.flush())"],
  ['a subscription', "cluster.consumer().subscribe({ topic: 'orders' })"],
  ['a poll', "consumer.subscribe({ topic: 'orders' }).then(() => consumer.poll(300))"],
  ["a consumer's close", 'consumer.close()'],
  ["a producer's close", 'producer.close()'],
  ["the cluster's own close", 'cluster.close()'],
  ['a question to an admin', 'cluster.admin().listTopics()'],
  ['a question to the cluster', 'cluster.describe()'],
  ['the death of a broker', 'cluster.killBroker(1)'],
  ['a restart', 'cluster.killBroker(1).then(() => cluster.restartBroker(1))'],
  ['the stop of a broker', 'cluster.stopBroker(1)'],
  ['a broker that is to stand still', 'cluster.pauseBroker(1)'],
  ['a link that is cut', "cluster.cutLink('client-1', 1)"],
  ['a fault that is planned', "cluster.faults.add({ api: 'Produce', action: 'dropResponse', once: true })"],
])('a program whose cluster is unreferenced does not end before %s does', async (_what, call) => {
  const { ended } = run(
    'const [producer, consumer] = [cluster.producer(), cluster.consumer()]',
    // The process has nothing else to do but to wait for it.
    'cluster.unref()',
    `await ${call}`,
    'process.exitCode = 7',
  )
  expect(await ended).toEqual([7, null])
})

test('a restart that a second death has ended keeps no process alive', async () => {
  const { ended } = run(
    'cluster.unref()',
    'await cluster.killBroker(1)',
    'const restarted = cluster.restartBroker(1).catch(() => {})',
    'const isKilled = () => cluster.killBroker(1).then(() => true, () => false)',
    'while (!(await isKilled())) await new Promise((resolve) => setImmediate(resolve))',
    'await restarted',
    'process.exitCode = 7',
  )
  expect(await ended).toEqual([7, null])
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
