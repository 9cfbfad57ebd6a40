import { TimeoutError } from '../../src/base/errors.js'
import { Cluster, type ClusterInternals, type ClusterOptions } from '../../src/cluster/cluster.js'
import type { PartitionMetadata } from '../../src/protocol/apis/metadata.js'

export const KILLED_TOPIC = 'killed'

export interface KilledClusterOptions {
  readonly partitions: number
  /** Options beside those of every such cluster: three brokers, three replicas, at least two of them in sync. */
  readonly options?: ClusterOptions
  readonly internals?: ClusterInternals
}

/** A cluster of three brokers, whose threads may die as often as they like. */
export async function startKilledCluster({ partitions, options, internals }: KilledClusterOptions): Promise<Cluster> {
  const cluster = await Cluster.start(
    {
      brokers: 3,
      'default.replication.factor': 3,
      'min.insync.replicas': 2,
      // The supervisor's deaths are asked for here as well, but it counts them all.
      'odradek.restart.intensity': 2 ** 31 - 1,
      ...options,
    },
    internals,
  )
  const configs = { 'segment.bytes': SEGMENT_BYTES, 'retention.bytes': -1 }
  await cluster.admin().createTopics({ topics: [{ topic: KILLED_TOPIC, numPartitions: partitions, configs }] })
  await wholeIsr(cluster)
  return cluster
}

/** Segments are small, so that threads also die while a segment is opened. */
const SEGMENT_BYTES = 2 ** 16

/** Resolves with the leaders' ids when every partition of all topics has one, and all three replicas in its isr. */
export async function wholeIsr(cluster: Cluster): Promise<readonly number[]> {
  return leadersWhen(cluster, ({ leader, isr }) => leader > 0 && isr.length === 3, 3)
}

/** Resolves when no partition is led by that broker any more, and each by somebody. */
export async function anotherLeader(cluster: Cluster, than: number): Promise<void> {
  await leadersWhen(cluster, ({ leader }) => leader > 0 && leader !== than, 0)
}

/** The time for leaders and isr to come: a hundred times what they need beside other tenants of the machine. */
const PATIENCE_MS = 60_000

type IsReached = (partition: PartitionMetadata) => boolean

/** Throws a TimeoutError with the present state if it never comes. */
async function leadersWhen(cluster: Cluster, isReached: IsReached, brokersMin: number): Promise<readonly number[]> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const { brokers, topics } = await cluster.describe()
    const killed = topics.find(({ name }) => name === KILLED_TOPIC)?.partitions ?? []
    const all = topics.flatMap(({ partitions }) => partitions)
    if (brokers.length >= brokersMin && killed.length > 0 && all.every(isReached))
      return killed.map(({ leader }) => leader)
    if (performance.now() > end)
      throw new TimeoutError(`After ${PATIENCE_MS} ms it is still ${JSON.stringify({ brokers, topics })}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
