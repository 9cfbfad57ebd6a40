import { Cluster, type Consumer } from '../../src/index.js'
import type { GroupBench, GroupFigure } from './group-figure.js'

/** A member commits one partition after the other, each by itself, and nothing else happens. */
export const commits: GroupBench = {
  name: 'commits',
  async run({ onProgress }) {
    const figures: GroupFigure[] = []
    for (const brokers of [1, 3]) {
      onProgress(`factor ${brokers}`)
      figures.push({ what: `a commitSync alone, factor ${brokers}`, unit: 'ms', values: await times(brokers) })
    }
    return figures
  },
}

const TIMES = 2_000
const WARM_UP = 2_000
const PARTITIONS = 4

/** The topic of committed offsets has as many replicas as there are brokers. */
async function times(brokers: number): Promise<number[]> {
  const cluster = await Cluster.start({ brokers })
  try {
    await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: PARTITIONS }] })
    const consumer = await memberOf(cluster, 'alone', 'orders', PARTITIONS)
    const values: number[] = []
    for (let done = 0; done < WARM_UP + TIMES; done++) {
      const began = performance.now()
      await consumer.commitSync([{ topic: 'orders', partition: done % PARTITIONS, offset: done }])
      if (done >= WARM_UP) values.push(performance.now() - began)
    }
    return values
  } finally {
    await cluster.close()
  }
}

/** The only member of a group, once it has all partitions of the topic. It reads nothing, and commits by hand. */
export async function memberOf(cluster: Cluster, group: string, topic: string, partitions: number): Promise<Consumer> {
  const consumer = cluster.consumer({ 'group.id': group, 'enable.auto.commit': false })
  await consumer.subscribe({ topics: [topic] })
  while (consumer.assignment.length < partitions) await consumer.poll(10)
  return consumer
}
