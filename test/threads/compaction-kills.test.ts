import { expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { PointTrap } from '../../src/cluster/point-trap.js'

const KEYS = 5
const PAD = '.'.repeat(150)
const CONFIGS = { 'cleanup.policy': 'compact', 'segment.bytes': 1_024, 'min.cleanable.dirty.ratio': 0 } as const

// A thread that is killed leaves what it had written of shared memory, and nothing else.
test.each(['segment-filled', 'segment-swapped'] as const)(
  'a broker whose thread is killed at %s has the latest record of each key when it is started again',
  async (point) => {
    const trap = new PointTrap()
    const cluster = await Cluster.start({ 'log.cleaner.backoff.ms': 1 }, { pointTraps: new Map([[1, trap]]) })
    onTestFinished(() => cluster.close())
    await cluster.admin().createTopics({ topics: [{ topic: 'states', numPartitions: 1, configs: CONFIGS }] })
    // What has waited for the broker must fit into a segment.
    const producer = cluster.producer({ 'batch.size': 500 })
    let written = 0
    for (let death = 0; death < 5; death++) {
      trap.set(point, 1 + (death % 3))
      const sends: Promise<unknown>[] = []
      for (const end = written + 40; written < end; written++) {
        const message = { key: `${written % KEYS}`, value: `${written}${PAD}`, partition: 0 }
        sends.push(producer.send({ topic: 'states', messages: [message] }))
        await Promise.race([sends.at(-1), trap.sprung()])
      }
      await trap.sprung()
      await cluster.killBroker(1)
      trap.remove()
      await cluster.restartBroker(1)
      await Promise.all(sends)
      expect(await latestIn(cluster)).toEqual(latestOf(written))
    }
  },
)

/** What was written last of each key. */
function latestOf(written: number): Map<string, string> {
  const numbers = Array.from({ length: KEYS }, (_, index) => written - KEYS + index)
  return new Map(numbers.map((number) => [`${number % KEYS}`, `${number}${PAD}`]).sort() as [string, string][])
}

async function latestIn(cluster: Cluster): Promise<Map<string, string>> {
  const [end] = await cluster.admin().fetchTopicOffsets('states')
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await consumer.assign([{ topic: 'states', partition: 0 }])
  const latest = new Map<string, string>()
  while (consumer.position({ topic: 'states', partition: 0 }) < (end?.high ?? 0)) {
    for (const { key, value } of (await consumer.poll(1_000)) ?? []) latest.set(`${key}`, `${value}`)
  }
  await consumer.close()
  return new Map([...latest].sort())
}
