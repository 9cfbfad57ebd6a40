import { expect, onTestFinished, test } from 'vitest'
import type { Address } from '../../src/actor/address.js'
import { Cluster } from '../../src/index.js'
import { moduleOf, startGuest } from '../support/guest.js'
import { lookUntil } from '../support/look-until.js'

/** How a guest's thread ends when it is told to. */
const DEATHS: readonly [string, string][] = [
  ['is terminated', ''],
  ['is terminated in the middle of a loop', 'for (;;);'],
  ['exits', 'process.exit(3)'],
  ['throws', "setImmediate(() => { throw new Error('nobody hears me') })"],
  ['leaves a rejection', "Promise.reject(new Error('for nobody'))"],
]

const threadsOf = async (cluster: Cluster): Promise<string[]> =>
  (await cluster.describe()).threads.map(({ address }) => address)

test.each(DEATHS)('a guest that %s, in the middle of everything, leaves no thread behind', async (_how, death) => {
  const cluster = await Cluster.start({ brokers: 2 })
  onTestFinished(() => cluster.close())
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] })
  const before = await threadsOf(cluster)

  const guest = startGuest(
    cluster,
    "const consumer = cluster.consumer({ 'group.id': 'tea', 'auto.offset.reset': 'earliest' })",
    "await consumer.subscribe({ topics: ['orders'] })",
    'let read = 0',
    'await consumer.run({ eachMessage() { read += 1 } })',
    'const producer = cluster.producer()',
    'cluster.admin()',
    'while (read < 100) {',
    "  await producer.send({ topic: 'orders', messages: [{ value: 'a' }] })",
    '}',
    "say('at work')",
    "await new Promise((heard) => parentPort.once('message', heard))",
    "for (let left = 1_000; left > 0; left--) producer.produce({ topic: 'orders', value: 'b' })",
    "say('in the middle')",
    death,
  )
  await guest.next()
  expect((await threadsOf(cluster)).length).toBe(before.length + 2)
  guest.worker.postMessage('end')
  if (!/exit|throw|reject/.test(death)) {
    await guest.next()
    await guest.worker.terminate()
  }
  await guest.ended
  await lookUntil(async () => (await threadsOf(cluster)).length === before.length)
  await cluster.producer().send({ topic: 'orders', messages: [{ value: 'c' }] })
})

test('a consumer that is killed takes the producers of its handler module with it', async () => {
  const cluster = await Cluster.start()
  onTestFinished(() => cluster.close())
  await cluster.producer().send({ topic: 'orders', messages: [{ value: 'a' }] })
  const before = await threadsOf(cluster)
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.subscribe({ topics: ['orders'] })
  const module = moduleOf(`export default (_, { producer, emit }) => {
      const served = producer()
      return {
        async eachMessage({ message: { value } }) {
          await served.send({ topic: 'served', messages: [{ value }] })
          emit('served')
        },
      }
    }`)
  await new Promise((onEmit) => void consumer.run({ module, onEmit }))
  const stopped = expect(consumer.stopped).rejects.toMatchObject({ name: 'WorkerDiedError' })
  const threads = await threadsOf(cluster)
  const [thread] = threads.filter((address) => address.startsWith('consumer-'))
  expect(threads.length).toBe(before.length + 2)

  await cluster.kill(thread as Address)
  await stopped
  await lookUntil(async () => (await threadsOf(cluster)).length === before.length)
})

test('the owner closes its cluster while guests are at work, and does not wait for them', async () => {
  const cluster = await Cluster.start()
  const guests = Array.from({ length: 3 }, () =>
    startGuest(
      cluster,
      'const producer = cluster.producer()',
      "await producer.send({ topic: 'orders', messages: [{ value: 'a' }] })",
      "say('at work')",
      "const sending = async () => { for (;;) await producer.send({ topic: 'orders', messages: [{ value: 'b' }] }) }",
      'say(await sending().catch(String))',
    ),
  )
  for (const guest of guests) await guest.next()
  await cluster.close()
  for (const guest of guests) {
    expect(await guest.next()).toMatch(/Error: /)
    await guest.ended
  }
})
