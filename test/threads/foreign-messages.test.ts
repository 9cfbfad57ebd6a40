import { expect, test } from 'vitest'
import { given } from '../support/given.js'

test('a handler module that misuses its parentPort does no harm to the cluster', async () => {
  const cluster = await given({ host: 'threads', brokers: 2, topics: { orders: 1 } })
  const producer = cluster.producer()
  await cluster.send(producer, 'orders', ['a', 'b'])
  const consumer = cluster.consumer()
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  const handled = new Int32Array(new SharedArrayBuffer(4))
  await consumer.run({ module: new URL('./meddling-handler.js', import.meta.url), options: handled })
  await cluster.until(() => handled[0] === 2)
  await cluster.send(producer, 'orders', ['last', 'c'])
  await cluster.until(() => handled[0] === 4)
  // Mail still reaches the thread: of a connection to another broker, and of the end.
  await cluster.killBroker(await cluster.leaderOf('orders', 0))
  expect(cluster.failures).toEqual([])
  await cluster.run(consumer.close())
  await consumer.stopped
})

test.each([
  ['an object without a prototype', 'throw Object.create(null)'],
  ['an error whose stack is a BigInt', "throw Object.assign(new Error('no'), { stack: 5n })"],
  ['null, later', 'return Promise.reject(null)'],
])('a handler module that throws %s ends its consumer, and no thread', async (_what, body) => {
  const cluster = await given({ host: 'threads', topics: { orders: 1 } })
  await cluster.send(cluster.producer(), 'orders', ['a'])
  const consumer = cluster.consumer()
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  const code = `export default () => ({ eachMessage() { ${body} } })`
  await consumer.run({ module: new URL(`data:text/javascript,${encodeURIComponent(code)}`) })
  await expect(cluster.run(consumer.stopped)).rejects.toThrow('has stopped')
})

test('options that turn bad after they were given to a handler module are what they were', async () => {
  const cluster = await given({ host: 'threads', topics: { orders: 1 } })
  await cluster.send(cluster.producer(), 'orders', ['a'])
  const consumer = cluster.consumer()
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  const options: Record<string, unknown> = { handled: new Int32Array(new SharedArrayBuffer(4)) }
  const code = 'export default ({ handled }) => ({ eachMessage() { Atomics.add(handled, 0, 1) } })'
  const running = consumer.run({ module: new URL(`data:text/javascript,${encodeURIComponent(code)}`), options })
  options.bad = () => {}
  await running
  await cluster.until(() => (options.handled as Int32Array)[0] === 1)
})
