import { afterEach, describe, expect, test, vi } from 'vitest'
import { Cluster, SimulatedCluster } from '../../src/index.js'

afterEach(() => void vi.useRealTimers())

/** What a suite puts in the place of Node's own; nobody moves any of it on. */
const FAKED = [
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
  ...(['Date', 'performance', 'hrtime', 'queueMicrotask'] as const),
]

describe('with timers and clocks that stand still', () => {
  test('a cluster starts, takes a record, hands it out and closes', async () => {
    vi.useFakeTimers({ toFake: FAKED, now: 0 })
    const cluster = await Cluster.start({ brokers: 3 })
    await cluster.admin().createTopics({ topics: [{ topic: 'orders', replicationFactor: 3 }] })
    await cluster.producer({ acks: 'all', 'linger.ms': 2 }).send({ topic: 'orders', messages: [{ value: 'tea' }] })
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await consumer.subscribe({ topics: ['orders'] })
    for await (const { value, timestamp } of consumer) {
      expect(String(value)).toBe('tea')
      expect(timestamp).toBeGreaterThan(Date.UTC(2020))
      break
    }
    await cluster.close()
    expect([Date.now(), performance.now()]).toEqual([0, 0])
  })

  test('a simulated cluster does the same', async () => {
    vi.useFakeTimers({ toFake: FAKED, now: 0 })
    const cluster = await SimulatedCluster.start({ brokers: 3, seed: 5 })
    await cluster.run(cluster.admin().createTopics({ topics: [{ topic: 'orders' }] }))
    const [sent] = await cluster.run(cluster.producer().send({ topic: 'orders', messages: [{ value: 'tea' }] }))
    expect(sent).toMatchObject({ baseOffset: expect.anything() })
    await cluster.close()
  })
})
