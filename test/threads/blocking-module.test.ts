import { expect, onTestFinished, test } from 'vitest'
import { given, values } from '../support/given.js'

test('a handler module that blocks its thread is warned of by name, expelled, and its record comes again', async () => {
  const warnings: string[] = []
  const hear = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  const cluster = await given({ host: 'threads', 'group.min.session.timeout.ms': 1, topics: { orders: 1 } })
  await cluster.send(cluster.producer(), 'orders', values(1))
  const consumer = cluster.consumer({ 'group.id': 'tea', 'session.timeout.ms': 900, 'heartbeat.interval.ms': 100 })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  consumer.stopped.catch(() => {})
  const module = new URL('../support/blocking-handler.js', import.meta.url)
  const calls = new Int32Array(new SharedArrayBuffer(8))

  await cluster.run(consumer.run({ module, options: { calls, ms: 2_500 } }))
  await cluster.until(() => Atomics.load(calls, 0) === 2)
  await cluster.until(() => warnings.length >= 2)

  const member = /^The member \S+ of the group 'tea' \(consumer-\d+\)/
  expect(warnings[0]).toMatch(member)
  expect(warnings[0]).toContain('blocking-handler.js has kept its thread for')
  expect(warnings[1]).toMatch(member)
  expect(warnings[1]).toContain('was expelled')
})

test('a member is gone when the close of its consumer has ended the thread that a handler module blocks', async () => {
  const cluster = await given({ host: 'threads', topics: { orders: 1 } })
  await cluster.send(cluster.producer(), 'orders', values(1))
  const GROUP = { 'group.id': 'tea', 'session.timeout.ms': 600_000, 'heartbeat.interval.ms': 100_000 } as const
  const blocked = cluster.consumer(GROUP)
  await cluster.run(blocked.subscribe({ topics: ['orders'], fromBeginning: true }))
  blocked.stopped.catch(() => {})
  const module = new URL('../support/blocking-handler.js', import.meta.url)
  const calls = new Int32Array(new SharedArrayBuffer(8))
  await cluster.run(blocked.run({ module, options: { calls, ms: 600_000 } }))
  await cluster.until(() => Atomics.load(calls, 0) === 1)

  await cluster.run(blocked.close({ timeoutMs: 0 }))

  const other = cluster.consumer(GROUP)
  await cluster.run(other.subscribe({ topics: ['orders'], fromBeginning: true }))
  const read: string[] = []
  await cluster.run(other.run({ eachMessage: ({ message }) => void read.push(String(message.value)) }))
  await cluster.until(() => read.length === 1)
})
