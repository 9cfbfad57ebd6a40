import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../../src/index.js'

/** A cluster, and the thread that starts all its others. */
async function given(): Promise<{ cluster: Cluster; launcher: Worker }> {
  let launcher: Worker | undefined
  process.once('worker', (worker) => {
    launcher = worker
  })
  const cluster = await Cluster.start({ brokers: 2 })
  onTestFinished(() => cluster.close())
  return { cluster, launcher: launcher as Worker }
}

const died = {
  name: 'WorkerDiedError',
  message: expect.stringContaining('The thread that starts all others has ended'),
}

test('when the thread that starts all others dies, nobody waits for ever', async () => {
  const { cluster, launcher } = await given()
  await cluster.admin().createTopics({ topics: [{ topic: 'orders' }] })
  const producer = cluster.producer({ 'linger.ms': 80_000 })
  const consumer = cluster.consumer()
  await consumer.subscribe({ topic: 'orders' })
  await consumer.run({ eachMessage: () => {} })
  const fault = await cluster.faults.add({ api: 'Fetch', action: 'drop', times: 1_000_000 })
  const pending = {
    send: producer.send({ topic: 'orders', messages: [{ value: 'v' }] }),
    stopped: consumer.stopped,
    hit: fault.hit(1_000_000),
  }
  const reasons = Object.values(pending).map((promise) => promise.catch((error) => error))

  const ended = launcher.terminate()
  const late = {
    cut: cluster.cutLink(1, 2),
    add: cluster.faults.add({ api: 'Produce', action: 'drop', once: true }),
    list: cluster.admin().listTopics(),
  }
  reasons.push(...Object.values(late).map((promise) => (promise as Promise<unknown>).catch((error) => error)))
  await ended

  expect(await Promise.all(reasons)).toMatchObject(reasons.map(() => died))
  await expect(cluster.describe()).rejects.toMatchObject(died)
  expect(() => cluster.producer()).toThrow(expect.objectContaining(died))
  expect(cluster.failures).toMatchObject([{ address: 'controller-0', says: died.message }])
})
